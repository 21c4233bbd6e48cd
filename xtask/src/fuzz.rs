//! Runs the fuzz targets, guided by coverage.
//!
//! libFuzzer needs instrumented code. The pinned compiler can instrument; no nightly compiler is needed.
//! New inputs that reach new code are kept below `target/fuzz`, and an input that panics too.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::command::{cargo, cmd, run};
use crate::progress::log;
use crate::toolchain;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// How many inputs each target reads
    #[arg(long, default_value_t = 10_000_000)]
    executions: u64,
    /// Only this target
    #[arg(long)]
    target: Option<String>,
}

const PACKAGE: &str = "tests/fuzz/libfuzzer";

pub(crate) fn run_targets(workspace: &Workspace, options: &Options) -> Result<()> {
    let binary = build(workspace)?;
    let corpus = workspace.path("tests/fuzz/corpus");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&corpus)? {
        targets.push(entry?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    if let Some(only) = &options.target {
        targets.retain(|target| target == only);
        ensure!(!targets.is_empty(), "there is no target {only}");
    }
    for target in &targets {
        let found = workspace.target("fuzz/corpus").join(target);
        let failures = workspace.target("fuzz/failures").join(target);
        fs::create_dir_all(&found)?;
        fs::create_dir_all(&failures)?;
        let arguments = [
            format!("-runs={}", options.executions),
            // Longer inputs find no other code, and take longer.
            "-max_len=512".into(),
            "-print_final_stats=1".into(),
            format!("-artifact_prefix={}/", failures.display()),
            found.display().to_string(),
            corpus.join(target).display().to_string(),
        ];
        let command = cmd(&binary, arguments).env("BASIC_OAUTH_FUZZ_TARGET", target);
        // It prints to standard error.
        run(&format!("{target}: {} executions", options.executions), &command.stderr_to_stdout())
            .with_context(|| format!("an input that fails is in {}", failures.display()))?;
        log(&format!("{target}: {} executions without a panic", options.executions));
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Result<std::path::PathBuf> {
    // What libFuzzer reads: counters of the edges, where they are, and what is compared.
    let passes = [
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
        "-Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
        "-Ccodegen-units=1",
    ];
    // With a target, the flags are not those of build scripts.
    let host = toolchain::host()?;
    let folder = workspace.target("fuzz/build");
    let arguments = ["build", "--release", "--locked", "--target", &host];
    let command = cargo(arguments)
        .dir(workspace.path(PACKAGE))
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", passes.join("\u{1f}"));
    run("build the fuzz targets", &command)?;
    Ok(folder.join(&host).join("release/basic-oauth-libfuzzer"))
}
