//! OpenID Connect as a page of the npm package sees it: discovery, ID tokens, keys, sign-out at the
//! provider, handles, and step-up. The server plays the attacks of the requirements F and G and the
//! behaviours of the provider battery.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use demo_server::{
    Client, Collector, Endpoint, Fault, Gate, Injection, InjectionId, Reply, Signer,
    SigningAlgorithm,
};
use e2e::{Browser, CLIENT, Stage, in_every_engine, wait_until};
use serde_json::{Value, json};

in_every_engine!(
    r72_metadata_of_another_issuer_stops_the_sign_in,
    r73_the_metadata_is_found_at_either_address,
    r76_metadata_that_changes_changes_no_sign_in_under_way,
    r78_wrong_claims_are_refused,
    r81_every_accepted_algorithm_is_accepted_and_no_other,
    r82_keys_rotate_and_are_read_a_bounded_number_of_times,
    r83_wrong_signatures_and_texts_are_refused,
    r90_a_refresh_that_brings_another_user_ends_the_session,
    r91_the_answer_about_another_user_is_discarded,
    r103_an_api_that_demands_more_says_what,
    r112_a_sign_out_at_the_provider_returns_to_the_app,
    handles_lead_to_the_server_that_they_name,
);

const HOUR: Duration = Duration::from_secs(60 * 60);
const SIGNED_IN: &str = "window.ready && auth.state.isSignedIn";
const STORED: &str =
    "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";

/// R72, R74, R75 and R77.
async fn r72_metadata_of_another_issuer_stops_the_sign_in(browser: &Browser) -> Result<()> {
    let stage = openid_stage("/tenant/a").await?;
    let issuer = format!("{}/tenant/a", stage.origin());
    let mut cases: Vec<(&str, Fault)> = vec![
        ("issuer", Fault::omit("issuer")),
        ("issuer", Fault::set("issuer", json!([issuer]))),
        ("issuer", Fault::set("issuer", stage.origin())),
        ("issuer", Fault::set("issuer", issuer.replacen("http", "HTTP", 1))),
        ("code_challenge_methods_supported", methods(&["plain"])),
        ("code_challenge_methods_supported", methods(&[])),
        ("token_endpoint", Fault::omit("token_endpoint")),
    ];
    for suffix in ["INVALID", "/", "1", "?x"] {
        cases.push(("issuer", Fault::set("issuer", format!("{issuer}{suffix}"))));
    }
    for url in ["javascript:alert(1)", "//evil.example/a", "/a", "data:,a", "http://evil.example/a"]
    {
        for member in
            ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"]
        {
            // Every address once, and one address everywhere: the rule is the same for all.
            if member == "authorization_endpoint" || url.starts_with("java") {
                cases.push((member, Fault::set(member, url)));
            }
        }
    }
    for (member, fault) in cases {
        let id = stage.control.inject(Injection::new(Endpoint::Discovery, fault));
        let error = refused_before_it_leaves(&stage, browser).await?;
        assert_eq!(
            (&error["code"], &error["detail"]),
            (&"invalid-metadata".into(), &member.into())
        );
        stage.control.clear(id);
    }
    ensure!(asked(&stage).is_empty(), "the browser left for a server that was refused");
    let accepted = [
        Fault::omit("code_challenge_methods_supported"),
        Fault::set("id_token_signing_alg_values_supported", json!(["none", "HS256", "RS256"])),
    ];
    for fault in accepted {
        stage.control.inject(Injection::new(Endpoint::Discovery, fault));
    }
    stage.sign_in(browser).await?;
    stage.ensure_no_csp_report()
}

