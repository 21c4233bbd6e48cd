//! The behaviour matrix, rows C to F: what becomes of a session whose access token expired while the
//! laptop slept. The server is strict: a refresh token works once, and its reuse ends the session.
//! Refreshes that the tabs' own timers begin (R94) are in `tabs.rs`.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Endpoint, Fault, Gate, Injection, Lifetimes, Reply};
use e2e::{Browser, CLIENT, PATIENCE, Stage, Tab, in_every_engine};
use serde_json::{Value, json};
use tokio::time::timeout;

in_every_engine!(
    r93_c_one_tab_that_asks_at_once_refreshes_once,
    r94_d_three_tabs_refresh_once,
    r94_d_ten_tabs_refresh_once,
    r94_d_a_tab_killed_before_its_request_arrived_frees_the_others,
    r95_d_a_tab_killed_with_its_answer_loses_nothing_at_a_server_with_grace,
    r95_d_a_tab_killed_with_its_answer_ends_the_session_at_a_strict_server,
    r95_e_a_refresh_whose_response_was_lost_is_repeated,
    r96_e_a_network_failure_keeps_the_session,
    r96_e_retry_after_is_honoured,
    r96_f_a_refused_refresh_ends_the_session_once,
);

async fn r93_c_one_tab_that_asks_at_once_refreshes_once(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    stage.sign_in(browser).await?;
    let slow = Fault::Delay(Duration::from_millis(400));
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, slow);
    for (refreshes, callers) in [(1, 5), (2, 50)] {
        let old = browser.eval("auth.getToken()").await?;
        stage.jump(browser, SLEEP).await?;
        let ask = "return Promise.all(Array.from({ length: args[0] }, () => auth.getToken()))";
        let tokens = browser.run(ask, json!([callers])).await?;
        let tokens = tokens.as_array().context("tokens")?;
        assert_eq!(tokens.len(), callers);
        ensure!(tokens.iter().all(|token| *token == tokens[0] && *token != old), "{tokens:?}");
        assert_eq!(stage.refreshes().len(), refreshes, "{:?}", stage.refreshes());
    }
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

async fn r94_d_three_tabs_refresh_once(browser: &Browser) -> Result<()> {
    many_tabs_refresh_once(browser, 3).await
}

async fn r94_d_ten_tabs_refresh_once(browser: &Browser) -> Result<()> {
    many_tabs_refresh_once(browser, 10).await
}

/// The answer is held until all tabs have asked: there is no luck in it.
async fn many_tabs_refresh_once(browser: &Browser, count: usize) -> Result<()> {
    let stage = stage().await?;
    let tabs = signed_in_tabs(browser, &stage, count).await?;
    let old = browser.eval("auth.getToken()").await?;
    let gate = Gate::new();
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, Fault::Hold(gate.clone()));
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser.run(ASK_WHEN_TOLD, json!([])).await?;
    }
    stage.jump(browser, SLEEP).await?;
    let tell_all = "window.teller = new BroadcastChannel('test.ask');
        teller.postMessage(Date.now());";
    browser.run(tell_all, json!([])).await?;
    timeout(PATIENCE, gate.arrived(1)).await.context("no refresh began")?;
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser.until("Boolean(window.asked)").await?;
    }
    gate.release();

    let tokens = answers(browser, &tabs).await?;
    ensure!(tokens.iter().all(|token| *token == tokens[0]), "all the same: {tokens:?}");
    ensure!(tokens[0] != old, "the expired token was handed out");
    stage.jump(browser, MOMENT).await?;
    for tab in &tabs {
        browser.switch_to(tab).await?;
        assert_eq!(browser.eval("auth.getToken()").await?, tokens[0]);
        assert_eq!(browser.eval("auth.state.isSignedIn && !auth.state.error").await?, true);
    }
    assert_eq!(stage.refreshes().len(), 1, "{:?}", stage.refreshes());
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

/// The request dies with its tab before the server has done anything about it.
async fn r94_d_a_tab_killed_before_its_request_arrived_frees_the_others(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    let others = kill_in_mid_refresh(browser, &stage, Fault::Hold).await?;
    all_go_on(browser, &stage, &others).await
}

/// C2: the server gave a new refresh token to a tab that is gone. The others ask with the old one;
/// a server with grace answers as it did before.
async fn r95_d_a_tab_killed_with_its_answer_loses_nothing_at_a_server_with_grace(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    register(&stage, PATIENCE);
    let others = kill_in_mid_refresh(browser, &stage, Fault::HoldAnswer).await?;
    all_go_on(browser, &stage, &others).await
}

