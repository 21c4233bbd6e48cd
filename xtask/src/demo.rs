//! Runs the demo: an authorization server and the apps that sign in with it, on this machine.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, cargo_program, run};
use crate::npm_package;
use crate::rust_demo::{self, RustDemo};
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// Port of the app
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of the authorization server; by default the port after the app's
    #[arg(long)]
    server_port: Option<u16>,
    /// Lifetime of an access token; short, so that its refresh can be watched
    #[arg(long, default_value_t = 60)]
    access_token_seconds: u32,
    /// Only the app in JavaScript; the apps in Rust take some minutes to compile the first time
    #[arg(long)]
    spa_only: bool,
}

pub(crate) fn run_demo(workspace: &Workspace, options: &Options) -> Result<()> {
    npm_package::ensure_fresh(workspace)?;
    let rust_demos: &[RustDemo] = if options.spa_only { &[] } else { &rust_demo::ALL };
    for demo in rust_demos {
        demo.build(workspace)?;
    }
    let build = cargo(["build", "--package", "demo-server"]).dir(workspace.root());
    run("build the demo server", &build)?;

    let mut server = Command::new(cargo_program());
    server
        .args(["run", "--quiet", "--package", "demo-server", "--"])
        .args(["--spa", "demo/spa", "--npm", "target/npm"])
        .args(options.arguments())
        .args(rust_demos.iter().zip(1..).map(|(demo, number)| {
            let port = options.server_port().saturating_add(number);
            format!("--app={}={port}={}", demo.name, demo.folder(workspace).display())
        }))
        .current_dir(workspace.root());
    replace_process(server)
}

impl Options {
    fn arguments(&self) -> [String; 3] {
        [
            format!("--app-port={}", self.port),
            format!("--server-port={}", self.server_port()),
            format!("--access-token-seconds={}", self.access_token_seconds),
        ]
    }

    fn server_port(&self) -> u16 {
        self.server_port.unwrap_or(self.port.saturating_add(1))
    }
}

/// Replaces this process by the server, so that ending the one process ends the server.
#[cfg(unix)]
fn replace_process(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn replace_process(mut command: Command) -> Result<()> {
    anyhow::ensure!(command.status()?.success(), "the demo server failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_listens_next_to_the_app() {
        let options =
            Options { port: 9000, server_port: None, access_token_seconds: 30, spa_only: true };
        assert_eq!(
            options.arguments(),
            ["--app-port=9000", "--server-port=9001", "--access-token-seconds=30"]
        );
    }
}
