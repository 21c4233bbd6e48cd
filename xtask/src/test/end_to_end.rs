//! Runs the end-to-end tests: whole sign-ins in real browsers.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use walkdir::WalkDir;

use super::counts::Tally;
use super::frameworks;
use crate::command::{cargo, run, stream};
use crate::engine::Engine;
use crate::workspace::Workspace;
use crate::{npm_package, rust_demo, setup};

/// Three save two minutes of 25, and four lose a press now and then on a machine with two processors.
const THREADS: &str = "--test-threads=2";

pub(super) fn run_step(workspace: &Workspace, engines: &[Engine], tally: &mut Tally) -> Result<()> {
    npm_package::ensure_fresh(workspace)?;
    for demo in rust_demo::ALL {
        demo.build(workspace)?;
    }
    rust_demo::build_test_apps(workspace, &[])?;
    let mut environment = setup::browsers(workspace, engines)?;
    environment.extend(install_third_parties(workspace)?);
    // A page is rendered with React and bundled.
    setup::node_tools(workspace)?;
    frameworks::install(workspace)?;

    // Compiled first, so that the time of the tests is without it.
    let build = cargo(["test", "--package", "e2e", "--no-run"]).dir(workspace.root());
    run("compile the end-to-end tests", &build)?;

    let fixed = ["test", "--package", "e2e", "--no-fail-fast", "--", THREADS].map(str::to_owned);
    let mut tests = cargo(fixed.into_iter().chain(filters(engines)))
        .dir(workspace.root())
        .env("BASIC_OAUTH_NPM", workspace.npm());
    for (key, value) in environment {
        tests = tests.env(key, value);
    }
    tally.count("end to end", &stream("test end to end", &tests)?);
    Ok(())
}

/// Selects the tests of the engines by the name of their module. No filter selects all engines.
fn filters(engines: &[Engine]) -> Vec<String> {
    if Engine::ALL.iter().all(|engine| engines.contains(engine)) {
        return Vec::new();
    }
    engines.iter().map(|engine| format!("{}::", engine.name())).collect()
}

/// Installs what the tests need of others: servers, and the rules of accessibility. Each has a folder
/// with its pinned packages. Returns the environment that names the Python of each server in Python.
fn install_third_parties(workspace: &Workspace) -> Result<Vec<(String, PathBuf)>> {
    let mut environment = Vec::new();
    let folders = WalkDir::new(workspace.path("tests/e2e"))
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "node_modules");
    for entry in folders {
        let entry = entry?;
        let Some(folder) = entry.path().parent() else { continue };
        if entry.file_name() == "package-lock.json" {
            let name = folder.file_name().and_then(OsStr::to_str).unwrap_or_default();
            setup::node_modules(folder.to_path_buf(), &format!("tests/e2e/{name}"))?;
        }
        if entry.file_name() == "requirements.txt"
            && let Some(name) = folder.file_name().and_then(OsStr::to_str)
        {
            let python = setup::python_environment(workspace, name, folder)?;
            environment.push((python_variable(name), python));
        }
    }
    ensure!(!environment.is_empty(), "tests/e2e has no server in Python");
    Ok(environment)
}

/// Returns the name that `tests/e2e/tests/provider.rs` reads.
fn python_variable(server: &str) -> String {
    ["BASIC_OAUTH_PYTHON_", &server.to_uppercase().replace('-', "_")].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_engines_need_no_filter_and_some_name_their_modules() {
        assert!(filters(&Engine::ALL).is_empty());
        assert_eq!(filters(&[Engine::Webkit, Engine::Chromium]), ["webkit::", "chromium::"]);
    }

    #[test]
    fn a_server_is_named_in_the_environment() {
        assert_eq!(python_variable("oauth-kit"), "BASIC_OAUTH_PYTHON_OAUTH_KIT");
    }
}
