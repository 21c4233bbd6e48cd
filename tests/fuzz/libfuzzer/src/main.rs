//! Runs one target under libFuzzer. `BASIC_OAUTH_FUZZ_TARGET` names it.
#![no_main]

use std::sync::OnceLock;

use basic_oauth_fuzz::{Target, run, targets};
use basic_oauth_testing::Native;
use libfuzzer_sys::fuzz_target;

fn target() -> &'static Target<Native> {
    static TARGET: OnceLock<Target<Native>> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("BASIC_OAUTH_FUZZ_TARGET").unwrap_or_default();
        let found = targets::<Native>().into_iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("BASIC_OAUTH_FUZZ_TARGET names no target: {name:?}"))
    })
}

fuzz_target!(|input: &[u8]| run(target(), &Native, input));
