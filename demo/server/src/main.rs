//! Runs the demo: the authorization server on one origin, each app on another.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use demo_server::{
    AppHost, AppOptions, AuthorizationServer, Client, Document, Lifetimes, Mount, Options,
    strict_csp,
};
use serde_json::json;

/// Serves the demo app and a Basic-compatible authorization server for it, both on this machine.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of the app; 0 lets the system choose.
    #[arg(long, default_value_t = 8080)]
    app_port: u16,
    /// Port of the authorization server; 0 lets the system choose.
    #[arg(long, default_value_t = 8081)]
    server_port: u16,
    /// The directory of the app.
    #[arg(long, default_value = "demo/spa")]
    spa: PathBuf,
    /// The directory of the built npm package.
    #[arg(long, default_value = "target/npm")]
    npm: PathBuf,
    /// A further app: its name, its port, and the directory it was built into.
    #[arg(long = "app", value_name = "NAME=PORT=DIRECTORY", value_parser = ExtraApp::parse)]
    apps: Vec<ExtraApp>,
    /// Lifetime of an access token. The default is short, so that refreshes can be watched.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    access_token_seconds: u64,
    /// Lifetime of a refresh token.
    #[arg(long, default_value_t = 30 * 24 * 60 * 60)]
    refresh_token_seconds: u64,
    /// How long a used refresh token still returns the same successor. 0: not at all.
    #[arg(long, default_value_t = 0)]
    refresh_grace_seconds: u64,
    /// Lifetime of an authorization code.
    #[arg(long, default_value_t = 600)]
    code_seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ensure_file(&arguments.spa.join("index.html"), "choose another directory with --spa")?;
    ensure_file(&arguments.npm.join("index.js"), "build it with `cargo xtask build`")?;

    let server = AuthorizationServer::start(Options {
        port: arguments.server_port,
        lifetimes: Lifetimes {
            access_token: Duration::from_secs(arguments.access_token_seconds),
            refresh_token: Duration::from_secs(arguments.refresh_token_seconds),
            code: Duration::from_secs(arguments.code_seconds),
            refresh_grace: Duration::from_secs(arguments.refresh_grace_seconds),
        },
        records_requests: false,
        ..Options::default()
    })
    .await
    .context("choose another port with --server-port")?;

    let mounts =
        vec![Mount::new("/", arguments.spa).spa(), Mount::new("/basic-oauth/", arguments.npm)];
    let seconds = arguments.access_token_seconds;
    let app = host(&server, CLIENT_ID, "Demo app", arguments.app_port, mounts, seconds)
        .await
        .context("choose another port with --app-port")?;
    let mut extra_apps = Vec::new();
    for ExtraApp { name, port, directory } in arguments.apps {
        ensure_file(&directory.join("index.html"), "choose another directory with --app")?;
        let id = format!("{CLIENT_ID}-{name}");
        let title = format!("Demo app in {name}");
        let mounts = vec![Mount::new("/", directory).spa()];
        let host = host(&server, &id, &title, port, mounts, seconds)
            .await
            .context("choose another port with --app")?;
        extra_apps.push((name, host));
    }

    for (name, host) in &extra_apps {
        writeln!(io::stdout(), "The same in {name}: {}", host.origin())?;
    }
    writeln!(
        io::stdout(),
        "Demo ready: {}   (authorization server: {}; Ctrl-C stops both)",
        app.origin(),
        server.origin(),
    )?;
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")
}

/// Starts the host of an app, registers the app, and publishes its `/config.json`.
async fn host(
    server: &AuthorizationServer,
    client_id: &str,
    name: &str,
    port: u16,
    mounts: Vec<Mount>,
    access_token_seconds: u64,
) -> anyhow::Result<AppHost> {
    let app = AppHost::start(AppOptions {
        port,
        mounts,
        csp: Some(strict_csp(server.origin())),
        records_requests: false,
        ..AppOptions::default()
    })
    .await?;
    let redirect_uri = format!("{}/callback", app.origin());
    server.register(Client::new(client_id, &redirect_uri).named(name));
    app.publish(Document::json(
        "/config.json",
        &json!({
            "server": server.origin(),
            "clientId": client_id,
            "redirectUri": redirect_uri,
            "scope": "profile",
            "resource": format!("{}/api/notes", server.origin()),
            "accessTokenSeconds": access_token_seconds,
        }),
    ));
    Ok(app)
}

/// A value of `--app`.
#[derive(Clone)]
struct ExtraApp {
    name: String,
    port: u16,
    directory: PathBuf,
}

impl ExtraApp {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.splitn(3, '=');
        let mut part = || parts.next().filter(|part| !part.is_empty()).context("a part is missing");
        Ok(Self { name: part()?.into(), port: part()?.parse()?, directory: part()?.into() })
    }
}

fn ensure_file(path: &Path, advice: &str) -> anyhow::Result<()> {
    ensure!(path.is_file(), "{} is missing: {advice}", path.display());
    Ok(())
}

/// Has the form of a project id at Basic. The app reads it from `/config.json`.
const CLIENT_ID: &str = "8f2f6f1c-3c57-4a55-9d0b-6f1f3e0a7b21";
