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
    ensure_named(repository(workspace)?.as_deref())?;
    // Not only if a source is newer: the addresses of the package come from Cargo.toml.
    npm_package::build(workspace)?;
    publish_crate(workspace, Tree::Committed)?;
    publish_npm_package(workspace)
}

/// Returns where the sources are, if `Cargo.toml` says so. The npm package takes its addresses from it.
pub(crate) fn repository(workspace: &Workspace) -> Result<Option<String>> {
    let cargo = fs::read_to_string(workspace.path("Cargo.toml")).context("Cargo.toml")?;
    repository_in(&cargo)
}

fn ensure_named(repository: Option<&str>) -> Result<()> {
    ensure!(repository.is_some(), "Cargo.toml has no `repository`: fill it in before a release");
    Ok(())
}

fn repository_in(cargo: &str) -> Result<Option<String>> {
    let cargo: toml::Table = cargo.parse().context("Cargo.toml is not valid TOML")?;
    let workspace = cargo.get("workspace").and_then(|workspace| workspace.get("package"));
    let repository = [cargo.get("package"), workspace]
        .into_iter()
        .flatten()
        .find_map(|package| package.get("repository")?.as_str());
    Ok(repository.map(str::to_owned))
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
    fn the_repository_is_that_of_the_package_or_of_the_workspace() -> Result<()> {
        let found = |cargo: &str| repository_in(cargo);
        assert_eq!(found("[package]\nrepository = \"x\"")?.as_deref(), Some("x"));
        let inherited =
            "[workspace.package]\nrepository = \"x\"\n[package]\nrepository.workspace = true";
        assert_eq!(found(inherited)?.as_deref(), Some("x"));
        assert_eq!(found("[package]\nname = \"a\"")?, None);
        assert!(ensure_named(Some("x")).is_ok() && ensure_named(None).is_err());
        assert!(found("[package").is_err());
        Ok(())
    }

    #[test]
    fn r142_the_npm_package_is_published_with_provenance() {
        let workflow = include_str!("../../.github/workflows/release.yml");
        let publish: Vec<&str> =
            workflow.lines().filter(|line| line.contains("npm publish")).collect();
        assert!(!publish.is_empty(), "the workflow publishes the npm package");
        for line in publish {
            assert!(line.contains("--provenance"), "{line}");
        }
        assert!(workflow.contains("id-token: write"), "provenance needs an identity token");
    }
}
