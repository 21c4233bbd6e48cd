//! Pages that a server renders with axum, anew for each request, and that a browser hydrates.

use anyhow::{Context as _, Result, ensure};
use demo_server::AppOptions;
use e2e::{Browser, Stage, in_both_frameworks};
use serde_json::{Value, json};

in_both_frameworks! {
    hydrate_and_sign_in:
        r146_yew_hydrates_what_axum_has_rendered_and_signs_in,
        r146_leptos_hydrates_what_axum_has_rendered_and_signs_in;
    hydrate_a_guard:
        yew_hydrates_a_guard_that_goes_to_the_server_and_comes_back,
        leptos_hydrates_a_guard_that_goes_to_the_server_and_comes_back;
}

async fn hydrate_and_sign_in(framework: &str, browser: &Browser) -> Result<()> {
    let stage = rendered_pages(framework).await?;
    browser.open(&stage.url("/")).await?;
    browser.until_text("status", "signed out").await?;
    let html = html(browser).await?;
    // A user without scripts sees the label. It is the same page for all users.
    let button = html.split("<basic-sign-in-button").nth(1).context("no button")?;
    let button = button.split("</basic-sign-in-button>").next().unwrap_or_default();
    ensure!(button.contains("Enter"), "no label in {button}");
    ensure!(html.contains("loading") && !html.contains("signed out"), "{html}");
    ensure_kept(browser).await?;

    browser.click_css("basic-sign-in-button").await?;
    browser.until_text("greeting", "Welcome back").await?;
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");
    ensure_kept(browser).await?;

    // The browser knows at once that a user is signed in, and the server's page does not.
    browser.open(&stage.url("/?again")).await?;
    browser.until_text("greeting", "Welcome back").await?;
    ensure_kept(browser).await?;
    let html = self::html(browser).await?;
    ensure!(html.contains("loading") && !html.contains("Welcome back"), "{html}");
    stage.ensure_no_secret("what the server sent", &html)?;
    assert_eq!(stage.exchanges().len(), 1);
    stage.ensure_no_csp_report()
}

async fn hydrate_a_guard(framework: &str, browser: &Browser) -> Result<()> {
    let stage = rendered_pages(framework).await?;
    browser.open(&stage.url("/private/notes/7?tab=1#end")).await?;
    browser.until_text("page", "note 7?tab=1").await?;
    let here = "location.pathname + location.search + location.hash";
    assert_eq!(browser.eval(here).await?, "/private/notes/7?tab=1#end");
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    let html = html(browser).await?;
    ensure!(html.contains("One moment…") && !html.contains("note 7"), "{html}");

    // The hydration of the guarded page itself, by a user who is signed in.
    browser.reload().await?;
    browser.until_text("page", "note 7?tab=1").await?;
    ensure_kept(browser).await?;
    assert_eq!(stage.exchanges().len(), 1);
    stage.ensure_no_csp_report()
}

/// The app of a framework, whose pages its own server renders. The policy is strict. For Leptos it has a
/// nonce, because a page of Leptos holds scripts.
async fn rendered_pages(framework: &str) -> Result<Stage> {
    let changes = json!({ "hydrates": true, "redirectUri": "/done" });
    Stage::rust_server(framework, changes, |options: &mut AppOptions| {
        options.pages = Some(match framework {
            "yew" => test_app_yew::server::pages(),
            _ => test_app_leptos::server::pages(options.csp.as_deref().unwrap_or_default()),
        });
    })
    .await
}

/// Fails unless the elements of the server are still there, each once, and the console is empty.
async fn ensure_kept(browser: &Browser) -> Result<()> {
    // What is shown only while the state is not known, and scripts of Leptos' stream, may go.
    let lost = "rendered.filter((it) => !it.isConnected && it.dataset.testid !== 'starting')
        .map((it) => it.outerHTML)";
    assert_eq!(browser.eval(lost).await?, json!([]), "elements were made anew");
    ensure!(browser.eval("rendered.length").await?.as_u64() > Some(2), "nothing was rendered");
    let statuses = "document.querySelectorAll('[data-testid=status]').length";
    assert_eq!(browser.eval(statuses).await?, 1, "rendered a second time");
    assert_eq!(browser.eval("consoleLines").await?, json!([]), "the console stays silent");
    Ok(())
}

/// Requests the page once more, and returns what the server sends.
async fn html(browser: &Browser) -> Result<String> {
    let html = browser.run("return (await fetch(location.href)).text();", Value::Null).await?;
    Ok(html.as_str().unwrap_or_default().to_owned())
}
