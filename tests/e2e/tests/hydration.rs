//! A page that a server has rendered with React, hydrated after its element is defined. React's
//! development build complains of all that does not match, and the console must stay empty.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Document, Endpoint, Fault};
use e2e::{Browser, CLIENT, Stage, in_every_engine};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

in_every_engine!(
    react_19_hydrates_the_button_and_its_handlers_work,
    react_18_hydrates_the_button_and_its_handlers_work,
);

async fn react_19_hydrates_the_button_and_its_handlers_work(browser: &Browser) -> Result<()> {
    hydrate(browser, "tests/frameworks").await
}

async fn react_18_hydrates_the_button_and_its_handlers_work(browser: &Browser) -> Result<()> {
    hydrate(browser, "tests/frameworks/react-18").await
}

async fn hydrate(browser: &Browser, react: &str) -> Result<()> {
    let stage = Stage::start(|_| {}).await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
    publish(&stage, react).await?;

    open(&stage, browser, "/").await?;
    browser.until("document.querySelector('#status').textContent === 'signed-out'").await?;
    let kept =
        "[...document.querySelectorAll('basic-sign-in')].every((it, at) => it === rendered[at])";
    assert_eq!(browser.eval(kept).await?, true, "React has made the elements anew");
    let attributes = "Object.fromEntries(rendered[0].getAttributeNames().map((name) =>
        [name, rendered[0].getAttribute(name)]))";
    let rendered = json!({
        "class": "wide", "id": "button", "return-to": "/", "size": "large", "theme": "outline",
    });
    assert_eq!(browser.eval(attributes).await?, rendered);
    ensure_silent(browser).await?;

    // Each handler is called, and the auth is that of the provider.
    browser.click_css("#button").await?;
    until_seen(browser, r#"[["in","Ada Lovelace"]]"#).await?;
    browser.until("rendered[1].status === 'signed-in'").await?;
    ensure_silent(browser).await?;

    // The stored session is in the first state of the client, and not yet in the server's markup.
    open(&stage, browser, "/").await?;
    browser.until("document.querySelector('#status').textContent === 'signed-in'").await?;
    until_seen(browser, r#"[["in","Ada Lovelace"]]"#).await?;
    ensure_silent(browser).await?;
    browser.click_css("#button").await?;
    until_seen(browser, r#"[["in","Ada Lovelace"],["out","signed-out"]]"#).await?;
    ensure_silent(browser).await?;

    let unavailable = Fault::oauth_error(400, "invalid_request");
    stage.control.fault(CLIENT, Endpoint::TokenCode, unavailable);
    browser.click_css("#button").await?;
    until_seen(browser, r#"[["error","token-error"]]"#).await?;
    stage.ensure_no_csp_report()?;

    // Nothing of the above would be noticed if React did not complain here.
    open(&stage, browser, "/#changed").await?;
    let lines = browser.eval("consoleLines.join(' ')").await?;
    let lines = lines.as_str().unwrap_or_default();
    ensure!(lines.contains("class") && lines.contains("match"), "React says only: {lines}");
    Ok(())
}

/// Fails if the console has a line other than React's own advertisement.
async fn ensure_silent(browser: &Browser) -> Result<()> {
    let lines = "consoleLines.filter((line) => !line.includes('Download the React DevTools'))";
    assert_eq!(browser.eval(lines).await?, json!([]));
    Ok(())
}

async fn until_seen(browser: &Browser, calls: &str) -> Result<()> {
    let expression = format!("window.isReady && JSON.stringify(seen) === {calls:?}");
    browser.until(&expression).await.context(calls.to_owned())
}

/// Opens a page anew, also if only its fragment is another one, and waits for the hydration.
async fn open(stage: &Stage, browser: &Browser, path: &str) -> Result<()> {
    browser.open("about:blank").await?;
    browser.open(&stage.url(path)).await?;
    browser.until("window.isReady === true").await?;
    assert_eq!(browser.eval("definedBefore").await?, true, "defined before React runs");
    Ok(())
}

/// Publishes the page as a server renders it with this React.
async fn publish(stage: &Stage, react: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Page {
        html: String,
        script: String,
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let react = root.join(react);
    ensure!(react.join("node_modules").is_dir(), "run `npm ci` in {}", react.display());
    let options = json!({
        "clientId": CLIENT,
        "redirectUri": "/callback",
        "scope": "profile",
        "server": stage.origin(),
    });
    let mut build = Command::new("node");
    build.arg(root.join("tests/e2e/hydration/build.mjs")).arg(react);
    build.arg(Stage::npm_folder()?).arg(options.to_string());
    let output = build.output().await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the page does not build: {errors}");
    let Page { html, script } = serde_json::from_slice(&output.stdout)?;
    let page = format!(
        r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
        <script src="/recorder.js"></script>
        <script type="module" src="/app.js"></script>
        <div id="root">{html}</div>"#
    );
    stage.app.publish(Document::script("/app.js", script));
    for path in ["/", "/callback"] {
        stage.app.publish(Document::html(path, page.clone()));
    }
    Ok(())
}
