//! How large a file is after compression, and whether it fits a budget.

use std::io::Write as _;

use anyhow::{Result, bail};

use crate::progress::log;

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

    /// Returns a line of a table.
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

/// Returns the size at quality 11, as a server sends it that compresses ahead of time.
pub(crate) fn brotli(bytes: &[u8]) -> usize {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    // Writing to memory does not fail. If it did, the size without compression would be true.
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters).unwrap_or(bytes.len())
}

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_or(bytes.len(), |out| out.len())
}

/// Logs how far `brotli` bytes are from a budget and a goal. Fails above the budget.
pub(crate) fn check_budget(brotli: usize, budget: usize, goal: usize) -> Result<()> {
    let Some(left) = budget.checked_sub(brotli) else {
        bail!("over the budget of {budget} bytes (brotli) by {}", brotli - budget);
    };
    log(&format!("within the budget of {budget} bytes (brotli): {left} left"));
    if let Some(above @ 1..) = brotli.checked_sub(goal) {
        log(&format!("above the goal of {goal} bytes by {above}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressors_compress() {
        let size = Size::of("sign in with Basic ".repeat(100).as_bytes());
        assert_eq!(size.raw, 1900);
        assert!(size.brotli < size.gzip && size.gzip < 100);
    }
}
