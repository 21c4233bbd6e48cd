//! What a visitor downloads, and whether it fits the budget.

use std::fs;
use std::io::Write as _;

use anyhow::{Result, bail};
use clap::Args;

use crate::progress::say;
use crate::workspace::Workspace;
use crate::{npm_package, weight};

/// Brotli bytes of everything a browser downloads for the default entry: what it may weigh today.
/// A change that gains bytes lowers this with it. What real servers, hosts and attackers made necessary
/// cost 9.7 KB; a page that needs no module is to load none.
const BUDGET: usize = 54 * 1024;
/// What it is meant to weigh.
const GOAL: usize = 32 * 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Size {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl Size {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { raw: bytes.len(), gzip: gzip(bytes), brotli: brotli(bytes) }
    }

    /// A line of a table.
    pub(crate) fn row(self, name: &str) -> String {
        let Self { raw, gzip, brotli } = self;
        format!("{name:<34}{raw:>10}{gzip:>10}{brotli:>10}")
    }
}

impl std::ops::Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }
}

/// As a server sends it that compresses ahead of time: quality 11.
pub(crate) fn brotli(bytes: &[u8]) -> usize {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    // Writing to memory does not fail; if it did, the whole size is the honest answer.
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters).unwrap_or(bytes.len())
}

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_or(bytes.len(), |out| out.len())
}

#[derive(Args, Default)]
pub(crate) struct Options {
    /// Only what the SDK adds to an app in Rust
    #[arg(long)]
    apps: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.apps {
        return weight::run(workspace);
    }
    npm_package::ensure_fresh(workspace)?;
    let measured = Measured::read(workspace)?;
    for line in measured.table() {
        say(&line);
    }
    measured.judge(BUDGET)?;
    weight::run(workspace)
}

/// The downloads of the two ways to use the package, and what the default entry is made of.
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

    fn judge(&self, budget: usize) -> Result<()> {
        judge(self.total().brotli, budget, GOAL)
    }
}

/// Says how far `brotli` bytes are from a budget and a goal, and fails above the budget.
pub(crate) fn judge(brotli: usize, budget: usize, goal: usize) -> Result<()> {
    let Some(left) = budget.checked_sub(brotli) else {
        bail!("over the budget of {budget} bytes (brotli) by {}", brotli - budget);
    };
    say(&format!("within the budget of {budget} bytes (brotli): {left} left"));
    if let Some(above @ 1..) = brotli.checked_sub(goal) {
        say(&format!("above the goal of {goal} bytes by {above}"));
    }
    Ok(())
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
        assert!(MEASURED.judge(100).is_ok());
        let over = MEASURED.judge(99).map_err(|error| error.to_string());
        assert_eq!(over, Err("over the budget of 99 bytes (brotli) by 1".to_owned()));
    }

    #[test]
    fn the_table_has_a_line_for_each_download() {
        let table = MEASURED.table().join("\n");
        assert!(table.contains("  total                                  300       102       100"));
        assert!(table.contains("  total                                  285        98        95"));
    }

    #[test]
    fn compressors_compress() {
        let size = Size::of("sign in with Basic ".repeat(100).as_bytes());
        assert_eq!(size.raw, 1900);
        assert!(size.brotli < size.gzip && size.gzip < 100);
    }
}
