//! Compares this project with its peers in Chromium. `cargo xtask compare` makes the bundles and runs it.

mod behaviour;
mod cdp;
mod chart;
mod features;
mod host;
mod machine;
mod net;
mod peers;
mod report;
mod results;
mod scenarios;
mod server;
mod stage;
mod stats;
mod tables;
mod time;
mod verdicts;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::features::Features;
use crate::machine::Machine;
use crate::results::Results;

#[derive(Parser)]
struct Arguments {
    /// The root of the repository.
    #[arg(long)]
    root: PathBuf,
    /// The tables to measure in the browser.
    #[arg(long = "table")]
    tables: Vec<Table>,
    /// The peers to measure.
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// The scenarios of behaviour to play; all of them if none is named.
    #[arg(long, value_delimiter = ',')]
    scenarios: Vec<String>,
    /// Page loads of each peer under each condition.
    #[arg(long, default_value_t = 16)]
    loads: usize,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Table {
    Behaviour,
    Time,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { root, tables, peers, scenarios, loads } = Arguments::parse();
    let all = peers::all(&root)?;
    let folder = root.join("target/compare");
    let mut results = Results::read(folder.clone())?;
    let site = folder.join("site");
    if !tables.is_empty() {
        results.machine = Some(Machine::describe().await?);
        results.save_machine()?;
    }
    if tables.contains(&Table::Behaviour) {
        behaviour::measure(&site.join("behaviour"), &peers, &scenarios, &mut results).await?;
    }
    if tables.contains(&Table::Time) {
        let without_react = |id: &&String| !all.iter().any(|it| it.needs_react && it.id == **id);
        let peers: Vec<String> = peers.iter().filter(without_react).cloned().collect();
        time::measure(&site.join("time"), &peers, loads, &mut results).await?;
        results.save_time()?;
    }
    // Read again, because several runs may measure a table each.
    let [features, rust_features] = ["peers", "rust"].map(|list| Features::read(&root, list));
    report::write(&root, &Results::read(folder)?, &all, &features?, &rust_features?)
}
