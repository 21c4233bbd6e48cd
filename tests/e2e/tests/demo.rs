//! The main tasks on the demo app, as a user does them.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Browser, Engine, Stage, in_every_engine, wait_until};
use serde_json::json;

in_every_engine!(
    a_user_uses_the_demo_with_the_local_store,
    a_user_uses_the_demo_with_the_session_store,
    a_user_uses_the_demo_with_the_cookie_store,
    a_user_uses_the_demo_with_the_memory_store,
    a_user_declines_then_agrees_and_returns_to_the_notes,
    a_visitor_of_the_demo_loads_the_module_last_or_not_at_all,
);

/// Refreshed every few seconds, so that a refresh is seen.
const SHORT: Duration = Duration::from_secs(6);

async fn a_user_uses_the_demo_with_the_local_store(browser: &Browser) -> Result<()> {
    use_the_demo(browser, "local").await
}

async fn a_user_uses_the_demo_with_the_session_store(browser: &Browser) -> Result<()> {
    use_the_demo(browser, "session").await
}

async fn a_user_uses_the_demo_with_the_cookie_store(browser: &Browser) -> Result<()> {
    if browser.engine() == Engine::Webkit {
        return learn_that_cookies_do_not_work(browser).await;
    }
    use_the_demo(browser, "cookie").await
}

async fn a_user_uses_the_demo_with_the_memory_store(browser: &Browser) -> Result<()> {
    use_the_demo(browser, "memory").await
}

/// WebKit takes no `Secure` cookie from a page on `http://localhost`, unlike the others. The app
/// says so, the user is not signed in half-way, and another store is a click away.
async fn learn_that_cookies_do_not_work(browser: &Browser) -> Result<()> {
    let stage = Stage::demo(SHORT).await?;
    browser.open(&stage.url("/?store=cookie")).await?;
    browser.until("document.body.dataset.status !== 'loading'").await?;
    if browser.eval("document.body.dataset.status").await? == "signed-out" {
        browser.click("sign-in").await?;
        browser.click_css("#allow").await?;
    }
    browser.until_text("error-code", "storage-").await?;
    ensure!(browser.eval("document.body.dataset.status").await? != "signed-in");
    assert_eq!(leftovers(browser).await?, json!([]));

    browser.run("document.querySelector('[data-testid=store-local]').click()", json!([])).await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;
    agree(browser, "sign-in").await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    Ok(())
}

async fn use_the_demo(browser: &Browser, store: &str) -> Result<()> {
    let stage = Stage::demo(SHORT).await?;
    browser.open(&stage.url(&format!("/?store={store}"))).await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;

    agree(browser, "sign-in").await?;
    browser.until_text("profile-name", "Ada Lovelace").await?;
    browser.until_text("profile-email", "ada@basic.example").await?;
    assert_eq!(browser.text("scope").await?, "profile");
    assert_eq!(browser.eval("location.pathname").await?, "/");

    browser.click("api-call").await?;
    browser.until_text("api-outcome", "200 OK").await?;
    browser.until_text("api-result", "Note G").await?;
    browser.click("api-call-bare").await?;
    browser.until_text("api-outcome", "401 refused").await?;

    browser.until("Number(document.querySelector('#refreshes').textContent) >= 1").await?;
    browser.until_text("log", "Refreshed").await?;
    ensure_nothing_leaks(browser, &stage).await?;

    browser.reload().await?;
    if store == "memory" {
        browser.until("document.body.dataset.status === 'signed-out'").await?;
        agree(browser, "sign-in").await?;
    } else {
        browser.until("document.body.dataset.status === 'signed-in'").await?;
    }
    browser.until_text("profile-name", "Ada Lovelace").await?;
    ensure_nothing_leaks(browser, &stage).await?;

    browser.click("session-button").await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;
    browser.reload().await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;
    assert_eq!(leftovers(browser).await?, json!([]));
    stage.ensure_no_csp_report()
}

