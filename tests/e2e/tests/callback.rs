//! What a page makes of an address that looks like an answer of the authorization server.

use anyhow::{Context, Result, ensure};
use demo_server::{Document, Endpoint, Fault, Injection, Parameters};
use e2e::{Browser, CLIENT, Stage, in_every_engine};
use serde_json::{Value, json};

in_every_engine!(
    r28_no_answer_with_a_wrong_state_is_exchanged,
    r29_a_forged_callback_leaves_the_session_alone,
    r41_the_address_is_clean_before_anything_else_happens,
    r44_the_code_that_stays_in_the_performance_entry_is_worth_nothing,
    r45_a_replayed_callback_makes_no_second_exchange,
    r47_a_framed_callback_is_not_processed,
    r56_no_request_names_the_page_it_comes_from,
);

type Tamper = fn(&mut Parameters);

/// R27, R28, R30, R31 and R42.
async fn r28_no_answer_with_a_wrong_state_is_exchanged(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    // C24, C29: an answer with a known state ends its sign-in, and the user is back on its page.
    // Of any other, only the address is cleaned.
    let (began, stays) = ("/", "/callback");
    let cases: [(&str, &str, Tamper); 9] = [
        ("unknown-state", stays, |it| change(it, "state", |state| format!("{state}1"))),
        ("unknown-state", stays, |it| {
            change(it, "state", |state| state[..state.len() - 1].to_owned());
        }),
        ("unknown-state", stays, |it| change(it, "state", swap_case)),
        // C21: encoded once it would be the same state.
        ("unknown-state", stays, |it| {
            change(it, "state", |state| format!("%{:x}{}", state.as_bytes()[0], &state[1..]));
        }),
        ("unknown-state", stays, |it| change(it, "state", |_| "__proto__".to_owned())),
        ("missing-state", stays, |it| it.retain(|(name, _)| name != "state")),
        ("duplicate-parameter", began, |it| it.push(("state".into(), "other".into()))),
        ("duplicate-parameter", began, |it| it.push(("code".into(), "other".into()))),
        ("code-and-error", began, |it| it.push(("error".into(), "access_denied".into()))),
    ];
    for (index, (expected, place, tamper)) in cases.into_iter().enumerate() {
        let fault = Fault::edit_redirect(tamper);
        stage.control.inject(Injection::new(Endpoint::Authorize, fault).client(CLIENT).once());
        let code = stage.sign_in_in_vain(browser).await?;
        assert_eq!(code, expected, "case {index}");
        assert_eq!(address(browser).await?, place, "case {index}");
        assert_eq!(browser.eval("auth.state.status").await?, "signed-out", "case {index}");
    }
    ensure!(stage.exchanges().is_empty(), "a code was exchanged: {:?}", stage.exchanges());

    // R134: after all that, an honest answer is taken.
    stage.sign_in(browser).await?;
    assert_eq!(stage.exchanges().len(), 1);
    stage.ensure_no_csp_report()
}

/// R27, R29, R35, R38, R39, R40 and R42.
async fn r29_a_forged_callback_leaves_the_session_alone(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
    let token = browser.eval("auth.getToken()").await?;
    let still_signed_in = async || -> Result<()> {
        browser.until("auth.state.user?.name === 'Ada Lovelace'").await?;
        assert_eq!(browser.eval("auth.getToken()").await?, token);
        assert_eq!(browser.eval("auth.state.error").await?, Value::Null);
        assert_eq!(stage.exchanges().len(), 1, "only the honest one");
        Ok(())
    };

    let forged = [
        "code=ATTACK&state=ATTACK",
        "code=ATTACK&state=constructor",
        "code=A&code=B&state=ATTACK",
        "code=A&error=access_denied&state=ATTACK",
        "error=access_denied&error_description=CALL%200800&state=ATTACK",
        "code=ATTACK&state=ATTACK&iss=https%3A%2F%2Fevil.example",
    ];
    for query in forged {
        stage.visit(browser, &format!("/callback?{query}")).await?;
        still_signed_in().await.with_context(|| query.to_owned())?;
        assert_eq!(address(browser).await?, "/callback", "{query}");
        browser.until("events.some((event) => event.type === 'callback-ignored')").await?;
        let page = browser.eval("document.body.textContent + JSON.stringify(auth.state)").await?;
        ensure!(!page.to_string().contains("0800"), "the forger's words are shown");
    }

    // C8 and R40: what is no answer, or not at the redirect URI, is the app's own.
    for own in ["/callback?code=SAVE10", "/shop?code=SAVE10&state=NY", "/shop?error=1&state=NY"] {
        stage.visit(browser, own).await?;
        still_signed_in().await.with_context(|| own.to_owned())?;
        assert_eq!(address(browser).await?, own);
    }
    for fragment in ["#access_token=ATTACK&token_type=Bearer", "#code=ATTACK&state=ATTACK"] {
        // Another page in between: a change of the fragment alone loads nothing.
        stage.visit(browser, "/other").await?;
        stage.visit(browser, &format!("/callback{fragment}")).await?;
        still_signed_in().await.with_context(|| fragment.to_owned())?;
    }
    stage.ensure_no_csp_report()
}