/// R73.
async fn r73_the_metadata_is_found_at_either_address(browser: &Browser) -> Result<()> {
    for (path, forms) in [
        ("", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]),
        (
            "/tenant/a",
            [
                "/tenant/a/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/tenant/a",
            ],
        ),
    ] {
        for hidden in [None, Some(forms[0]), Some(forms[1])] {
            let stage = openid_stage(path).await?;
            if let Some(hidden) = hidden {
                stage.control.hide_metadata(hidden);
            }
            stage.sign_in(browser).await?;
            let claims = browser.eval("auth.claims").await?;
            assert_eq!(claims["iss"], format!("{}{path}", stage.origin()));
            let request = stage.exchanges().pop().context("an exchange")?;
            assert_eq!(request.path, format!("{path}/auth/token"));
            stage.ensure_no_csp_report()?;
        }
        let stage = openid_stage(path).await?;
        for form in forms {
            stage.control.hide_metadata(form);
        }
        refused_before_it_leaves(&stage, browser).await?;
        ensure!(asked(&stage).is_empty(), "there was no server to leave for");
    }
    Ok(())
}

/// R17 and R76.
async fn r76_metadata_that_changes_changes_no_sign_in_under_way(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    let other = Collector::start().await?;
    let gate = Gate::new();
    let held = stage.control.fault(CLIENT, Endpoint::Authorize, Fault::Hold(gate.clone()));
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    gate.arrived(1).await;
    for member in ["token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        let moved = Fault::set(member, format!("{}/{member}", other.origin()));
        stage.control.inject(Injection::new(Endpoint::Discovery, moved));
    }
    gate.release();
    browser.until(SIGNED_IN).await?;
    assert_eq!(stage.exchanges().len(), 1);
    ensure!(other.requests().is_empty(), "the new metadata was used: {:?}", other.requests());
    stage.control.clear(held);

    // Nothing in the address or in cookies names a server.
    browser.eval("auth.signOut()").await?;
    let evil = other.origin();
    browser.run("document.cookie = `issuer=${args[0]}`;", json!([evil])).await?;
    stage.visit(browser, &format!("/?iss={evil}&issuer={evil}&login_hint=x")).await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    stage.ensure_no_csp_report()
}

/// R78, R79, R80, R84, R85, R86, R87 and R88.
async fn r78_wrong_claims_are_refused(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    let now = |by: i64| Fault::id_token(move |claims| shift(claims, "iat", by));
    let exp = |by: i64| Fault::id_token(move |claims| shift(claims, "exp", by));
    let both = json!([CLIENT, format!("{CLIENT}1")]);
    let cases = [
        ("iss", append("iss")),
        ("iss", Fault::id_token_without("iss")),
        ("iss", Fault::id_token(|claims| claims["iss"] = json!([claims["iss"]]))),
        ("aud", append("aud")),
        ("aud", Fault::id_token_without("aud")),
        ("aud", Fault::id_token_claim("aud", both.clone())),
        ("aud", Fault::id_token_claim("aud", json!([]))),
        ("azp", Fault::id_token_claim("azp", "other")),
        ("azp", Fault::id_token_claim("azp", json!([CLIENT]))),
        // The server's tokens live for ten minutes; this one ended six minutes ago.
        ("exp", exp(-16 * 60)),
        ("exp", Fault::id_token_without("exp")),
        ("exp", Fault::id_token(|claims| claims["exp"] = claims["exp"].to_string().into())),
        ("iat", now(10 * 60)),
        ("iat", Fault::id_token_without("iat")),
        ("iat", Fault::id_token(|claims| claims["iat"] = claims["iat"].to_string().into())),
        (
            "nbf",
            Fault::id_token(|claims| {
                claims["nbf"] = claims["iat"].clone();
                shift(claims, "nbf", 600);
            }),
        ),
        ("nonce", append("nonce")),
        ("nonce", Fault::id_token_without("nonce")),
        ("sub", Fault::id_token_without("sub")),
        ("sub", Fault::id_token_claim("sub", "")),
        ("sub", Fault::id_token_claim("sub", 7)),
        ("sub", Fault::id_token_claim("sub", "a".repeat(256))),
        ("sub", Fault::id_token_claim("sub", "Adä")),
        ("at_hash", append("at_hash")),
    ];
    for (detail, fault) in cases {
        let error = id_token_refused(&stage, browser, &[fault], Value::Null).await?;
        assert_eq!(error["detail"], detail);
    }
    let endless =
        Fault::id_token_claims_text(|claims| claims.replace("\"exp\":", "\"exp\":1e400,\"e\":"));
    id_token_refused(&stage, browser, &[endless], Value::Null).await?;
    let stale = Fault::id_token(|claims| shift(claims, "auth_time", -HOUR.as_secs().cast_signed()));
    for fault in
        [stale, Fault::id_token_without("auth_time"), Fault::id_token_claim("auth_time", "1")]
    {
        let asked = json!({ "maxAgeSeconds": 300 });
        let error = id_token_refused(&stage, browser, &[fault], asked).await?;
        assert_eq!(error["detail"], "auth_time");
    }
    for fault in [Fault::id_token_claim("acr", "password"), Fault::id_token_without("acr")] {
        let error =
            id_token_refused(&stage, browser, &[fault], json!({ "acrValues": "mfa" })).await?;
        assert_eq!(error["detail"], "acr");
    }
    for fault in [
        Fault::id_token_claim("aud", json!([CLIENT])),
        Fault::id_token_claim("azp", CLIENT),
        Fault::id_token_without("at_hash"),
        // The clocks of servers differ a little.
        now(10),
        Fault::id_token_claim("unknown", json!({ "a": [null] })),
    ] {
        accepted(&stage, browser, &[fault]).await?;
    }
    stage.ensure_no_csp_report()
}

