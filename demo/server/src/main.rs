//! Runs the demo: the authorization server on one origin, each app on another.

mod arguments;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use demo_server::{
    AppHost, AppOptions, AuthorizationServer, Client, Document, Lifetimes, Mount, Options,
    strict_csp,
};
use serde_json::json;

use crate::arguments::{Arguments, ExtraApp};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let server = AuthorizationServer::start(Options {
        port: arguments.server_port,
        lifetimes: Lifetimes {
            access_token: Duration::from_secs(arguments.token_lifetime),
            refresh_token: Duration::from_secs(arguments.refresh_token_lifetime),
            code: Duration::from_secs(arguments.code_lifetime),
            refresh_grace: Duration::from_secs(arguments.refresh_grace),
        },
        clients: arguments.clients(),
        records_requests: false,
        ..Options::default()
    })
    .await
    .context("choose another port with --server-port")?;
    for fault in &arguments.faults {
        server.inject(fault.injection());
    }

    // Kept until the end: a host stops when it is dropped.
    let apps = if arguments.server_only { Vec::new() } else { apps(&server, &arguments).await? };
    writeln!(io::stdout(), "{}", announcement(&server, &arguments, &apps)?)?;
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")
}

/// Starts the demo app, whose name is empty, and the further ones.
async fn apps(
    server: &AuthorizationServer,
    arguments: &Arguments,
) -> anyhow::Result<Vec<(String, AppHost)>> {
    ensure_file(&arguments.spa.join("index.html"), "choose another directory with --spa")?;
    ensure_file(&arguments.npm.join("index.js"), "build it with `cargo xtask build`")?;
    let mounts = vec![
        Mount::new("/", arguments.spa.clone()).spa(),
        Mount::new("/basic-oauth/", arguments.npm.clone()),
    ];
    let seconds = arguments.token_lifetime;
    let app = host(server, CLIENT_ID, "Demo app", arguments.app_port, mounts, seconds)
        .await
        .context("choose another port with --app-port")?;
    let mut apps = vec![(String::new(), app)];
    for ExtraApp { name, port, directory } in &arguments.apps {
        ensure_file(&directory.join("index.html"), "choose another directory with --app")?;
        let id = format!("{CLIENT_ID}-{name}");
        let title = format!("Demo app in {name}");
        let mounts = vec![Mount::new("/", directory.clone()).spa()];
        let host = host(server, &id, &title, *port, mounts, seconds)
            .await
            .context("choose another port with --app")?;
        apps.push((name.clone(), host));
    }
    Ok(apps)
}

/// Starts the host of an app, registers the app, and publishes its `/config.json`.
async fn host(
    server: &AuthorizationServer,
    client_id: &str,
    name: &str,
    port: u16,
    mounts: Vec<Mount>,
    token_lifetime: u64,
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
            "accessTokenSeconds": token_lifetime,
        }),
    ));
    Ok(app)
}

/// Returns what the user has to know: addresses, options for own apps, and what is switched on.
fn announcement(
    server: &AuthorizationServer,
    arguments: &Arguments,
    apps: &[(String, AppHost)],
) -> anyhow::Result<String> {
    let origin = server.origin();
    let mut text = String::new();
    let clients = arguments.clients();
    if !clients.is_empty() {
        writeln!(text, "A Basic to develop against: {origin}\n")?;
    }
    for Client { id, redirect_uris, .. } in &clients {
        writeln!(text, "  clientId: {id:?},")?;
        for uri in redirect_uris {
            writeln!(text, "  redirectUri: {uri:?},")?;
        }
        writeln!(text, "  server: {origin:?},\n")?;
    }
    if !clients.is_empty() {
        writeln!(text, "With OpenID Connect: server: {{ issuer: {origin:?} }}")?;
        writeln!(text, "An API that takes the access token: {origin}/api/notes")?;
        writeln!(text, "Access tokens live for {} seconds.", arguments.token_lifetime)?;
    }
    for fault in &arguments.faults {
        writeln!(text, "Fails on purpose: {fault}")?;
    }
    for (name, host) in apps.iter().filter(|(name, _)| !name.is_empty()) {
        writeln!(text, "The same in {name}: {}", host.origin())?;
    }
    match apps.first() {
        Some((_, app)) => write!(
            text,
            "Demo ready: {}   (authorization server: {origin}; Ctrl-C stops both)",
            app.origin(),
        )?,
        None => write!(text, "Ready. Ctrl-C stops the server, and with it every session ends.")?,
    }
    Ok(text)
}

fn ensure_file(path: &Path, advice: &str) -> anyhow::Result<()> {
    ensure!(path.is_file(), "{} is missing: {advice}", path.display());
    Ok(())
}

/// Has the form of a project id at Basic. The app reads it from `/config.json`.
const CLIENT_ID: &str = "8f2f6f1c-3c57-4a55-9d0b-6f1f3e0a7b21";
