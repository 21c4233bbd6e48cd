//! Compares this project with other libraries: bytes, behaviour and time.
//!
//! The bundles are made here, because the tools for it are here. The program of `xtask/compare` drives
//! the browser and writes `docs/comparison.md`. It is a program and not a dependency, so that no other
//! command compiles it.

mod bundle;
mod bytes;
mod features;
mod peers;

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::bundle::{Bundle, Charset, Page};
use self::peers::Peer;
use crate::command::{cargo, stream};
use crate::engine::Engine;
use crate::workspace::Workspace;
use crate::{npm_package, setup};

/// The options of `cargo xtask compare`.
#[derive(Args)]
pub(crate) struct Options {
    /// The tables to measure; the others are as they were measured last
    #[arg(long, value_delimiter = ',', default_values = ["bytes", "behaviour", "features", "time"])]
    only: Vec<Table>,
    /// Page loads of each peer under each condition
    #[arg(long, default_value_t = 16)]
    loads: usize,
    /// The peers to measure; all of them if none is named
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// The scenarios of behaviour to play, such as `tabs`; all of them if none is named
    #[arg(long, value_delimiter = ',')]
    scenarios: Vec<String>,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Table {
    Behaviour,
    Bytes,
    Features,
    Time,
}

/// Measures the tables, and writes the document and its chart from all results.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    npm_package::ensure_fresh(workspace)?;
    setup::node_tools(workspace)?;
    peers::install(workspace)?;
    let mut chosen = peers::all(workspace)?;
    chosen.retain(|peer| options.peers.is_empty() || options.peers.contains(&peer.id));
    let measures = |table| options.only.contains(&table);
    if measures(Table::Bytes) {
        bytes::measure(workspace, &chosen)?;
    }
    if measures(Table::Features) {
        features::check(workspace)?;
        features::check_crates(workspace)?;
    }
    setup::browsers(workspace, &[Engine::Chromium])?;
    let mut tables = Vec::new();
    for (table, page) in [(Table::Behaviour, Page::Behaviour), (Table::Time, Page::Time)] {
        if measures(table) {
            tables.push(page.name());
            bundle_all(workspace, &chosen, page)?;
        }
    }
    drive(workspace, options, &chosen, &tables)
}

fn bundle_all(workspace: &Workspace, peers: &[Peer], page: Page) -> Result<()> {
    for peer in peers {
        let folder = workspace.target("compare/site").join(page.name()).join(&peer.id);
        Bundle::make(workspace, peer, page, Charset::Utf8, &folder)?;
    }
    Ok(())
}

/// Runs the program that drives the browser and writes the document.
fn drive(workspace: &Workspace, options: &Options, peers: &[Peer], tables: &[&str]) -> Result<()> {
    let ids: Vec<&str> = peers.iter().map(|peer| peer.id.as_str()).collect();
    let mut arguments = vec![
        format!("--root={}", workspace.root().display()),
        format!("--peers={}", ids.join(",")),
        format!("--loads={}", options.loads),
    ];
    if !options.scenarios.is_empty() {
        arguments.push(format!("--scenarios={}", options.scenarios.join(",")));
    }
    arguments.extend(tables.iter().map(|table| format!("--table={table}")));
    let program = ["run", "--quiet", "--package", "compare", "--"];
    let program = program.map(str::to_owned).into_iter().chain(arguments);
    let driven = stream("compare in the browser", &cargo(program).dir(workspace.root()))?;
    anyhow::ensure!(driven.success, "the comparison failed");
    Ok(())
}
