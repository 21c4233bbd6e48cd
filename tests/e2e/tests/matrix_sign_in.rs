//! The behaviour matrix, rows B, G, H, K and L: signing in and out when things overlap, break off
//! or come twice. Next to them: two consent pages at once (R21) and another user after a sign-out
//! (R114) in `tabs.rs`, the button after Back (R45) in `button.rs`, the callback's place in the
//! history (R45) in `callback.rs`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Document, Endpoint, Fault, Gate, Injection};
use e2e::{Browser, CLIENT, Engine, PATIENCE, Stage, in_every_engine, wait_until};
use serde_json::{Value, json};
use tokio::time::timeout;

in_every_engine!(
    r18_h_a_cold_forged_callback_is_reported_and_not_exchanged,
    r21_l_two_sign_ins_begun_together_both_end_with_a_token,
    r23_g_abandoned_sign_ins_leave_a_bounded_trace,
    r45_a_page_that_comes_back_from_the_consent_page_signs_in_again,
    r46_b_a_callback_handled_many_times_at_once_is_one_exchange,
    r46_b_a_client_closed_by_strict_mode_leaves_the_other_signed_in,
    r69_a_redirect_during_the_exchange_leaves_no_tab_stuck,
    r114_k_a_sign_out_is_known_elsewhere_within_a_moment,
    r114_k_a_sign_out_is_known_elsewhere_where_cookies_hold_the_session,
);

async fn r18_h_a_cold_forged_callback_is_reported_and_not_exchanged(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.visit(browser, "/callback?code=evil&state=bad").await?;
    assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
    assert_eq!(browser.eval("auth.state.error.code").await?, "unknown-state");
    let failures = "events.filter(({ type }) => type === 'sign-in-failed').map(({ code }) => code)";
    assert_eq!(browser.eval(failures).await?, json!(["unknown-state"]));
    assert_eq!(browser.eval("location.pathname + location.search").await?, "/callback");
    ensure!(own_keys(browser).await?.is_empty());
    let requests = stage.control.requests();
    ensure!(requests.is_empty(), "the server got requests: {requests:?}");

    // From that very page an honest sign-in works, and it does not return to the callback.
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
    assert_eq!(browser.eval("location.pathname").await?, "/");
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

/// Both are at the server before either has an answer. A third tab signals them to begin, because no
/// driver waits for a page that is on its way.
async fn r21_l_two_sign_ins_begun_together_both_end_with_a_token(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let gate = Gate::new();
    stage.control.fault(CLIENT, Endpoint::Authorize, Fault::Hold(gate.clone()));
    let mut tabs = Vec::new();
    for (path, delay) in [("/other?tab=1", 0), ("/other?tab=2", 500)] {
        let tab = if tabs.is_empty() { browser.tab().await? } else { browser.new_tab().await? };
        stage.visit(browser, path).await?;
        let begin = "window.channel = new BroadcastChannel('test.begin');
            channel.onmessage = () => setTimeout(() => {
              auth.signIn().catch((error) => { window.failure = error; });
            }, args[0]);";
        browser.run(begin, json!([delay])).await?;
        tabs.push((tab, path));
    }
    browser.new_tab().await?;
    stage.visit(browser, "/").await?;
    let signal = "window.starter = new BroadcastChannel('test.begin'); starter.postMessage(null);";
    browser.run(signal, json!([])).await?;
    timeout(PATIENCE, gate.arrived(2)).await.context("two sign-ins did not begin")?;
    assert_eq!(stage.exchanges().len(), 0);
    gate.release();

    for (tab, path) in &tabs {
        browser.switch_to(tab).await?;
        browser.until("window.ready && auth.state.isSignedIn").await?;
        assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
        assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
        assert_eq!(browser.eval("location.pathname + location.search").await?, *path);
    }
    let answers: Vec<_> = stage.exchanges().iter().map(|request| request.status).collect();
    assert_eq!(answers, [Some(200), Some(200)]);
    Ok(())
}

/// R17, R23 and R25. Abandoned on the consent page: no event reports that the user does not return.
async fn r23_g_abandoned_sign_ins_leave_a_bounded_trace(browser: &Browser) -> Result<()> {
    // Ten that may still come back, and the one that has just begun.
    const BOUND: usize = 11;
    let stage = Stage::pages().await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
    // Looked at from a page without the SDK, which would tidy up first.
    stage.app.publish(Document::html("/bare", "<!doctype html><title>No SDK</title>"));
    for abandoned in 1..=BOUND + 2 {
        stage.visit(browser, "/").await?;
        leave_to_consent_page(&stage, browser).await?;
        browser.open(&stage.url("/bare")).await?;
        browser.until("document.title === 'No SDK'").await?;
        let keys = own_keys(browser).await?;
        ensure!(keys.iter().all(|key| is_sign_in(key)), "something else: {keys:?}");
        // The one that has just begun counts or not: the page may tidy up before it leaves.
        let expected = abandoned.min(BOUND - 1)..=abandoned.min(BOUND);
        ensure!(expected.contains(&keys.len()), "after {abandoned}: {keys:?}");
        let bytes = browser.eval(OWN_BYTES).await?.as_u64().context("a number")?;
        ensure!(bytes < 512 * keys.len() as u64, "{bytes} bytes");
        assert_eq!(browser.eval(ELSEWHERE).await?, json!([0, 0, ""]));
    }

    stage.visit(browser, "/").await?;
    leave_to_consent_page(&stage, browser).await?;
    browser.click_css("#allow").await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    browser.until("Boolean(auth.state.user)").await?;
    // The ten others may still be under way in other tabs, until their time is over.
    let keys = own_keys(browser).await?;
    let (sign_ins, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| is_sign_in(key));
    ensure!(sign_ins.len() < BOUND, "its own record is gone: {keys:?}");
    ensure!(others.len() == 1 && is_session(others[0]), "the session: {keys:?}");
    stage.jump(browser, Duration::from_secs(15 * 60 + 1)).await?;
    stage.visit(browser, "/").await?;
    // Tidying up is no part of the start that an app waits for: it follows in a later task.
    wait_until("only the session to be left", async || {
        let keys = own_keys(browser).await?;
        Ok(keys.len() == 1 && is_session(&keys[0]))
    })
    .await?;
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    assert_eq!(browser.eval(ELSEWHERE).await?, json!([0, 0, ""]));
    Ok(())
}

async fn r45_a_page_that_comes_back_from_the_consent_page_signs_in_again(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()));
    stage.visit(browser, "/").await?;
    // The same page, out of the back-forward cache, or a new one: either can sign in, and does not
    // join the sign-in that was left.
    for _ in 0..2 {
        leave_to_consent_page(&stage, browser).await?;
        browser.client().back().await?;
        browser.until("window.ready && auth.state.status === 'signed-out'").await?;
        assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
    }
    leave_to_consent_page(&stage, browser).await?;
    browser.click_css("#allow").await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(visits(&stage), 3);
    assert_eq!(stage.exchanges().len(), 1);

    // A reload of the page that was the callback.
    browser.reload().await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

