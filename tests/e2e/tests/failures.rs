//! A token endpoint that misbehaves, as a browser lets it be seen.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{Collector, Document, Endpoint, Fault, Gate, Injection, Reply};
use e2e::{Browser, CLIENT, PATIENCE, Stage, in_every_engine};
use serde_json::{Value, json};
use tokio::time::timeout;

in_every_engine!(
    r51_an_app_that_signs_in_by_itself_does_not_loop,
    r53_no_redirect_is_followed,
    r58_no_answer_lasts_or_grows_for_ever,
    r69_a_code_is_sent_once_whichever_response_arrives,
    r96_only_a_definite_answer_ends_a_session,
    r99_a_sign_out_beats_a_refresh_in_flight,
);

const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

async fn r53_no_redirect_is_followed(browser: &Browser) -> Result<()> {
    let collector = Collector::start().await?;
    // Not even the policy is in the way: only the SDK keeps the secrets at home.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let target = format!("{}/collect", collector.origin());

    // The trap works: a plain fetch walks into it with all it carries.
    stage.visit(browser, "/").await?;
    let redirect = Injection::new(Endpoint::TokenCode, Fault::redirect(307, &target));
    stage.control.inject(redirect.once());
    let bait = "return (await fetch(args[0], { method: 'POST', body: new URLSearchParams({
        grant_type: 'authorization_code', code: 'bait' }) })).status";
    let token_endpoint = format!("{}/auth/token", stage.origin());
    assert_eq!(browser.run(bait, json!([token_endpoint])).await?, 200);
    let caught = collector.requests();
    ensure!(caught.iter().any(|request| request.body.contains("bait")), "{caught:?}");

    for status in REDIRECTS {
        let before = stage.exchanges().len();
        let fault = Fault::redirect(status, &target);
        let fault = Injection::new(Endpoint::TokenCode, fault).client(CLIENT).once();
        stage.control.inject(fault);
        assert_eq!(stage.sign_in_in_vain(browser).await?, "network-error", "{status}");
        assert_eq!(stage.exchanges().len(), before + 1, "{status}: one request");
    }

    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    for endpoint in [Endpoint::Userinfo, Endpoint::TokenRefresh, Endpoint::Resource] {
        for status in REDIRECTS {
            let fault = Injection::new(endpoint, Fault::redirect(status, &target)).client(CLIENT);
            stage.control.inject(fault);
        }
    }
    // A 401 makes it refresh: that answer is a redirect as well.
    let refused = Fault::oauth_error(401, "invalid_token");
    stage.control.inject(Injection::new(Endpoint::Resource, refused).client(CLIENT).once());
    let notes = format!("{}/api/notes", stage.origin());
    let body = "return auth.fetch(args[0]).then((answer) => answer.status, (error) => error.name)";
    browser.run(body, json!([notes])).await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    assert_eq!(collector.requests().len(), caught.len(), "{:?}", collector.requests());
    Ok(())
}

/// R58 and R59.
async fn r58_no_answer_lasts_or_grows_for_ever(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let cases = [
        ("timeout", Fault::NeverAnswer),
        ("timeout", Fault::HeadersThenSilence),
        ("timeout", Fault::SlowDrip(Duration::from_millis(200))),
        ("response-too-large", Fault::EndlessBody),
        ("response-too-large", Fault::GzipBomb(20_000_000)),
    ];
    for (index, (expected, fault)) in cases.into_iter().enumerate() {
        // A busy machine must not be too slow for what is to be too large.
        let seconds = if expected == "timeout" { 2 } else { PATIENCE.as_secs() };
        stage.set_options(json!({ "requestTimeoutSeconds": seconds }));
        stage.control.inject(Injection::new(Endpoint::TokenCode, fault).client(CLIENT).once());
        assert_eq!(stage.sign_in_in_vain(browser).await?, expected, "case {index}");
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "case {index}");
    }
    stage.set_options(json!({}));
    stage.sign_in(browser).await
}

