//! The list of what is compared, and where its files are.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::setup;
use crate::workspace::Workspace;

/// A library that is compared. `xtask/compare/peers/peers.json` lists all.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Peer {
    /// The name of the adapter, of the bundles, and of the client at the server.
    pub(super) id: String,
    /// The package of npm, if there is one.
    pub(super) package: Option<String>,
    /// The end of the path of a part that a page with these options never loads.
    pub(super) unused: Option<String>,
}

pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path("xtask/compare/peers")
}

pub(super) fn all(workspace: &Workspace) -> Result<Vec<Peer>> {
    let list = fs::read_to_string(folder(workspace).join("peers.json"))?;
    serde_json::from_str(&list).context("the list of peers")
}

/// Installs the locked versions, if they are missing or the lock is newer.
pub(super) fn install(workspace: &Workspace) -> Result<()> {
    setup::node_modules(folder(workspace), "the peers of npm")
}

impl Peer {
    /// Returns the version in the lockfile. Ours is that of the built package.
    pub(super) fn version(&self, workspace: &Workspace) -> Result<Option<String>> {
        let Some(package) = &self.package else { return Ok(None) };
        let lock = fs::read_to_string(folder(workspace).join("package-lock.json"))?;
        let lock: Value = serde_json::from_str(&lock)?;
        let version = lock["packages"][format!("node_modules/{package}")]["version"].as_str();
        Ok(Some(version.with_context(|| format!("{package} is not in the lockfile"))?.to_owned()))
    }
}
