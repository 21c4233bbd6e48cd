//! The share of the fuzzing that runs with each run of the tests: every input of the corpus, and a fixed
//! number of changed ones. The seed is fixed too, so a failure is always the same.

use std::panic::{AssertUnwindSafe, catch_unwind};

use basic_oauth_fuzz::{run, targets};
use basic_oauth_testing::{Native, Rng};

/// How many changed inputs each target reads.
const SHARE: u64 = 20_000;
/// The longest input.
const MAX_BYTES: usize = 4_096;

/// What turns one thing into another in the formats that are read.
const TOKENS: [&str; 32] = [
    "&",
    "=",
    "?",
    "#",
    "%",
    "%00",
    "\n",
    "\r",
    "\0",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ".",
    ";",
    "/",
    "//",
    "\\u0000",
    "__proto__",
    "state=",
    "code=",
    "error=",
    "iss=",
    "null",
    "1e999",
    "-1",
    "\u{202e}",
    "\u{feff}",
];

#[test]
fn r134_the_corpus_is_read_without_a_panic() {
    for target in targets::<Native>() {
        assert!(!target.corpus.is_empty(), "{} has no corpus", target.name);
        for (name, input) in target.corpus {
            let outcome =
                catch_unwind(AssertUnwindSafe(|| run(&target, &Native, input.as_bytes())));
            assert!(outcome.is_ok(), "{}/{name}", target.name);
        }
    }
}

#[test]
fn r134_changed_inputs_are_read_without_a_panic() {
    for target in targets::<Native>() {
        let mut rng = Rng::named(target.name, 0);
        let corpus: Vec<&[u8]> = target.corpus.iter().map(|(_, input)| input.as_bytes()).collect();
        for index in 0..SHARE {
            let input = changed(&mut rng, &corpus);
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&target, &Native, &input)));
            let text = String::from_utf8_lossy(&input);
            assert!(outcome.is_ok(), "{}, input {index}: {text:?}", target.name);
        }
    }
}

/// Returns an input with a few changes.
fn changed(rng: &mut Rng, corpus: &[&[u8]]) -> Vec<u8> {
    let mut input = rng.pick(corpus).to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.index(input.len() + 1);
        let length = rng.index(8).min(input.len() - at);
        match rng.below(6) {
            0 => drop(input.splice(at..at, rng.pick(&TOKENS).bytes())),
            1 => drop(input.drain(at..at + length)),
            2 if at < input.len() => input[at] ^= 1 << rng.below(8),
            3 => {
                let other = *rng.pick(corpus);
                let from = rng.index(other.len() + 1);
                let to = from + rng.index(other.len() - from + 1);
                drop(input.splice(at..at + length, other[from..to].iter().copied()));
            }
            4 => {
                let copy = input[at..at + length].to_vec();
                drop(input.splice(at..at, copy));
            }
            _ => drop(input.splice(at..at + length, rng.pick(&TOKENS).bytes())),
        }
    }
    input.truncate(MAX_BYTES);
    input
}
