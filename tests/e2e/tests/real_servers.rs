//! What servers send and how sessions end, as a page of the npm package sees it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Client, Collector, Endpoint, Fault, Gate, Injection, Reply};
use e2e::{Browser, CLIENT, Engine, PATIENCE, Stage, in_every_engine, wait_for, wait_until};
use serde_json::{Value, json};
use tokio::time::timeout;

in_every_engine!(
    c4_a_copied_tab_leaves_the_session_to_the_original,
    r11_servers_get_the_parameters_that_they_ask_for,
    r25_another_endpoint_never_sees_the_session,
    r96_a_session_ends_for_a_reason_that_every_tab_reports,
    r100_a_request_belongs_to_its_session_and_can_be_aborted,
    r103_a_user_who_cannot_be_read_ends_no_session,
    r105_another_store_adopts_the_session,
);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// R6, R8, R11 and R33.
async fn r11_servers_get_the_parameters_that_they_ask_for(browser: &Browser) -> Result<()> {
    send_a_fresh_nonce_with_openid(browser).await?;
    send_each_resource_with_every_token_request(browser).await?;
    hand_out_what_else_came_with_the_tokens(browser).await?;
    validate_options_at_the_start(browser).await
}

async fn send_a_fresh_nonce_with_openid(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let mut nonces = Vec::new();
    for scope in ["openid profile", "openid profile", "profile"] {
        stage.set_options(json!({ "scope": scope }));
        stage.sign_in(browser).await?;
        browser.eval("auth.signOut()").await?;
        let asked = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
        nonces.push(asked.last().context("a request")?.query_param("nonce"));
    }
    ensure!(nonces[0].is_some() && nonces[1].is_some(), "{nonces:?}");
    ensure!(nonces[0] != nonces[1], "the same twice: {nonces:?}");
    assert_eq!(nonces[2], None, "no ID token was asked for");
    stage.ensure_no_csp_report()
}

async fn send_each_resource_with_every_token_request(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let resources = ["https://a.example", "https://b.example"];
    stage.set_access_token_lifetime(HOUR);
    for (encoding, content_type) in
        [("form", "application/x-www-form-urlencoded"), ("json", "application/json")]
    {
        let mut server = endpoints(&stage);
        server["tokenEncoding"] = encoding.into();
        stage.set_options(json!({ "server": server, "tokenParams": { "resource": resources } }));
        stage.control.clear_requests();
        stage.sign_in(browser).await?;
        let first = browser.eval("auth.getToken()").await?;
        stage.jump(browser, 2 * HOUR).await?;
        ensure!(browser.eval("auth.getToken()").await? != first, "{encoding}: a refresh");
        ensure!(!stage.exchanges().is_empty() && !stage.refreshes().is_empty(), "{encoding}");
        for request in stage.control.token_requests(CLIENT) {
            assert_eq!(request.body_params("resource"), resources, "{encoding}");
            let sent = request.header("content-type").unwrap_or_default();
            ensure!(sent.starts_with(content_type), "{encoding}: {sent}");
        }
        browser.eval("auth.signOut()").await?;
    }
    stage.ensure_no_csp_report()
}

async fn hand_out_what_else_came_with_the_tokens(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    for (member, value) in [("instance_url", "https://eu.example"), ("id_token", "eyJ.eyJ.sig")] {
        stage.control.fault(CLIENT, Endpoint::TokenCode, Fault::set(member, value));
    }
    let extras = json!({ "instance_url": "https://eu.example" });
    stage.sign_in(browser).await?;
    let shown = browser.eval("auth.tokenExtras").await?;
    assert_eq!(shown, extras, "and no token among them");
    stage.ensure_no_secret("the extras", &shown.to_string())?;
    let change = "try { auth.tokenExtras.instance_url = 'https://evil.example'; } catch {}
        return auth.tokenExtras;";
    assert_eq!(
        browser.run(change, json!([])).await?,
        extras,
        "a change of the copy changes nothing"
    );
    browser.reload().await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(browser.eval("auth.tokenExtras").await?, extras);
    browser.eval("auth.signOut()").await?;
    assert_eq!(browser.eval("auth.tokenExtras").await?, Value::Null);
    stage.ensure_no_csp_report()
}

