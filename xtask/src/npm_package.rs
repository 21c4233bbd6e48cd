//! Builds the npm package from hand-written files, the glue and the module.

use std::path::Path;
use std::time::SystemTime;
use std::{ffi::OsString, fs};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use walkdir::WalkDir;

use crate::command::{cmd, run};
use crate::progress::task;
use crate::release::repository;
use crate::wasm::Variant;
use crate::workspace::Workspace;
use crate::{embedded, inline, setup, third_party, wasm};

/// The files that are written by hand. Each one is bundled and minified on its own, with a source map
/// beside it. The named files stay imports.
pub(crate) const ENTRIES: [(&str, &[&str]); 9] = [
    ("button.js", &["./index.js"]),
    // The command `npx basic-oauth`. Its sources are in the folder `check`.
    ("check.js", &["node:*"]),
    ("index.js", &["./module.js", "./full-module.js"]),
    ("react.js", &["./index.js", "./button.js", "react"]),
    ("slim-button.js", &["./slim.js"]),
    ("slim.js", &["./slim-module.js", "./slim-full-module.js"]),
    ("svelte.js", &["./index.js"]),
    ("testing.js", &["./index.js"]),
    ("vue.js", &["./index.js", "vue"]),
];

/// The files that hold a module or its glue. They have no source map, which would be as large as they
/// are and explain nothing.
const MODULES: [&str; 4] = ["full-module.js", "module.js", "slim-full-module.js", "slim-module.js"];

/// The files that are packed as they are.
const COPIED: [&str; 3] = ["README.md", "button.css", "custom-elements.json"];
const TYPES: [&str; 7] = [
    "button.d.ts",
    "index.d.ts",
    "react.d.ts",
    "slim.d.ts",
    "svelte.d.ts",
    "testing.d.ts",
    "vue.d.ts",
];
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
pub(crate) const FILES: [&str; 40] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    third_party::NOTICES,
    "basic_oauth.wasm",
    "basic_oauth_full.wasm",
    "button.css",
    "button.d.ts",
    "button.js",
    "button.js.map",
    "check.js",
    "check.js.map",
    "custom-elements.json",
    "full-module.js",
    "index.d.ts",
    "index.js",
    "index.js.map",
    "module.js",
    "package.json",
    "react.d.ts",
    "react.js",
    "react.js.map",
    third_party::SBOM,
    "slim-button.js",
    "slim-button.js.map",
    "slim-full-module.js",
    "slim-module.js",
    "slim.d.ts",
    "slim.js",
    "slim.js.map",
    "svelte.d.ts",
    "svelte.js",
    "svelte.js.map",
    "testing.d.ts",
    "testing.js",
    "testing.js.map",
    "vue.d.ts",
    "vue.js",
    "vue.js.map",
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

    let fresh = workspace.target("npm-work/package");
    // Inside the package until it is complete, so that its source maps say `src/index.js`.
    let work = fresh.join("src");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&work)?;

    let template = workspace.path("pkg-template");
    fs::create_dir_all(work.join("check"))?;
    for (from, to) in
        [(template.clone(), work.clone()), (template.join("check"), work.join("check"))]
    {
        for entry in fs::read_dir(&from)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "js") {
                copy(&path, &to.join(path.file_name().context("a file without a name")?))?;
            }
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
        for (entry, kept) in ENTRIES {
            bundle(workspace, &work, &fresh, entry, kept, Some("--sourcemap=linked"))?;
        }
        MODULES.iter().try_for_each(|module| bundle(workspace, &work, &fresh, module, &[], None))
    })?;
    fs::remove_dir_all(&work)?;

    for name in TYPES.iter().chain(&COPIED) {
        copy(&template.join(name), &fresh.join(name))?;
    }
    let manifest =
        manifest(&fs::read_to_string(template.join("package.json"))?, repository(workspace)?)?;
    fs::write(fresh.join("package.json"), manifest)?;
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

/// Returns the manifest of the package. It has the addresses that follow from the repository, if
/// `Cargo.toml` names one.
fn manifest(template: &str, repository: Option<String>) -> Result<String> {
    let mut manifest: serde_json::Value = serde_json::from_str(template)?;
    if let Some(repository) = repository {
        let page = repository.trim_end_matches('/').trim_end_matches(".git");
        manifest["repository"] = json!({ "type": "git", "url": format!("git+{page}.git") });
        manifest["homepage"] = format!("{page}#readme").into();
        manifest["bugs"] = json!({ "url": format!("{page}/issues") });
    }
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// Puts the texts and styles into the element. They are files because the Rust components use them.
fn put_in_button_constants(template: &Path, work: &Path) -> Result<()> {
    let mut script = String::new();
    for (name, file) in [("BUTTON_CSS", "button-shadow.css"), ("BUTTON_TEXTS", "button.texts")] {
        let path = template.join(file);
        let text =
            fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
        script += &format!("const {name} = {};\n", serde_json::to_string(text.trim_end())?);
    }
    let button = work.join("button-element.js");
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
    map: Option<&str>,
) -> Result<()> {
    // utf8, because escapes would make the texts of the button larger.
    let fixed = "--bundle --minify --format=esm --target=es2022 --charset=utf8 \
                 --legal-comments=none --log-level=warning";
    let mut arguments: Vec<OsString> = fixed.split(' ').map(OsString::from).collect();
    arguments.push(entry.into());
    arguments.push(format!("--outfile={}", out.join(entry).display()).into());
    arguments.extend(kept.iter().map(|kept| format!("--external:{kept}").into()));
    arguments.extend(map.map(OsString::from));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_the_package_follow_from_the_repository_and_are_absent_without_one()
    -> Result<()> {
        let template = r#"{ "name": "a", "exports": { "./b": { "types": "b", "default": "c" } } }"#;
        let page = "https://host.test/owner/name";
        for repository in [page.to_owned(), format!("{page}/"), format!("{page}.git")] {
            let manifest: serde_json::Value =
                serde_json::from_str(&manifest(template, Some(repository))?)?;
            assert_eq!(manifest["repository"]["url"], format!("git+{page}.git"));
            assert_eq!(manifest["homepage"], format!("{page}#readme"));
            assert_eq!(manifest["bugs"]["url"], format!("{page}/issues"));
        }
        let without = manifest(template, None)?;
        assert!(!without.contains("repository") && !without.contains("homepage"), "{without}");
        // Node takes the first condition that holds, so their order must stay.
        assert!(without.find("types") < without.find("default"), "{without}");
        assert!(without.find("name") < without.find("exports"), "{without}");
        Ok(())
    }
}