/// C2: without grace nothing can save the session. It ends once, in every tab, and says why.
async fn r95_d_a_tab_killed_with_its_answer_ends_the_session_at_a_strict_server(
    browser: &Browser,
) -> Result<()> {
    let stage = stage().await?;
    let others = kill_in_mid_refresh(browser, &stage, Fault::HoldAnswer).await?;
    // One tab got it from the server, the others from that tab.
    assert_eq!(answers(browser, &others).await?, ["session-revoked"; 3]);
    for tab in &others {
        browser.switch_to(tab).await?;
        assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
        assert_eq!(browser.eval("auth.state.reason").await?, "revoked");
        assert_eq!(browser.eval("auth.state.error.code").await?, "invalid-grant");
    }
    assert_eq!(statuses(&stage), [None, Some(400)], "the dead token was sent once more");
    assert_eq!(browser.eval(SESSIONS).await?, json!([]));

    stage.sign_in(browser).await?;
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

/// Of four tabs, one refreshes and is closed while its request is held; the others, who have asked
/// meanwhile, are returned.
async fn kill_in_mid_refresh(
    browser: &Browser,
    stage: &Stage,
    hold: fn(Gate) -> Fault,
) -> Result<Vec<Tab>> {
    let mut others = signed_in_tabs(browser, stage, 4).await?;
    let refreshing = others.remove(0);
    let gate = Gate::new();
    let hold = Injection::new(Endpoint::TokenRefresh, hold(gate.clone())).client(CLIENT).once();
    stage.control.inject(hold);
    browser.switch_to(&refreshing).await?;
    stage.jump(browser, SLEEP).await?;
    browser.run(ASK, json!([])).await?;
    timeout(PATIENCE, gate.arrived(1)).await.context("no refresh began")?;
    for tab in &others {
        browser.switch_to(tab).await?;
        browser.run(ASK, json!([])).await?;
    }
    assert_eq!(stage.refreshes().len(), 1, "the others wait");
    browser.close_tab(&refreshing).await?;
    Ok(others)
}

/// One of the tabs refreshes in place of the one that was killed, and all have what it got.
async fn all_go_on(browser: &Browser, stage: &Stage, tabs: &[Tab]) -> Result<()> {
    let tokens = answers(browser, tabs).await?;
    ensure!(tokens.iter().all(|token| *token == tokens[0]), "all the same: {tokens:?}");
    for tab in tabs {
        browser.switch_to(tab).await?;
        browser.until("auth.state.isSignedIn && auth.state.refresh === 'ok'").await?;
        assert_eq!(browser.eval("auth.getToken()").await?, tokens[0]);
    }
    assert_eq!(statuses(stage), [None, Some(200)], "no answer to the dead, one to the living");
    assert_eq!(stage.control.live_sessions(CLIENT), 1);

    // What was stored is good for the next time, too.
    stage.jump(browser, SLEEP).await?;
    ensure!(browser.eval("auth.getToken()").await? != tokens[0]);
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

/// C2: whether the server gave new tokens is unknown. Asking again is right if it has a grace period; if
/// it has none the session is lost either way, and says so.
async fn r95_e_a_refresh_whose_response_was_lost_is_repeated(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    for (grace, outcome, survivors) in [(PATIENCE, "token", 1), (Duration::ZERO, "revoked", 0)] {
        for lost in [Fault::DropAfter, Fault::NoCors] {
            register(&stage, grace);
            stage.sign_in(browser).await?;
            let lost = stage.control.fault(CLIENT, Endpoint::TokenRefresh, lost);
            stage.jump(browser, SLEEP).await?;
            assert_eq!(browser.eval(TOKEN_OR_CODE).await?, "network-error", "{outcome}");
            assert_eq!(browser.eval("auth.state.refresh").await?, "failing", "{outcome}");
            stage.jump(browser, MOMENT).await?;
            stage.control.clear(lost);
            // An attempt of its own may still be on its way to the failing server.
            let settled = "auth.getToken().then(() => 'token', () => auth.state.reason)";
            browser.until(&format!("(await {settled}) === '{outcome}'")).await?;
            assert_eq!(stage.control.live_sessions(CLIENT), survivors, "{outcome}");
            browser.eval("auth.signOut()").await?;
            stage.control.revoke_sessions(CLIENT);
        }
    }
    Ok(())
}

async fn r96_e_a_network_failure_keeps_the_session(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    let unavailable = || Fault::oauth_error(503, "temporarily_unavailable");
    let troubles: [(&str, &str, Vec<Fault>); 5] = [
        ("a dead socket", "network-error", vec![Fault::DropBefore]),
        ("503", "server-unavailable", vec![unavailable()]),
        ("no CORS", "network-error", vec![unavailable(), Fault::NoCors]),
        ("a proxy", "server-unavailable", vec![Fault::Respond(Reply::html(502, "<h1>Oh</h1>"))]),
        ("a hotel's page", "not-json", vec![Fault::Respond(Reply::html(200, "<h1>Hello</h1>"))]),
    ];
    for (trouble, code, faults) in troubles {
        let fault = |fault| stage.control.fault(CLIENT, Endpoint::TokenRefresh, fault);
        let faults: Vec<_> = faults.into_iter().map(fault).collect();
        let heal = || faults.iter().for_each(|id| stage.control.clear(*id));
        live_through(browser, &stage, code, heal).await.context(trouble)?;
    }
    stage.control.take_offline();
    let heal = || stage.control.bring_online();
    live_through(browser, &stage, "network-error", heal).await.context("offline")?;

    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    assert_eq!(visits(&stage), 1, "no new sign-in was started");
    stage.ensure_no_csp_report()
}

/// The token expires in the middle of a trouble, which is then healed.
async fn live_through(
    browser: &Browser,
    stage: &Stage,
    code: &str,
    heal: impl FnOnce(),
) -> Result<()> {
    let old = browser.eval("auth.getToken()").await?;
    stage.jump(browser, SLEEP).await?;
    for _ in 0..2 {
        assert_eq!(browser.eval(TOKEN_OR_CODE).await?, code);
        assert_eq!(browser.eval("auth.state.isSignedIn && auth.state.refresh").await?, "failing");
        assert_eq!(browser.eval("auth.state.error.code").await?, code);
        assert_eq!(browser.eval("auth.state.user?.name").await?, "Ada Lovelace");
        // The second time in a new page: the session outlives a reload as well.
        stage.visit(browser, "/").await?;
    }
    stage.jump(browser, MOMENT).await?;
    heal();
    // An attempt of its own may still be on its way to the failing server.
    browser.until("auth.getToken().then(() => true)").await?;
    let token = browser.eval("auth.getToken()").await?;
    ensure!(token != old, "the expired token was handed out");
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
    assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("auth.getToken()").await?, token);
    Ok(())
}

async fn r96_e_retry_after_is_honoured(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    stage.sign_in(browser).await?;
    let wait = Reply::json(429, &json!({ "error": "slow_down" })).header("retry-after", "30");
    let busy = stage.control.fault(CLIENT, Endpoint::TokenRefresh, Fault::Respond(wait));
    stage.jump(browser, SLEEP).await?;
    let asked = "auth.getToken().catch((error) => [error.code, error.retryAfterSeconds])";
    assert_eq!(browser.eval(asked).await?, json!(["server-unavailable", 30]));
    stage.control.clear(busy);
    stage.jump(browser, MOMENT).await?;
    // It would answer now, but said that it does not want to.
    assert_eq!(browser.eval(TOKEN_OR_CODE).await?, "server-unavailable");
    assert_eq!(browser.eval("auth.state.isSignedIn && auth.state.refresh").await?, "failing");
    assert_eq!(stage.refreshes().len(), 1);
    stage.jump(browser, Duration::from_secs(30)).await?;
    assert_eq!(browser.eval("auth.getToken().then((token) => typeof token)").await?, "string");
    assert_eq!(browser.eval("auth.state.refresh").await?, "ok");
    assert_eq!(stage.refreshes().len(), 2);
    assert_eq!(stage.control.live_sessions(CLIENT), 1);
    Ok(())
}

async fn r96_f_a_refused_refresh_ends_the_session_once(browser: &Browser) -> Result<()> {
    let stage = stage().await?;
    let tabs = signed_in_tabs(browser, &stage, 2).await?;
    let refused = Fault::oauth_error(400, "invalid_grant");
    let refused = stage.control.fault(CLIENT, Endpoint::TokenRefresh, refused);
    browser.switch_to(&tabs[0]).await?;
    stage.jump(browser, SLEEP).await?;
    let ask = "return Promise.all(Array.from({ length: 5 },
        () => auth.getToken().catch((error) => [error.code, error.needsSignIn])))";
    let answers = browser.run(ask, json!([])).await?;
    assert_eq!(answers, Value::from(vec![json!(["session-revoked", true]); 5]));
    assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
    assert_eq!(browser.eval("auth.state.reason").await?, "revoked");
    assert_eq!(browser.eval("auth.state.error.code").await?, "invalid-grant");
    assert_eq!(browser.eval(SIGNED_OUT).await?, json!(["revoked"]), "emitted once");
    let stored = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";
    let stored = browser.eval(stored).await?;
    stage.ensure_no_secret("the browser", stored.as_str().unwrap_or_default())?;

    browser.switch_to(&tabs[1]).await?;
    // R114: it did not ask, and knows the reason all the same.
    browser.until("auth.state.reason === 'revoked'").await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "invalid-grant");
    assert_eq!(browser.eval(TOKEN_OR_CODE).await?, "session-revoked");
    assert_eq!(browser.eval(SIGNED_OUT).await?, json!(["revoked"]), "emitted once");
    browser.switch_to(&tabs[0]).await?;
    assert_eq!(browser.eval(TOKEN_OR_CODE).await?, "session-revoked", "and says so again");
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("auth.state.status").await?, "signed-out");
    assert_eq!(browser.eval(TOKEN_OR_CODE).await?, "not-signed-in");
    assert_eq!(stage.refreshes().len(), 1, "{:?}", stage.refreshes());
    assert_eq!(visits(&stage), 1, "no redirect without a click");

    stage.control.clear(refused);
    stage.sign_in(browser).await
}

