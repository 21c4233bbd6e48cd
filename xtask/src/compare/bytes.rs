//! Measures what each peer adds to an app: bundles of npm, and modules of Rust.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};

use super::bundle::{Bundle, Charset, Page};
use super::peers::Peer;
use crate::app::App;
use crate::compress::Size;
use crate::weight;
use crate::workspace::Workspace;

/// Measures everything, and writes `bytes.json` into the folder of results.
pub(super) fn measure(workspace: &Workspace, peers: &[Peer]) -> Result<()> {
    let mut rows = Vec::new();
    for peer in peers {
        let folder = workspace.target("compare/bytes").join(&peer.id);
        let bundle = |charset: Charset, name: &str| {
            Bundle::make(workspace, peer, Page::Bytes, charset, &folder.join(name))
        };
        let utf8 = bundle(Charset::Utf8, "utf8")?;
        let ascii = bundle(Charset::Ascii, "ascii")?;
        rows.push(json!({
            "id": peer.id,
            "version": peer.version(workspace)?,
            "first": json_of(utf8.first()?),
            "whole": json_of(utf8.whole()?),
            "ascii": json_of(ascii.whole()?),
        }));
    }
    let results = json!({ "npm": rows, "rust": rust(workspace)? });
    Ok(fs::write(workspace.target("compare/bytes.json"), format!("{results:#}"))?)
}

/// The libraries of Rust, each with the smallest app that uses it and the same app without it.
fn rust(workspace: &Workspace) -> Result<Value> {
    const WORKSPACE: &str = "xtask/compare/rust";
    let peer = |package, features| App { package, features, workspace: WORKSPACE };
    let ours = |package, features| App { package, features, workspace: "" };
    let yew = peer("peer-yew", None);
    let leptos = peer("peer-leptos", None);
    let pairs = [
        ("yew-oauth2", "0.14.0", "Yew", yew, peer("peer-yew", Some("oauth2"))),
        ("yew-oauth2, openid", "0.14.0", "Yew", yew, peer("peer-yew", Some("openid"))),
        ("basic-oauth", "", "Yew", ours("weight-yew", None), ours("weight-yew", Some("sdk"))),
        ("leptos_oidc2", "0.10.2", "Leptos", leptos, peer("peer-leptos", Some("oidc"))),
        (
            "basic-oauth",
            "",
            "Leptos",
            ours("weight-leptos", None),
            ours("weight-leptos", Some("sdk")),
        ),
    ];
    let mut rows = Vec::new();
    for (name, version, framework, bare, with) in pairs {
        let (bare, _) = weight::measure(workspace, bare)?;
        let (with, _) = weight::measure(workspace, with)?;
        rows.push(json!({
            "name": name,
            "version": version,
            "framework": framework,
            "whole": json_of(with),
            "added": json_of(weight::difference(with, bare)),
        }));
    }
    Ok(rows.into())
}

fn json_of(size: Size) -> Value {
    json!({ "raw": size.raw, "gzip": size.gzip, "brotli": size.brotli })
}