/// R77 and R81.
async fn r81_every_accepted_algorithm_is_accepted_and_no_other(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    stage.visit(browser, "/").await?;
    let has_ed25519 = "crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
        .then(() => true, () => false)";
    let has_ed25519 = browser.eval(has_ed25519).await? == true;
    for algorithm in SigningAlgorithm::ALL {
        let client = Client::new(CLIENT, stage.redirect_uri()).auto_consent();
        stage.control.register(client.id_tokens_signed_with(algorithm));
        if algorithm == SigningAlgorithm::EdDsa && !has_ed25519 {
            stage.sign_in_in_vain(browser).await?;
            continue;
        }
        accepted(&stage, browser, &[]).await?;
        let broken = [Fault::id_token_broken_signature()];
        let error = id_token_refused(&stage, browser, &broken, Value::Null).await?;
        assert_eq!(error["detail"], "signature", "{algorithm:?}");
    }
    stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
    for none in ["none", "None", "nOnE", "NONE"] {
        let unsigned = Fault::id_token_unsigned(none);
        let error = id_token_refused(&stage, browser, &unsigned, Value::Null).await?;
        assert_eq!(error["detail"], "alg", "{none}");
    }
    let by_secret = [Fault::id_token_signed_by(Signer::PublicKeyAsSecret)];
    let error = id_token_refused(&stage, browser, &by_secret, Value::Null).await?;
    assert_eq!(error["detail"], "alg");

    // The metadata can narrow what is accepted, and cannot widen it.
    let stage = openid_stage("").await?;
    let algorithms = json!(["none", "HS256", "ES256"]);
    let narrowed = Fault::set("id_token_signing_alg_values_supported", algorithms);
    stage.control.inject(Injection::new(Endpoint::Discovery, narrowed));
    let refused: [&[Fault]; 3] = [&[], &Fault::id_token_unsigned("none"), &by_secret];
    for faults in refused {
        let error = id_token_refused(&stage, browser, faults, Value::Null).await?;
        assert_eq!(error["detail"], "alg");
    }
    let es256 = Signer::Algorithm(SigningAlgorithm::Es256);
    accepted(&stage, browser, &[Fault::id_token_signed_by(es256)]).await?;
    stage.ensure_no_csp_report()
}

