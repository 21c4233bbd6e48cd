//! Finds the table of [`crate::inline`]: which character stands for which byte of the module.
//!
//! Simulated annealing on an estimate of what brotli will do. It takes a minute or two in a release
//! build and changes nothing by itself: paste what it prints, if the size says that it pays.

use std::collections::HashMap;

use anyhow::Result;

use crate::inline::{TABLE, characters};
use crate::progress::say;
use crate::workspace::Workspace;

const STEPS: u32 = 200_000;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let module = std::fs::read(workspace.npm().join("basic_oauth.wasm"))?;
    let estimate = Estimate::new(&module);
    let mut spelling = Spelling::new();
    let mut random = Random(0x2545_f491_4f6c_dd1d);

    let mut cost = estimate.bytes(&spelling);
    let mut best = (cost, spelling.clone());
    say(&format!("now: about {cost:.0} bytes"));
    for step in 0..STEPS {
        let left = 1.0 - f64::from(step) / f64::from(STEPS);
        let temperature = 5.0 * left * left + 0.01;
        let (one, other) = (random.below(256), random.below(256));
        spelling.swap(one, other);
        let tried = estimate.bytes(&spelling);
        if tried < cost || random.fraction() < ((cost - tried) / temperature).exp() {
            cost = tried;
            if cost < best.0 {
                best = (cost, spelling.clone());
            }
        } else {
            spelling.swap(one, other);
        }
        if step % (STEPS / 10) == 0 {
            say(&format!("{:>3.0} % left: about {:.0} bytes", left * 100.0, best.0));
        }
    }
    say(&format!("{:?}", best.1.table()));
    Ok(())
}

/// How each byte is written: one ASCII character, or two bytes of UTF-8.
#[derive(Clone)]
struct Spelling {
    of_byte: Vec<Vec<u8>>,
}

impl Spelling {
    fn new() -> Self {
        let rare = |byte: u32| char::from_u32(byte + 0x100).unwrap_or_default().to_string();
        let mut of_byte: Vec<Vec<u8>> = (0..256).map(|byte| rare(byte).into_bytes()).collect();
        for (character, byte) in characters().zip(TABLE) {
            of_byte[usize::from(byte)] = vec![character];
        }
        Self { of_byte }
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.of_byte.swap(one, other);
    }

    fn table(&self) -> Vec<usize> {
        characters()
            .filter_map(|it| self.of_byte.iter().position(|spelled| *spelled == [it]))
            .collect()
    }
}

/// The entropy of what brotli writes as literals, given the classes of the two bytes before each.
struct Estimate<'a> {
    module: &'a [u8],
    is_literal: Vec<bool>,
}

impl<'a> Estimate<'a> {
    fn new(module: &'a [u8]) -> Self {
        const MATCH: usize = 5;
        let mut is_literal = vec![true; module.len()];
        let mut seen: HashMap<&[u8], usize> = HashMap::new();
        let mut at = 0;
        while at + MATCH <= module.len() {
            let length = match seen.get(&module[at..at + MATCH]) {
                Some(&from) => {
                    module[from..].iter().zip(&module[at..]).take_while(|(a, b)| a == b).count()
                }
                None => 1,
            };
            is_literal[at..at + length].fill(length == 1);
            for position in at..at + length {
                if let Some(key) = module.get(position..position + MATCH) {
                    seen.insert(key, position);
                }
            }
            at += length;
        }
        Self { module, is_literal }
    }

    fn bytes(&self, spelling: &Spelling) -> f64 {
        let mut counts = vec![[0_u32; 256]; 64];
        let (mut last, mut before) = (0, 0);
        for (byte, is_literal) in self.module.iter().zip(&self.is_literal) {
            for &code in &spelling.of_byte[usize::from(*byte)] {
                if *is_literal {
                    counts[class_of_last(last) | class_before(before)][usize::from(code)] += 1;
                }
                (last, before) = (code, last);
            }
        }
        let weight = |count: u32| f64::from(count) * f64::from(count.max(1)).log2();
        let bits: f64 = counts
            .iter()
            .map(|of_class| {
                let total: u32 = of_class.iter().sum();
                let used = of_class.iter().filter(|count| **count > 0);
                // Three bits for each code that the class must describe.
                weight(total) - used.map(|count| weight(*count) - 3.0).sum::<f64>()
            })
            .sum();
        bits / 8.0
    }
}

/// RFC 7932 section 7.1, the context mode UTF8, for the last byte.
fn class_of_last(byte: u8) -> usize {
    match byte {
        b'\t' | b'\n' | b'\r' => 4,
        b' ' => 8,
        b'"' | b'\'' => 16,
        b'%' => 20,
        b'(' | b'<' | b'[' | b'{' => 24,
        b')' | b'>' | b']' | b'}' => 28,
        b',' | b':' | b';' => 32,
        b'.' => 36,
        b'=' => 40,
        b'0'..=b'9' => 44,
        b'A' | b'E' | b'I' | b'O' | b'U' => 48,
        b'A'..=b'Z' => 52,
        b'a' | b'e' | b'i' | b'o' | b'u' => 56,
        b'a'..=b'z' => 60,
        b'!'..=b'~' => 12,
        0..=0x1f | 0x7f => 0,
        0x80..=0xbf => usize::from(byte & 1),
        0xc0..=0xff => 2 + usize::from(byte & 1),
    }
}

/// The same, for the byte before the last.
fn class_before(byte: u8) -> usize {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | 0xc0..=0xff => 2,
        b'a'..=b'z' => 3,
        b'!'..=b'~' => 1,
        _ => 0,
    }
}

/// xorshift: the same search each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> usize {
        (self.next() % limit) as usize
    }

    fn fraction(&mut self) -> f64 {
        self.below(1_000_000) as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_text_costs_nothing_and_order_matters() {
        let repeated = Estimate::new(&[7; 1000]);
        assert!(repeated.is_literal.iter().filter(|is| **is).count() < 10);
        let varied: Vec<u8> = (0..4000_u32).map(|n| (n * n / 8) as u8).collect();
        let estimate = Estimate::new(&varied);
        let mut spelling = Spelling::new();
        let before = estimate.bytes(&spelling);
        spelling.swap(0x20, 0xee);
        assert!((estimate.bytes(&spelling) - before).abs() > 0.01);
    }
}