async fn validate_options_at_the_start(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.visit(browser, "/").await?;
    let body = "const { BasicAuth } = await import('/basic-oauth/index.js');
        const { default: options } = await import('/options.js');
        const [endpoints] = args;
        const cases = [
          { authorizationParams: { login_hint: undefined } },
          { tokenParams: { audience: undefined } },
          { scope: '', server: endpoints },
          { scope: '' },
          { server: { ...endpoints, issParameterSupported: true } },
          { server: { ...endpoints, issuer: `${options.server}\\n` } },
        ];
        // The module finds what is wrong, and no sooner.
        const started = async (changes) => {
          const auth = await BasicAuth.start({ ...options, ...changes });
          try {
            await auth.preload();
          } finally {
            auth.close();
          }
        };
        const outcome = (changes) => started(changes).then(() => 'started', ({ code }) => code);
        return Promise.all(cases.map(outcome));";
    assert_eq!(
        browser.run(body, json!([endpoints(&stage)])).await?,
        json!([
            "started",
            "started",
            "started",
            "invalid-option",
            "invalid-option",
            "invalid-endpoint",
        ])
    );
    stage.ensure_no_csp_report()
}

/// R96 and R114.
async fn r96_a_session_ends_for_a_reason_that_every_tab_reports(browser: &Browser) -> Result<()> {
    end_a_session_at_the_third_refusal(browser).await?;
    show_in_every_tab_why_the_session_ended(browser, "local").await?;
    if browser.engine() != Engine::Webkit {
        show_in_every_tab_why_the_session_ended(browser, "cookie").await?;
    }
    Ok(())
}

async fn end_a_session_at_the_third_refusal(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let empty = Fault::Respond(Reply::json(400, &json!({})));
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, empty);
    let ask = "auth.getToken().catch((error) => error.code)";
    wait_until("the session to end", async || {
        // Each time the token has expired, and every pause is over.
        stage.jump(browser, HOUR).await?;
        browser.eval(ask).await?;
        Ok(browser.eval("auth.state.isSignedIn").await? == false)
    })
    .await?;
    assert_eq!(browser.eval("auth.state.reason").await?, "revoked");
    let failed = "events.filter((event) => event.type === 'refresh-failed').length";
    assert_eq!(browser.eval(failed).await?, 2, "kept for the first and the second");
    assert_eq!(stage.refreshes().len(), 3);

    stage.jump(browser, HOUR).await?;
    assert_eq!(browser.eval(ask).await?, "session-revoked");
    stage.visit(browser, "/other").await?;
    assert_eq!(browser.eval(ask).await?, "not-signed-in");
    assert_eq!(stage.refreshes().len(), 3, "and no more");
    stage.ensure_no_csp_report()
}

async fn show_in_every_tab_why_the_session_ended(browser: &Browser, store: &str) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "store": store }));
    stage.sign_in(browser).await?;
    let tabs = [browser.tab().await?, browser.new_tab().await?];
    stage.visit(browser, "/other").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    let body = json!({ "error": "invalid_grant", "error_description": "The account is closed." });
    let closed = Fault::Respond(Reply::json(400, &body));
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, closed);
    stage.jump(browser, HOUR).await?;
    browser.eval("auth.getToken().catch(() => {})").await?;
    for tab in &tabs {
        browser.switch_to(tab).await?;
        browser.until("!auth.state.isSignedIn").await?;
        let reported =
            "[auth.state.reason, auth.state.error?.code, auth.state.error?.errorDescription]";
        assert_eq!(
            browser.eval(reported).await?,
            json!(["revoked", "invalid-grant", "The account is closed."]),
            "{store}"
        );
    }
    assert_eq!(stage.refreshes().len(), 1, "one tab asked");
    browser.close_tab(&tabs[1]).await?;
    browser.switch_to(&tabs[0]).await?;
    stage.ensure_no_csp_report()
}

