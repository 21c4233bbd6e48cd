//! The SDK with a server that nobody here wrote: npm's `oidc-provider`, in a process of its own.

#![allow(missing_docs, reason = "the names of the scenarios say what they prove")]

use std::path::Path;

use anyhow::{Context, Result, ensure};
use e2e::{Browser, CLIENT, Process, Stage, in_every_engine};
use serde_json::{Value, json};
use tokio::process::Command;

in_every_engine!(r52_a_foreign_provider_signs_in_renews_with_rotation_and_signs_out);

/// R32 as well: this provider names itself in the callback.
async fn r52_a_foreign_provider_signs_in_renews_with_rotation_and_signs_out(
    browser: &Browser,
) -> Result<()> {
    // A policy would have to name the provider, which has to know the app first.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let provider = Provider::start(&stage.redirect_uri()).await?;
    let at = |path: &str| format!("{}{path}", provider.origin);
    stage.set_options(json!({
        "scope": "openid offline_access",
        "authorizationParams": { "prompt": "consent" },
        "server": {
            "authorizationEndpoint": at("/auth"),
            "tokenEndpoint": at("/token"),
            "userinfoEndpoint": at("/me"),
            "revocationEndpoint": at("/token/revocation"),
            "issuer": provider.origin,
            "issParameterSupported": true,
            "tokenEncoding": "form",
        },
    }));

    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.sub === 'ada'").await?;
    assert_eq!(browser.eval("auth.state.scope").await?, json!(["openid", "offline_access"]));
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");
    let first = browser.eval("auth.getToken()").await?;
    assert_eq!(ask(browser, &at("/me"), &first).await?, 200);

    // Twice: the second renewal shows that the rotated refresh token was kept.
    for count in 1..=2 {
        let renewals = "events.filter((event) => event.type === 'renewed').length";
        browser.until(&format!("{renewals} >= {count}")).await?;
    }
    let later = browser.eval("auth.getToken()").await?;
    ensure!(first != later, "the same token");
    assert_eq!(browser.eval("auth.state.renewal").await?, "ok");
    let me = browser.run("return (await auth.fetch(args[0])).json()", json!([at("/me")])).await?;
    assert_eq!(me["sub"], "ada");

    // Revoked at the provider, not only forgotten here.
    let last = browser.eval("auth.getToken()").await?;
    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    let failures = "events.filter((event) => event.type.endsWith('-failed'))";
    assert_eq!(browser.eval(failures).await?, json!([]));
    assert_eq!(ask(browser, &at("/me"), &last).await?, 401);
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

/// What the provider answers to this token.
async fn ask(browser: &Browser, url: &str, token: &Value) -> Result<Value> {
    let body = "const headers = { authorization: `Bearer ${args[1]}` };
        return (await fetch(args[0], { headers })).status;";
    browser.run(body, json!([url, token])).await
}

struct Provider {
    origin: String,
    _process: Process,
}

impl Provider {
    async fn start(redirect_uri: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc-provider");
        let is_installed = folder.join("node_modules/oidc-provider").is_dir();
        ensure!(is_installed, "run `npm ci` in tests/e2e/oidc-provider");
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder);
        command.args([format!("--client-id={CLIENT}"), format!("--redirect-uri={redirect_uri}")]);
        // Renewed every few seconds, so that a renewal is seen.
        command.arg("--access-token-seconds=8");
        let (process, line) = Process::start_and_read_line(command).await?;
        let line: Value = serde_json::from_str(&line)?;
        let origin = line["origin"].as_str().context("it names its origin")?.to_owned();
        Ok(Self { origin, _process: process })
    }
}
