//! Compares this project with its peers in Chromium. `cargo xtask compare` makes the bundles and runs it.

mod behaviour;
mod cdp;
mod host;
mod net;
mod results;
mod scenarios;
mod server;
mod stage;
mod time;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::results::Results;

#[derive(Parser)]
struct Arguments {
    /// The root of the repository.
    #[arg(long)]
    root: PathBuf,
    /// The tables to measure in the browser.
    #[arg(long, value_delimiter = ',')]
    tables: Vec<Table>,
    /// The peers to measure.
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
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
    let Arguments { root, tables, peers, loads } = Arguments::parse();
    let mut results = Results::read(root.join("target/compare"))?;
    let site = root.join("target/compare/site");
    if tables.contains(&Table::Behaviour) {
        behaviour::measure(&site.join("behaviour"), &peers, &mut results).await?;
        results.save()?;
    }
    if tables.contains(&Table::Time) {
        time::measure(&site.join("time"), &peers, loads, &mut results).await?;
        results.save()?;
    }
    Ok(())
}
