//! Builds the module that browsers download: rustc, wasm-bindgen, wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{Parser, Payload};

use crate::command::{cargo, cmd, run};
use crate::compress::brotli;
use crate::progress::{log, task};
use crate::toolchain::{self, TARGET};
use crate::workspace::Workspace;

/// One of the two modules of the package. A page downloads the one that its options need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Sign-in with OAuth 2.0.
    Lean,
    /// OpenID Connect as well.
    Full,
}

impl Variant {
    pub(crate) const ALL: [Self; 2] = [Self::Lean, Self::Full];

    /// The features that the module is built with.
    pub(crate) const fn features(self) -> &'static str {
        match self {
            Self::Lean => "js",
            Self::Full => "js,openid",
        }
    }

    /// The file of the module in the package.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Lean => "basic_oauth.wasm",
            Self::Full => "basic_oauth_full.wasm",
        }
    }

    /// The module with the names of its functions, below `target`. Everything else in it is as published.
    pub(crate) const fn named(self) -> &'static str {
        match self {
            Self::Lean => "npm-work/named.wasm",
            Self::Full => "npm-work/named-full.wasm",
        }
    }
}

/// The module and the JavaScript that wasm-bindgen wrote for it.
pub(crate) struct Module {
    pub(crate) wasm: Vec<u8>,
    pub(crate) glue: String,
}

pub(crate) fn build(workspace: &Workspace, variant: Variant) -> Result<Module> {
    toolchain::wasm_target()?;
    toolchain::library_sources()?;
    check_bindgen_version(&fs::read_to_string(workspace.path("Cargo.lock"))?)?;
    let compiled = compile(workspace, variant)?;
    let (wasm, glue) = task("wasm-bindgen", || bind(&compiled))?;
    let (named, names) = optimise(workspace, &wasm)?;
    fs::write(workspace.target(variant.named()), &named)?;
    Ok(Module { wasm: without_names(&named)?, glue: names.shorten(&glue)? })
}

/// Checks that the tools of wasm-bindgen have the version of the crate: they read no other module.
///
/// The library takes a range of versions, so only the lock file says which one is built.
pub(crate) fn check_bindgen_version(lock: &str) -> Result<()> {
    const TOOLS: [&str; 2] = ["wasm-bindgen-cli-support", "wasm-bindgen-cli"];
    let lock: toml::Table = lock.parse().context("Cargo.lock is not valid TOML")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.map(Vec::as_slice).unwrap_or_default();
    let version = |name: &str| -> Result<&str> {
        let is_wanted = |it: &&toml::Value| it.get("name").and_then(|it| it.as_str()) == Some(name);
        let mut found = packages.iter().filter(is_wanted);
        let version = found.next().and_then(|package| package.get("version")?.as_str());
        anyhow::ensure!(found.next().is_none(), "Cargo.lock has several versions of {name}");
        version.with_context(|| format!("Cargo.lock has no package {name}"))
    };
    let library = version("wasm-bindgen")?;
    for tool in TOOLS {
        let found = version(tool)?;
        anyhow::ensure!(
            found == library,
            "Cargo.lock has wasm-bindgen {library} and {tool} {found}: set the exact versions in \
             xtask/Cargo.toml and xtask/wasm-test-server/Cargo.toml to {library}"
        );
    }
    Ok(())
}

/// Compiles the crate together with the standard library. A panic is then a bare trap, without the
/// messages and the formatting that make a third of a small module. The pinned compiler can do this
/// but calls it unstable, so `RUSTC_BOOTSTRAP` allows it. No other build uses that.
fn compile(workspace: &Workspace, variant: Variant) -> Result<PathBuf> {
    // A folder of its own, because other flags in the same one would rebuild everything each time.
    let folder = workspace.target("npm-wasm");
    let arguments = "rustc -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size \
                     --package basic-oauth --lib --profile npm --crate-type cdylib";
    let choices = ["--features", variant.features(), "--target", TARGET];
    let command = cargo(arguments.split_whitespace().chain(choices))
        .dir(workspace.root())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?.join("\u{1f}"));
    run(&format!("compile {}", variant.file()), &command)?;
    Ok(folder.join(TARGET).join("npm/basic_oauth.wasm"))
}