/// R60, R61, R68, R69, R70, R71 and R134.
async fn r69_a_code_is_sent_once_whichever_response_arrives(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    // By form, which needs no preflight: a browser itself repeats a request whose connection was
    // closed, if the connection had served another before. So those cases come first, too.
    stage.set_options(json!({ "server": {
        "authorizationEndpoint": format!("{}/auth/authorize", stage.origin()),
        "tokenEndpoint": format!("{}/auth/token", stage.origin()),
        "tokenEncoding": "form",
    }}));
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60 });
    let cases: [(&str, &str, Fault); 11] = [
        ("network-error", "network", Fault::DropAfter),
        ("network-error", "network", Fault::DropBefore),
        ("network-error", "network", Fault::NoCors),
        ("not-json", "invalid-response", Fault::Replace(Reply::html(200, "<h1>Hello</h1>"))),
        ("not-json", "invalid-response", Fault::Replace(Reply::html(200, tokens.to_string()))),
        ("server-unavailable", "network", Fault::Respond(Reply::html(500, "<h1>Oh no</h1>"))),
        ("server-unavailable", "network", Fault::oauth_error(503, "temporarily_unavailable")),
        ("invalid-grant", "token-endpoint", Fault::oauth_error(400, "invalid_grant")),
        ("token-error", "token-endpoint", Fault::oauth_error(400, "unauthorized_client")),
        ("unexpected-status", "invalid-response", Fault::Replace(Reply::json(206, &tokens))),
        ("token-error", "token-endpoint", Fault::set("error", "bad_verification_code")),
    ];
    for (index, (code, kind, fault)) in cases.into_iter().enumerate() {
        let before = stage.exchanges().len();
        stage.control.inject(Injection::new(Endpoint::TokenCode, fault).client(CLIENT).once());
        assert_eq!(stage.sign_in_in_vain(browser).await?, code, "case {index}");
        assert_eq!(browser.eval("auth.state.error.kind").await?, kind, "case {index}");
        assert_eq!(browser.eval("auth.state.error.name").await?, "BasicAuthError");
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "case {index}");
        assert_eq!(browser.eval("location.search").await?, "", "case {index}");
        assert_eq!(stage.exchanges().len(), before + 1, "case {index}: one request");
        // R129: nothing secret in the error, however deep one looks.
        let inside = browser.run(DEEP_LOOK, json!([])).await?;
        stage.ensure_no_secret("the error", inside.as_str().unwrap_or_default())?;
    }
    // R134: the page that failed last can sign in, without being loaded again.
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
    assert_eq!(browser.eval("consoleLines").await?, json!([]));
    stage.ensure_no_csp_report()
}

