//! The authorization request: what the browser is sent to the server with (R1 to R16).

use std::collections::BTreeSet;

use basic_oauth::platform::{Environment, Platform as _, SessionStore, Store as _};
use basic_oauth::protocol::RedirectUri;
use basic_oauth::protocol::authorization::ExtraParameters;
use basic_oauth::{AuthorizationServer, ErrorCode, Options, Scope, SignInOptions};
use basic_oauth_testing::Native;
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Effect, World};

#[test]
fn r1_r2_the_request_is_a_code_request_with_an_s256_challenge() {
    let world = World::new();
    let target = away(&world, &config()).navigations().remove(0);
    let names: Vec<_> = query_of(&target).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
    ];
    assert_eq!(names, expected, "each once, and nothing else");
    assert!(target.starts_with("https://api.basic.tech/auth/authorize?"));
    assert_eq!(parameter(&target, "response_type").unwrap(), "code");
    assert_eq!(parameter(&target, "code_challenge_method").unwrap(), "S256");
    assert_eq!(parameter(&target, "code_challenge").unwrap().len(), 43);
}

/// A thousand whole sign-ins: the verifiers and states that were really sent.
fn thousand() -> (Vec<String>, Vec<String>) {
    let world = World::with_seed(3);
    let mut states = Vec::new();
    for _ in 0..1_000 {
        let tab = away(&world, &config());
        states.push(parameter(&tab.navigations()[0], "state").unwrap());
        let tab = world.authorize(&tab);
        assert_signed_in(&start(&world, &tab, &config()));
        tab.close();
        // A stored session would only be restored in the next round.
        world.clear(SessionStore::Local);
    }
    assert!(world.server().violations().is_empty());
    let verifiers =
        exchanges(&world).into_iter().map(|post| post.parameter("code_verifier").unwrap());
    (verifiers.collect(), states)
}

#[test]
fn r3_r5_verifiers_and_states_are_new_and_evenly_distributed() {
    let (verifiers, states) = thousand();
    for texts in [&verifiers, &states] {
        assert_eq!(texts.len(), 1_000);
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 1_000, "no repeat");
        assert!(texts.iter().all(|text| text.len() == 43));
        assert!(chi_squared(texts) < 112.0, "beyond one chance in ten thousand");
    }
    assert!(verifiers.iter().all(|verifier| !states.contains(verifier)));
}

/// Over the 64 symbols, of all but the last character: that one carries four bits only.
fn chi_squared(texts: &[String]) -> f64 {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut counts = [0.0_f64; 64];
    let mut all = 0.0;
    for character in texts.iter().flat_map(|text| text[..42].chars()) {
        counts[SYMBOLS.find(character).expect("an unreserved character")] += 1.0;
        all += 1.0;
    }
    let expected: f64 = all / 64.0;
    counts.iter().map(|count| (count - expected).powi(2) / expected).sum()
}

#[test]
fn r5_r49_the_state_contains_nothing_of_the_app() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let options = SignInOptions::default().return_to("/secret-page");
    let _call = leave_with(&world, &tab, &auth, options);
    assert!(!tab.navigations()[0].contains("secret-page"));
}

#[test]
fn r7_the_redirect_uri_is_sent_byte_for_byte_and_never_taken_from_the_address() {
    let verbatim = "https://App.example:443/callback?x=%7e";
    let mut config = config();
    config.registration.redirect_uri =
        RedirectUri::parse(&Native, verbatim).expect("a valid redirect URI");
    let world = World::new();
    let tab = world.open("https://app.example/x?a=1#frag");
    let auth = start(&world, &tab, &config);
    let _call = leave(&world, &tab, &auth);
    assert_eq!(parameter(&tab.navigations()[0], "redirect_uri").unwrap(), verbatim);
    let back = world.authorize(&tab);
    assert_signed_in(&start(&world, &back, &config));
    assert_eq!(exchanges(&world)[0].parameter("redirect_uri").unwrap(), verbatim);
    assert!(world.server().violations().is_empty());
}

#[test]
fn r8_an_extra_parameter_of_a_reserved_name_is_refused() {
    let reserved = [
        "access_token",
        "client_id",
        "client_secret",
        "code",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "error",
        "error_description",
        "error_uri",
        "grant_type",
        "iss",
        "nonce",
        "password",
        "redirect_uri",
        "refresh_token",
        "request",
        "request_uri",
        "response",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "username",
    ];
    for name in reserved {
        let refused = ExtraParameters::default().add(name, "x").expect_err(name);
        assert_eq!(refused.code(), ErrorCode::ReservedParameter, "{name}");
    }
    let mut twice = ExtraParameters::default();
    twice.add("prompt", "login").expect("an allowed parameter");
    assert_eq!(
        twice.add("prompt", "none").expect_err("twice").code(),
        ErrorCode::ReservedParameter
    );
}