/// R91 and R103.
async fn r103_a_user_who_cannot_be_read_ends_no_session(browser: &Browser) -> Result<()> {
    refuse_the_user_of_a_session_without_refresh_token(browser).await?;
    read_the_user_again(browser).await
}

async fn refuse_the_user_of_a_session_without_refresh_token(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.control.fault(CLIENT, Endpoint::TokenCode, Fault::omit("refresh_token"));
    let refused = Fault::oauth_error(401, "invalid_token");
    stage.control.fault(CLIENT, Endpoint::Userinfo, refused);
    stage.sign_in(browser).await?;
    for _ in 0..2 {
        browser.until("window.ready && Boolean(auth.state.error)").await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
        assert_eq!(browser.eval("auth.state.error.code").await?, "token-error");
        assert_eq!(browser.eval("auth.state.error.status").await?, 401);
        browser.until("events.some((event) => event.type === 'user-failed')").await?;
        assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
        // A page that is loaded finds the session as it was.
        browser.reload().await?;
    }
    ensure!(stage.refreshes().is_empty(), "there was nothing to refresh it with");
    stage.ensure_no_csp_report()
}

async fn read_the_user_again(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let trouble = Fault::oauth_error(503, "temporarily_unavailable");
    stage.control.inject(Injection::new(Endpoint::Userinfo, trouble).client(CLIENT).once());
    stage.sign_in(browser).await?;
    browser.until("events.some((event) => event.type === 'user-failed')").await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "server-unavailable");
    assert_eq!(browser.eval("(await auth.user()).name").await?, "Ada Lovelace");
    assert_eq!(browser.eval("auth.state.user.name").await?, "Ada Lovelace");
    assert_eq!(browser.eval("auth.state.error ?? null").await?, Value::Null, "made good");

    stage.control.fault(CLIENT, Endpoint::Userinfo, Fault::set("name", "Ada King"));
    assert_eq!(browser.eval("(await auth.user()).name").await?, "Ada Lovelace", "as known");
    assert_eq!(browser.eval("(await auth.user({ reload: true })).name").await?, "Ada King");
    assert_eq!(browser.eval("auth.state.user.name").await?, "Ada King");
    stage.ensure_no_csp_report()
}

/// R24: the browser copies `sessionStorage`, and with it a refresh token that only one tab may use.
async fn c4_a_copied_tab_leaves_the_session_to_the_original(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "store": "session" }));
    stage.sign_in(browser).await?;
    let original = browser.tab().await?;
    // By a click: a page may open no window by itself.
    let prepare = "sessionStorage.setItem('draft', 'a letter');
        const button = document.createElement('button');
        button.dataset.testid = 'copy';
        button.textContent = 'Copy';
        button.onclick = () => { window.open(location.href); };
        document.body.append(button);";
    browser.run(prepare, json!([])).await?;
    browser.click("copy").await?;
    let copy = wait_for("the copied tab", async || {
        Ok(browser.tabs().await?.into_iter().find(|tab| *tab != original))
    })
    .await?;
    browser.switch_to(&copy).await?;
    browser.until("window.ready === true").await?;
    assert_eq!(browser.eval("sessionStorage.getItem('draft')").await?, "a letter", "it is a copy");
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    let stored = "JSON.stringify({ ...sessionStorage })";
    let left = browser.eval(stored).await?.to_string();
    stage.ensure_no_secret("the copy", &left)?;

    browser.switch_to(&original).await?;
    for _ in 0..2 {
        let token = browser.eval("auth.getToken()").await?;
        stage.jump(browser, HOUR).await?;
        browser.until(&format!("auth.getToken().then((token) => token !== {token})")).await?;
    }
    ensure!(stage.refreshes().iter().all(|request| request.status == Some(200)));
    assert_eq!(stage.control.live_sessions(CLIENT), 1, "no token was used twice");
    browser.close_tab(&copy).await?;
    browser.switch_to(&original).await?;

    // The same tab after a reload, and on its way back and forward, is no copy.
    browser.reload().await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    stage.visit(browser, "/other").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    for (is_back, path) in [(true, "/"), (false, "/other")] {
        match is_back {
            true => browser.client().back().await?,
            false => browser.client().forward().await?,
        }
        browser.until(&format!("window.ready && location.pathname === {path:?}")).await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "{path}");
    }
    stage.ensure_no_csp_report()
}