async fn r96_only_a_definite_answer_ends_a_session(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let notes = format!("{}/api/notes", stage.origin());
    // The resource refuses the token each time, so that each call wants a refresh.
    let refused = Fault::oauth_error(401, "invalid_token");
    let refused = stage.control.fault(CLIENT, Endpoint::Resource, refused);
    let fetch_notes = "return (await auth.fetch(args[0])).status";

    let unavailable = Fault::oauth_error(503, "temporarily_unavailable");
    let id = stage.control.fault(CLIENT, Endpoint::TokenRefresh, unavailable);
    assert_eq!(browser.run(fetch_notes, json!([notes])).await?, 401);
    browser.until("auth.state.refresh === 'failing'").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string", "not expired yet");
    stage.control.clear(id);

    // R103: one refresh and one more try, then the answer is the answer.
    let asked = stage.control.requests_to(Endpoint::Resource, Some(CLIENT)).len();
    stage.visit(browser, "/").await?;
    assert_eq!(browser.run(fetch_notes, json!([notes])).await?, 401);
    ensure!(stage.control.requests_to(Endpoint::Resource, Some(CLIENT)).len() <= asked + 2);
    stage.control.clear(refused);
    assert_eq!(browser.run(fetch_notes, json!([notes])).await?, 200);
    let seen = stage.control.requests_to(Endpoint::Resource, Some(CLIENT));
    let last = seen.last().context("a request")?;
    // R101: in the header, and nowhere else.
    ensure!(last.header("authorization").is_some_and(|value| value.starts_with("Bearer ")));
    assert_eq!((last.query.as_str(), last.body.as_str()), ("", ""));

    // R102: to no other server.
    let elsewhere = Collector::start().await?;
    let body = "return auth.fetch(args[0]).then(() => 'sent', (error) => error.code)";
    let code = browser.run(body, json!([format!("{}/api", elsewhere.origin())])).await?;
    assert_eq!(code, "origin-not-allowed");
    ensure!(elsewhere.requests().is_empty());

    stage.control.revoke_sessions(CLIENT);
    // In a new page: one that was refused a moment ago does not refresh for it again so soon.
    stage.visit(browser, "/").await?;
    let body = "return auth.fetch(args[0]).then((answer) => answer.status, (error) => error.code)";
    let answer = browser.run(body, json!([notes])).await?;
    ensure!(answer == 401 || answer == "session-revoked", "{answer}");
    browser.until("!auth.state.isSignedIn && auth.state.reason === 'revoked'").await?;
    let body = "return auth.getToken().catch((error) => error.code)";
    assert_eq!(browser.run(body, json!([])).await?, "session-revoked");
    Ok(())
}

async fn r99_a_sign_out_beats_a_refresh_in_flight(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.control.fault(CLIENT, Endpoint::TokenRefresh, hold);
    let refused = Fault::oauth_error(401, "invalid_token");
    stage.control.fault(CLIENT, Endpoint::Resource, refused);
    let notes = format!("{}/api/notes", stage.origin());
    // A 401 makes it refresh.
    let ask = "window.asked = auth.fetch(args[0]).then((answer) => answer.status, String);";
    browser.run(ask, json!([notes])).await?;
    timeout(PATIENCE, gate.arrived(1)).await.context("no refresh began")?;

    browser.run("window.left = auth.signOut().then(() => 'left', String);", json!([])).await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    gate.release();
    assert_eq!(browser.eval("window.left").await?, "left");
    assert_eq!(browser.eval("window.asked").await?, 401, "the answer there was");
    assert_eq!(browser.eval("auth.state.reason").await?, "signed-out");
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    Ok(())
}

/// All texts within the error of the state, hidden members and causes included.
const DEEP_LOOK: &str = "
    const seen = new Set();
    const texts = [];
    const look = (value) => {
      if (typeof value === 'string') texts.push(value);
      if (Object(value) !== value || seen.has(value)) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) look(value[key]);
    };
    look(auth.state.error);
    return [...texts, String(auth.state.error), JSON.stringify(auth.state.error)].join('\\n');";

/// R51: an app that starts a sign-in on every signed-out page, at a server that refuses every code.
async fn r51_an_app_that_signs_in_by_itself_does_not_loop(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    let by_itself = "import { BasicAuth } from '/basic-oauth/index.js';
        import options from '/options.js';
        window.auth = await BasicAuth.start(options);
        if (!auth.state.isSignedIn) {
          auth.signIn().catch((error) => { window.failure = error.code; });
        }
        document.querySelector('button').onclick = () => setTimeout(() => auth.signIn());";
    stage.app.publish(Document::script("/probe.js", by_itself));
    let refused = Fault::oauth_error(400, "invalid_grant");
    let refusal = stage.control.fault(CLIENT, Endpoint::TokenCode, refused);

    browser.open(&stage.url("/")).await?;
    browser.until("window.failure === 'sign-in-loop'").await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "sign-in-loop");
    assert_eq!(stage.exchanges().len(), 5, "and no more");

    // A user who presses the button is no loop, and is signed in as soon as the server works again.
    stage.control.clear(refusal);
    browser.click("sign-in").await?;
    browser.until("window.auth?.state.isSignedIn === true").await
}