/// Access tokens live an hour. No request times out while a scenario looks at many tabs.
async fn stage() -> Result<Stage> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "requestTimeoutSeconds": PATIENCE.as_secs() }));
    register(&stage, Duration::ZERO);
    Ok(stage)
}

fn register(stage: &Stage, refresh_grace: Duration) {
    let access_token = Duration::from_secs(3600);
    let lifetimes = Lifetimes { access_token, refresh_grace, ..Lifetimes::default() };
    let client = Client::new(CLIENT, stage.redirect_uri()).auto_consent();
    stage.control.register(Client { lifetimes: Some(lifetimes), ..client });
}

/// Signs in, and opens more tabs until there are so many with a token.
async fn signed_in_tabs(browser: &Browser, stage: &Stage, count: usize) -> Result<Vec<Tab>> {
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    let token = browser.eval("auth.getToken()").await?;
    let mut tabs = vec![browser.tab().await?];
    while tabs.len() < count {
        tabs.push(browser.new_tab().await?);
        stage.visit(browser, "/other").await?;
        browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
        assert_eq!(browser.eval("auth.getToken()").await?, token);
    }
    Ok(tabs)
}

/// What each tab that has asked got: a token, or the code of an error.
async fn answers(browser: &Browser, tabs: &[Tab]) -> Result<Vec<Value>> {
    let mut answers = Vec::new();
    for tab in tabs {
        browser.switch_to(tab).await?;
        answers.push(browser.eval("window.asked").await?);
    }
    Ok(answers)
}

