//! Builds apps in Rust, the demos and those of the tests, into folders that a server can serve.
//! `trunk build` does the same with the same `index.html`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::app::App;
use crate::command::{cargo, run};
use crate::readme_app;
use crate::toolchain::{self, TARGET};
use crate::workspace::Workspace;

/// The demo of each framework.
pub(crate) const ALL: [RustDemo; 2] = [
    RustDemo { name: "yew", package: "demo-yew", source: "demo/yew" },
    RustDemo { name: "leptos", package: "demo-leptos", source: "demo/leptos" },
];

/// The apps of the end-to-end tests: one program for each framework, because each takes a minute.
pub(crate) const TEST_APPS: [RustDemo; 2] = [
    RustDemo { name: "yew", package: "test-app-yew", source: "tests/apps/yew" },
    RustDemo { name: "leptos", package: "test-app-leptos", source: "tests/apps/leptos" },
];

/// Builds the apps of the end-to-end tests, or those that are named.
pub(crate) fn build_test_apps(workspace: &Workspace, names: &[String]) -> Result<()> {
    let is_named = |name: &str| names.is_empty() || names.iter().any(|it| it == name);
    for app in TEST_APPS.into_iter().filter(|app| is_named(app.name)) {
        app.build(workspace)?;
    }
    if is_named("readme") {
        readme_app::build(workspace)?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
pub(crate) struct RustDemo {
    pub(crate) name: &'static str,
    package: &'static str,
    /// The folder of its sources.
    source: &'static str,
}

impl RustDemo {
    /// Returns the folder of the built app.
    pub(crate) fn folder(self, workspace: &Workspace) -> PathBuf {
        workspace.target(self.source)
    }

    pub(crate) fn build(self, workspace: &Workspace) -> Result<()> {
        let out = self.folder(workspace);
        App { package: self.package, features: None, workspace: "" }.build(workspace, &out)?;
        let source = workspace.path(self.source);
        let index = fs::read_to_string(source.join("index.html"))?;
        let mut page = String::new();
        for line in index.lines() {
            page += &served(line, &source, &out)?;
            page.push('\n');
        }
        fs::write(out.join("index.html"), page)?;
        // A file, because the page's policy forbids inline scripts.
        fs::write(out.join("start.js"), START)?;
        Ok(())
    }

    /// Compiles a copy of the demo outside of this repository, as a starter of another app. The SDK in
    /// it is the one of this repository, and the other crates are those of its lock file.
    pub(crate) fn compile_copy(self, workspace: &Workspace) -> Result<()> {
        toolchain::wasm_target()?;
        let copy = env::temp_dir().join("basic-oauth-starters").join(self.name);
        if copy.exists() {
            fs::remove_dir_all(&copy)?;
        }
        copy_folder(&workspace.path("demo").join(self.name), &copy)?;
        fs::copy(workspace.path("Cargo.lock"), copy.join("Cargo.lock"))?;
        let sdk = format!("patch.crates-io.basic-oauth.path={:?}", workspace.root());
        let check = cargo(["check", "--target", TARGET, "--config", &sdk])
            .dir(&copy)
            .env("CARGO_TARGET_DIR", workspace.target("starters"));
        run(&format!("compile a copy of demo/{}", self.name), &check)?;
        Ok(())
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let is_source =
        |entry: &walkdir::DirEntry| !matches!(entry.file_name().to_str(), Some("dist" | "target"));
    for entry in WalkDir::new(from).into_iter().filter_entry(is_source) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

const START: &str = "import start from \"./app.js\";\n\nawait start();\n";

/// Returns a line of `index.html` as trunk would write it. Copies the file of a link to `out`.
fn served(line: &str, source: &Path, out: &Path) -> Result<String> {
    let Some(kind) = attribute(line, "rel").filter(|_| line.contains("data-trunk")) else {
        return Ok(line.to_owned());
    };
    if kind == "rust" {
        return Ok("    <script type=\"module\" src=\"/start.js\"></script>".to_owned());
    }
    let file = source.join(attribute(line, "href").context("a link to nothing")?);
    let name = file.file_name().context("a link to a folder")?;
    fs::copy(&file, out.join(name)).with_context(|| format!("{} is missing", file.display()))?;
    Ok(match kind {
        "css" => format!("    <link rel=\"stylesheet\" href=\"/{}\">", name.display()),
        _ => String::new(),
    })
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starters_share_their_style_sheet() -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo");
        let read = |name: &str| fs::read_to_string(root.join(name));
        assert_eq!(read("yew/styles.css")?, read("leptos/styles.css")?);
        Ok(())
    }

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let line = r#"<link data-trunk rel="css" data-href="no" href="styles.css">"#;
        assert_eq!(attribute(line, "href"), Some("styles.css"));
        assert_eq!(attribute(line, "rel"), Some("css"));
        assert_eq!(attribute(line, "title"), None);
    }

    #[test]
    fn a_line_without_trunk_stays_and_the_module_gets_a_script_of_its_own() {
        let nowhere = Path::new("nowhere");
        let plain = "<link rel=\"icon\" href=\"/mark.svg\">";
        assert_eq!(served(plain, nowhere, nowhere).ok().as_deref(), Some(plain));
        let module = served("<link data-trunk rel=\"rust\">", nowhere, nowhere);
        assert!(module.is_ok_and(|it| it.contains("src=\"/start.js\"")));
        assert!(served("<link data-trunk rel=\"css\" href=\"x\">", nowhere, nowhere).is_err());
    }
}
