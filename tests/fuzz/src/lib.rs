//! Hostile input for everything that reads text from outside: the address, responses, records, cookies.
//!
//! Each target reads any bytes, must not panic, and checks what must hold of what was read. The
//! same targets run in three places:
//!
//! - `tests/share.rs`: the corpus and a fixed share of changed inputs, with each run of the tests;
//! - `tests/browser/fuzz.rs` of the main crate: the corpus, through the code that browsers run;
//! - `cargo xtask fuzz`: guided by coverage, for as long as one likes.
//!
//! `corpus/<target>` has one file for each input. What a run finds is added there, with a test of its
//! own next to the code that was mended.
#![allow(
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a panic is what is looked for"
)]

mod address;
mod records;
mod responses;
mod tokens;

use basic_oauth::UnixTime;
use basic_oauth::codec::{JsonCodec, UrlParser};

/// The two parsers of a platform.
pub trait Parsers: JsonCodec + UrlParser {}

impl<P: JsonCodec + UrlParser> Parsers for P {}

/// A function that reads hostile input.
pub struct Target<P> {
    pub name: &'static str,
    pub run: fn(&P, &str),
    /// Its corpus.
    pub corpus: &'static [(&'static str, &'static str)],
}

/// The time at which all of it is read.
const NOW: UnixTime = UnixTime::from_millis(1_790_000_000_000);

include!(concat!(env!("OUT_DIR"), "/corpus.rs"));

/// Returns all targets.
#[must_use]
pub fn targets<P: Parsers>() -> Vec<Target<P>> {
    let target = |name: &'static str, run: fn(&P, &str)| {
        let corpus = CORPUS.iter().find(|(own, _)| *own == name).map(|(_, corpus)| *corpus);
        Target { name, run, corpus: corpus.unwrap_or_default() }
    };
    vec![
        target("callback", address::callback),
        target("return_to", address::return_to),
        target("sign_out_return", address::sign_out_return),
        target("token_response", responses::token),
        target("error_response", responses::error),
        target("user_info", responses::user),
        target("metadata", responses::metadata),
        target("did_document", responses::did_document),
        target("challenge", responses::challenge),
        target("id_token", tokens::id_token),
        target("key_set", tokens::key_set),
        target("session_record", records::session),
        target("transaction_record", records::transaction),
        target("found_server", records::found_server),
        target("cookies", records::cookies),
    ]
}

/// Runs one target on any bytes. What is not UTF-8 arrives as a browser would decode it.
pub fn run<P: Parsers>(target: &Target<P>, parsers: &P, input: &[u8]) {
    (target.run)(parsers, &String::from_utf8_lossy(input));
}