fn flags() -> Result<Vec<String>> {
    let fixed = [
        "-Zunstable-options",
        "-Cpanic=immediate-abort",
        // Without reference types, imports take numbers and need no adapter.
        "-Ctarget-feature=-reference-types,-multivalue",
    ];
    let mut flags = fixed.map(str::to_owned).to_vec();
    // rustc may or may not resolve the link of a linked toolchain.
    let sysroot = toolchain::sysroot()?;
    for folder in [sysroot.canonicalize()?, sysroot] {
        let library = format!("{}/lib/rustlib/src/rust", folder.display());
        flags.push(format!("--remap-path-prefix={library}=/rustc/{}", toolchain::commit()?));
    }
    // Panic locations would name folders of the machine that built the package.
    for sources in toolchain::registry_sources()? {
        flags.push(format!("--remap-path-prefix={}/=", sources.display()));
    }
    Ok(flags)
}

fn bind(compiled: &Path) -> Result<(Vec<u8>, String)> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        // The entry points always pass the module. A default URL would make bundlers search a file
        // that does not exist.
        .omit_default_module_path(true)
        // The names tell which source the bytes come from. They are removed at the end.
        .demangle(false)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))?;
    anyhow::ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "the module has JavaScript snippets, which the bundle would leave out"
    );
    let glue = output.js().to_owned();
    Ok((output.wasm_mut().emit_wasm(), glue))
}

/// Runs two recipes and keeps the smaller result. Which one that is varies with the code.
fn optimise(workspace: &Workspace, wasm: &[u8]) -> Result<(Vec<u8>, Names)> {
    const RECIPES: [(&str, &[&str]); 2] =
        [("-Oz", &["-Oz"]), ("rereloop", &["--flatten", "--rereloop", "-Oz", "-Oz"])];
    // The stack is the first thing in memory, so an offset can be folded into any address.
    const LAST: [&str; 5] = [
        "--low-memory-unused",
        "--debuginfo",
        "--strip-producers",
        "--strip-target-features",
        "--minify-imports-and-exports-and-modules",
    ];

    let folder = workspace.target("npm-work");
    fs::create_dir_all(&folder)?;
    let input = folder.join("bound.wasm");
    fs::write(&input, wasm)?;

    let mut best: Option<(usize, Vec<u8>, String)> = None;
    for (name, passes) in RECIPES {
        let output = folder.join("optimised.wasm");
        let files = [input.as_os_str(), "-o".as_ref(), output.as_os_str()];
        let arguments = files.into_iter().chain(passes.iter().chain(&LAST).map(AsRef::as_ref));
        let title = format!("wasm-opt {name}");
        let names = run(&title, &cmd(workspace.node_tool("wasm-opt"), arguments))?;
        let bytes = fs::read(&output)?;
        let published = without_names(&bytes)?;
        let size = brotli(&published);
        log(&format!("    {name}: {} bytes, brotli {size}", published.len()));
        if best.as_ref().is_none_or(|(smallest, ..)| size < *smallest) {
            best = Some((size, bytes, names));
        }
    }
    let (_, bytes, names) = best.context("the result of a recipe")?;
    let names = serde_json::from_str(&names).context("wasm-opt does not print what it renamed")?;
    Ok((bytes, names))
}

/// Removes the names of the functions from a module. All other bytes stay as they are.
pub(crate) fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(wasm.len());
    // A section begins where the one before it ends: first its kind and length, then its content.
    let mut begin = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let end = match (&payload, payload.as_section()) {
            (Payload::Version { range, .. }, _) => range.end,
            (_, Some((_, content))) => content.end,
            _ => continue,
        };
        let is_names =
            matches!(&payload, Payload::CustomSection(section) if section.name() == "name");
        if !is_names {
            out.extend_from_slice(wasm.get(begin..end).context("a section outside the module")?);
        }
        begin = end;
    }
    Ok(out)
}

