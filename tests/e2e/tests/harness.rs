//! What the other tests take for granted about the harness itself.

#![allow(clippy::expect_used, missing_docs, reason = "a test may fail as it likes")]

use anyhow::{Result, ensure};
use demo_server::{AppHost, AppOptions, Document};
use e2e::{Browser, in_every_engine};
use serde_json::json;

in_every_engine!(
    pages_run_scripts_and_their_errors_are_reported,
    tabs_share_an_origin_and_are_distinct,
);

async fn pages_run_scripts_and_their_errors_are_reported(browser: &Browser) -> Result<()> {
    let app = host().await?;
    browser.open(app.origin()).await?;
    assert_eq!(browser.text("hello").await?, "Hello");
    assert_eq!(browser.eval("Promise.resolve(6 * 7)").await?, 42);
    assert_eq!(browser.run("return args[0].a + args[1]", json!([{ "a": 1 }, 2])).await?, 3);
    assert_eq!(browser.eval("window.isSecureContext").await?, true);
    assert_eq!(browser.eval("undefined").await?, json!(null));
    let error = browser.eval("null.member").await.expect_err("it throws").to_string();
    ensure!(error.contains("TypeError"), "{error}");

    browser.click("button").await?;
    browser.until("document.body.dataset.clicks === '1'").await?;
    ensure!(browser.screenshot().await?.starts_with(b"\x89PNG"));
    let reports = app.csp_reports();
    ensure!(reports.is_empty(), "the driver's scripts are not the page's: {reports:?}");
    Ok(())
}

async fn tabs_share_an_origin_and_are_distinct(browser: &Browser) -> Result<()> {
    let app = host().await?;
    browser.open(app.origin()).await?;
    let first = browser.tab().await?;
    browser.eval("localStorage.setItem('from', 'first')").await?;
    browser.eval("window.name = 'first'").await?;
    let second = browser.new_tab().await?;
    ensure!(first != second);
    browser.open(app.origin()).await?;
    assert_eq!(browser.eval("localStorage.getItem('from')").await?, "first");
    assert_eq!(browser.eval("window.name").await?, "");
    browser.switch_to(&first).await?;
    assert_eq!(browser.eval("window.name").await?, "first");
    Ok(())
}

async fn host() -> Result<AppHost> {
    let page = r#"<!doctype html><title>t</title><script src="/page.js" defer></script>
        <p data-testid="hello">Hello</p><button data-testid="button">Press</button>"#;
    let script = "document.querySelector('button').onclick = () => {
        document.body.dataset.clicks = Number(document.body.dataset.clicks ?? 0) + 1; };";
    let csp = "default-src 'none'; img-src 'self'; script-src 'self'; \
        require-trusted-types-for 'script'";
    AppHost::start(AppOptions {
        documents: vec![Document::html("/", page), Document::script("/page.js", script)],
        csp: Some(csp.into()),
        ..AppOptions::default()
    })
    .await
}
