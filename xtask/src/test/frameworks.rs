//! Tests the built package with the frameworks that it has entries for, on pages without a browser.

use anyhow::{Context as _, Result};

use super::counts::Tally;
use crate::command::{cmd, run, stream};
use crate::setup;
use crate::workspace::Workspace;

/// Installs the frameworks. React 18 has a folder of its own, because one project has one React.
pub(super) fn install(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("tests/frameworks");
    setup::node_modules(folder.clone(), "the frameworks")?;
    setup::node_modules(folder.join("react-18"), "React 18")
}

/// Runs `tests/frameworks`.
pub(super) fn test(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.path("tests/frameworks");
    install(workspace)?;
    run("install the package", &cmd("node", ["install.mjs"]).dir(&folder))
        .context("tests/frameworks")?;
    let tests = cmd("node", ["--test", "--test-reporter=spec"]).dir(&folder);
    tally.count("frameworks", &stream("test with the frameworks", &tests)?);
    Ok(())
}
