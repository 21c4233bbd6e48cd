//! Measures what a browser downloads, and checks it against the budget.

use std::fs;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::attribution::{Attribution, SourceModules};
use crate::compress::{Size, check_budget};
use crate::progress::log;
use crate::workspace::Workspace;
use crate::{npm_package, wasm, weight};

/// Most brotli bytes that a browser may download for the default entry and the button.
/// A change that saves bytes lowers this number too.
const BUDGET: usize = 56 * 1024;
/// The size that we aim at.
const GOAL: usize = 32 * 1024;

#[derive(Args, Default)]
pub(crate) struct Options {
    /// Only measure what the SDK adds to an app in Rust
    #[arg(long, conflicts_with = "npm")]
    apps: bool,
    /// Only measure the npm package
    #[arg(long)]
    npm: bool,
    /// Show every source module, every dependency, and the largest functions
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.apps {
        measure_package(workspace, options.explain)?;
    }
    if options.npm { Ok(()) } else { weight::run(workspace, options.explain) }
}

fn measure_package(workspace: &Workspace, is_explained: bool) -> Result<()> {
    npm_package::ensure_fresh(workspace)?;
    let measured = Measured::read(workspace)?;
    for line in measured.table() {
        log(&line);
    }
    let named = fs::read(workspace.target(wasm::NAMED))
        .context("`cargo xtask build` writes the module with names")?;
    let attribution = Attribution::of(&named, &SourceModules::read(workspace)?)?;
    for line in attribution.table(is_explained) {
        log(&line);
    }
    measured.check(BUDGET)
}

/// The files of both entries of the package.
struct Measured {
    index: Size,
    button: Size,
    slim: Size,
    wasm: Size,
}

impl Measured {
    fn read(workspace: &Workspace) -> Result<Self> {
        let of =
            |name: &str| -> Result<Size> { Ok(Size::of(&fs::read(workspace.npm().join(name))?)) };
        Ok(Self {
            index: of("index.js")?,
            button: of("button.js")?,
            slim: of("slim.js")?,
            wasm: of("basic_oauth.wasm")?,
        })
    }

    fn total(&self) -> Size {
        self.index + self.button
    }

    fn table(&self) -> Vec<String> {
        let slim = self.slim + self.wasm + self.button;
        let rows = [
            ("default entry", None),
            ("  index.js", Some(self.index)),
            ("    of it: the module alone", Some(self.wasm)),
            ("    of it: glue and facade alone", Some(self.slim)),
            ("  button.js", Some(self.button)),
            ("  total", Some(self.total())),
            ("slim entry", None),
            ("  slim.js", Some(self.slim)),
            ("  basic_oauth.wasm", Some(self.wasm)),
            ("  button.js", Some(self.button)),
            ("  total", Some(slim)),
        ];
        let head = format!("{:<34}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip 9", "brotli 11");
        let lines = rows.into_iter().map(|(name, size)| match size {
            Some(size) => size.row(name),
            None => name.to_owned(),
        });
        std::iter::once(head).chain(lines).collect()
    }

    fn check(&self, budget: usize) -> Result<()> {
        check_budget(self.total().brotli, budget, GOAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn size(brotli: usize) -> Size {
        Size { raw: 3 * brotli, gzip: brotli + 1, brotli }
    }

    const MEASURED: Measured =
        Measured { index: size(70), button: size(30), slim: size(10), wasm: size(55) };

    #[test]
    fn the_total_is_the_sum_of_the_downloads_not_of_their_parts() {
        assert_eq!(MEASURED.total(), Size { raw: 300, gzip: 102, brotli: 100 });
    }

    #[test]
    fn the_budget_may_be_reached_and_not_passed() {
        assert!(MEASURED.check(100).is_ok());
        let over = MEASURED.check(99).map_err(|error| error.to_string());
        assert_eq!(over, Err("over the budget of 99 bytes (brotli) by 1".to_owned()));
    }

    #[test]
    fn the_table_has_a_line_for_each_download() {
        let table = MEASURED.table().join("\n");
        assert!(table.contains("  total                                  300       102       100"));
        assert!(table.contains("  total                                  285        98        95"));
    }
}