#[test]
fn r8_extras_are_sent_once_and_the_endpoints_own_query_is_kept() {
    let mut config = config();
    config.registration.server.authorization_endpoint =
        endpoint("https://api.basic.tech/auth/authorize?tenant=1");
    config.authorization_params.add("prompt", "login").expect("an allowed parameter");
    config.authorization_params.add("ui_locales", "de").expect("an allowed parameter");
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config);
    let mut params = ExtraParameters::default();
    params.add("prompt", "consent").expect("an allowed parameter");
    params.add("login_hint", "a&b=c d").expect("an allowed parameter");
    let _call =
        leave_with(&world, &tab, &auth, SignInOptions::default().authorization_params(params));
    let sent = query_of(&tab.navigations()[0]);
    let values = |name: &str| -> Vec<&str> {
        sent.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(values("tenant"), ["1"]);
    assert_eq!(values("prompt"), ["consent"], "this sign-in's wins");
    assert_eq!(values("ui_locales"), ["de"]);
    assert_eq!(values("login_hint"), ["a&b=c d"]);
    assert_eq!(values("client_id"), ["client"]);
}

#[test]
fn r9_r101_there_is_no_secret_and_no_authorization_header() {
    let world = World::new();
    let (_tab, _auth) = sign_in(&world, &config());
    let sent = &exchanges(&world)[0];
    assert!(sent.bearer.is_none());
    assert_eq!(sent.parameter("client_id").unwrap(), "client");
    let names: Vec<_> = sent.parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "code", "redirect_uri", "client_id", "code_verifier"]);
}

#[test]
fn r10_r98_a_refresh_asks_for_the_same_client_and_no_scope() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let scope = Scope::parse("profile app:db").expect("a valid scope");
    let _call = leave_with(&world, &tab, &auth, SignInOptions::default().scope(scope));
    assert_eq!(parameter(&tab.navigations()[0], "scope").unwrap(), "profile app:db");
    let tab = world.authorize(&tab);
    let _auth = start(&world, &tab, &config());
    world.advance(HOUR);
    let names: Vec<_> =
        refreshes(&world)[0].parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "refresh_token", "client_id"]);
    assert_eq!(refreshes(&world)[0].url, exchanges(&world)[0].url);
}