/// R7, R41, R43, R54 and R55. The host sends `Referrer-Policy: unsafe-url`, so that nothing but the
/// SDK itself keeps the code out of a referrer.
async fn r41_the_address_is_clean_before_anything_else_happens(browser: &Browser) -> Result<()> {
    let stage = Stage::pages_with(|options| {
        options.headers.push(("referrer-policy".into(), "unsafe-url".into()));
        // The site of the authorization server: its cookies would go along if they were let.
        options.host = "127.0.0.1".into();
    })
    .await?;
    stage.app.publish(Document::script("/late.js", ""));
    for (endpoint, name, value) in [
        (Endpoint::TokenCode, "set-cookie", "planted=1; Path=/"),
        (Endpoint::Userinfo, "cache-control", "max-age=600"),
    ] {
        let fault = Fault::header(name, value);
        stage.control.inject(Injection::new(endpoint, fault).client(CLIENT));
    }
    stage.visit(browser, "/other?a=1&b=%C3%A9#part").await?;
    browser.eval("document.cookie = 'session=of-the-server; Path=/'").await?;
    let length = browser.eval("history.length").await?.as_u64().context("a number")?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("window.ready && Boolean(auth.state.user)").await?;

    // R7, R41: back on the page of the sign-in, by a clean address.
    assert_eq!(address(browser).await?, "/other?a=1&b=%C3%A9#part");
    let hrefs = browser.eval("events.map((event) => event.href)").await?;
    ensure!(!hrefs.to_string().contains("state="), "not clean in time: {hrefs}");
    assert_eq!(browser.eval("events[0].type").await?, "callback-received");
    assert_eq!(browser.eval("history.length").await?, length + 1);
    browser.eval("import('/late.js').then(() => {})").await?;
    let late = stage.app.requests().into_iter().find(|request| request.path == "/late.js");
    let referrer = late.context("it was fetched")?;
    ensure!(!referrer.header("referer").unwrap_or_default().contains("state="));

    // R43, R54: neither cookies nor the address of the page are sent.
    let calls = stage.control.requests();
    let calls: Vec<_> = calls.iter().filter(|call| call.path != "/auth/authorize").collect();
    ensure!(calls.iter().any(|call| call.path == "/auth/token" && call.method == "POST"));
    ensure!(calls.iter().any(|call| call.path == "/auth/userinfo" && call.method == "GET"));
    for call in calls {
        assert_eq!(call.header("referer"), None, "{call:?}");
        assert_eq!(call.header("cookie"), None, "{call:?}");
    }
    assert_eq!(browser.eval("document.cookie").await?, "session=of-the-server");

    // R55: the same question is asked again, and not of a cache.
    browser.eval("auth.signOut()").await?;
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    assert_eq!(stage.control.requests_to(Endpoint::Userinfo, Some(CLIENT)).len(), 2);

    // R7: byte for byte what was configured, in both places.
    let authorize = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    let asked = authorize.iter().map(|request| request.query_param("redirect_uri"));
    let exchanged = stage.exchanges();
    let exchanged = exchanged.iter().map(|request| request.body_param("redirect_uri"));
    for redirect_uri in asked.chain(exchanged) {
        assert_eq!(redirect_uri, Some(stage.redirect_uri()));
    }
    stage.ensure_no_csp_report()
}

/// R43 for each request that the SDK sends: exchange, user information, refresh and revocation. The host
/// asks every request to name its page.
async fn r56_no_request_names_the_page_it_comes_from(browser: &Browser) -> Result<()> {
    let stage = Stage::pages_with(|options| {
        options.headers.push(("referrer-policy".into(), "unsafe-url".into()));
    })
    .await?;
    let at = |path: &str| format!("{}/auth/{path}", stage.origin());
    stage.set_options(json!({ "server": {
        "authorizationEndpoint": at("authorize"),
        "tokenEndpoint": at("token"),
        "userinfoEndpoint": at("userinfo"),
        "revocationEndpoint": at("revoke"),
    }}));
    stage.sign_in(browser).await?;
    browser.until("Boolean(auth.state.user)").await?;
    let refused = Fault::oauth_error(401, "invalid_token");
    stage.control.inject(Injection::new(Endpoint::Resource, refused).client(CLIENT).once());
    let body = "return (await auth.fetch(args[0])).status";
    let notes = format!("{}/api/notes", stage.origin());
    assert_eq!(browser.run(body, json!([notes])).await?, 200, "after a refresh");
    browser.eval("auth.signOut()").await?;
    // The page's own requests do name it, so the policy is in force.
    browser.run("await fetch(args[0])", json!([stage.url("/clock.js")])).await?;
    let own = stage.app.requests().into_iter().rfind(|request| request.path == "/clock.js");
    ensure!(own.context("it was fetched")?.header("referer").is_some());
    for endpoint in
        [Endpoint::TokenCode, Endpoint::Userinfo, Endpoint::TokenRefresh, Endpoint::Revocation]
    {
        let requests = stage.control.requests_to(endpoint, Some(CLIENT));
        let posted = requests.iter().filter(|request| request.method != "OPTIONS");
        let referrers: Vec<_> = posted.map(|request| request.header("referer")).collect();
        ensure!(!referrers.is_empty(), "nothing was sent to {endpoint:?}");
        ensure!(referrers.iter().all(Option::is_none), "{endpoint:?}: {referrers:?}");
    }
    Ok(())
}

