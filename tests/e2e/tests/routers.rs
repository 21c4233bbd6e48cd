//! Routers of Yew and Leptos around the SDK: no route of the app may lose a sign-in.

use anyhow::{Result, ensure};
use demo_server::{Client, Endpoint};
use e2e::{Browser, CLIENT, Stage, in_both_frameworks};
use serde_json::{Value, json};

in_both_frameworks! {
    redirect_from_every_unknown_path:
        r41_yew_keeps_a_sign_in_whose_callback_a_catch_all_route_redirects,
        r41_leptos_keeps_a_sign_in_whose_callback_a_catch_all_route_redirects;
    work_below_a_path:
        r41_yew_keeps_a_sign_in_whose_callback_is_outside_of_the_basename,
        r41_leptos_keeps_a_sign_in_whose_callback_is_outside_of_the_base;
    nest_routes:
        yew_returns_to_a_nested_route_with_its_query_and_fragment,
        leptos_returns_to_a_nested_route_with_its_query_and_fragment;
    press_back:
        r45_one_back_leaves_a_guard_of_yew_behind,
        r45_one_back_leaves_a_guard_of_leptos_behind;
    come_back_signed_out:
        r45_a_guard_of_yew_shows_the_button_to_a_user_who_comes_back,
        r45_a_guard_of_leptos_shows_the_button_to_a_user_who_comes_back;
}

async fn redirect_from_every_unknown_path(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_app(framework, json!({})).await?;
    // The route does redirect: this is what happens to the callback as well.
    browser.open(&stage.url("/callback")).await?;
    browser.until("location.pathname === '/'").await?;
    browser.until_text("page", "home").await?;

    browser.click_css("basic-sign-in-button").await?;
    browser.until_text("greeting", "Welcome back").await?;
    ensure_address(browser, "/").await?;
    // The redirect leads home as well. So a sign-in from another page shows which of them is last.
    sign_out(browser).await?;
    browser.open(&stage.url("/private/notes/7")).await?;
    browser.until_text("page", "note 7").await?;
    ensure_address(browser, "/private/notes/7").await?;
    assert_eq!(stage.exchanges().len(), 2);
    ensure_silent(browser).await?;
    stage.ensure_no_csp_report()
}

async fn work_below_a_path(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_app(framework, json!({ "base": "/app" })).await?;
    browser.open(&stage.url("/app/")).await?;
    browser.until_text("status", "signed out").await?;
    browser.click_css("basic-sign-in-button").await?;
    browser.until_text("greeting", "Welcome back").await?;
    ensure!(here(browser).await?.starts_with("/app"), "outside of the base");
    assert_eq!(browser.eval("location.search").await?, "");

    sign_out(browser).await?;
    browser.open(&stage.url("/app/private/notes/7?tab=1#end")).await?;
    browser.until_text("page", "note 7?tab=1").await?;
    ensure_address(browser, "/app/private/notes/7?tab=1#end").await?;
    assert_eq!(stage.exchanges().len(), 2);
    ensure_silent(browser).await?;
    stage.ensure_no_csp_report()
}

async fn nest_routes(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_app(framework, json!({})).await?;
    browser.open(&stage.url("/private/notes/7?tab=1#end")).await?;
    browser.until_text("page", "note 7?tab=1").await?;
    ensure_address(browser, "/private/notes/7?tab=1#end").await?;
    // The guard is that of the outer route. It lets the user through at once.
    browser.open(&stage.url("/private")).await?;
    browser.until_text("page", "all notes").await?;
    ensure_address(browser, "/private").await?;
    assert_eq!(visits(&stage), 1);
    assert_eq!(stage.exchanges().len(), 1);
    ensure_silent(browser).await?;
    stage.ensure_no_csp_report()
}

async fn press_back(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_app(framework, json!({})).await?;
    ask_for_consent(&stage);
    browser.open(&stage.url("/")).await?;
    browser.until_text("page", "home").await?;
    let length = browser.eval("history.length").await?.as_u64().unwrap_or_default();

    browser.open(&stage.url("/private")).await?;
    browser.until("Boolean(document.querySelector('#allow'))").await?;
    // The consent page took the place of the guard.
    assert_eq!(browser.eval("history.length").await?, length + 1);
    browser.client().back().await?;
    browser.until_text("page", "home").await?;
    ensure_address(browser, "/").await?;
    assert_eq!(visits(&stage), 1);
    Ok(())
}

async fn come_back_signed_out(framework: &str, browser: &Browser) -> Result<()> {
    let stage = Stage::rust_app(framework, json!({})).await?;
    browser.open(&stage.url("/private")).await?;
    browser.until_text("page", "all notes").await?;
    browser.open(&stage.url("/recorder.js")).await?;
    // The session ends without a trace. A new visit of the guard would go to the server.
    sign_out(browser).await?;
    browser.client().back().await?;
    browser.until("Boolean(document.querySelector('basic-sign-in-button'))").await?;
    ensure_address(browser, "/private").await?;
    assert_eq!(visits(&stage), 1, "the user was sent away");

    browser.click_css("basic-sign-in-button").await?;
    browser.until_text("page", "all notes").await?;
    assert_eq!(visits(&stage), 2);
    Ok(())
}

/// The server asks the user, so that its page can be seen.
fn ask_for_consent(stage: &Stage) {
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
}

/// Forgets the session, as a browser does that clears its storage.
async fn sign_out(browser: &Browser) -> Result<()> {
    browser.run("localStorage.clear();", Value::Null).await?;
    Ok(())
}

/// Returns the path, the query and the fragment.
async fn here(browser: &Browser) -> Result<String> {
    let here = browser.eval("location.pathname + location.search + location.hash").await?;
    Ok(here.as_str().unwrap_or_default().to_owned())
}

async fn ensure_address(browser: &Browser, expected: &str) -> Result<()> {
    let here = here(browser).await?;
    ensure!(here == expected, "at {here}, not at {expected}");
    Ok(())
}

async fn ensure_silent(browser: &Browser) -> Result<()> {
    assert_eq!(browser.eval("consoleLines").await?, json!([]), "the console stays silent");
    Ok(())
}

fn visits(stage: &Stage) -> usize {
    stage.control.requests_to(Endpoint::Authorize, Some(CLIENT)).len()
}
