//! Builds the documentation as docs.rs does, and compares the public API with its snapshot.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::command::{cargo, run as run_command};
use crate::embedded::SDK;
use crate::progress::log;
use crate::toolchain;
use crate::workspace::Workspace;

const SNAPSHOT: &str = "tests/api/basic-oauth.txt";
const ADVICE: &str = "`cargo xtask api --update` writes the snapshot";

#[derive(Args)]
pub(crate) struct Options {
    /// Write the snapshot instead of comparing with it
    #[arg(long)]
    update: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.update {
        return check(workspace);
    }
    let snapshot = workspace.path(SNAPSHOT);
    fs::create_dir_all(snapshot.parent().context("a snapshot in a folder")?)?;
    fs::write(&snapshot, current(workspace)?)?;
    log(&format!("The public API is in {}", snapshot.display()));
    Ok(())
}

/// Fails if the public API differs from the snapshot.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let snapshot = fs::read_to_string(workspace.path(SNAPSHOT));
    let snapshot = snapshot.with_context(|| format!("{SNAPSHOT}: {ADVICE}"))?;
    compare(&snapshot, &current(workspace)?)
}

/// Builds the documentation that docs.rs will show. A warning is an error.
pub(crate) fn documentation(workspace: &Workspace) -> Result<()> {
    rustdoc(workspace, "document the crate as docs.rs does", &[]).map(drop)
}

/// Returns one line for each public item.
fn current(workspace: &Workspace) -> Result<String> {
    let json = ["-Zunstable-options", "--output-format=json"];
    let folder = rustdoc(workspace, "list the public API", &json)?;
    let api = public_api::Builder::from_rustdoc_json(folder.join("basic_oauth.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Runs rustdoc with the target and the features that `[package.metadata.docs.rs]` names, and returns
/// the folder of its output.
///
/// Only a nightly compiler writes JSON, unless `RUSTC_BOOTSTRAP` allows it. The builds have a folder
/// of their own, because the variable would make other builds compile their dependencies again.
fn rustdoc(workspace: &Workspace, title: &str, arguments: &[&str]) -> Result<PathBuf> {
    toolchain::wasm_target()?;
    let DocsRs { target, features } = DocsRs::read(workspace)?;
    let fixed = ["rustdoc", "--locked", "--lib", "--package", SDK, "--target", &target];
    let fixed = fixed.into_iter().chain(["--features", &features, "--"]);
    let out = workspace.target("docs-rs");
    let command = cargo(fixed.chain(["-Dwarnings"]).chain(arguments.iter().copied()))
        .dir(workspace.root())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &out);
    run_command(title, &command)?;
    Ok(out.join(target).join("doc"))
}

/// What Cargo.toml tells docs.rs.
#[derive(Debug, Eq, PartialEq)]
struct DocsRs {
    target: String,
    features: String,
}

impl DocsRs {
    fn read(workspace: &Workspace) -> Result<Self> {
        Self::parse(&fs::read_to_string(workspace.path("Cargo.toml"))?)
    }

    fn parse(manifest: &str) -> Result<Self> {
        let manifest: toml::Table = manifest.parse()?;
        let package = manifest.get("package");
        let metadata = package.and_then(|it| it.get("metadata")?.get("docs")?.get("rs"));
        let metadata = metadata.context("Cargo.toml has no [package.metadata.docs.rs]")?;
        let target = metadata.get("default-target").and_then(toml::Value::as_str);
        let features = metadata.get("features").and_then(toml::Value::as_array);
        let features = features.context("docs.rs needs a list of features")?.iter();
        let features: Vec<&str> = features.filter_map(toml::Value::as_str).collect();
        Ok(Self {
            target: target.context("docs.rs needs a default target")?.to_owned(),
            features: features.join(","),
        })
    }
}

fn compare(snapshot: &str, current: &str) -> Result<()> {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (snapshot.lines().collect(), current.lines().collect());
    let removed = old.difference(&new).map(|item| format!("    - {item}"));
    let changes: Vec<String> =
        removed.chain(new.difference(&old).map(|item| format!("    + {item}"))).collect();
    ensure!(changes.is_empty(), "the public API has changed: {ADVICE}\n{}", changes.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_item_is_shown() {
        let snapshot = "pub fn a::b()\npub fn a::c()\n";
        assert!(compare(snapshot, snapshot).is_ok());
        let error =
            compare(snapshot, "pub fn a::b()\npub fn a::d()\n").map_err(|it| it.to_string());
        let lines = "\n    - pub fn a::c()\n    + pub fn a::d()";
        assert_eq!(error, Err(format!("the public API has changed: {ADVICE}{lines}")));
    }

    #[test]
    fn a_manifest_without_its_lines_for_docs_rs_is_refused() {
        let lines = "[package.metadata.docs.rs]\ndefault-target = \"wasm32-unknown-unknown\"\n\
                     features = [\"yew\", \"leptos\"]\n";
        let read = DocsRs::parse(lines).ok();
        let expected = ("wasm32-unknown-unknown".to_owned(), "yew,leptos".to_owned());
        assert_eq!(read.map(|it| (it.target, it.features)), Some(expected));
        assert!(DocsRs::parse("[package]\nname = \"a\"\n").is_err());
    }
}
