//! What servers send, and what they need (R6, R8, R11, R36, R63, R66, R91, R100, R103).

use basic_oauth::platform::SessionStore;
use basic_oauth::protocol::authorization::ExtraParameters;
use basic_oauth::{
    AuthState, AuthorizationServer, Config, ErrorCode, Event, OnReturn, Options, Scope,
    ServerOptions, SignInOptions, SignedOutReason,
};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Account, Answer, ApiRequest, Gate, World};
use serde_json::json;

/// An app of a server that is not Basic, which asks for this.
fn any_server(scope: &str) -> Config {
    let mut config = config();
    let basic = &config.registration.server;
    config.registration.server = AuthorizationServer {
        userinfo_endpoint: basic.userinfo_endpoint.clone(),
        ..AuthorizationServer::new(
            basic.authorization_endpoint.clone(),
            basic.token_endpoint.clone(),
        )
    };
    config.scope = Scope::parse(scope).expect("a valid scope");
    config
}

fn with_user(config: Config) -> Config {
    let mut config = config;
    config.load_user = true;
    config
}

fn user_name(auth: &Auth) -> Option<String> {
    match &*auth.state() {
        AuthState::SignedIn { user, .. } => user.as_ref()?.name().map(str::to_owned),
        state => panic!("{state:?}"),
    }
}

#[test]
fn r6_a_fresh_nonce_goes_with_openid_and_is_kept_in_the_record() {
    let world = World::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let tab = away(&world, &any_server("openid profile"));
        let nonce = parameter(&tab.navigations()[0], "nonce").expect("sent");
        assert!((32..=64).contains(&nonce.len()), "{nonce}");
        let records = world.records(SessionStore::Local);
        assert!(records.values().any(|record| record.contains(&nonce)), "kept until the callback");
        assert!(!seen.contains(&nonce));
        seen.push(nonce);
    }
    for scope in ["profile", "profile openid.x", ""] {
        let tab = away(&world, &any_server(scope));
        assert_eq!(parameter(&tab.navigations()[0], "nonce"), None, "{scope:?}");
    }
    let config = any_server("profile");
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config);
    let scope = Scope::parse("openid").expect("a valid scope");
    let _call = leave_with(&world, &tab, &auth, SignInOptions::default().scope(scope));
    assert!(parameter(&tab.navigations()[0], "nonce").is_some(), "asked for once");
}

#[test]
fn r8_an_empty_scope_is_not_sent_unless_the_server_requires_one() {
    let world = World::new();
    let tab = away(&world, &any_server(""));
    assert_eq!(parameter(&tab.navigations()[0], "scope"), None);
    assert_signed_in(&start(&world, &world.authorize(&tab), &any_server("")));

    let basic = Options::new("client", "/callback").scope("");
    let refused = world.run(Auth::start(world.open(HOME), basic)).expect_err("refused");
    assert_eq!((refused.code(), refused.detail()), (ErrorCode::InvalidOption, Some("scope")));
    // A user who is signed in keeps what was granted.
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &config());
    let options = SignInOptions::default().scope(Scope::default());
    let refused = leave_with(&world, &tab, &auth, options).take().expect("at once");
    assert_eq!(refused.expect_err("refused").detail(), Some("scope"));
}

#[test]
fn r33_a_contradictory_configuration_fails_at_the_start() {
    let world = World::new();
    let options = || Options::new("client", "/callback");
    let server = ServerOptions::new("https://as.example/a", "https://as.example/t");
    let unnamed = options().server_options(server.iss_parameter_supported(true));
    let lost = options().store(SessionStore::Memory).on_return(OnReturn::Load);
    for (options, name) in [(unnamed, "issuer"), (lost, "onReturn")] {
        let refused = world.run(Auth::start(world.open(HOME), options)).expect_err("refused");
        assert_eq!((refused.code(), refused.detail()), (ErrorCode::InvalidOption, Some(name)));
    }
}

#[test]
fn c27_without_a_token_type_a_token_is_bearer() {
    let world = World::new();
    world.answer(TOKEN, Answer::json(200, &token_body(json!({ "token_type": null }))));
    let (_tab, auth) = sign_in(&world, &config());
    assert_eq!(token(&world, &auth), "a1");
}

