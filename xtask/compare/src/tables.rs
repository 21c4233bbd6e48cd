//! The tables of the document, in Markdown.

use std::fmt::Write as _;

use crate::peers::{BASE, Peer};
use crate::results::{Bundle, Results, Size};
use crate::server::Defect;
use crate::stats::{Spread, median_after_script, median_token};
use crate::time::Condition;
use crate::verdicts::{self, COLUMNS, Cell};

/// The bytes of each bundle.
pub(crate) fn bytes(results: &Results, peers: &[Peer]) -> String {
    let mut table = String::from(
        "| library | version | until the state is known: raw | gzip | brotli | in all: raw | gzip | \
         brotli | in all, as ASCII: brotli |\n\
         | --- | --- | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for (peer, bundle) in bundles(results, peers) {
        let Bundle { version, first, whole, ascii, .. } = bundle;
        let version = version.as_deref().unwrap_or("–");
        let sizes = [sizes(*first), sizes(*whole), number(ascii.brotli)].join(" | ");
        let _ = writeln!(table, "| {} | {version} | {sizes} |", name(peer));
    }
    table
}

/// The bytes that each library of Rust adds.
pub(crate) fn modules(results: &Results) -> String {
    let mut table = String::from(
        "| app | raw | gzip | brotli | whole app: brotli |\n| --- | --: | --: | --: | --: |\n",
    );
    for module in &results.bytes.rust {
        let label = format!("{} + {} {}", module.framework, module.name, module.version);
        let label = if module.version.is_empty() { format!("**{}**", label.trim()) } else { label };
        let whole = number(module.whole.brotli);
        let _ = writeln!(table, "| {label} | {} | {whole} |", sizes(module.added));
    }
    table
}

/// What each peer did in each scenario.
pub(crate) fn behaviour(results: &Results, peers: &[Peer]) -> String {
    let heads = COLUMNS.map(|(_, head)| head).join(" | ");
    let mut table = format!("| library | {heads} | good |\n| --- |{}\n", " --- |".repeat(12));
    for (peer, outcomes) in behaviours(results, peers) {
        let cells = COLUMNS.map(|(column, _)| text(&verdicts::cell(column, outcomes))).join(" | ");
        let passed = verdicts::passed(outcomes);
        let _ = writeln!(table, "| {} | {cells} | {passed} of {} |", name(peer), COLUMNS.len());
    }
    table
}

/// Lists the scenarios that could not be played, with the reason.
pub(crate) fn not_driven(results: &Results, peers: &[Peer]) -> String {
    let mut list = String::new();
    for (peer, outcomes) in behaviours(results, peers) {
        for (scenario, seen) in outcomes {
            if let Some(reason) = seen.get("failed").and_then(serde_json::Value::as_str) {
                let reason = reason.lines().next().unwrap_or_default();
                let _ = writeln!(list, "- Not driven: {}, `{scenario}`: `{reason}`", peer.label);
            }
        }
    }
    list
}

/// Which peer rejects which defect.
pub(crate) fn defects(results: &Results, peers: &[Peer]) -> String {
    let mut table = String::from(
        "| library | `iss` of the redirect | nonce | `aud` | `iss` | expired | `alg: none` | signature |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (peer, outcomes) in behaviours(results, peers) {
        let cells = Defect::ALL.map(|it| verdicts::defect(it, peer, outcomes).text);
        let _ = writeln!(table, "| {} | {} |", name(peer), cells.join(" | "));
    }
    table
}

/// Lists the times that could not be measured, with the reason.
pub(crate) fn not_measured(results: &Results) -> String {
    let mut list = String::new();
    for (condition, peers) in &results.failed_loads {
        for (peer, reason) in peers {
            let _ = writeln!(list, "- Not measured: {peer}, {condition}: `{reason}`");
        }
    }
    list
}

/// The times as a ratio to those of the base, with the middle half of the loads.
pub(crate) fn ratios(results: &Results, peers: &[Peer]) -> String {
    times(results, peers, |loads, base| {
        let spread = Spread::of_ratios(loads, base)?;
        Some(format!("{:.2} ({:.2}–{:.2})", spread.median, spread.lower, spread.upper))
    })
}

/// The times from navigation to token, in milliseconds.
pub(crate) fn milliseconds(results: &Results, peers: &[Peer]) -> String {
    times(results, peers, |loads, _| Some(format!("{:.0}", median_token(loads)?)))
}

/// The times after the script has run, in milliseconds.
pub(crate) fn after_script(results: &Results, peers: &[Peer]) -> String {
    times(results, peers, |loads, _| Some(format!("{:.1}", median_after_script(loads)?)))
}

fn times(
    results: &Results,
    peers: &[Peer],
    cell: impl Fn(&[crate::time::Load], &[crate::time::Load]) -> Option<String>,
) -> String {
    let heads = Condition::ALL.map(|it| it.name).join(" | ");
    let mut table =
        format!("| library | {heads} |\n| --- |{}\n", " --: |".repeat(Condition::ALL.len()));
    for peer in peers.iter().filter(|peer| !peer.needs_react) {
        let cells = Condition::ALL.map(|condition| {
            let times = results.time.get(condition.name);
            let loads = times.and_then(|times| Some((times.get(&peer.id)?, times.get(BASE)?)));
            loads
                .and_then(|(loads, base)| cell(loads, base))
                .unwrap_or_else(|| "not measured".into())
        });
        let _ = writeln!(table, "| {} | {} |", name(peer), cells.join(" | "));
    }
    table
}

/// Returns the bundles in the order of the peers.
pub(crate) fn bundles<'a>(
    results: &'a Results,
    peers: &'a [Peer],
) -> impl Iterator<Item = (&'a Peer, &'a Bundle)> {
    let of = |peer: &Peer| results.bytes.npm.iter().find(|it| it.id == peer.id);
    peers.iter().filter_map(move |peer| Some((peer, of(peer)?)))
}

/// Returns what was seen, in the order of the peers.
pub(crate) fn behaviours<'a>(
    results: &'a Results,
    peers: &'a [Peer],
) -> impl Iterator<Item = (&'a Peer, &'a verdicts::Outcomes)> {
    peers.iter().filter_map(|peer| Some((peer, results.behaviour.get(&peer.id)?)))
}

/// Ours stand out.
fn name(peer: &Peer) -> String {
    if peer.is_ours { format!("**{}**", peer.label) } else { peer.label.clone() }
}

fn text(cell: &Cell) -> String {
    if cell.is_good { cell.text.clone() } else { format!("✗ {}", cell.text) }
}

fn sizes(size: Size) -> String {
    [size.raw, size.gzip, size.brotli].map(number).join(" | ")
}

/// Returns a number with a comma between thousands.
pub(crate) fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        assert_eq!([7, 64_398, 1_557_501].map(number), ["7", "64,398", "1,557,501"]);
    }
}
