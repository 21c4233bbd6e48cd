//! The SDK with third-party servers, each in a process of its own: npm's `oidc-provider`, and one
//! that Python's Authlib makes.

#![allow(missing_docs, reason = "the names of the scenarios say what they prove")]

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use e2e::{Browser, CLIENT, Process, Stage, in_every_engine};
use serde_json::{Value, json};
use tokio::process::Command;

in_every_engine!(
    r52_a_foreign_provider_signs_in_refreshes_with_rotation_and_signs_out,
    r6_r52_authlib_with_required_nonce_signs_in_refreshes_and_signs_out,
);

/// R32 as well: this provider names itself in the callback.
async fn r52_a_foreign_provider_signs_in_refreshes_with_rotation_and_signs_out(
    browser: &Browser,
) -> Result<()> {
    // A policy would have to name the provider, which has to know the app first.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let provider = Provider::oidc_provider(&stage.redirect_uri()).await?;
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

    wait_for_two_refreshes(browser).await?;
    let later = browser.eval("auth.getToken()").await?;
    ensure!(first != later, "the same token");
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
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

/// Authlib refuses the sign-in if a nonce is missing or was used before.
async fn r6_r52_authlib_with_required_nonce_signs_in_refreshes_and_signs_out(
    browser: &Browser,
) -> Result<()> {
    // No policy, as above.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let provider = Provider::authlib(&stage.redirect_uri()).await?;
    let at = |path: &str| format!("{}{path}", provider.origin);
    stage.set_options(json!({
        "scope": "openid profile",
        "server": {
            "authorizationEndpoint": at("/authorize"),
            "tokenEndpoint": at("/token"),
            "userinfoEndpoint": at("/me"),
            "revocationEndpoint": at("/revoke"),
            "tokenEncoding": "form",
        },
    }));

    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    assert_eq!(browser.eval("auth.state.user.sub").await?, "ada");
    assert_eq!(browser.eval("auth.state.scope").await?, json!(["openid", "profile"]));
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");

    wait_for_two_refreshes(browser).await?;
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
    let token = browser.eval("auth.getToken()").await?;
    assert_eq!(ask(browser, &at("/me"), &token).await?, 200);

    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    let failures = "events.filter((event) => event.type.endsWith('-failed'))";
    assert_eq!(browser.eval(failures).await?, json!([]));
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    assert_eq!(browser.eval("consoleLines").await?, json!([]));

    // Each refresh token was used once, and the last one, which was not used, is revoked.
    let seen = browser.run(SEEN, json!([at("/seen")])).await?;
    let exchanges = seen["tokenRequests"].as_array().context("it lists the token requests")?;
    ensure!(exchanges.len() >= 3, "one exchange of a code and two refreshes: {exchanges:?}");
    for (earlier, later) in exchanges.iter().zip(exchanges.iter().skip(1)) {
        let used = &later["sent"]["refresh_token"];
        ensure!(used.is_string(), "no refresh token: {later}");
        assert_eq!(used, &earlier["answer"]["refresh_token"]);
        assert_ne!(used, &later["answer"]["refresh_token"], "not rotated");
    }
    let last = exchanges.last().map(|exchange| &exchange["answer"]["refresh_token"]);
    let answer = browser.run(REFRESH, json!([at("/token"), last, CLIENT])).await?;
    assert_eq!(answer, json!([400, "invalid_grant"]));
    assert_eq!(ask(browser, &at("/me"), &token).await?, 401);

    stage.sign_in(browser).await?;
    let seen = browser.run(SEEN, json!([at("/seen")])).await?;
    let sent = texts(&seen["authorizationRequests"], "/nonce");
    let signed = texts(&seen["tokenRequests"], "/idToken/nonce");
    assert_eq!(sent, signed, "the provider signs what it was sent");
    let [first, second] = sent.as_slice() else { bail!("two sign-ins, not {sent:?}") };
    assert_ne!(first, second);
    ensure!((22..=64).contains(&first.len()), "easy to guess, or too long: {first}");
    Ok(())
}

/// Returns what the provider has seen.
const SEEN: &str = "return (await fetch(args[0])).json();";

/// Returns the status and the error of the answer to a refresh token.
const REFRESH: &str = "const [url, refresh_token, client_id] = args;
    const sent = { grant_type: 'refresh_token', refresh_token, client_id };
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(sent) });
    return [answer.status, (await answer.json()).error];";

/// Returns the texts that the members of a list have at a place.
fn texts<'a>(list: &'a Value, place: &str) -> Vec<&'a str> {
    let members = list.as_array().into_iter().flatten();
    members.filter_map(|member| member.pointer(place)?.as_str()).collect()
}

/// Waits for one refresh, and for a second one: it shows that the rotated refresh token was kept.
async fn wait_for_two_refreshes(browser: &Browser) -> Result<()> {
    let refreshes = "events.filter((event) => event.type === 'refreshed').length";
    browser.until(&format!("{refreshes} >= 2")).await
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
    async fn oidc_provider(redirect_uri: &str) -> Result<Self> {
        let folder = tests().join("oidc-provider");
        let is_installed = folder.join("node_modules/oidc-provider").is_dir();
        ensure!(is_installed, "run `npm ci` in tests/e2e/oidc-provider");
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder);
        Self::start(command, redirect_uri).await
    }

    async fn authlib(redirect_uri: &str) -> Result<Self> {
        let given = env::var_os("BASIC_OAUTH_AUTHLIB_PYTHON").map(PathBuf::from);
        let installed = || tests().join("../../target/tools/authlib/bin/python");
        let python = given.unwrap_or_else(installed);
        let advice = "run `cargo xtask test --only e2e`, which installs Authlib, or name a Python \
            that has it in BASIC_OAUTH_AUTHLIB_PYTHON";
        ensure!(python.is_file(), "{advice}");
        let mut command = Command::new(python);
        command.arg("server.py").current_dir(tests().join("authlib"));
        Self::start(command, redirect_uri).await
    }

    async fn start(mut command: Command, redirect_uri: &str) -> Result<Self> {
        command.args([format!("--client-id={CLIENT}"), format!("--redirect-uri={redirect_uri}")]);
        // Refreshed every few seconds, so that a refresh is seen.
        command.arg("--access-token-seconds=8");
        let (process, line) = Process::start_and_read_line(command).await?;
        let line: Value = serde_json::from_str(&line)?;
        let origin = line["origin"].as_str().context("it names its origin")?.to_owned();
        Ok(Self { origin, _process: process })
    }
}

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