#[test]
fn r11_token_parameters_go_with_the_exchange_and_each_refresh() {
    let mut config = any_server("profile");
    config.token_params = ExtraParameters::default();
    let resources = ["https://a.example", "https://b.example"];
    for resource in resources {
        config.token_params.add("resource", resource).expect("a free name");
    }
    let world = World::new();
    let (_tab, _auth) = sign_in(&world, &config);
    world.advance(2 * HOUR);
    let sent = world.requests_to(TOKEN);
    assert_eq!(sent.len(), 3);
    for request in sent {
        let parameters = request.parameters();
        let own = parameters.iter().filter(|(name, _)| name == "resource");
        assert_eq!(own.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), resources);
    }
}

#[test]
fn token_extras_can_be_read_and_live_as_long_as_the_session() {
    let world = World::new();
    let body = json!({"instance_url": "https://eu.example", "patient": "p-1", "id_token": "eyJ"});
    world.answer(TOKEN, Answer::json(200, &token_body(body)));
    let (tab, auth) = sign_in(&world, &config());
    let text = |auth: &Auth, name: &str| {
        let extras = auth.token_extras();
        extras.as_json().and_then(|json| json.text(name).map(str::to_owned))
    };
    assert_eq!(text(&auth, "instance_url").as_deref(), Some("https://eu.example"));
    assert_eq!(text(&auth, "id_token"), None, "no token");
    let auth = start(&world, &tab.reload(), &config());
    assert_eq!(text(&auth, "patient").as_deref(), Some("p-1"));
    world.answer(TOKEN, Answer::json(200, &token_body(json!({"patient": "p-2"}))));
    world.advance(HOUR);
    assert_eq!(text(&auth, "patient").as_deref(), Some("p-2"));
    assert_eq!(text(&auth, "instance_url").as_deref(), Some("https://eu.example"), "kept");
    world.run(auth.sign_out()).expect("signed out");
    assert!(auth.token_extras().as_json().is_none());
    assert!(!dump(&world).contains("eu.example"));
}

#[test]
fn token_extras_that_do_not_fit_end_no_session() {
    let world = World::new();
    let body = json!({"huge": "x".repeat(100_000)});
    world.answer(TOKEN, Answer::json(200, &token_body(body)));
    let (_tab, auth) = sign_in(&world, &config_in(SessionStore::Cookie));
    assert!(auth.token_extras().as_json().is_none());
}

#[test]
fn the_user_is_read_again_once_in_a_page_if_it_was_an_hour_ago() {
    let world = World::new();
    let config = with_user(config());
    let (tab, auth) = sign_in(&world, &config);
    assert_eq!(user_name(&auth).as_deref(), Some("Ada"));
    world.advance(30 * MINUTE);
    let tab = tab.reload();
    let auth = start(&world, &tab, &config);
    world.settle();
    assert_eq!((user_name(&auth).as_deref(), world.requests_to(USERINFO).len()), (Some("Ada"), 1));
    world.advance(5 * HOUR);
    assert_eq!(world.requests_to(USERINFO).len(), 1, "not while the page stays");
    auth.close();
    let mut tab = tab;
    for _ in 0..3 {
        tab = tab.reload();
        let auth = start(&world, &tab, &config);
        world.settle();
        assert_eq!(user_name(&auth).as_deref(), Some("Ada"));
        auth.close();
    }
    assert_eq!(world.requests_to(USERINFO).len(), 2, "once, and then it is fresh");
}

#[test]
fn the_user_can_be_read_again_by_a_call() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &with_user(config()));
    let changed = json!({"sub": "did:example:ada", "name": "Ada King"}).to_string();
    world.answer(USERINFO, Answer::json(200, &changed));
    assert_eq!(world.run(auth.user()).expect("known").name(), Some("Ada"));
    assert_eq!(world.run(auth.reload_user()).expect("read").name(), Some("Ada King"));
    assert_eq!(user_name(&auth).as_deref(), Some("Ada King"), "and in the state");
}

