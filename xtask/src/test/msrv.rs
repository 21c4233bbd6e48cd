//! Checks that the crate compiles with the oldest compiler that Cargo.toml promises.

use anyhow::{Context as _, Result};

use super::counts::Tally;
use crate::command::{cmd, run};
use crate::embedded::SDK;
use crate::toolchain::TARGET;
use crate::workspace::Workspace;

pub(super) fn run_step(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let version = workspace.rust_version()?;
    install(&version)?;
    let browser = ["--target", TARGET, "--features", "js,leptos,openid,yew"];
    for (name, choices) in [("natively", &[][..]), ("in the browser", &browser)] {
        let arguments = ["run", &version, "cargo", "check", "--locked", "--lib", "--package", SDK];
        let check = cmd("rustup", arguments.into_iter().chain(choices.iter().copied()))
            .dir(workspace.root())
            // A folder of its own, so that no other build waits for its lock.
            .env("CARGO_TARGET_DIR", workspace.target("msrv"));
        let name = format!("Rust {version} compiles the crate {name}");
        tally.check(&name, run(&name, &check).map(drop));
    }
    Ok(())
}

/// Installs the compiler, if the machine does not have it.
fn install(version: &str) -> Result<()> {
    let installed = cmd("rustup", ["target", "list", "--installed", "--toolchain", version]);
    let installed = installed.stderr_null().read().unwrap_or_default();
    if installed.lines().any(|target| target == TARGET) {
        return Ok(());
    }
    let install = ["toolchain", "install", version, "--profile", "minimal", "--target", TARGET];
    let advice = format!("install Rust {version} with rustup: Cargo.toml promises that it works");
    run(&format!("install Rust {version}"), &cmd("rustup", install)).context(advice)?;
    Ok(())
}
