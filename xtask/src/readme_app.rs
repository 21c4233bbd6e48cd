//! The whole app of README.md's section "Rust": written out as it stands there, and built by the commands
//! that stand there, with this crate in the place of the published one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};

use crate::app;
use crate::command::{cargo, run};
use crate::test::readme::{Block, blocks};
use crate::toolchain::TARGET;
use crate::workspace::Workspace;

/// Writes the project to `target/readme-app`, and builds it there.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    app::prepare(workspace)?;
    let readme = fs::read_to_string(workspace.path("README.md"))?;
    let parts = Parts::find(&readme)?;
    let folder = workspace.target("readme-app");
    fs::create_dir_all(folder.join("src"))?;
    let (name, manifest) = parts.manifest(workspace.root())?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), with_server_of_the_test(&parts.code)?)?;
    fs::write(folder.join("index.html"), &parts.page)?;
    // The same versions, above all that of wasm-bindgen.
    fs::copy(workspace.path("Cargo.lock"), folder.join("Cargo.lock"))?;

    let target = app::target(workspace);
    let build = cargo(["build", "--release", "--target", TARGET]).dir(&folder);
    run("compile the app of README.md", &build.env("CARGO_TARGET_DIR", &target))?;
    let name = name.replace('-', "_");
    let compiled = target.join(TARGET).join("release").join(&name).with_extension("wasm");
    app::bind(&compiled, &folder.join("pkg"), &name)
}

/// The files of the app.
#[derive(Debug)]
struct Parts {
    manifest: String,
    code: String,
    page: String,
}

impl Parts {
    /// Finds the first block of each kind in the section.
    fn find(readme: &str) -> Result<Self> {
        let after = readme.split_once("\n### Rust\n").context("README.md has no section Rust")?.1;
        let section = after.split("\n### ").next().unwrap_or(after);
        let blocks = blocks(section.split("\n## ").next().unwrap_or(section));
        let find = |language: &str, part: &str| {
            let is_wanted = |it: &&Block| it.language == language && it.code.contains(part);
            let block = blocks.iter().find(is_wanted);
            let block = block.with_context(|| format!("no {language} block with {part}"))?;
            anyhow::Ok(block.code.clone())
        };
        Ok(Self {
            manifest: find("toml", "[package]")?,
            code: find("rust", "#[wasm_bindgen(start)]")?,
            page: find("html", "<script")?,
        })
    }

    /// Returns the name of the package, and the manifest with the crate of this repository.
    fn manifest(&self, root: &Path) -> Result<(String, String)> {
        let mut manifest: Table = self.manifest.parse()?;
        let package = manifest.get("package").and_then(|it| it.get("name"));
        let name = package.and_then(Value::as_str).context("the package has no name")?.to_owned();
        let dependencies = manifest.get_mut("dependencies").and_then(Value::as_table_mut);
        let ours = dependencies.and_then(|it| it.get_mut("basic-oauth"));
        let ours = ours.context("the app does not depend on basic-oauth")?;
        let mut local = ours.as_table().cloned().unwrap_or_default();
        local.remove("version");
        local.insert("path".to_owned(), root.to_string_lossy().into_owned().into());
        *ours = local.into();
        // A workspace of its own, although it is in a folder of ours.
        manifest.insert("workspace".to_owned(), Table::new().into());
        Ok((name, manifest.to_string()))
    }
}

/// Replaces the server of the example by one whose port only the test knows. The page says which it is.
fn with_server_of_the_test(code: &str) -> Result<String> {
    let mut parts = code.split(EXAMPLE);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    let mut count = 0;
    for part in parts {
        let (path, rest) = part.split_once('"').context("an address without its end")?;
        replaced += &format!("server_of_the_test(\"{path}\"){rest}");
        count += 1;
    }
    ensure!(count > 0, "the app of README.md names no server at {EXAMPLE}");
    Ok(replaced + SERVER)
}

/// How each address of the example's server begins.
const EXAMPLE: &str = "\"https://login.example";

const SERVER: &str = "
fn server_of_the_test(path: &str) -> String {
    #[wasm_bindgen]
    extern \"C\" {
        #[wasm_bindgen(thread_local_v2, js_name = serverOfTheTest)]
        static SERVER: String;
    }
    SERVER.with(String::clone) + path
}
";

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = "# A\n\n### Rust\n\n```toml\n[dependencies]\n```\n\n```toml\n[package]\n\
        name = \"my-app\"\n[dependencies]\nbasic-oauth = \"0.1\"\n```\n\n```rust\n\
        #[wasm_bindgen(start)]\nfn start() {}\n```\n\n```html\n<script></script>\n```\n\n### Yew\n";

    #[test]
    fn the_parts_are_found_and_this_crate_takes_the_place_of_the_published_one() -> Result<()> {
        let parts = Parts::find(SECTION)?;
        assert!(parts.code.ends_with("fn start() {}\n"));
        assert_eq!(parts.page, "<script></script>\n");
        let (name, manifest) = parts.manifest(Path::new("/here"))?;
        let manifest: Table = manifest.parse()?;
        assert_eq!(name, "my-app");
        assert_eq!(manifest["dependencies"]["basic-oauth"]["path"].as_str(), Some("/here"));
        assert!(manifest.contains_key("workspace"));
        Ok(())
    }

    #[test]
    fn a_part_that_is_missing_or_belongs_to_the_next_section_is_an_error() {
        for wrong in
            ["### Rust\n", &SECTION.replace("<script>", "<p>"), &SECTION.replace("### R", "### r")]
        {
            assert!(Parts::find(wrong).is_err(), "{wrong}");
        }
        let moved = SECTION.replace("```html", "### Yew\n\n```html");
        assert!(Parts::find(&moved).is_err());
    }

    #[test]
    fn the_server_is_replaced_in_every_address() -> Result<()> {
        let code = r#"new("https://login.example/a", "https://login.example/b")"#;
        let replaced = with_server_of_the_test(code)?;
        assert!(replaced.starts_with(r#"new(server_of_the_test("/a"), server_of_the_test("/b"))"#));
        assert!(with_server_of_the_test("new(\"https://other.example\")").is_err());
        Ok(())
    }
}