/// R82.
async fn r82_keys_rotate_and_are_read_a_bounded_number_of_times(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    accepted(&stage, browser, &[]).await?;
    stage.control.rotate_keys();
    accepted(&stage, browser, &[]).await?;
    accepted(&stage, browser, &[Fault::RotateKeys]).await?;

    let on_keys = |fault| stage.control.inject(Injection::new(Endpoint::Jwks, fault));
    for fault in [Fault::decoy_keys(), Fault::unknown_keys(), Fault::weak_key()] {
        let id = on_keys(fault);
        accepted(&stage, browser, &[]).await?;
        stage.control.clear(id);
    }
    let without_id = [Fault::id_token_header_without("kid")];
    let single = on_keys(Fault::single_key(SigningAlgorithm::Rs256));
    accepted(&stage, browser, &without_id).await?;
    stage.control.clear(single);
    let several = on_keys(Fault::keys_without_ids());
    accepted(&stage, browser, &without_id).await?;
    stage.control.clear(several);

    let weak = on_keys(Fault::weak_key());
    let by_weak = [Fault::id_token_signed_by(Signer::Weak)];
    id_token_refused(&stage, browser, &by_weak, Value::Null).await?;
    stage.control.clear(weak);

    let before = stage.control.requests_to(Endpoint::Jwks, None).len();
    let sign_ins = 4;
    for number in 0..sign_ins {
        let random = [Fault::id_token_header_member("kid", format!("random-{number}"))];
        id_token_refused(&stage, browser, &random, Value::Null).await?;
    }
    let reads = stage.control.requests_to(Endpoint::Jwks, None).len() - before;
    ensure!(reads <= 2 * sign_ins, "{reads} reads of the keys for {sign_ins} tokens");

    // A refresh finds new keys too, and its ID token takes the place of the first.
    let rotate = Injection::new(Endpoint::TokenRefresh, Fault::RotateKeys).client(CLIENT);
    stage.control.inject(rotate);
    stage.sign_in(browser).await?;
    let first = browser.eval("auth.claims").await?;
    stage.jump(browser, Duration::from_secs(90)).await?;
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    let second = browser.eval("auth.claims").await?;
    ensure!(second["iat"].as_u64() > first["iat"].as_u64(), "{first} and {second}");
    stage.ensure_no_csp_report()
}

/// R83 and R89.
async fn r83_wrong_signatures_and_texts_are_refused(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    let collector = Collector::start().await?;
    let at_collector = |path: &str| format!("{}/{path}", collector.origin());
    let foreign = || Fault::id_token_signed_by(Signer::Foreign);
    let member = |name: &str, value: Value| Fault::id_token_header_member(name, value);
    let text = |rewrite: fn(&str) -> String| Fault::id_token_text(rewrite);
    let cases = [
        ("signature", vec![foreign()]),
        ("signature", vec![foreign(), member("jku", at_collector("jku").into())]),
        ("signature", vec![foreign(), member("x5u", at_collector("x5u").into())]),
        ("crit", vec![member("crit", json!(["exp"]))]),
        ("crit", vec![member("crit", json!(["b64"])), member("b64", false.into())]),
        ("format", vec![text(|token| format!("{token}."))]),
        ("format", vec![text(|token| format!("{token}="))]),
        ("format", vec![text(|token| token.replacen('.', "..", 1))]),
        ("format", vec![text(|_| "a.b".into())]),
        ("format", vec![Fault::id_token_claims_text(|_| "[]".into())]),
        (
            "format",
            vec![Fault::id_token_claims_text(|claims| {
                claims.replacen('{', "{\"sub\":\"another\",", 1)
            })],
        ),
        (
            "format",
            vec![Fault::id_token_header_text(|header| {
                header.replacen('{', "{\"alg\":\"none\",", 1)
            })],
        ),
        ("missing", vec![Fault::omit("id_token")]),
    ];
    for (detail, faults) in cases {
        let error = id_token_refused(&stage, browser, &faults, Value::Null).await?;
        assert_eq!(error["detail"], detail);
    }
    accepted(&stage, browser, &[member("jku", at_collector("jku").into())]).await?;
    ensure!(collector.requests().is_empty(), "a header of a token led somewhere");
    stage.ensure_no_csp_report()
}

