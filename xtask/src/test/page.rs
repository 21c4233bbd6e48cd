//! Reads the result of a test page in one engine. The end-to-end crate knows how to start browsers.
//! It is a program here and not a dependency, so that a build or a demo does not compile it.

use std::time::Duration;

use anyhow::Result;

use crate::command::{cargo, run};
use crate::engine::Engine;
use crate::workspace::Workspace;

const PROGRAM: [&str; 5] = ["--quiet", "--package", "e2e", "--bin", "page-output"];

/// Compiles the program that [`output`] runs.
pub(super) fn prepare(workspace: &Workspace) -> Result<()> {
    let build = cargo(["build"].into_iter().chain(PROGRAM)).dir(workspace.root());
    run("compile the browser driver", &build)?;
    Ok(())
}

/// Opens the page, waits for its result line, and returns its text. A page without a result line
/// returns its text too, as a failure.
pub(super) fn output(
    workspace: &Workspace,
    engine: Engine,
    address: &str,
    time: Duration,
) -> Result<String> {
    let arguments = [
        format!("--engine={}", engine.name()),
        format!("--url={address}"),
        "--selector=#output".to_owned(),
        "--until=test result:".to_owned(),
        format!("--timeout-seconds={}", time.as_secs()),
    ];
    let fixed = ["run"].into_iter().chain(PROGRAM).chain(["--"]).map(str::to_owned);
    let read = cargo(fixed.chain(arguments)).dir(workspace.root());
    let read = read.stdout_capture().unchecked().run()?;
    let mut text = String::from_utf8_lossy(&read.stdout).into_owned();
    if !read.status.success() {
        text.push_str("\ntest result: FAILED. 0 passed; 1 failed; the page showed no result\n");
    }
    Ok(text)
}
