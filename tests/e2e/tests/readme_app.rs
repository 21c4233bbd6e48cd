//! The whole app of README.md's section "Rust", built as it stands there. `xtask/src/readme_app.rs`
//! replaces the address of the server, and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Document, Endpoint, Mount, strict_csp};
use e2e::{Browser, Stage, in_every_engine};
use serde_json::json;

in_every_engine!(
    a_user_signs_in_to_the_app_of_the_readme,
    a_user_who_declines_stays_in_the_app_of_the_readme_and_sees_why,
);

async fn a_user_signs_in_to_the_app_of_the_readme(browser: &Browser) -> Result<()> {
    let stage = readme_app().await?;
    press_once_ready(&stage, browser).await?;
    decide(browser, "#allow").await?;
    until_greeted(&stage, browser).await?;
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/");

    // The session is there after a reload, and gone after a second press.
    browser.reload().await?;
    until_greeted(&stage, browser).await?;
    press(browser).await?;
    browser.until(&format!("!document.body.textContent.includes('Ada') && {IS_READY}")).await?;
    assert_eq!(visits(&stage), 1);
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    Ok(())
}

async fn a_user_who_declines_stays_in_the_app_of_the_readme_and_sees_why(
    browser: &Browser,
) -> Result<()> {
    let stage = readme_app().await?;
    press_once_ready(&stage, browser).await?;
    decide(browser, "#deny").await?;
    browser.until(&format!("location.pathname === '/' && {IS_READY}")).await?;
    let message = basic_oauth::Error::new(basic_oauth::ErrorCode::AccessDenied).message();
    let text = browser.eval("document.body.textContent").await?;
    ensure!(text.as_str().is_some_and(|text| text.contains(&message)), "{text} has no error");
    assert_eq!(browser.eval("location.search").await?, "");
    assert_eq!(visits(&stage), 1, "the app went to the server again");

    press(browser).await?;
    decide(browser, "#allow").await?;
    until_greeted(&stage, browser).await?;
    Ok(())
}

async fn readme_app() -> Result<Stage> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/readme-app");
    let page = fs::read_to_string(folder.join("index.html"))
        .context("build the app with `cargo xtask test --only e2e`")?;
    let stage = Stage::start(|options| {
        options.mounts.push(Mount::new("/pkg/", folder.join("pkg")));
    })
    .await?;
    let client = Client::new("your-client-id", stage.redirect_uri()).named("My app");
    stage.control.register(client);
    let server = format!("globalThis.serverOfTheTest = {};", json!(stage.origin()));
    stage.app.publish(Document::script("/server.js", server));
    let scripts = r#"<head><script src="/recorder.js"></script><script src="/server.js"></script>"#;
    ensure!(page.contains("<head>"), "the page has no head");
    let page = page.replace("<head>", scripts);
    // The script of the page is inside the page.
    let csp = strict_csp(stage.origin()).replace("script-src", "script-src 'unsafe-inline'");
    for path in ["/", "/callback"] {
        let document = Document::html(path, page.clone());
        stage.app.publish(Document { csp: Some(csp.clone()), ..document });
    }
    Ok(stage)
}

/// The consent page names the user as well.
async fn until_greeted(stage: &Stage, browser: &Browser) -> Result<()> {
    let is_greeted = "document.body.textContent.includes('Ada Lovelace')";
    let is_app = format!("location.origin === '{}'", stage.app.origin());
    browser.until(&format!("{is_app} && {IS_READY} && {is_greeted}")).await
}

const IS_READY: &str = "document.querySelector('button')?.disabled === false";

async fn press_once_ready(stage: &Stage, browser: &Browser) -> Result<()> {
    browser.open(&stage.url("/")).await?;
    press(browser).await
}

async fn press(browser: &Browser) -> Result<()> {
    browser.until(IS_READY).await?;
    browser.click_css("button").await
}

/// Presses a button of the consent page: a press while it loads is lost in Firefox.
async fn decide(browser: &Browser, button: &str) -> Result<()> {
    let is_loaded = format!(
        "Boolean(document.querySelector('{button}')) && document.readyState === 'complete'"
    );
    browser.until(&is_loaded).await?;
    browser.click_css(button).await
}

fn visits(stage: &Stage) -> usize {
    let requests = stage.control.requests_to(Endpoint::Authorize, Some("your-client-id"));
    requests.iter().filter(|request| request.method == "GET").count()
}