async fn r105_another_store_adopts_the_session(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_access_token_lifetime(HOUR);
    stage.sign_in(browser).await?;
    let token = browser.eval("auth.getToken()").await?;
    let mut old = "local";
    for new in ["session", "cookie", "memory"] {
        // C25: WebKit takes no `Secure` cookie from a page on plain http.
        if new == "cookie" && browser.engine() == Engine::Webkit {
            continue;
        }
        stage.set_options(json!({ "store": new }));
        browser.reload().await?;
        browser.until("window.ready === true").await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "{old} to {new}");
        assert_eq!(browser.eval("auth.getToken()").await?, token, "{old} to {new}");
        let content = match old {
            "cookie" => "document.cookie",
            "local" => "JSON.stringify({ ...localStorage })",
            _ => "JSON.stringify({ ...sessionStorage })",
        };
        let left = browser.eval(content).await?.to_string();
        stage.ensure_no_secret(&format!("the store {old}"), &left)?;
        old = new;
    }
    ensure!(stage.refreshes().is_empty() && stage.exchanges().len() == 1);
    browser.reload().await?;
    browser.until("window.ready === true").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "memory ends with the page");
    stage.ensure_no_csp_report()
}

/// R100 and R103.
async fn r100_a_request_belongs_to_its_session_and_can_be_aborted(browser: &Browser) -> Result<()> {
    abort_requests_that_wait_for_a_refresh(browser).await?;
    change_the_user_while_a_request_is_answered(browser).await
}

/// Asks for the notes; what becomes of it is in `window.outcome`.
const ASK: &str = "auth.fetch(args[0]).then((answer) => answer.status, (error) => error.code)
    .then((outcome) => { window.outcome = outcome; });";

async fn abort_requests_that_wait_for_a_refresh(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let notes = notes(&stage);
    stage.sign_in(browser).await?;
    stage.jump(browser, HOUR).await?;
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, hold);
    let ask = "window.aborts = [new AbortController(), new AbortController()];
        window.outcomes = [];
        for (const { signal } of window.aborts) {
          auth.fetch(args[0], { signal }).catch((error) => window.outcomes.push(error.name ?? error));
        }";
    browser.run(ask, json!([notes])).await?;
    timeout(PATIENCE, gate.arrived(1)).await.context("no refresh began")?;
    assert_eq!(browser.eval("window.outcomes").await?, json!([]), "they wait");
    // The answer is still held: what ends the calls is the signal.
    browser.eval("window.aborts[0].abort()").await?;
    browser.until("window.outcomes.length === 1").await?;
    browser.eval("window.aborts[1].abort('the page has moved on')").await?;
    browser.until("window.outcomes.length === 2").await?;
    let outcomes = browser.eval("window.outcomes").await?;
    assert_eq!(outcomes, json!(["AbortError", "the page has moved on"]));
    gate.release();
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    assert_eq!(stage.refreshes().len(), 1, "it went on for other calls");
    assert_eq!(browser.eval("auth.state.error ?? null").await?, Value::Null);
    ensure!(stage.control.requests_to(Endpoint::Resource, None).is_empty(), "nothing was sent");
    stage.ensure_no_csp_report()
}