async fn r46_b_a_callback_handled_many_times_at_once_is_one_exchange(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    for (round, count) in [2, 10].into_iter().enumerate() {
        let all = format!("Promise.all(Array.from({{ length: {count} }}, start))");
        stage.app.publish(Document::script("/probe.js", probe(&all)));
        let gate = hold_exchange(&stage);
        stage.visit(browser, "/").await?;
        stage.leave_to_sign_in(browser, Value::Null).await?;
        timeout(PATIENCE, gate.arrived(1)).await.context("no exchange began")?;
        // One more, who comes when the address is clean and the exchange under way.
        browser.run("window.late = window.start();", json!([])).await?;
        gate.release();
        browser.until("window.ready && auth.state.isSignedIn").await?;
        browser.run("window.all.push(await window.late);", json!([])).await?;
        all_signed_in(browser, count + 1).await?;
        assert_eq!(stage.exchanges().len(), round + 1, "{:?}", stage.exchanges());
        assert_eq!(browser.eval("location.pathname + location.search").await?, "/");

        let token = browser.eval("auth.getToken()").await?;
        stage.visit(browser, &callback_of_last(&stage)?).await?;
        all_signed_in(browser, count).await?;
        assert_eq!(browser.eval("auth.getToken()").await?, token, "the session is kept");
        assert_eq!(browser.eval("location.pathname + location.search").await?, "/", "the fallback");
        assert_eq!(stage.exchanges().len(), round + 1, "{:?}", stage.exchanges());
        // Basic offers no revocation: the sessions of earlier rounds live on at the server.
        assert_eq!(stage.control.live_sessions(CLIENT), round + 1);
        browser.eval("auth.signOut()").await?;
    }
    Ok(())
}