/// R90.
async fn r90_a_refresh_that_brings_another_user_ends_the_session(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    let signed_later = Fault::id_token(|claims| shift(claims, "auth_time", 5));
    let cases = [
        append("iss"),
        append("sub"),
        append("aud"),
        signed_later,
        Fault::id_token_claim("nonce", "another"),
    ];
    for fault in cases {
        stage.sign_in(browser).await?;
        let refreshes = stage.refreshes().len();
        let id = stage.control.fault(CLIENT, Endpoint::TokenRefresh, fault);
        stage.jump(browser, Duration::from_secs(90)).await?;
        let got = "auth.getToken().then(() => 'a token', (error) => error.code)";
        assert_ne!(browser.eval(got).await?, "a token");
        assert_eq!(stage.refreshes().len(), refreshes + 1, "one refresh, and no second");
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
        let stored = browser.eval(STORED).await?;
        stage.ensure_no_secret("the store", &stored.to_string())?;
        stage.control.clear(id);
    }
    stage.sign_in(browser).await?;
    let claims = browser.eval("auth.claims").await?;
    stage.jump(browser, Duration::from_secs(90)).await?;
    assert_eq!(browser.eval("typeof await auth.getToken()").await?, "string");
    assert_eq!(browser.eval("auth.claims.sub").await?, claims["sub"]);
    assert_eq!(browser.eval("auth.claims.auth_time").await?, claims["auth_time"]);
    stage.ensure_no_csp_report()
}

/// R91.
async fn r91_the_answer_about_another_user_is_discarded(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    let other = Fault::edit(|user| user["sub"] = format!("{}invalid", user["sub"]).into());
    let id = stage.control.fault(CLIENT, Endpoint::Userinfo, other);
    stage.sign_in(browser).await?;
    browser.until("events.some((event) => event.type === 'user-failed')").await?;
    let failed = "auth.user({ reload: true }).then(() => 'a user', (error) => error.code)";
    assert_ne!(browser.eval(failed).await?, "a user");
    assert_eq!(browser.eval("auth.state.user ?? null").await?, Value::Null);
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    stage.control.clear(id);
    assert_eq!(browser.eval("(await auth.user({ reload: true })).name").await?, "Ada Lovelace");
    let sent = stage.control.requests_to(Endpoint::Userinfo, Some(CLIENT));
    for request in sent {
        ensure!(request.header("authorization").is_some_and(|it| it.starts_with("Bearer ")));
        ensure!(request.query.is_empty() && !request.body.contains("access_token"));
    }
    stage.ensure_no_csp_report()
}

/// R103 and RFC 9470.
async fn r103_an_api_that_demands_more_says_what(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    stage.sign_in(browser).await?;
    let call = "auth.fetch(args[0]).then(({ status }) => ({ status }),
        ({ code, kind, acrValues, maxAgeSeconds, scope }) =>
            ({ code, kind, acrValues, maxAgeSeconds, scope }))";
    let call = format!("return {call};");
    let notes = format!("{}/api/notes", stage.origin());
    let step_up =
        Fault::insufficient_user_authentication(&[("acr_values", "mfa"), ("max_age", "300")]);
    stage.control.inject(Injection::new(Endpoint::Resource, step_up).times(2));
    let error = browser.run(&call, json!([notes])).await?;
    assert_eq!(error["code"], "insufficient-user-authentication");
    stage.control.clear_all();
    let more = Fault::insufficient_scope("app:db");
    stage.control.inject(Injection::new(Endpoint::Resource, more).times(2));
    let error = browser.run(&call, json!([notes])).await?;
    assert_eq!(error["code"], "insufficient-scope");
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "the session goes on");
    stage.control.clear_all();

    // The user proves more, and the session is wider after that.
    let wider = json!({ "scope": "openid profile app:db", "acrValues": "mfa", "maxAgeSeconds": 0 });
    stage.leave_to_sign_in(browser, wider).await?;
    browser.until("window.ready && auth.hasScope('app:db')").await?;
    assert_eq!(browser.eval("auth.claims.acr").await?, "mfa");
    let request = asked(&stage).pop().context("a request")?;
    assert_eq!(request.query_param("acr_values").as_deref(), Some("mfa"));
    assert_eq!(request.query_param("max_age").as_deref(), Some("0"));

    // A user who denies still has what was granted before.
    let denied = Fault::edit_redirect(|parameters| {
        parameters.retain(|(name, _)| name == "state");
        parameters.push(("error".into(), "access_denied".into()));
    });
    stage.control.fault(CLIENT, Endpoint::Authorize, denied);
    let widest = json!({ "scope": "openid profile app:db account" });
    stage.leave_to_sign_in(browser, widest).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, true);
    assert_eq!(browser.eval("auth.hasScope('app:db')").await?, true);
    assert_eq!(browser.run(&call, json!([notes])).await?, json!({ "status": 200 }));
    stage.ensure_no_csp_report()
}

