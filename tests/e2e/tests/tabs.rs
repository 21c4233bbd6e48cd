//! Several tabs of one browser, and one session.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Endpoint, Fault, Gate, Injection};
use e2e::{Browser, CLIENT, PATIENCE, Stage, Tab, in_every_engine};
use serde_json::{Value, json};

in_every_engine!(
    r18_one_callback_in_two_tabs_is_exchanged_once,
    r21_sign_ins_of_two_tabs_do_not_disturb_each_other,
    r94_several_tabs_refresh_once,
    r114_a_sign_out_is_seen_in_every_tab,
);

async fn r18_one_callback_in_two_tabs_is_exchanged_once(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let first = browser.tab().await?;
    let parked = stage.url("/other");
    let park = Fault::edit_location(move |location| {
        let kept: String = url::form_urlencoded::byte_serialize(location.as_bytes()).collect();
        format!("{parked}?kept={kept}")
    });
    stage.control.inject(Injection::new(Endpoint::Authorize, park).client(CLIENT).once());
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && new URLSearchParams(location.search).has('kept')").await?;
    let callback = browser.eval("new URLSearchParams(location.search).get('kept')").await?;
    let callback = callback.as_str().context("an address")?.to_owned();

    // The first tab waits for its answer while the second comes with the same address.
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.control.inject(Injection::new(Endpoint::TokenCode, hold).client(CLIENT));
    browser.open(&callback).await?;
    tokio::time::timeout(PATIENCE, gate.arrived(1)).await.context("no exchange began")?;
    let second = browser.new_tab().await?;
    browser.open(&callback).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "unknown-state");
    gate.release();

    browser.switch_to(&first).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    browser.switch_to(&second).await?;
    browser.until("auth.state.isSignedIn && !auth.state.error").await?;
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

/// R20 and R21.
async fn r21_sign_ins_of_two_tabs_do_not_disturb_each_other(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
    let first = browser.tab().await?;
    let to_consent_page = async |path: &str| -> Result<()> {
        stage.visit(browser, path).await?;
        stage.leave_to_sign_in(browser, Value::Null).await?;
        browser.until("Boolean(document.querySelector('#allow'))").await
    };
    to_consent_page("/other?tab=1").await?;
    let second = browser.new_tab().await?;
    to_consent_page("/other?tab=2").await?;

    // R20: a forger in between ends neither.
    browser.new_tab().await?;
    stage.visit(browser, "/callback?code=ATTACK&state=ATTACK").await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "unknown-state");

    for (tab, query) in [(&first, "?tab=1"), (&second, "?tab=2")] {
        browser.switch_to(tab).await?;
        browser.click_css("#allow").await?;
        browser.until("window.ready && auth.state.isSignedIn").await?;
        assert_eq!(browser.eval("location.search").await?, query);
        assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
    }
    assert_eq!(stage.exchanges().len(), 2);
    let leftovers = "Object.keys(localStorage).filter((key) => key.includes('.tx.'))";
    assert_eq!(browser.eval(leftovers).await?, json!([]), "no verifier is left");
    Ok(())
}

/// R94, R114 and R150.
async fn r94_several_tabs_refresh_once(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_access_token_lifetime(Duration::from_secs(8));
    // Refreshed once, and then not for an hour.
    let rest = Fault::set("expires_in", 3600);
    stage.control.inject(Injection::new(Endpoint::TokenRefresh, rest).client(CLIENT));
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.control.inject(Injection::new(Endpoint::TokenRefresh, hold).client(CLIENT));

    stage.sign_in(browser).await?;
    let old = browser.eval("auth.getToken()").await?;
    let mut tabs = vec![browser.tab().await?];
    for _ in 0..3 {
        tabs.push(browser.new_tab().await?);
        stage.visit(browser, "/other").await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    }
    // All of them want a token while the only answer is held back.
    tokio::time::timeout(PATIENCE, gate.arrived(1)).await.context("no refresh began")?;
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser
            .eval("void Array.from({ length: 10 }, () => auth.getToken().catch(() => {}))")
            .await?;
    }
    gate.release();
    let mut tokens = HashSet::new();
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser.until(&format!("auth.getToken().then((token) => token !== {old})")).await?;
        tokens.insert(browser.eval("auth.getToken()").await?.to_string());
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    }
    assert_eq!(tokens.len(), 1, "all tabs hold the same token");
    assert_eq!(stage.refreshes().len(), 1, "{:?}", stage.refreshes());
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

/// R100, R110 and R114, and R118 for the channel between the tabs.
async fn r114_a_sign_out_is_seen_in_every_tab(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    stage.visit(browser, "/other").await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    browser.eval("window.notLoadedAgain = true").await?;
    listen_in(browser).await?;

    browser.switch_to(&first).await?;
    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    see_in(browser, &second, "auth.state.reason === 'signed-out-elsewhere'").await?;
    assert_eq!(
        browser.eval("auth.getToken().catch((error) => error.code)").await?,
        "not-signed-in"
    );
    assert_eq!(browser.eval("auth.state.user").await?, Value::Null);

    // Another user signs in here, and the other tab follows, without a trace of the first.
    let alan = Client::new(CLIENT, stage.redirect_uri()).auto_consent();
    stage.control.register(Client { default_user: "alan".into(), ..alan });
    browser.switch_to(&first).await?;
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Alan Turing'").await?;
    let token = browser.eval("auth.getToken()").await?;
    see_in(browser, &second, "auth.state.user?.name === 'Alan Turing'").await?;
    assert_eq!(browser.eval("auth.getToken()").await?, token);

    let messages =
        browser.eval("[...window.messages, JSON.stringify(window.events)].join('\\n')").await?;
    stage.ensure_no_secret("a message to the tabs", messages.as_str().unwrap_or_default())
}

async fn see_in(browser: &Browser, tab: &Tab, condition: &str) -> Result<()> {
    browser.switch_to(tab).await?;
    browser.until(condition).await?;
    ensure!(browser.eval("window.notLoadedAgain").await? == true, "the page was loaded again");
    Ok(())
}

/// Keeps what any channel carries. The name of the SDK's is not ours to know: all messages pass
/// through the same event.
async fn listen_in(browser: &Browser) -> Result<()> {
    let body = "window.messages = [];
        const keep = (event) => window.messages.push(JSON.stringify(event.data ?? null));
        const { addEventListener } = EventTarget.prototype;
        addEventListener.call(window, 'message', keep);
        const names = Object.keys(localStorage).flatMap((key) => {
          const parts = key.split('.');
          return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
            .flatMap((name) => [name, `${name}.`]);
        });
        window.channels = names.map((name) => {
          const channel = new BroadcastChannel(name);
          channel.addEventListener('message', keep);
          return channel;
        });";
    browser.run(body, json!([])).await?;
    Ok(())
}
