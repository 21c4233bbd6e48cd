//! Checks that the crate and the npm package can be published. It publishes nothing.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::command::{cargo, run as run_command};
use crate::embedded::SDK;
use crate::npm_package;
use crate::setup::npm;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// Check the manifests, and publish both packages without uploading them
    #[arg(long, required = true)]
    check: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Tree {
    /// A release is made from committed files only.
    Committed,
    /// The tests run while files are changed.
    Changed,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(options.check, "the registries get a release from the release workflow");
    let read = |name: &str| fs::read_to_string(workspace.path(name)).context(name.to_owned());
    repositories(&read("Cargo.toml")?, &read("pkg-template/package.json")?)?;
    npm_package::ensure_fresh(workspace)?;
    publish_crate(workspace, Tree::Committed)?;
    publish_npm_package(workspace)
}

/// Fails if a manifest does not say where the sources are.
fn repositories(cargo: &str, npm: &str) -> Result<()> {
    let cargo: toml::Table = cargo.parse().context("Cargo.toml is not valid TOML")?;
    let workspace = cargo.get("workspace").and_then(|workspace| workspace.get("package"));
    let is_named = [cargo.get("package"), workspace]
        .into_iter()
        .flatten()
        .any(|package| package.get("repository").is_some_and(toml::Value::is_str));
    ensure!(is_named, "Cargo.toml has no `repository`: fill it in before a release");
    let npm: serde_json::Value = serde_json::from_str(npm)?;
    let repository = &npm["repository"];
    let is_named = repository.is_string() || repository["url"].is_string();
    ensure!(is_named, "pkg-template/package.json has no `repository`: fill it in before a release");
    Ok(())
}

/// Packs the crate, compiles what was packed, and stops before the upload.
pub(crate) fn publish_crate(workspace: &Workspace, tree: Tree) -> Result<()> {
    let arguments = ["publish", "--dry-run", "--locked", "--package", SDK];
    let dirty = (tree == Tree::Changed).then_some("--allow-dirty");
    let publish = cargo(arguments.into_iter().chain(dirty)).dir(workspace.root());
    run_command("cargo publish, without the upload", &publish)?;
    Ok(())
}

/// Packs the npm package and stops before the upload.
pub(crate) fn publish_npm_package(workspace: &Workspace) -> Result<()> {
    let publish = npm(["publish", "--dry-run", "--ignore-scripts", "--offline"]);
    run_command("npm publish, without the upload", &publish.dir(workspace.npm()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_without_a_repository_is_refused() {
        let (cargo, npm) = ("[package]\nrepository = \"https://x.test\"", r#"{"repository":"x"}"#);
        assert!(repositories(cargo, npm).is_ok());
        assert!(repositories(cargo, r#"{"repository":{"type":"git","url":"x"}}"#).is_ok());
        assert!(repositories("[workspace.package]\nrepository = \"x\"", npm).is_ok());
        assert!(repositories("[package]\nname = \"a\"", npm).is_err());
        assert!(repositories(cargo, "{}").is_err());
        assert!(repositories(cargo, r#"{"repository":{"type":"git"}}"#).is_err());
    }
}