/// As React's StrictMode does it: mounted, unmounted, mounted again.
async fn r46_b_a_client_closed_by_strict_mode_leaves_the_other_signed_in(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    let strict_mode = "(async () => {
        const unmounted = start().then((auth) => auth.close());
        const mounted = start();
        await unmounted;
        return [await mounted];
      })()";
    stage.app.publish(Document::script("/probe.js", probe(strict_mode)));
    stage.sign_in(browser).await?;
    all_signed_in(browser, 1).await?;
    assert_eq!(stage.exchanges().len(), 1, "{:?}", stage.exchanges());
    // The one that stayed keeps the session fresh.
    stage.jump(browser, Duration::from_secs(3700)).await?;
    all_signed_in(browser, 1).await?;
    assert_eq!(stage.refreshes().len(), 1, "{:?}", stage.refreshes());

    stage.visit(browser, &callback_of_last(&stage)?).await?;
    all_signed_in(browser, 1).await?;
    assert_eq!(stage.exchanges().len(), 1, "{:?}", stage.exchanges());
    Ok(())
}

/// The app itself sends the browser elsewhere while the code is being exchanged. The code is spent;
/// the next user finds no leftovers, and can sign in.
async fn r69_a_redirect_during_the_exchange_leaves_no_tab_stuck(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let holds: [fn(Gate) -> Fault; 2] = [Fault::Hold, Fault::HoldAnswer];
    for (round, hold) in holds.into_iter().enumerate() {
        let gate = Gate::new();
        let hold = Injection::new(Endpoint::TokenCode, hold(gate.clone())).client(CLIENT).once();
        stage.control.inject(hold);
        stage.visit(browser, "/").await?;
        stage.leave_to_sign_in(browser, Value::Null).await?;
        timeout(PATIENCE, gate.arrived(1)).await.context("no exchange began")?;
        browser.run("setTimeout(() => location.replace('/other'));", json!([])).await?;
        browser.until("location.pathname === '/other' && window.ready").await?;
        assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
        assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
        assert_eq!(
            browser.eval("auth.getToken().catch((error) => error.code)").await?,
            "not-signed-in"
        );
        // Nothing of it can be used: neither the verifier nor a session is left.
        let keys = own_keys(browser).await?;
        ensure!(!keys.iter().any(|key| is_sign_in(key) || is_session(key)), "{keys:?}");
        stage.visit(browser, &callback_of_last(&stage)?).await?;
        assert_eq!(browser.eval("auth.state.error.code").await?, "unknown-state");
        assert_eq!(stage.exchanges().len(), 2 * round + 1, "{:?}", stage.exchanges());

        stage.sign_in(browser).await?;
        assert_eq!(stage.exchanges().len(), 2 * round + 2, "{:?}", stage.exchanges());
        browser.eval("auth.signOut()").await?;
        ensure!(own_keys(browser).await?.is_empty());
    }
    Ok(())
}

async fn r114_k_a_sign_out_is_known_elsewhere_within_a_moment(browser: &Browser) -> Result<()> {
    sign_out_elsewhere(browser, "local").await
}

/// A browser emits no event for cookies, and in Firefox other tabs see a removal only some time after
/// the message.
async fn r114_k_a_sign_out_is_known_elsewhere_where_cookies_hold_the_session(
    browser: &Browser,
) -> Result<()> {
    // C25: WebKit takes no `Secure` cookie from a page on plain http.
    match browser.engine() {
        Engine::Webkit => Ok(()),
        Engine::Chromium | Engine::Firefox => sign_out_elsewhere(browser, "cookie").await,
    }
}

