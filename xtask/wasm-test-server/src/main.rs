//! Serves a test module as a page, with the test runner of wasm-bindgen as a library.
//!
//! A crate of its own because the runner takes nearly two minutes to compile. Only the browser tests
//! need it, so a build or a demo does not wait for it.

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args;

fn main() -> Result<()> {
    let name = OsString::from("wasm-bindgen-test-runner");
    let arguments = std::env::args_os().skip(1);
    run_cli_with_args([name].into_iter().chain(arguments))
        .context("wasm-bindgen's test runner failed")
}
