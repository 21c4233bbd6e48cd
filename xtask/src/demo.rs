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
    /// An app of yours that may sign in; its origin may call the server. May be repeated
    #[arg(long = "client", value_name = "ID=REDIRECT_URI")]
    clients: Vec<String>,
    /// An endpoint fails on purpose, such as refresh=503. May be repeated; --help lists all
    #[arg(
        long = "fail", value_name = "ENDPOINT=WHAT",
        long_help = include_str!("../../demo/server/src/fail-help.txt"),
    )]
    faults: Vec<String>,
    /// Lifetime of an access token in seconds; short, so that its refresh can be watched
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    token_lifetime: u32,
    /// Only the server, for the apps of --client; needs no npm package and starts in seconds
    #[arg(long, requires = "clients", conflicts_with = "spa_only")]
    server_only: bool,
    /// Only the app in JavaScript; the apps in Rust take some minutes to compile the first time
    #[arg(long)]
    spa_only: bool,
}

pub(crate) fn run_demo(workspace: &Workspace, options: &Options) -> Result<()> {
    let has_rust_demos = !options.spa_only && !options.server_only;
    let rust_demos: &[RustDemo] = if has_rust_demos { &rust_demo::ALL } else { &[] };
    if !options.server_only {
        npm_package::ensure_fresh(workspace)?;
    }
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
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--app-port={}", self.port),
            format!("--server-port={}", self.server_port()),
            format!("--token-lifetime={}", self.token_lifetime),
        ];
        arguments.extend(self.clients.iter().map(|client| format!("--client={client}")));
        arguments.extend(self.faults.iter().map(|fault| format!("--fail={fault}")));
        arguments.extend(self.server_only.then(|| "--server-only".to_owned()));
        arguments
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

    fn options(clients: &[&str]) -> Options {
        Options {
            port: 9000,
            server_port: None,
            clients: clients.iter().map(|client| (*client).to_owned()).collect(),
            faults: Vec::new(),
            token_lifetime: 30,
            server_only: false,
            spa_only: true,
        }
    }

    #[test]
    fn the_server_listens_next_to_the_app() {
        assert_eq!(
            options(&[]).arguments(),
            ["--app-port=9000", "--server-port=9001", "--token-lifetime=30"]
        );
    }

    #[test]
    fn clients_and_faults_reach_the_server() {
        let clients = options(&["a=http://localhost:5173/callback", "b=https://b.example/"]);
        let faults = vec!["refresh=503".to_owned()];
        let options = Options { faults, server_only: true, ..clients };
        assert_eq!(
            options.arguments()[3..],
            [
                "--client=a=http://localhost:5173/callback",
                "--client=b=https://b.example/",
                "--fail=refresh=503",
                "--server-only",
            ]
        );
    }
}
