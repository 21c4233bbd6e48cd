//! Steps that run cargo: formatting, lints, native tests.

use std::fs;

use anyhow::{Context as _, Result};

use super::counts::{Tally, schedules};
use crate::command::{CommandOutput, cargo, cmd, run, stream};
use crate::toolchain::{self, TARGET};
use crate::workspace::Workspace;

/// Fewest random schedules that the simulation must play.
const SCHEDULES: u64 = 100_000;

pub(super) fn format(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    check(workspace, tally, "rustfmt has nothing to change", "fmt --all --check -- -l", None);
    Ok(())
}

pub(super) fn lints(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    toolchain::wasm_target()?;
    let native = "clippy --workspace --all-targets -- -D warnings";
    check(workspace, tally, "clippy, all crates", native, None);
    // No target of its package by default, because it needs a built app.
    let toolchains = "clippy --package e2e --test toolchains -- -D warnings";
    check(workspace, tally, "clippy, the test of the toolchains", toolchains, None);
    let browser = format!(
        "clippy --package basic-oauth --target {TARGET} --features js,openid \
                           --lib --test browser -- -D warnings"
    );
    check(workspace, tally, "clippy, in the browser", &browser, None);
    // The library alone: the crate of the tests needs the feature `openid`.
    let lean = format!(
        "clippy --package basic-oauth --target {TARGET} --features js --lib -- -D warnings"
    );
    check(workspace, tally, "clippy, the lean module", &lean, None);
    let apps = format!(
        "clippy --package basic-oauth --package demo-yew --package demo-leptos \
                        --package test-app-yew --package test-app-leptos \
                        --package weight-yew --package weight-leptos --package server-render \
                        --target {TARGET} --features weight-yew/sdk,weight-leptos/sdk -- -D warnings"
    );
    check(workspace, tally, "clippy, apps in Rust", &apps, None);
    let docs = "doc --package basic-oauth --no-deps --features leptos,openid,testing,yew";
    check(workspace, tally, "rustdoc", docs, Some(("RUSTDOCFLAGS", "-D warnings")));
    Ok(())
}

fn check(
    workspace: &Workspace,
    tally: &mut Tally,
    name: &str,
    arguments: &str,
    variable: Option<(&str, &str)>,
) {
    let mut command = cargo(arguments.split_whitespace()).dir(workspace.root());
    if let Some((key, value)) = variable {
        command = command.env(key, value);
    }
    tally.check(name, run(name, &command).map(drop));
}

pub(super) fn native(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    // The crate alone. Otherwise the features that another crate enables in a shared dependency
    // could hide one that is missing here.
    let crates = "test --no-fail-fast --package basic-oauth --features leptos,testing,yew";
    let others = "test --no-fail-fast --package basic-oauth-fuzz --package basic-oauth-grants \
                  --package basic-oauth-testing \
                  --package compare --package demo-server --package xtask";
    let rendered = "test --no-fail-fast --package server-render";
    for (name, arguments) in [
        ("the crate", crates),
        ("server render", rendered),
        ("test support, demo server and xtask", others),
    ] {
        cargo_tests(workspace, tally, name, arguments)?;
    }
    simulation(workspace, tally)?;
    let facade = facade_tests(workspace)?;
    if !facade.is_empty() {
        let node = cmd(
            "node",
            ["--test", "--test-reporter=spec"].map(str::to_owned).into_iter().chain(facade),
        );
        tally.count(
            "facade",
            &stream("test the facade", &node.dir(workspace.path("pkg-template")))?,
        );
    }
    Ok(())
}

/// Plays many random schedules with optimisation. The tests of the crate play only a few.
fn simulation(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let arguments = "test --profile simulation --package basic-oauth --test simulation";
    let output = cargo_tests(workspace, tally, "simulation", arguments)?;
    let played = schedules(&output.map(|output| output.text).unwrap_or_default());
    let enough = (played >= SCHEDULES).then_some(());
    let name = format!("the simulation has played {played} schedules");
    tally.check(&name, enough.with_context(|| format!("expected at least {SCHEDULES}")));
    Ok(())
}

/// Runs tests and counts them. Returns `None` if they do not compile.
fn cargo_tests(
    workspace: &Workspace,
    tally: &mut Tally,
    name: &str,
    arguments: &'static str,
) -> Result<Option<CommandOutput>> {
    let command = |more: &'static [&str]| {
        let all = arguments.split_whitespace().chain(more.iter().copied());
        cargo(all).dir(workspace.root())
    };
    // Compiled without output first, so that no warning hides the tests.
    if let Err(error) = run(&format!("compile {name}"), &command(&["--no-run"])) {
        tally.fail(name, &error);
        return Ok(None);
    }
    let output = stream(&format!("test {name}"), &command(&[]))?;
    tally.count(name, &output);
    Ok(Some(output))
}

/// Lists the tests of the hand-written JavaScript, which run with a fake module.
fn facade_tests(workspace: &Workspace) -> Result<Vec<String>> {
    let mut tests = Vec::new();
    for entry in fs::read_dir(workspace.path("pkg-template/tests"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            tests.push(format!("tests/{name}"));
        }
    }
    tests.sort();
    Ok(tests)
}