/// How the refreshes were answered, in order of arrival.
fn statuses(stage: &Stage) -> Vec<Option<u16>> {
    stage.refreshes().iter().map(|request| request.status).collect()
}

/// How often the server was asked to sign a user in.
fn visits(stage: &Stage) -> usize {
    stage.control.requests_to(Endpoint::Authorize, Some(CLIENT)).len()
}

/// How long the laptop slept: longer than an access token lives.
const SLEEP: Duration = Duration::from_secs(3700);
const MOMENT: Duration = Duration::from_secs(5);

const TOKEN_OR_CODE: &str = "auth.getToken().catch((error) => error.code)";
const ASK: &str = "window.asked = auth.getToken().catch((error) => error.code);";
const SESSIONS: &str =
    "Object.keys(localStorage).filter((key) => localStorage[key].startsWith('session '))";
const SIGNED_OUT: &str =
    "events.filter(({ type }) => type === 'signed-out').map(({ reason }) => reason)";

/// A tab asks once its own clock has made the jump, which takes a moment to get around.
const ASK_WHEN_TOLD: &str = "
    window.channel = new BroadcastChannel('test.ask');
    channel.onmessage = async ({ data: clock }) => {
      while (Date.now() < clock) await new Promise((next) => setTimeout(next, 10));
      window.asked = auth.getToken().catch((error) => error.code);
    };";