async fn change_the_user_while_a_request_is_answered(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let gate = Gate::new();
    for fault in [Fault::oauth_error(401, "invalid_token"), Fault::HoldAnswer(gate.clone())] {
        stage.control.inject(Injection::new(Endpoint::Resource, fault).client(CLIENT).once());
    }
    browser.run(ASK, json!([notes(&stage)])).await?;
    timeout(PATIENCE, gate.arrived(1)).await.context("nothing was asked")?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    sign_in_as_another_user(&stage, browser).await?;
    browser.switch_to(&first).await?;
    browser.until("auth.state.user?.name === 'Alan Turing'").await?;
    gate.release();
    browser.until("window.outcome !== undefined").await?;
    assert_eq!(browser.eval("window.outcome").await?, 401, "the answer that there was");
    let asked = stage.control.requests_to(Endpoint::Resource, Some(CLIENT));
    assert_eq!(asked.len(), 1, "not once more, with the token of another user");
    browser.close_tab(&second).await?;
    browser.switch_to(&first).await?;
    stage.ensure_no_csp_report()
}

/// In the current tab, Ada signs out and Alan signs in.
async fn sign_in_as_another_user(stage: &Stage, browser: &Browser) -> Result<()> {
    stage.visit(browser, "/other").await?;
    browser.eval("auth.signOut()").await?;
    let alan = Client::new(CLIENT, stage.redirect_uri()).auto_consent();
    stage.control.register(Client { default_user: "alan".into(), ..alan });
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Alan Turing'").await
}

/// R25 and R98: what an injected script could try, with the same client and the same issuer.
async fn r25_another_endpoint_never_sees_the_session(browser: &Browser) -> Result<()> {
    let collector = Collector::start().await?;
    // Not even the policy is in the way: only the SDK keeps the tokens at home.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let mut server = endpoints(&stage);
    server["issuer"] = stage.origin().into();
    server["userinfoEndpoint"] = format!("{}/auth/userinfo", stage.origin()).into();
    server["revocationEndpoint"] = format!("{}/auth/revoke", stage.origin()).into();
    stage.set_options(json!({ "server": server }));
    let inject = "const [name, url] = args;
        const { BasicAuth } = await import('/basic-oauth/index.js');
        const { default: options } = await import('/options.js');
        const server = { ...options.server, [name]: url };
        const other = await BasicAuth.start({ ...options, server });
        const outcomes = [other.state.status];
        for (const call of [() => other.getToken(), () => other.user({ reload: true }),
          () => other.fetch(url), () => other.signOut()]) {
          outcomes.push(await call().then(() => 'done', (error) => error.code));
        }
        other.close();
        return outcomes;";
    let mut outcomes = Vec::new();
    for name in ["tokenEndpoint", "userinfoEndpoint", "revocationEndpoint"] {
        stage.sign_in(browser).await?;
        browser.until("Boolean(auth.state.user)").await?;
        // A client that takes the session over has to refresh it first.
        stage.jump(browser, HOUR).await?;
        let seen = collector.requests().len();
        let url = format!("{}/collect", collector.origin());
        let reported = browser.run(inject, json!([name, url])).await?;
        let collected = collector.requests().len() - seen;
        // The session itself is unchanged.
        let own = browser.eval("auth.getToken().then(() => 'ok', (error) => error.code)").await?;
        outcomes.push(json!([name, reported, collected, own]));
        browser.eval("auth.signOut()").await?;
    }
    let refused = ["signed-out", "not-signed-in", "not-signed-in", "not-signed-in", "done"];
    // `fetch` goes to no origin of a revocation endpoint, even if a user is signed in.
    let mut not_fetched = refused;
    not_fetched[3] = "origin-not-allowed";
    assert_eq!(
        Value::from(outcomes),
        json!([
            ["tokenEndpoint", refused, 0, "ok"],
            ["userinfoEndpoint", refused, 0, "ok"],
            ["revocationEndpoint", not_fetched, 0, "ok"],
        ])
    );
    Ok(())
}

/// The server by its two endpoints, as one that is not Basic is described.
fn endpoints(stage: &Stage) -> Value {
    json!({
        "authorizationEndpoint": format!("{}/auth/authorize", stage.origin()),
        "tokenEndpoint": format!("{}/auth/token", stage.origin()),
    })
}

fn notes(stage: &Stage) -> String {
    format!("{}/api/notes", stage.origin())
}