/// R50, R110, R111 and R112.
async fn r112_a_sign_out_at_the_provider_returns_to_the_app(browser: &Browser) -> Result<()> {
    let stage = openid_stage("").await?;
    for fault in [None, Some(no_state()), Some(other_state())] {
        let echoes = fault.is_none();
        let id = fault.map(|fault| stage.control.fault(CLIENT, Endpoint::EndSession, fault));
        stage.sign_in(browser).await?;
        stage.control.clear_requests();
        leave_to_sign_out(browser, json!({ "everywhere": true, "returnTo": "/shop?x=1" })).await?;
        let target = stage.url(if echoes { "/shop?x=1" } else { "/callback" });
        wait_until("the browser is back", async || Ok(browser.url().await?.starts_with(&target)))
            .await?;
        browser.until("window.ready === true").await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
        assert_eq!(stage.control.live_sessions(CLIENT), 0);
        let mut requests = stage.control.requests_to(Endpoint::EndSession, Some(CLIENT));
        assert_eq!(requests.len(), 1);
        let request = requests.pop().context("a sign-out")?;
        ensure!(request.query_param("id_token_hint").is_some(), "{}", request.query);
        ensure!(request.query_param("state").is_some_and(|state| state.len() >= 22));
        let back = request.query_param("post_logout_redirect_uri");
        assert_eq!(back, Some(stage.redirect_uri()));
        id.into_iter().for_each(|id: InjectionId| stage.control.clear(id));
    }
    // The way back is no order to sign out.
    stage.sign_in(browser).await?;
    for query in ["", "?state=random", "?state=", "?state=a&state=b", "?logout=true"] {
        stage.visit(browser, &format!("/callback{query}")).await?;
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, true, "{query}");
    }
    for return_to in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http://localhost@evil.example/",
    ] {
        let call = format!(
            "auth.signOut({}).then(() => 'left', (error) => error.code)",
            json!({ "everywhere": true, "returnTo": return_to })
        );
        let code = browser.eval(&call).await?;
        ensure!(code == "invalid-option", "{return_to} is not refused: {code}");
        assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "{return_to}");
        let url = browser.url().await?;
        ensure!(url.starts_with(&stage.url("/")), "{return_to} led to {url}");
        // Not before: while a user is signed in, the next sign-in seems to have ended at once.
        stage.sign_in(browser).await?;
    }
    // Of this origin, although its path begins with two slashes.
    let return_to = "/%2f%2fevil.example/../..//evil.example";
    leave_to_sign_out(browser, json!({ "everywhere": true, "returnTo": return_to })).await?;
    browser.until("window.ready && !window.leaves && !auth.state.isSignedIn").await?;
    let url = browser.url().await?;
    ensure!(url.starts_with(&stage.url("/")), "{return_to} led to {url}");
    // The user is signed out here before the browser leaves, also if the provider is down.
    stage.control.fault(CLIENT, Endpoint::EndSession, Fault::Respond(Reply::status(503)));
    stage.sign_in(browser).await?;
    leave_to_sign_out(browser, json!({ "everywhere": true })).await?;
    let arrived = |log: &[demo_server::LoggedRequest]| {
        let is_answered = |request: &demo_server::LoggedRequest| request.status == Some(503);
        log.iter().any(is_answered)
    };
    stage.control.until(arrived).await;
    // Until then, the error page could still replace the page that is opened next.
    let app = stage.url("/");
    wait_until("the browser is away", async || Ok(!browser.url().await?.starts_with(&app))).await?;
    stage.visit(browser, "/").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    stage.ensure_no_csp_report()
}

