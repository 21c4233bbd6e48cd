//! Nothing secret is printed (R127 to R129): canaries through everything that can be formatted.

use std::fmt::{Debug, Write as _};

use basic_oauth::codec::UrlParser as _;
use basic_oauth::platform::{Platform as _, SessionStore};
use basic_oauth::protocol::callback::AuthorizationResponse;
use basic_oauth::protocol::http::{Body, Request, Response};
use basic_oauth::protocol::openid::transaction::OpenIdTransaction;
use basic_oauth::protocol::pkce::CodeVerifier;
use basic_oauth::protocol::state::State;
use basic_oauth::protocol::transaction::Transaction;
use basic_oauth::protocol::{authorization, revocation, token, userinfo};
use basic_oauth::session::Session;
use basic_oauth::{AccessToken, AuthorizationCode, RefreshToken, Scope, SecretText, SignInOptions};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, ApiRequest, World};
use serde_json::json;

/// Everything that was formatted, in both ways.
#[derive(Default)]
struct Printed(String);

impl Printed {
    fn add(&mut self, value: &impl Debug) {
        writeln!(self.0, "{value:?}\n{value:#?}").expect("writable");
    }

    fn add_error(&mut self, error: &basic_oauth::Error) {
        self.add(error);
        writeln!(self.0, "{error} {} {:?}", error.message(), error.oauth()).expect("writable");
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            writeln!(self.0, "{inner} {inner:?}").expect("writable");
            source = inner.source();
        }
    }

    #[track_caller]
    fn assert_without(&self, secrets: &[String]) {
        for secret in secrets {
            assert!(secret.len() > 8, "no canary: {secret}");
            assert!(!self.0.contains(secret.as_str()), "printed: {secret}");
        }
    }
}

fn canary_tokens(number: u32) -> Answer {
    Answer::json(
        200,
        &token_body(json!({
            "access_token": format!("canary-access-{number}"),
            "refresh_token": format!("canary-refresh-{number}"),
        })),
    )
}