#[test]
fn r14_no_query_starts_a_sign_in() {
    let world = World::new();
    let query = "?login&iss=https://evil.test&login_hint=x&target_link_uri=https://evil.test";
    for page in [HOME, CALLBACK] {
        let tab = world.open(&[page, query].concat());
        let auth = start(&world, &tab, &config());
        world.advance(HOUR);
        assert!(tab.navigations().is_empty() && world.requests().is_empty());
        assert_eq!(tab.address(), [page, query].concat());
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn r76_planted_records_and_parameters_do_not_configure_the_client() {
    let world = World::new();
    let evil = r#"{"tokenEndpoint":"https://evil.test/token","issuer":"https://evil.test"}"#;
    let (_tab, auth) = sign_in(&world, &config());
    let session = keys(&world, SessionStore::Local).remove(0);
    let namespace = session.strip_suffix(".session").expect("a session").to_owned();
    world.run(auth.sign_out()).expect("signed out");
    for key in ["server", "config", "basic-oauth", "basic-oauth.server", "oidc.metadata"] {
        world.plant(key, evil);
        world.plant(&[&namespace, ".", key].concat(), evil);
    }
    let query = "?server=https://evil.test&token_endpoint=https://evil.test/token&client_id=evil\
                 &redirect_uri=https://evil.test/&scope=admin&issuer=https://evil.test";
    let tab = world.open(&[HOME, query].concat());
    let cookies = tab.store(SessionStore::Cookie).expect("open");
    for key in ["server", "tokenEndpoint", &[&namespace, ".server"].concat()] {
        cookies.write(key, "https://evil.test").expect("room");
    }
    let auth = start(&world, &tab, &config());
    let _call = leave(&world, &tab, &auth);
    let asked = tab.navigations().remove(0);
    assert!(asked.starts_with("https://api.basic.tech/auth/authorize?"), "{asked}");
    assert_eq!(parameter(&asked, "client_id").as_deref(), Some("client"));
    assert_eq!(parameter(&asked, "redirect_uri").as_deref(), Some(CALLBACK));
    assert_eq!(parameter(&asked, "scope").as_deref(), Some("profile"));
    assert_signed_in(&start(&world, &world.authorize(&tab), &config()));
    assert!(world.requests().iter().all(|request| !request.url.contains("evil.test/token")));
}

#[test]
fn r15_r74_a_script_url_is_not_an_endpoint() {
    for origin in [
        "javascript:alert(1)//",
        "JaVaScRiPt:x",
        "\tdata:text/html,",
        "\0vbscript:",
        "blob:https://a.b/",
    ] {
        let refused = AuthorizationServer::basic_at(&Native, origin).expect_err(origin);
        assert_eq!(refused.code(), ErrorCode::InvalidEndpoint, "{origin:?}");
        let options = Options::new("client", origin);
        assert!(options.validate(&Native, "").is_err(), "{origin:?}");
    }
}

#[test]
fn r16_without_a_secure_random_source_nothing_starts() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    world.set_random(false);
    let refused = try_start(&world, &tab, &config()).expect_err("no randomness");
    assert_eq!(refused.code(), ErrorCode::NoSecureRandom);
    let call = leave(&world, &tab, &auth);
    assert_eq!(call.take().expect("ended").expect_err("refused").code(), ErrorCode::NoSecureRandom);
    assert!(tab.navigations().is_empty() && keys(&world, SessionStore::Local).is_empty());
    world.set_random(true);
    assert!(leave(&world, &tab, &auth).take().is_none(), "usable afterwards");
}

#[test]
fn r16_r147_an_insecure_context_is_refused() {
    let world = World::new();
    let insecure = Environment { is_secure_context: false, is_framed: false };
    for tab in [world.open("http://app.example/"), world.open_as(HOME, insecure)] {
        let refused = try_start(&world, &tab, &config()).expect_err("insecure");
        assert_eq!(refused.code(), ErrorCode::InsecureContext);
    }
}

#[test]
fn a_redirect_uri_of_another_origin_fails_at_once() {
    let world = World::new();
    let refused = try_start(&world, &world.open("https://other.example/"), &config());
    let error = refused.expect_err("elsewhere");
    assert_eq!(error.code(), ErrorCode::InvalidRedirectUri);
    let both = "(redirect_uri: https://app.example, this page: https://other.example)";
    assert!(error.message().ends_with(both), "{}", error.message());
}

#[test]
fn r125_a_framed_page_does_not_sign_in() {
    let world = World::new();
    let tab = world.open_as(HOME, Environment { is_secure_context: true, is_framed: true });
    let auth = start(&world, &tab, &config());
    let call = leave(&world, &tab, &auth);
    assert_eq!(call.take().expect("ended").expect_err("framed").code(), ErrorCode::Framed);
    assert!(tab.navigations().is_empty());
}

#[test]
fn r124_twenty_clicks_are_one_sign_in() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let second = start(&world, &tab, &config());
    let calls: Vec<_> = (0..20)
        .map(|click| {
            let auth = if click % 2 == 0 { auth.clone() } else { second.clone() };
            tab.call(async move { auth.sign_in(SignInOptions::default()).await })
        })
        .collect();
    world.settle();
    assert_eq!(tab.navigations().len(), 1);
    assert_eq!(keys(&world, SessionStore::Local).len(), 1, "one transaction");
    assert!(calls.iter().all(|call| call.take().is_none()));
}

#[test]
fn a_sign_in_without_a_redirect_ends_after_ten_seconds_and_can_be_retried() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let call = leave(&world, &tab, &auth);
    world.advance(9 * SECOND);
    assert!(call.take().is_none());
    world.advance(2 * SECOND);
    assert_eq!(call.take(), Some(Ok(())));
    let _call = leave(&world, &tab, &auth);
    assert_eq!(tab.navigations().len(), 2);
}

#[test]
fn a_sign_in_that_the_user_did_not_press_for_replaces_the_page() {
    let world = World::new();
    let (tab, other) = (world.open(HOME), world.open(HOME));
    let mut options = SignInOptions::default();
    options.replaces_page = true;
    let _call = leave_with(&world, &tab, &start(&world, &tab, &config()), options);
    assert!(tab.navigations().is_empty(), "no new history entry");
    let target = tab.loads().remove(0);
    assert!(target.starts_with("https://api.basic.tech/auth/authorize?"), "{target}");
    let _call = leave(&world, &other, &start(&world, &other, &config()));
    assert_eq!((other.loads().len(), other.navigations().len()), (0, 1));
}

#[test]
fn r18_the_transaction_is_stored_before_the_redirect() {
    let world = World::new();
    let _tab = away(&world, &config());
    let effects = world.effects();
    let stored = effects.iter().position(|e| matches!(e, Effect::Stored(SessionStore::Local, _)));
    let left = effects.iter().position(|e| *e == Effect::Navigated);
    assert!(stored.expect("kept") < left.expect("left"), "{effects:?}");
}