async fn handles_lead_to_the_server_that_they_name(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.set_options(json!({ "handles": true, "scope": "openid profile" }));
    let handle = stage.origin().replace("http://", "");
    let did = format!("did:web:{}", handle.replace(':', "%3A"));
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, json!({ "handle": handle })).await?;
    browser.until(SIGNED_IN).await?;
    assert_eq!(browser.eval("auth.did").await?, did);
    browser.eval("auth.signOut()").await?;
    stage.control.clear_requests();

    let service = |endpoint: &str| {
        let endpoint = endpoint.to_owned();
        Fault::edit(move |document| {
            document["service"][0]["serviceEndpoint"] = endpoint.clone().into()
        })
    };
    let collector = Collector::start().await?;
    let own = "/users/ada/did.json";
    let elsewhere = format!("{did}:users:ada");
    let document = json!({
        "id": elsewhere,
        "alsoKnownAs": ["at://another.example"],
        "service": [{ "id": "#basic_pds", "type": "x", "serviceEndpoint": stage.origin() }],
    });
    stage.control.publish_did(own, &document);
    let at_collector = format!("{}/did.json", collector.origin());
    for (code, detail, fault) in [
        ("invalid-handle", "did", Fault::omit("id")),
        ("invalid-handle", "did", Fault::set("id", "did:plc:abc")),
        ("invalid-handle", "did", Fault::set("id", "did:web:evil.example%2fx")),
        // Its own document names another handle.
        ("invalid-handle", "alsoKnownAs", Fault::set("id", elsewhere)),
        ("invalid-handle", "service", Fault::omit("service")),
        ("invalid-handle", "service", Fault::set("service", json!([]))),
        ("invalid-handle", "service", service("javascript:alert(1)")),
        ("invalid-handle", "service", service("http://evil.example")),
        ("invalid-handle", "service", service("//evil.example")),
        ("invalid-handle", "document", Fault::rewrite(|_| "<html>".into())),
        ("invalid-handle", "document", Fault::not_found()),
        ("response-too-large", "", Fault::EndlessBody),
        ("network-error", "", Fault::redirect(302, at_collector)),
    ] {
        let injection = Injection::new(Endpoint::DidDocument, fault);
        let id = stage.control.inject(injection.path("/.well-known/did.json"));
        let error = handle_refused(&stage, browser, &handle).await?;
        assert_eq!(error["code"], code, "{error}");
        assert_eq!(error["detail"].as_str().unwrap_or_default(), detail, "{error}");
        stage.control.clear(id);
    }
    let mismatch = Fault::set("issuer", "https://evil.example");
    let id = stage.control.inject(Injection::new(Endpoint::Discovery, mismatch));
    let error = handle_refused(&stage, browser, &handle).await?;
    assert_eq!(error["code"], "invalid-metadata");
    stage.control.clear(id);
    for odd in
        ["", "a b", "evil.example/x", "user@evil.example", "evil.example?x", "javascript:alert(1)"]
    {
        let error = handle_refused(&stage, browser, odd).await?;
        assert_eq!(error["code"], "invalid-handle", "{odd}");
    }
    ensure!(collector.requests().is_empty(), "a redirect was followed");

    // The tokens must be for the user whom the handle names.
    stage.control.fault(CLIENT, Endpoint::TokenCode, Fault::id_token_claim("sub", "did:web:other"));
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, json!({ "handle": handle })).await?;
    browser.until("window.ready && Boolean(auth.state.error)").await?;
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false);
    stage.ensure_no_csp_report()
}

/// Starts pages whose server is found by its issuer, the origin with this path.
async fn openid_stage(path: &str) -> Result<Stage> {
    let stage = Stage::pages().await?;
    let issuer = format!("{}{path}", stage.origin());
    stage.set_options(json!({ "scope": "openid profile", "server": { "issuer": issuer } }));
    Ok(stage)
}

/// Tries to sign in, and returns the error. The browser must not leave the page.
async fn refused_before_it_leaves(stage: &Stage, browser: &Browser) -> Result<Value> {
    // What an earlier attempt stored must not answer for the server.
    stage.visit(browser, "/").await?;
    browser.run("localStorage.clear(); sessionStorage.clear();", json!([])).await?;
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, Value::Null).await?;
    browser.until("Boolean(window.failure)").await?;
    browser.eval(&told("failure")).await
}

