//! The names of the peers, and what the tables have to know of them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A library that is compared. `peers.json` lists all.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Peer {
    pub(crate) id: String,
    pub(crate) label: String,
    /// It is an entry of this project.
    #[serde(default)]
    pub(crate) is_ours: bool,
    /// It does not read the ID token, so it cannot reject one.
    #[serde(default)]
    pub(crate) uses_no_id_token: bool,
    /// It sends no `state`. The server answers its requests without `iss`, too.
    #[serde(default)]
    pub(crate) sends_no_state: bool,
    /// Its page would measure React, too.
    #[serde(default)]
    pub(crate) needs_react: bool,
}

/// Reads the list.
pub(crate) fn all(root: &Path) -> Result<Vec<Peer>> {
    let list = fs::read_to_string(root.join("xtask/compare/peers/peers.json"))?;
    serde_json::from_str(&list).context("the list of peers")
}

/// The peer that times are compared with: it is used most.
pub(crate) const BASE: &str = "oidc-client-ts";
