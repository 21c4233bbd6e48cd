//! Runs tests inside real engines. wasm-bindgen's own runner serves the test page. This one opens the
//! page over WebDriver, in the same way for all three engines.

use std::ffi::OsString;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum as _};

use super::counts::{Counts, Tally};
use super::page;
use crate::command::{cargo, run as run_command, stream};
use crate::engine::Engine;
use crate::progress::log;
use crate::setup;
use crate::toolchain::{self, TARGET};
use crate::workspace::Workspace;

/// The variable that names the engines to the runner, which cargo starts.
const ENGINES: &str = "BASIC_OAUTH_ENGINES";
/// Two frameworks with debug information are a module of 90 megabytes, which takes minutes to read.
/// This is an argument because the runner's own calls of cargo would inherit a variable, and would
/// compile their programs again.
const NO_DEBUG: &str = "--config=profile.dev.debug=false";
/// Tests for the browser. Those of the crate are in the test target `browser`, and in no other.
const TESTS: [(&str, &str); 2] = [
    ("in the browser", "--package basic-oauth --features js --test browser"),
    ("hydration", "--package server-render --test hydrate"),
];
/// A crate of its own, so that a build or a demo does not compile wasm-bindgen's test runner.
const SERVER: [&str; 3] = ["--quiet", "--package", "wasm-test-server"];
const TIME_FOR_ALL_TESTS: Duration = Duration::from_secs(180);

pub(super) fn test(workspace: &Workspace, engines: &[Engine], tally: &mut Tally) -> Result<()> {
    toolchain::wasm_target()?;
    let environment = setup::browsers(workspace, engines)?;
    let build = cargo(["build"].into_iter().chain(SERVER)).dir(workspace.root());
    run_command("compile the test server", &build)?;
    page::prepare(workspace)?;
    for (name, which) in TESTS {
        let words =
            ["test", NO_DEBUG, "--target", TARGET].into_iter().chain(which.split_whitespace());
        let arguments: Vec<String> = words.map(str::to_owned).collect();
        let compile = arguments.iter().cloned().chain(["--no-run".to_owned()]);
        let compile = cargo(compile).dir(workspace.root());
        run_command(&format!("compile {name}"), &compile)?;
        let tests = in_engines(workspace, engines, &environment, arguments)?;
        tally.count(name, &stream(&format!("test {name}"), &tests)?);
    }
    Ok(())
}

fn in_engines(
    workspace: &Workspace,
    engines: &[Engine],
    environment: &[(String, PathBuf)],
    arguments: Vec<String>,
) -> Result<duct::Expression> {
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    let runner = format!("{} wasm-test-runner", std::env::current_exe()?.display());
    let mut tests = cargo(arguments.into_iter().chain(["--no-fail-fast".to_owned()]))
        .dir(workspace.root())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env(ENGINES, names.join(","));
    for (key, value) in environment {
        tests = tests.env(key, value);
    }
    Ok(tests)
}

#[derive(Args)]
pub(crate) struct Runner {
    module: PathBuf,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Returns whether every test passed in every engine.
pub(crate) fn run(workspace: &Workspace, runner: &Runner) -> Result<bool> {
    let engines = match std::env::var(ENGINES) {
        Ok(names) => names
            .split(',')
            .map(|name| Engine::from_str(name, true).map_err(anyhow::Error::msg))
            .collect::<Result<Vec<Engine>>>()?,
        Err(_) => Engine::ALL.to_vec(),
    };
    let address = free_address()?;
    let fixed = ["run"].into_iter().chain(SERVER).chain(["--"]).map(OsString::from);
    let module = [runner.module.clone().into_os_string()];
    let server = cargo(fixed.chain(module).chain(runner.arguments.clone()))
        .env("NO_HEADLESS", "1")
        .env("WASM_BINDGEN_TEST_ADDRESS", &address)
        // Most pages on the web are not isolated either.
        .env("WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION", "1")
        .stdout_null()
        .start()?;
    let result = wait_for(&address, &server).and_then(|()| in_all(workspace, &engines, &address));
    server.kill()?;
    result
}

fn in_all(workspace: &Workspace, engines: &[Engine], address: &str) -> Result<bool> {
    let mut passed = true;
    for engine in engines {
        let url = format!("http://{address}/");
        let text = match page::output(workspace, *engine, &url, TIME_FOR_ALL_TESTS) {
            Ok(text) => text,
            Err(error) => format!("test result: FAILED. 0 passed; 1 failed\n{error:#}"),
        };
        for line in text.lines() {
            // The name contains the engine, so that a failure shows it.
            let named = line.strip_prefix("test ").filter(|rest| !rest.starts_with("result:"));
            let line =
                named.map_or(line.to_owned(), |rest| format!("test {}::{rest}", engine.name()));
            log(&line);
        }
        let counts = Counts::read(&text);
        passed &= counts.failed == 0 && counts.passed > 0;
    }
    Ok(passed)
}

fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn wait_for(address: &str, server: &duct::Handle) -> Result<()> {
    let started = Instant::now();
    while TcpStream::connect(address).is_err() {
        ensure!(server.try_wait()?.is_none(), "the test server ended");
        ensure!(started.elapsed() < Duration::from_secs(60), "the test server does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
