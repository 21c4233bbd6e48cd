//! Writes `docs/comparison.md` and its chart from all results.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::chart::{self, Theme};
use crate::features::Features;
use crate::peers::{BASE, Peer};
use crate::results::Results;
use crate::server::Defect;
use crate::stats::Spread;
use crate::{tables, verdicts};

/// Writes the document and the chart for light and dark pages.
pub(crate) fn write(
    root: &Path,
    results: &Results,
    peers: &[Peer],
    features: &Features,
    rust_features: &Features,
) -> Result<()> {
    let docs = root.join("docs");
    for theme in Theme::ALL {
        fs::write(docs.join(theme.file()), chart::svg(theme, results, peers))?;
    }
    let machine = results.machine.as_ref().map(ToString::to_string);
    let text = TEMPLATE
        .replace("{machine}", machine.as_deref().unwrap_or("Nothing was measured in a browser."))
        .replace("{wins}", &wins(results, peers))
        .replace("{features}", &features.table())
        .replace("{rust_features}", &rust_features.table())
        .replace("{bytes}", &tables::bytes(results, peers))
        .replace("{modules}", &tables::modules(results))
        .replace("{behaviour}", &tables::behaviour(results, peers))
        .replace("{not_driven}", &tables::not_driven(results, peers))
        .replace("{defects}", &tables::defects(results, peers))
        .replace("{loads}", &loads(results).to_string())
        .replace("{not_measured}", &tables::not_measured(results))
        .replace("{ratios}", &tables::ratios(results, peers))
        .replace("{milliseconds}", &tables::milliseconds(results, peers))
        .replace("{after_script}", &tables::after_script(results, peers));
    fs::write(docs.join("comparison.md"), text)?;
    Ok(())
}

/// Returns how many loads the fewest of the medians are of.
fn loads(results: &Results) -> usize {
    results.time.values().flat_map(|it| it.values()).map(Vec::len).min().unwrap_or_default()
}

/// Lists what others do better than the default entry of this project.
fn wins(results: &Results, peers: &[Peer]) -> String {
    let mut lines = Vec::new();
    let mut add = |what: &str, mut names: Vec<String>| {
        names.dedup();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        lines.push(format!("- {what}: {names}."));
    };
    let others = || peers.iter().filter(|peer| !peer.is_ours);
    let size = |id: &str| results.bytes.npm.iter().find(|it| it.id == id);
    let smaller = |of: fn(&crate::results::Bundle) -> usize| {
        let ours = size(OURS).map(of);
        let is_smaller = |peer: &&Peer| size(&peer.id).map(of).is_some_and(|it| Some(it) < ours);
        others().filter(is_smaller).map(|peer| peer.label.clone()).collect::<Vec<_>>()
    };
    add("Fewer bytes until the state is known", smaller(|it| it.first.brotli));
    add("Fewer bytes in all", smaller(|it| it.whole.brotli));
    for condition in ["session, cold", "session, warm", "session, warm, 4x CPU", "callback, 4x CPU"]
    {
        let ratio = |id: &str| {
            let loads = results.time.get(condition)?;
            Some(Spread::of_ratios(loads.get(id)?, loads.get(BASE)?)?.median)
        };
        let Some(ours) = ratio(OURS) else { continue };
        let faster = others().filter(|peer| ratio(&peer.id).is_some_and(|it| it < ours));
        let faster = faster.map(|peer| peer.label.clone()).collect();
        add(&format!("Sooner at the token ({condition})"), faster);
    }
    for (column, head) in verdicts::COLUMNS {
        let is_good = |id: &str| {
            results.behaviour.get(id).is_some_and(|it| verdicts::cell(column, it).is_good)
        };
        if !is_good(OURS) {
            let better = others().filter(|peer| is_good(&peer.id));
            add(&format!("Better at {head}"), better.map(|peer| peer.label.clone()).collect());
        }
    }
    let is_rejected = |peer: &&Peer| {
        let outcomes = results.behaviour.get(&peer.id);
        outcomes.is_some_and(|it| verdicts::rejects(Defect::Audience, it))
    };
    let validating = others().filter(is_rejected).map(|peer| peer.label.clone()).collect();
    add("Validates the ID token, at least its audience", validating);
    lines.join("\n")
}

/// The entry that most apps use.
const OURS: &str = "basic-oauth";

const TEMPLATE: &str = include_str!("comparison.md");