async fn handle_refused(stage: &Stage, browser: &Browser, handle: &str) -> Result<Value> {
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, json!({ "handle": handle })).await?;
    browser.until("Boolean(window.failure)").await?;
    ensure!(asked(stage).is_empty(), "{handle:?}: the browser left");
    browser.eval(&told("failure")).await
}

/// Signs in with an ID token that has these faults, which must be refused. Returns the error.
async fn id_token_refused(
    stage: &Stage,
    browser: &Browser,
    faults: &[Fault],
    options: Value,
) -> Result<Value> {
    let ids = inject(stage, faults);
    stage.control.clear_requests();
    stage.visit(browser, "/").await?;
    stage.leave_to_sign_in(browser, options).await?;
    browser.until("window.ready && Boolean(auth?.state.error)").await?;
    let error = browser.eval(&told("auth.state.error")).await?;
    assert_eq!(error["code"], "invalid-id-token", "{error}");
    assert_eq!(browser.eval("auth.state.isSignedIn").await?, false, "{error}");
    let stored = browser.eval(STORED).await?;
    stage.ensure_no_secret("the store", &stored.to_string())?;
    for endpoint in [Endpoint::Userinfo, Endpoint::Resource] {
        ensure!(stage.control.requests_to(endpoint, None).is_empty(), "{error}: a token was used");
    }
    wait_until("the tokens are revoked", async || Ok(stage.control.live_sessions(CLIENT) == 0))
        .await?;
    clear(stage, ids);
    Ok(error)
}

/// Signs in with an ID token that has these faults, which must be accepted.
async fn accepted(stage: &Stage, browser: &Browser, faults: &[Fault]) -> Result<()> {
    let ids = inject(stage, faults);
    stage.sign_in(browser).await?;
    clear(stage, ids);
    let claims = browser.eval("auth.claims").await?;
    ensure!(claims["sub"].is_string() && claims["nonce"].is_string(), "{claims}");
    browser.eval("auth.signOut()").await?;
    if browser.eval("auth.state.isSignedIn").await? == true {
        bail!("the session did not end");
    }
    Ok(())
}

/// Returns an expression for an error: its code, and the detail at the end of its message.
fn told(error: &str) -> String {
    format!(
        "(({{ code, message }}) => ({{ code, detail: /\\((\\w+)\\)$/.exec(message)?.[1] }}))({error})"
    )
}

fn inject(stage: &Stage, faults: &[Fault]) -> Vec<InjectionId> {
    let on_token = |fault: &Fault| stage.control.fault(CLIENT, Endpoint::TokenCode, fault.clone());
    faults.iter().map(on_token).collect()
}

fn clear(stage: &Stage, ids: Vec<InjectionId>) {
    ids.into_iter().for_each(|id| stage.control.clear(id));
}

async fn leave_to_sign_out(browser: &Browser, options: Value) -> Result<()> {
    // In a task of its own: the page goes away, and with it what would answer the driver.
    let body = "window.leaves = true;
        setTimeout(() => auth.signOut(args[0]).catch((error) => { window.failure = error; }));";
    browser.run(body, json!([options])).await?;
    Ok(())
}

fn asked(stage: &Stage) -> Vec<demo_server::LoggedRequest> {
    stage.control.requests_to(Endpoint::Authorize, Some(CLIENT))
}

fn methods(names: &[&str]) -> Fault {
    Fault::set("code_challenge_methods_supported", json!(names))
}

fn no_state() -> Fault {
    Fault::edit_redirect(|parameters| parameters.retain(|(name, _)| name != "state"))
}

fn other_state() -> Fault {
    Fault::edit_redirect(|parameters| {
        for (name, value) in parameters {
            if name == "state" {
                *value = "random".into();
            }
        }
    })
}

/// Appends `1` to a claim that is a string, as most modules of the battery do.
fn append(claim: &'static str) -> Fault {
    Fault::id_token(move |claims| {
        let text = claims[claim].as_str().unwrap_or_default();
        claims[claim] = format!("{text}1").into();
    })
}

/// Moves a claim that is a time.
fn shift(claims: &mut Value, claim: &str, by: i64) {
    claims[claim] = (claims[claim].as_i64().unwrap_or_default() + by).into();
}