async fn a_user_declines_then_agrees_and_returns_to_the_notes(browser: &Browser) -> Result<()> {
    let stage = Stage::demo(Duration::from_secs(600)).await?;
    browser.open(&stage.url("/notes")).await?;
    let length = browser.eval("history.length").await?;
    browser.click("notes-sign-in").await?;
    browser.click_css("#deny").await?;
    // R42 and C29: the address is clean, and that of the sign-in.
    browser.until_text("error-code", "access-denied").await?;
    let address = "location.pathname + location.search + location.hash";
    assert_eq!(browser.eval(address).await?, "/notes");
    assert_eq!(browser.eval("document.body.dataset.status").await?, "signed-out");
    ensure!(stage.exchanges().is_empty(), "nothing to exchange");

    agree(browser, "notes-sign-in").await?;
    browser.until_text("notes-owner", "notes of Ada Lovelace").await?;
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/notes");
    assert_eq!(browser.eval("document.querySelector('#error-banner').hidden").await?, true);
    ensure!(browser.eval("history.length").await?.as_u64() > length.as_u64());
    ensure_nothing_leaks(browser, &stage).await?;

    // Another user signs in after a sign-out: nothing of the first one is left on the screen.
    browser.click("nav-overview").await?;
    browser.click("session-button").await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;
    browser.click("sign-in").await?;
    browser.click_css("label[for=alan]").await?;
    browser.click_css("#allow").await?;
    browser.until_text("profile-name", "Alan Turing").await?;
    ensure!(!browser.eval("document.body.textContent").await?.to_string().contains("Ada"));
    stage.ensure_no_csp_report()
}

async fn a_visitor_of_the_demo_loads_the_module_last_or_not_at_all(
    browser: &Browser,
) -> Result<()> {
    const MODULE: &str = "/basic-oauth/module.js";
    let stage = Stage::demo(Duration::from_secs(600)).await?;
    let files = || -> Vec<String> {
        stage.app.requests().into_iter().map(|request| request.path).collect()
    };
    browser.open(&stage.url("/")).await?;
    wait_until("the module", async || Ok(files().iter().any(|file| file == MODULE))).await?;
    let loaded = files();
    let at = loaded.iter().position(|file| file == MODULE);
    for file in ["/basic-oauth/index.js", "/basic-oauth/button.js", "/styles.css", "/config.json"] {
        ensure!(loaded.iter().position(|it| it == file) < at, "{file} comes first: {loaded:?}");
    }

    stage.app.clear_requests();
    browser.open(&stage.url("/?preload=use")).await?;
    browser.until("document.body.dataset.status === 'signed-out'").await?;
    browser.until("document.readyState === 'complete'").await?;
    ensure!(!files().iter().any(|file| file == MODULE), "{:?}", files());
    agree(browser, "sign-in").await?;
    ensure!(files().iter().any(|file| file == MODULE));
    stage.ensure_no_csp_report()
}

/// Presses a sign-in button of the demo, then the one that agrees.
async fn agree(browser: &Browser, button: &str) -> Result<()> {
    browser.click(button).await?;
    browser.click_css("#allow").await?;
    browser.until("document.body.dataset.status === 'signed-in'").await
}

/// No secret in what the page shows, logs or keeps for its log.
async fn ensure_nothing_leaks(browser: &Browser, stage: &Stage) -> Result<()> {
    let shown = browser
        .eval(
            "[document.documentElement.outerHTML, location.href, document.title,
              consoleLines.join('\\n'), sessionStorage.getItem('demo.log')].join('\\n')",
        )
        .await?;
    stage.ensure_no_secret("the page", shown.as_str().unwrap_or_default())?;
    assert_eq!(browser.eval("consoleLines").await?, json!([]), "the console stays silent");
    Ok(())
}

/// What of the SDK is left in any store.
async fn leftovers(browser: &Browser) -> Result<serde_json::Value> {
    let names = "const cookies = document.cookie.split('; ').filter(Boolean);
        return [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...cookies]
          .filter((name) => !name.startsWith('demo.'));";
    browser.run(names, json!([])).await
}
