//! Runs the end-to-end tests: whole sign-ins in real browsers.

use anyhow::Result;
use walkdir::WalkDir;

use super::counts::Tally;
use crate::command::{cargo, run, stream};
use crate::engine::Engine;
use crate::workspace::Workspace;
use crate::{npm_package, rust_demo, setup};

/// More browsers at once would only wait for each other.
const THREADS: &str = "--test-threads=2";

pub(super) fn run_step(workspace: &Workspace, engines: &[Engine], tally: &mut Tally) -> Result<()> {
    npm_package::ensure_fresh(workspace)?;
    for demo in rust_demo::ALL {
        demo.build(workspace)?;
    }
    let mut environment = setup::browsers(workspace, engines)?;
    install_node_parts(workspace)?;
    let authlib = workspace.path("tests/e2e/authlib");
    let python = setup::python_environment(workspace, "authlib", &authlib)?;
    environment.push(("BASIC_OAUTH_AUTHLIB_PYTHON".to_owned(), python));

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

/// Installs the third-party servers of npm, which have a lockfile beside the tests.
fn install_node_parts(workspace: &Workspace) -> Result<()> {
    let folders = WalkDir::new(workspace.path("tests/e2e"))
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "node_modules");
    for entry in folders {
        let entry = entry?;
        if entry.file_name() == "package-lock.json"
            && let Some(folder) = entry.path().parent()
        {
            setup::node_modules(folder.to_path_buf(), "the third-party server of npm")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_engines_need_no_filter_and_some_name_their_modules() {
        assert!(filters(&Engine::ALL).is_empty());
        assert_eq!(filters(&[Engine::Webkit, Engine::Chromium]), ["webkit::", "chromium::"]);
    }
}
