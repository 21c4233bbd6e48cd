//! From the crate to the module a visitor downloads: rustc, wasm-bindgen, wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, cmd, run};
use crate::progress::{say, task};
use crate::setup;
use crate::size::brotli;
use crate::workspace::Workspace;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The module and the JavaScript that wasm-bindgen wrote for it.
pub(crate) struct Module {
    pub(crate) wasm: Vec<u8>,
    pub(crate) glue: String,
}

pub(crate) fn build(workspace: &Workspace) -> Result<Module> {
    setup::wasm_target()?;
    let compiled = compile(workspace)?;
    let (wasm, glue) = task("wasm-bindgen", || bind(&compiled))?;
    let wasm = optimise(workspace, &wasm)?;
    Ok(Module { wasm, glue })
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    // A folder of its own: other flags in the same one would rebuild everything at each change of
    // command.
    let folder = workspace.target("npm-wasm");
    let arguments = "rustc --package basic-oauth --lib --profile npm --features js \
                     --crate-type cdylib --target";
    let command = cargo(arguments.split(' ').chain([TARGET]))
        .dir(workspace.root())
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?.join("\u{1f}"));
    run("compile the module", &command)?;
    Ok(folder.join(TARGET).join("npm/basic_oauth.wasm"))
}

fn flags() -> Result<Vec<String>> {
    // sha2's unrolled rounds cost twice the bytes; only a final build may choose the loop.
    let mut flags = vec!["--cfg".to_owned(), "sha2_backend_soft=\"compact\"".to_owned()];
    // A toolchain with rust-src names the library's files by where they are; one without, like this.
    // rustc follows a linked toolchain, or not.
    let sysroot = PathBuf::from(sysroot()?);
    for folder in [sysroot.canonicalize()?, sysroot] {
        let library = format!("{}/lib/rustlib/src/rust", folder.display());
        flags.push(format!("--remap-path-prefix={library}=/rustc/{}", commit()?));
    }
    // Panic locations would name folders of the machine that built the package, and at length.
    for sources in registry_sources()? {
        flags.push(format!("--remap-path-prefix={}/=", sources.display()));
    }
    Ok(flags)
}

pub(crate) fn sysroot() -> Result<String> {
    cmd("rustc", ["--print", "sysroot"]).read().context("rustc does not run")
}

fn commit() -> Result<String> {
    let version = cmd("rustc", ["-vV"]).read()?;
    let hash = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    Ok(hash.context("rustc does not say its commit")?.to_owned())
}

/// The folders below which cargo unpacks the sources of dependencies, one for each registry.
fn registry_sources() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.context("no CARGO_HOME and no home directory")?.join("registry/src");
    let Ok(entries) = fs::read_dir(&sources) else { return Ok(Vec::new()) };
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.sort();
    Ok(folders)
}

fn bind(compiled: &Path) -> Result<(Vec<u8>, String)> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        // The entry points always say where the module is; a default URL would make bundlers look
        // for a file that is not there.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))?;
    anyhow::ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "the module brings JavaScript snippets, which the bundle does not carry"
    );
    let glue = output.js().to_owned();
    Ok((output.wasm_mut().emit_wasm(), glue))
}

/// Two recipes, the smaller wins: which one does varies with the code.
fn optimise(workspace: &Workspace, wasm: &[u8]) -> Result<Vec<u8>> {
    const RECIPES: [(&str, &[&str]); 2] =
        [("-Oz", &["-Oz"]), ("rereloop", &["--flatten", "--rereloop", "-Oz", "-Oz"])];

    let folder = workspace.target("npm-work");
    fs::create_dir_all(&folder)?;
    let input = folder.join("bound.wasm");
    fs::write(&input, wasm)?;

    let mut best: Option<(usize, Vec<u8>)> = None;
    for (name, passes) in RECIPES {
        let output = folder.join("optimised.wasm");
        let strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
        let files = [input.as_os_str(), "-o".as_ref(), output.as_os_str()];
        let arguments = files.into_iter().chain(passes.iter().chain(&strip).map(AsRef::as_ref));
        let title = format!("wasm-opt {name}");
        run(&title, &cmd(workspace.node_tool("wasm-opt"), arguments))?;
        let bytes = fs::read(&output)?;
        let size = brotli(&bytes);
        say(&format!("    {name}: {} bytes, brotli {size}", bytes.len()));
        if best.as_ref().is_none_or(|(smallest, _)| size < *smallest) {
            best = Some((size, bytes));
        }
    }
    best.map(|(_, bytes)| bytes).context("no recipe ran")
}