/// The other tab asks once, 1.5 s after the sign-out, and reports the answer. No user looks at it
/// before: a tab that is shown looks at the store by itself.
async fn sign_out_elsewhere(browser: &Browser, store: &str) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "store": store }));
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    let first = browser.tab().await?;
    browser.new_tab().await?;
    stage.visit(browser, "/other").await?;
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    let ask_later = "window.channel = new BroadcastChannel('test.left');
        channel.onmessage = () => setTimeout(async () => {
          const { status, reason } = auth.state;
          const answer = await auth.getToken().catch((error) => error.code);
          channel.postMessage([status, reason, answer]);
        }, 1500);";
    browser.run(ask_later, json!([])).await?;

    browser.switch_to(&first).await?;
    let leave = "window.channel = new BroadcastChannel('test.left');
        channel.onmessage = ({ data }) => { window.answer = data; };
        const left = auth.signOut();
        channel.postMessage(null);
        await left;";
    browser.run(leave, json!([])).await?;
    browser.until("Boolean(window.answer)").await?;
    let expected = json!(["signed-out", "signed-out-elsewhere", "not-signed-in"]);
    assert_eq!(browser.eval("window.answer").await?, expected);
    ensure!(stage.refreshes().is_empty(), "{:?}", stage.refreshes());
    Ok(())
}

/// As the usual probe, but with many clients in one page, all begun in one tick.
fn probe(all: &str) -> String {
    format!(
        r#"import {{ BasicAuth }} from "/basic-oauth/index.js";
        import options from "/options.js";
        window.events = [];
        const onEvent = (event) => window.events.push(event);
        window.start = () => BasicAuth.start({{ ...options, onEvent }});
        try {{
          window.all = await {all};
          [window.auth] = window.all;
        }} catch (error) {{
          window.failure = error;
        }}
        window.ready = true;
        document.querySelector("button").onclick = () => setTimeout(() => auth.signIn());"#
    )
}

/// Every client is signed in, with one and the same token, and knows of no error.
async fn all_signed_in(browser: &Browser, count: usize) -> Result<()> {
    assert_eq!(browser.eval("window.failure").await?, Value::Null);
    let shown = browser.eval("all.map(({ state }) => [state.isSignedIn, state.error])").await?;
    assert_eq!(shown, Value::from(vec![json!([true, null]); count]));
    let tokens = browser.eval("Promise.all(all.map((auth) => auth.getToken()))").await?;
    let tokens = tokens.as_array().context("tokens")?;
    ensure!(tokens.iter().all(|token| token.is_string() && *token == tokens[0]), "{tokens:?}");
    let failed = "events.filter(({ type }) => type === 'sign-in-failed').length";
    assert_eq!(browser.eval(failed).await?, 0);
    Ok(())
}

/// Holds the next code exchange after the server has processed it.
fn hold_exchange(stage: &Stage) -> Gate {
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.control.inject(Injection::new(Endpoint::TokenCode, hold).client(CLIENT).once());
    gate
}

/// Until it is shown: Firefox loses a click on a page that has no style yet.
async fn leave_to_consent_page(stage: &Stage, browser: &Browser) -> Result<()> {
    stage.leave_to_sign_in(browser, Value::Null).await?;
    let is_shown = "document.querySelector('#allow') && document.readyState === 'complete'";
    browser.until(is_shown).await
}

/// The address that the last sign-in came back to.
fn callback_of_last(stage: &Stage) -> Result<String> {
    let exchanges = stage.exchanges();
    let code = exchanges.last().and_then(|request| request.body_param("code"));
    let asked = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    let state = asked.last().and_then(|request| request.query_param("state"));
    Ok(format!("/callback?code={}&state={}", code.context("a code")?, state.context("a state")?))
}

/// How often the server was asked to sign a user in; a decision there is a POST.
fn visits(stage: &Stage) -> usize {
    let requests = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    requests.iter().filter(|request| request.method == "GET").count()
}

/// What the SDK keeps in `localStorage`.
async fn own_keys(browser: &Browser) -> Result<Vec<String>> {
    let keys = "Object.keys(localStorage).filter((key) => key.startsWith('basic-oauth.'))";
    Ok(serde_json::from_value(browser.eval(keys).await?)?)
}

fn is_sign_in(key: &str) -> bool {
    key.contains(".tx.")
}

fn is_session(key: &str) -> bool {
    key.ends_with(".session")
}

const OWN_BYTES: &str = "Object.entries(localStorage)
    .filter(([key]) => key.startsWith('basic-oauth.'))
    .reduce((bytes, [key, value]) => bytes + key.length + value.length, 0)";
/// What is left in other places: session storage, databases, cookies.
const ELSEWHERE: &str =
    "[sessionStorage.length, (await indexedDB.databases()).length, document.cookie]";
