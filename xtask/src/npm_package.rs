//! Builds the npm package from hand-written files, the glue and the module.

use std::path::Path;
use std::time::SystemTime;
use std::{ffi::OsString, fs};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::command::{cmd, run};
use crate::progress::task;
use crate::wasm::Variant;
use crate::workspace::Workspace;
use crate::{embedded, inline, setup, third_party, wasm};

/// Each file is bundled and minified on its own. The others stay imports.
const ENTRIES: [(&str, &[&str]); 7] = [
    ("index.js", &["./module.js", "./full-module.js"]),
    ("module.js", &[]),
    ("full-module.js", &[]),
    ("slim.js", &["./slim-module.js", "./slim-full-module.js"]),
    ("slim-module.js", &[]),
    ("slim-full-module.js", &[]),
    ("button.js", &["./index.js"]),
];

const TYPES: [&str; 3] = ["index.d.ts", "slim.d.ts", "button.d.ts"];
const SHARED: [&str; 3] = ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"];
const SOURCES: [&str; 10] = [
    "src",
    "pkg-template",
    "xtask/src",
    "xtask/node/package-lock.json",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "CHANGELOG.md",
];

/// Every file of the package, in the order of their names.
pub(crate) const FILES: [&str; 19] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    third_party::NOTICES,
    "basic_oauth.wasm",
    "basic_oauth_full.wasm",
    "button.d.ts",
    "button.js",
    "full-module.js",
    "index.d.ts",
    "index.js",
    "module.js",
    "package.json",
    third_party::SBOM,
    "slim-full-module.js",
    "slim-module.js",
    "slim.d.ts",
    "slim.js",
];

/// Builds the package, unless it is newer than all of its sources.
pub(crate) fn ensure_fresh(workspace: &Workspace) -> Result<()> {
    let built = fs::metadata(workspace.npm().join("package.json")).and_then(|file| file.modified());
    if built.is_ok_and(|built| newest_source(workspace).is_some_and(|newest| newest < built)) {
        return Ok(());
    }
    build(workspace)
}

fn newest_source(workspace: &Workspace) -> Option<SystemTime> {
    SOURCES
        .iter()
        .flat_map(|source| WalkDir::new(workspace.path(source)))
        .filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok())
        .max()
}

pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    check_version(workspace)?;
    setup::node_tools(workspace)?;

    let work = workspace.target("npm-work/bundle");
    let fresh = workspace.target("npm-work/package");
    for folder in [&work, &fresh] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
    }

    let template = workspace.path("pkg-template");
    for entry in fs::read_dir(&template)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            copy(&path, &work.join(path.file_name().context("a file without a name")?))?;
        }
    }
    put_in_button_constants(&template, &work)?;
    for variant in Variant::ALL {
        let module = wasm::build(workspace, variant)?;
        let (glue, bytes) = match variant {
            Variant::Lean => ("glue.js", "wasm-bytes.js"),
            Variant::Full => ("full-glue.js", "full-wasm-bytes.js"),
        };
        fs::write(work.join(glue), &module.glue)?;
        fs::write(work.join(bytes), inline::javascript(&module.wasm))?;
        fs::write(fresh.join(variant.file()), &module.wasm)?;
    }
    task("bundle and minify", || {
        ENTRIES.iter().try_for_each(|(entry, kept)| bundle(workspace, &work, &fresh, entry, kept))
    })?;

    for name in TYPES.iter().chain(&["package.json", "README.md"]) {
        copy(&template.join(name), &fresh.join(name))?;
    }
    for name in SHARED {
        copy(&workspace.path(name), &fresh.join(name))?;
    }
    let packages = embedded::packages(workspace, Variant::Full.features())?;
    fs::write(fresh.join(third_party::NOTICES), third_party::notices(workspace, &packages)?)?;
    fs::write(fresh.join(third_party::SBOM), third_party::sbom(workspace, &packages)?)?;

    // Replaced as a whole, so that a failed build leaves the last good package.
    let package = workspace.npm();
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    fs::rename(&fresh, &package)?;
    Ok(())
}

/// Puts the texts and styles into `button.js`. They are files because the Rust components use them.
fn put_in_button_constants(template: &Path, work: &Path) -> Result<()> {
    let mut script = String::new();
    for (name, file) in [("BUTTON_CSS", "button.css"), ("BUTTON_TEXTS", "button.texts")] {
        let path = template.join(file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
        script += &format!("const {name} = {};\n", serde_json::to_string(text.trim_end())?);
    }
    let button = work.join("button.js");
    script += &fs::read_to_string(&button)?;
    fs::write(button, script)?;
    Ok(())
}

fn bundle(
    workspace: &Workspace,
    work: &Path,
    out: &Path,
    entry: &str,
    kept: &[&str],
) -> Result<()> {
    // utf8, because escapes would make the texts of the button larger.
    let fixed = "--bundle --minify --format=esm --target=es2022 --charset=utf8 \
                 --legal-comments=none --log-level=warning";
    let mut arguments: Vec<OsString> = fixed.split(' ').map(OsString::from).collect();
    arguments.push(entry.into());
    arguments.push(format!("--outfile={}", out.join(entry).display()).into());
    arguments.extend(kept.iter().map(|kept| format!("--external:{kept}").into()));
    run(&format!("esbuild {entry}"), &cmd(workspace.node_tool("esbuild"), arguments).dir(work))?;
    Ok(())
}

fn check_version(workspace: &Workspace) -> Result<()> {
    let manifest = fs::read_to_string(workspace.path("pkg-template/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    let version = workspace.version()?;
    ensure!(
        manifest["version"].as_str() == Some(&version),
        "pkg-template/package.json has version {}, Cargo.toml has {version}",
        manifest["version"]
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} is missing", from.display()))?;
    Ok(())
}