/// What wasm-opt renamed. The names of wasm-bindgen are long, end in a hash, and are in both the module
/// and the glue.
#[derive(Deserialize)]
struct Names {
    /// Module, name, new name.
    imports: Vec<(String, String, String)>,
    /// Name, new name.
    exports: Vec<(String, String)>,
}

impl Names {
    /// The name that wasm-opt gives to the one module with all imports.
    const MODULE: &str = "a";

    fn shorten(&self, glue: &str) -> Result<String> {
        let mut glue = glue.to_owned();
        for (module, name, short) in &self.imports {
            let quoted = format!("\"{module}\": ");
            glue = glue.replace(&quoted, &format!("\"{}\": ", Self::MODULE));
            glue = replace_word(&glue, "", name, ": ", short)
                .with_context(|| format!("the glue does not define {name}"))?;
        }
        for (name, short) in &self.exports {
            // The glue does not use every export.
            glue = replace_word(&glue, "wasm.", name, "", short).unwrap_or(glue);
        }
        Ok(glue)
    }
}

/// Replaces a word between two others. Returns `None` if the text does not contain it.
fn replace_word(text: &str, before: &str, word: &str, after: &str, new: &str) -> Option<String> {
    let pattern = format!("{before}{word}{after}");
    let is_word = |next: Option<char>| {
        !after.is_empty() || !next.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(&pattern) {
        let (head, tail) = rest.split_at(at + pattern.len());
        if is_word(tail.chars().next()) {
            found = true;
            out.push_str(&head[..at]);
            out.push_str(before);
            out.push_str(new);
            out.push_str(after);
        } else {
            out.push_str(head);
        }
        rest = tail;
    }
    out.push_str(rest);
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_another_version_than_the_crate_are_refused() {
        let lock = |tool: &str| {
            let packages = [
                ("wasm-bindgen", "0.2.130"),
                ("wasm-bindgen-cli-support", tool),
                ("wasm-bindgen-cli", "0.2.130"),
            ];
            let package = |(name, version)| {
                format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
            };
            packages.map(package).concat()
        };
        assert!(check_bindgen_version(&lock("0.2.130")).is_ok());
        let refused = check_bindgen_version(&lock("0.2.131")).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|error| error.contains("cli-support 0.2.131: set")));
        assert!(check_bindgen_version("").is_err());
        let library = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert!(check_bindgen_version(library).is_err(), "the tools are missing");
        let twice = lock("0.2.130") + library;
        assert!(check_bindgen_version(&twice).is_err(), "one version only");
    }

    #[test]
    fn only_the_names_are_removed() {
        let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0";
        let note = b"\0\x05\x04note";
        let names = b"\0\x0a\x04name\0\x03\x02ab";
        let all = [&module[..], names, note].concat();
        let left = without_names(&all).ok();
        assert_eq!(left, Some([&module[..], note].concat()));
        assert!(without_names(b"no module").is_err());
    }

    #[test]
    fn only_whole_words_are_replaced() {
        let text = "wasm.free(a); wasm.free_all(); free();";
        let replaced = replace_word(text, "wasm.", "free", "", "b");
        assert_eq!(replaced.as_deref(), Some("wasm.b(a); wasm.free_all(); free();"));
        assert_eq!(replace_word(text, "wasm.", "gone", "", "b"), None);
    }

    #[test]
    fn names_are_shortened_in_definitions_and_uses() {
        let names = Names {
            imports: vec![("./bg.js".into(), "__wbg_x_1".into(), "q".into())],
            exports: vec![("memory".into(), "m".into()), ("unused".into(), "u".into())],
        };
        let glue = "\n__wbg_x_1: function() { wasm.memory },\n  \"./bg.js\": import0";
        let short = "\nq: function() { wasm.m },\n  \"a\": import0";
        assert_eq!(names.shorten(glue).ok().as_deref(), Some(short));
        assert!(names.shorten("no such import").is_err());
    }
}