#[test]
fn r127_r128_a_whole_session_prints_no_secret() {
    let world = World::new();
    let (mut config, events) = with_events(&config_with_revocation());
    config.load_user = true;
    let mut printed = Printed::default();
    let mut secrets: Vec<String> = (1..=3)
        .flat_map(|n| [format!("canary-access-{n}"), format!("canary-refresh-{n}")])
        .collect();
    secrets.extend(["canary-code-1".into(), "canary-name".into(), "canary-sub-1".into()]);

    let tab = away(&world, &config);
    let redirect = world.consent(&tab).with("code", "canary-code-1");
    secrets.push(redirect.parameter("state").expect("there").into());
    printed.add(&redirect);
    let tab = tab.go(&redirect.url());
    world.answer(TOKEN, canary_tokens(1));
    world.answer_always(
        USERINFO,
        Answer::json(200, r#"{"sub":"canary-sub-1","name":"canary-name"}"#),
    );
    let auth = start(&world, &tab, &config);
    assert_signed_in(&auth);
    secrets.push(exchanges(&world)[0].parameter("code_verifier").expect("sent"));
    assert!(matches!(&*auth.state(), basic_oauth::AuthState::SignedIn { user: Some(_), .. }));

    printed.add(&auth);
    printed.add(&auth.state());
    printed.add(&world.run(auth.token()));
    printed.add(&world.run(auth.user()));
    let subscription = auth.subscribe(|_| ());
    printed.add(&subscription);
    world.answer(TOKEN, Answer::json(503, r#"{"error":"server_error"}"#));
    world.answer(TOKEN, canary_tokens(2));
    world.answer(TOKEN, canary_tokens(3));
    world.advance(2 * HOUR);
    world.answer("/api/notes", Answer::json(200, "{}"));
    let request = ApiRequest::get("https://api.basic.tech/api/notes");
    printed.add(&world.run(auth.fetch(request)));
    world.answer(REVOKE, Answer::json(503, ""));
    printed.add(&world.run(auth.sign_out()));
    assert_eq!(refreshes(&world).len(), 3);

    printed.add(&*events.borrow());
    for event in events.borrow().iter() {
        write!(printed.0, "{} ", event.as_str()).expect("writable");
    }
    printed.add(&(
        &config,
        &config.registration,
        &config.authorization_params,
        &config.api_origins,
    ));
    printed.add(&(&world, &tab, world.requests(), SignInOptions::default()));
    printed.add(&(&*world.server(), tab.store(SessionStore::Local)));
    printed.assert_without(&secrets);
    // Effects name the keys of records, and that of a transaction holds its state.
    assert!(!format!("{:?}", world.effects()).contains("canary"));
}

#[test]
fn r129_no_error_of_any_step_holds_what_was_sent() {
    let answers = [
        Answer::json(400, r#"{"error":"invalid_grant"}"#),
        Answer::json(500, "{}"),
        Answer::json(200, &token_body(json!({ "access_token": "canary-bad\u{0}token" }))),
        Answer::json(200, &token_body(json!({ "token_type": "canary-type" }))),
        Answer::of_type(200, "text/html", "<p>canary-html</p>"),
        Answer::json(200, "{\"access_token\":\"canary-cut"),
        Answer::network_error(),
        Answer::lost(),
        Answer::json(307, "canary-redirect"),
        Answer::json(200, &"canary-large".repeat(1 << 20)),
    ];
    for answer in answers {
        let world = World::new();
        let mut printed = Printed::default();
        let (config, events) = with_events(&config());
        let tab = away(&world, &config);
        let redirect = world.consent(&tab).with("code", "canary-code-1");
        let state = redirect.parameter("state").expect("there").to_owned();
        world.answer(TOKEN, answer.clone());
        let auth = start(&world, &tab.go(&redirect.url()), &config);
        printed.add_error(auth.state().error().expect("failed"));
        printed.add(&(auth.state(), &*events.borrow(), world.requests()));
        let verifier = exchanges(&world)[0].parameter("code_verifier").expect("sent");

        let (tab, auth) = sign_in(&world, &config);
        world.answer(TOKEN, answer);
        world.sleep(2 * HOUR);
        let call = ask_token(&tab, &auth);
        world.settle();
        printed.add_error(&call.take().expect("ended").expect_err("failed"));
        printed.add(&(auth.state(), &*events.borrow(), world.requests()));
        assert!(!printed.0.contains("canary"), "{}", printed.0);
        printed.assert_without(&[state, verifier]);
        assert!(
            !printed.0.contains("refresh-") && !printed.0.contains("access-4"),
            "{}",
            printed.0
        );
    }
}

#[test]
fn r129_no_error_of_a_callback_holds_its_parameters() {
    let world = World::new();
    let tab = away(&world, &config());
    let state = parameter(&tab.navigations()[0], "state").expect("there");
    for query in [
        format!("code=canary-code&state={state}&state=canary-state"),
        "code=canary-code&state=canary-state".to_owned(),
        "code=canary-code".to_owned(),
        "response=canary-response".to_owned(),
        "error=access_denied&state=canary-state".to_owned(),
    ] {
        let mut printed = Printed::default();
        let tab = world.open(&format!("{CALLBACK}?{query}"));
        let auth = start(&world, &tab, &config());
        if let Some(error) = auth.state().error() {
            printed.add_error(error);
        }
        printed.add(&auth.state());
        assert!(!printed.0.contains("canary"), "{}", printed.0);
    }
}

#[test]
fn r127_every_type_that_holds_a_secret_redacts_it() {
    let config = config_with_revocation();
    let tab = World::new().open(HOME);
    let timeout = config.request_timeout;
    let access = AccessToken::parse("canary-access".into()).expect("a valid token");
    let refresh = RefreshToken::parse("canary-refresh".into()).expect("a valid token");
    let code = AuthorizationCode::parse("canary-code".into()).expect("a valid code");
    let verifier = CodeVerifier::parse("canary-verifier".repeat(4)).expect("a valid verifier");
    let state = State::parse(&"canarystate".repeat(4)[..43]).expect("a valid state");
    let nonce = SecretText::new("canary-nonce".into());
    let extra = authorization::ExtraParameters::default();
    let own = authorization::AuthorizationRequest {
        client_id: "client",
        redirect_uri: &config.registration.redirect_uri,
        scope: &config.scope,
        state: &state,
        nonce: Some(&nonce),
        verifier: &verifier,
        extra: [&extra, &extra],
    };
    let transaction = Transaction {
        state: state.clone(),
        verifier: verifier.clone(),
        nonce: Some(nonce.clone()),
        scope: Scope::granted("profile"),
        return_to: "/".into(),
        openid: OpenIdTransaction::default(),
        created_at: tab.now(),
    };
    let tokens = || {
        let body = SecretText::new(token_body(json!({
            "access_token": "canary-access", "refresh_token": "canary-refresh"
        })));
        let content_type = Some("application/json".into());
        Response { status: 200, content_type, retry_after: None, body }
    };
    let processed =
        token::process_response(&tab, &tokens(), tab.now()).expect("a valid token response");
    let session = Session::begin(
        "id".into(),
        processed.clone(),
        &config.scope,
        tab.now(),
        config.default_token_lifetime,
    );
    let user = userinfo::User::from_json(basic_oauth::codec::Json::object([
        ("sub", "canary-sub".into()),
        ("email", "canary@example.com".into()),
    ]));
    let url =
        tab.parse_url(&format!("{CALLBACK}?code=canary-code&state=canary"), None).expect("a URL");
    let registration = &config.registration;
    let requests: [Request; 4] = [
        token::exchange_request(&tab, registration, &transaction, &code, &extra, timeout),
        token::refresh_request(&tab, registration, &refresh, &extra, timeout),
        revocation::request(registration, &access, Some(&refresh), timeout).expect("offered"),
        userinfo::request(&registration.server.token_endpoint, &access, timeout),
    ];
    let body = Body { content_type: "x", text: SecretText::new("canary-text".into()) };

    let mut printed = Printed::default();
    printed.add(&(&access, &refresh, &code, &verifier, &state, &own, &transaction, &processed));
    printed.add(&(&tokens(), &session, &user, &requests, &body));
    printed.add(&AuthorizationResponse::read(&url));
    printed.add(&session.to_record(&tab, registration, true));
    printed.add(&transaction.to_record(registration));
    assert!(!printed.0.contains("canary"), "{}", printed.0);
}