/// R18, R41 and R45.
async fn r44_the_code_that_stays_in_the_performance_entry_is_worth_nothing(
    browser: &Browser,
) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let server = stage.exchanges()[0].header("host").context("a host")?.to_owned();
    // What any script of the page can try, after the fact.
    let replayed = browser
        .run(
            "const [url, client_id, redirect_uri] = args;
            const [entry] = performance.getEntriesByType('navigation');
            const code = new URL(entry.name).searchParams.get('code');
            const body = JSON.stringify({ grant_type: 'authorization_code', code, client_id,
              redirect_uri, code_verifier: 'x'.repeat(43) });
            const headers = { 'content-type': 'application/json' };
            const answer = await fetch(url, { method: 'POST', headers, body });
            return [code, answer.status, (await answer.json()).error];",
            json!([format!("http://{server}/auth/token"), CLIENT, stage.redirect_uri()]),
        )
        .await?;
    let code = stage.exchanges()[0].body_param("code");
    assert_eq!(replayed, json!([code, 400, "invalid_grant"]));
    Ok(())
}

async fn r45_a_replayed_callback_makes_no_second_exchange(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.sign_in(browser).await?;
    let token = browser.eval("auth.getToken()").await?;
    let code = stage.exchanges()[0].body_param("code").context("a code")?;
    let asked = stage.control.requests_to(Endpoint::Authorize, Some(CLIENT));
    let state = asked[0].query_param("state").context("a state")?;
    let callback = format!("/callback?code={code}&state={state}");

    browser.client().back().await?;
    browser.until("window.ready === true").await?;
    assert_eq!(address(browser).await?, "/", "the page of the sign-in");
    browser.client().forward().await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    ensure!(!browser.url().await?.contains("code="), "the code is in the history");
    browser.reload().await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;

    for _ in 0..2 {
        stage.visit(browser, &callback).await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
        assert_eq!(browser.eval("auth.getToken()").await?, token);
        assert_eq!(address(browser).await?, "/", "the answer that began the session: the fallback");
    }

    browser.eval("auth.signOut()").await?;
    stage.visit(browser, &callback).await?;
    assert_eq!(browser.eval("auth.state.error.code").await?, "unknown-state");
    assert_eq!(browser.eval("auth.state.error.kind").await?, "unknown-transaction");
    assert_eq!(address(browser).await?, "/callback");
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

async fn r47_a_framed_callback_is_not_processed(browser: &Browser) -> Result<()> {
    // The strict policy would not let itself be framed; here the SDK has to see to it alone.
    let stage = Stage::pages_with(|options| options.csp = None).await?;
    let framer = r#"<!doctype html><title>A frame</title><iframe></iframe>
        <script>
          const target = new URLSearchParams(location.search).get("target");
          if (target) document.querySelector("iframe").src = target;
        </script>"#;
    stage.app.publish(Document::html("/framer", framer));
    let to_framer = {
        let framer = stage.url("/framer");
        Fault::edit_location(move |location| {
            let query: String = url::form_urlencoded::byte_serialize(location.as_bytes()).collect();
            format!("{framer}?target={query}")
        })
    };
    stage.control.inject(Injection::new(Endpoint::Authorize, to_framer).client(CLIENT).once());
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("document.querySelector('iframe')?.contentWindow.ready === true").await?;
    let inside = "document.querySelector('iframe').contentWindow";
    assert_eq!(browser.eval(&format!("{inside}.auth.state.isSignedIn")).await?, false);
    ensure!(stage.exchanges().is_empty());

    // R125: nor does a sign-in begin in a frame.
    let refused = browser
        .run(
            "try { await document.querySelector('iframe').contentWindow.auth.signIn(); }
             catch (error) { return error.code; }",
            json!([]),
        )
        .await?;
    assert_eq!(refused, "framed");

    // Nothing of it was used up: the same answer works on its own page.
    let address = browser.eval("new URLSearchParams(location.search).get('target')").await?;
    browser.open(address.as_str().context("an address")?).await?;
    browser.until("window.ready && auth.state.isSignedIn").await?;
    assert_eq!(stage.exchanges().len(), 1);
    Ok(())
}

/// Path, query and fragment of the current address.
async fn address(browser: &Browser) -> Result<String> {
    let address = browser.eval("location.pathname + location.search + location.hash").await?;
    Ok(address.as_str().unwrap_or_default().to_owned())
}

fn change(parameters: &mut Parameters, name: &str, edit: impl Fn(&str) -> String) {
    for (_, value) in parameters.iter_mut().filter(|(key, _)| key == name) {
        *value = edit(value);
    }
}

fn swap_case(text: &str) -> String {
    let swap = |letter: char| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}