#[test]
fn a_user_who_could_not_be_read_is_read_at_the_next_opportunity() {
    for chance in 0..3 {
        let world = World::new();
        world.answer(USERINFO, Answer::json(503, "{}"));
        let (watched, events) = with_events(&with_user(config()));
        let (tab, auth) = sign_in(&world, &watched);
        assert_eq!(user_name(&auth), None);
        assert_eq!(
            state_error(&auth),
            Some(ErrorCode::ServerUnavailable),
            "the app gets the error"
        );
        assert!(events.borrow().contains(&Event::UserFailed(ErrorCode::ServerUnavailable)));
        match chance {
            0 => world.advance(HOUR),
            1 => tab.show(),
            _ => drop(world.run(auth.user()).expect("read")),
        }
        world.settle();
        assert_eq!(user_name(&auth).as_deref(), Some("Ada"), "chance {chance}");
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn r91_unreadable_user_information_is_an_error_and_the_session_is_kept() {
    for (answer, code) in [
        (Answer::json(401, r#"{"error":"invalid_token"}"#), ErrorCode::TokenError),
        (Answer::json(500, "{}"), ErrorCode::ServerUnavailable),
        (Answer::of_type(200, "text/html", "<h1>Hello</h1>"), ErrorCode::NotJson),
        (Answer::json(200, r#"{"id":"x"}"#), ErrorCode::InvalidUserInfo),
        (Answer::network_error(), ErrorCode::NetworkError),
    ] {
        let world = World::new();
        world.server().issues_refresh_tokens = false;
        world.answer_always(USERINFO, Some(answer.clone()));
        let (watched, events) = with_events(&with_user(config()));
        let (_tab, auth) = sign_in(&world, &watched);
        assert_signed_in(&auth);
        assert_eq!(state_error(&auth), Some(code), "{answer:?}");
        assert!(events.borrow().contains(&Event::UserFailed(code)), "{answer:?}");
        assert_eq!(token(&world, &auth), "access-2");
        if code == ErrorCode::InvalidUserInfo {
            let message = auth.state().error().expect("an error").message();
            assert!(message.contains("`sub`") && !message.contains("JSON"), "{message}");
        }
    }
}

#[test]
fn a_refresh_does_not_hide_that_the_user_cannot_be_read() {
    let world = World::new();
    world.answer_always(USERINFO, Answer::json(500, "{}"));
    let (_tab, auth) = sign_in(&world, &with_user(config()));
    for _ in 0..3 {
        world.advance(HOUR);
        assert_eq!(state_error(&auth), Some(ErrorCode::ServerUnavailable));
    }
}

#[test]
fn r36_error_texts_keep_what_a_developer_needs() {
    let correlation = "Correlation ID: 0f2a";
    let text = format!("AADSTS50126: {}\r\n{correlation}\r\nTimestamp: now", "x".repeat(600));
    let world = World::new();
    let tab = away(&world, &config());
    let redirect = world.consent(&tab).refused("invalid_request").with("error_description", &text);
    let auth = start(&world, &tab.go(&redirect.url()), &config());
    let state = auth.state();
    let said = state.error().and_then(|error| error.oauth()).expect("an OAuth error");
    let description = said.description.as_deref().expect("kept");
    assert!(description.ends_with(&format!("x {correlation} Timestamp: now")), "{description}");
}

#[test]
fn r100_a_request_is_never_repeated_with_the_token_of_another_user() {
    const API: &str = "https://api.basic.tech/api/items";
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    let before = world.requests_to("/api/items").len();
    let gate = Gate::new();
    world.answer("/api/items", Answer::json(401, "{}").behind(&gate));
    let own = auth.clone();
    let call = tab.call(async move { own.fetch(ApiRequest::get(API)).await });
    world.settle();
    assert_eq!(world.requests_to("/api/items").len(), before + 1);
    // The first user signs out in another tab, and a second one signs in there.
    let (_other, theirs) = another_tab(&world, &config());
    world.run(theirs.sign_out()).expect("signed out");
    world.server().account = Account::named("Bob");
    let (_third, bobs) = sign_in(&world, &config());
    world.settle();
    assert_signed_in(&auth);
    assert_eq!(token(&world, &auth), token(&world, &bobs), "this tab is the second user's now");
    gate.open();
    world.settle();
    let answer = call.take().expect("ended").expect("the answer that there was");
    assert_eq!(answer.status, 401);
    assert_eq!(world.requests_to("/api/items").len(), before + 1, "and no repetition");
}

#[test]
fn r100_a_request_that_waits_for_a_refresh_does_not_pass_to_another_user() {
    const API: &str = "https://api.basic.tech/api/items";
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.sleep(2 * HOUR);
    let gate = world.hold(TOKEN);
    let own = auth.clone();
    let call = tab.call(async move { own.fetch(ApiRequest::get(API)).await });
    world.settle();
    let (_other, theirs) = another_tab(&world, &config());
    world.run_within(MINUTE, theirs.sign_out()).expect("signed out");
    world.server().account = Account::named("Bob");
    let (_third, _bobs) = sign_in(&world, &config());
    gate.open();
    world.advance(MINUTE);
    let refused = call.take().expect("ended").expect_err("not sent");
    assert_eq!(refused.code(), ErrorCode::NotSignedIn);
    assert!(world.requests_to("/api/items").is_empty());
}

#[test]
fn r103_a_cancelled_request_ends_at_once_and_the_refresh_goes_on() {
    const API: &str = "https://api.basic.tech/api/items";
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.sleep(2 * HOUR);
    let (answer, cancelled) = (world.hold(TOKEN), Gate::new());
    let request = ApiRequest { cancelled: Some(cancelled.clone()), ..ApiRequest::get(API) };
    let own = auth.clone();
    let call = tab.call(async move { own.fetch(request).await });
    let waiting = ask_token(&tab, &auth);
    world.settle();
    assert!(call.take().is_none(), "it waits for the refresh");
    cancelled.open();
    world.settle();
    assert!(call.take().expect("ended at once").is_err());
    assert!(waiting.take().is_none());
    answer.open();
    world.settle();
    assert!(waiting.take().expect("ended").is_ok(), "the refresh went on for others");
    assert!(world.requests_to("/api/items").is_empty());
}

#[test]
fn r103_a_request_is_cancelled_while_it_waits_for_a_refresh_after_a_401() {
    const API: &str = "https://api.basic.tech/api/items";
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.answer("/api/items", Answer::json(401, "{}"));
    let (answer, cancelled) = (world.hold(TOKEN), Gate::new());
    let request = ApiRequest { cancelled: Some(cancelled.clone()), ..ApiRequest::get(API) };
    let own = auth.clone();
    let call = tab.call(async move { own.fetch(request).await });
    world.settle();
    assert_eq!(refreshes(&world).len(), 1);
    cancelled.open();
    world.settle();
    assert!(call.take().expect("ended at once").is_err());
    answer.open();
    world.settle();
    assert_signed_in(&auth);
    assert_eq!(world.requests_to("/api/items").len(), 1);
}

#[test]
fn r25_r98_another_token_endpoint_never_sees_the_session() {
    let world = World::new();
    let honest = with_issuer(config(), "https://api.basic.tech");
    let (tab, auth) = sign_in(&world, &honest);
    auth.close();
    let basic = honest.registration.server.clone();
    let evil = |url: &str| endpoint(url);
    for server in [
        AuthorizationServer { token_endpoint: evil("https://evil.example/token"), ..basic.clone() },
        AuthorizationServer {
            userinfo_endpoint: Some(evil("https://evil.example/userinfo")),
            ..basic.clone()
        },
        AuthorizationServer {
            revocation_endpoint: Some(evil("https://evil.example/revoke")),
            ..basic.clone()
        },
    ] {
        let mut config = with_user(honest.clone());
        config.registration.server = server;
        world.sleep(2 * HOUR);
        let tab = world.open(HOME);
        let injected = start(&world, &tab, &config);
        world.advance(MINUTE);
        assert_signed_out(&injected, SignedOutReason::Never);
        world.run_within(MINUTE, injected.sign_out()).expect("signed out");
        let leaked = world.requests().iter().any(|request| request.url.contains("evil"));
        assert!(!leaked);
    }
    let auth = start(&world, &tab.reload(), &honest);
    world.advance(MINUTE);
    assert_signed_in(&auth);
}

#[test]
fn r105_a_record_of_an_earlier_version_is_replaced_without_an_error() {
    let world = World::new();
    let key = [&config().registration.namespace(), ".session"].concat();
    world.plant(&key, "session 1\nid\naccess\nrefresh\nprofile\n1\n2\n");
    let auth = start(&world, &world.open(HOME), &config());
    assert_signed_out(&auth, SignedOutReason::Never);
    assert_eq!(state_error(&auth), None);
    assert_signed_in(&sign_in(&world, &config()).1);
    assert_eq!(keys(&world, SessionStore::Local), [key], "no other record");
}
