//! Using tokens: the app's own requests, user information and what an app gets (R91, R101 to R103).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use basic_oauth::platform::SessionStore;
use basic_oauth::protocol::Origin;
use basic_oauth::{
    AuthState, Config, ErrorCode, ErrorKind, Result, SignInOptions, SignedOutReason, Subscription,
};
use basic_oauth_testing::Native;
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Account, Answer, ApiRequest, ApiResponse, Call, Tab, World};

const NOTES: &str = "https://api.basic.tech/api/notes";

fn fetch(tab: &Tab, auth: &Auth, url: &str) -> Call<Result<ApiResponse>> {
    let (auth, request) = (auth.clone(), ApiRequest::get(url));
    tab.call(async move { auth.fetch(request).await })
}

/// An app that shows who is signed in.
fn with_user() -> Config {
    let mut config = config();
    config.load_user = true;
    config
}

#[test]
fn r101_the_token_goes_in_the_header_and_nowhere_else() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let response = world.run(auth.fetch(ApiRequest::get(NOTES))).expect("answered");
    assert_eq!(response.status, 200);
    let sent = &world.requests_to("/api/notes")[0];
    assert_eq!(sent.bearer.as_ref().expect("a token").expose(), token(&world, &auth));
    assert_eq!((sent.url.as_str(), sent.body.expose()), (NOTES, ""));
}

#[test]
fn r102_only_configured_origins_get_the_token() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let before = world.requests().len();
    for url in [
        "https://api.basic.tech.evil/notes",
        "http://api.basic.tech/notes",
        "https://api.basic.tech:444/notes",
        "https://user@api.basic.tech/notes",
        "https://evil.test/?https://api.basic.tech/",
        "/api/notes",
        "//evil.test/notes",
        "javascript:alert(1)",
        "blob:https://api.basic.tech/x",
        "not a url://",
        "",
    ] {
        let refused = world.run(auth.fetch(ApiRequest::get(url))).expect_err(url);
        assert_eq!(
            (refused.code(), refused.kind()),
            (ErrorCode::OriginNotAllowed, ErrorKind::Misuse),
            "{url}"
        );
    }
    assert_eq!(world.requests().len(), before, "nothing was sent");
    for (url, origin) in [
        ("https://notes.example/all?x=1", "https://notes.example"),
        // Credentials are not shown, and a text that is no URL has no origin.
        ("https://user:canary@api.basic.tech/notes", ""),
        ("https://", ""),
    ] {
        let message = world.run(auth.fetch(ApiRequest::get(url))).expect_err(url).message();
        let named = format!("(api_origin: {origin})");
        assert!(message.ends_with(&named), "{url}: {message}");
    }
}

#[test]
fn r102_an_origin_of_the_apps_choice_gets_it_and_a_redirect_is_not_followed() {
    let mut config = config();
    config.api_origins =
        vec![Origin::parse(&Native, "https://app.example").expect("a valid origin")];
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config);
    world.answer("/api/own", Answer::json(200, "{}"));
    assert_eq!(world.run(auth.fetch(ApiRequest::get("/api/own"))).expect("answered").status, 200);
    let other = ApiRequest::get("https://other.example/api/own");
    assert!(world.run(auth.fetch(other)).is_err(), "no other origin");
    for status in [301, 302, 303, 307, 308] {
        world.answer("/api/own", Answer::json(status, ""));
        let refused = world.run(auth.fetch(ApiRequest::get("/api/own"))).expect_err("redirected");
        assert_eq!(refused.code(), ErrorCode::NetworkError);
    }
    let sent = world.requests_to("/api/own");
    assert_eq!(sent.len(), 6);
    assert!(sent.iter().all(|request| request.url == "https://app.example/api/own"));
}

#[test]
fn the_latest_token_is_the_one_in_memory_and_starts_no_refresh() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    let latest = || auth.latest_token().map(|token| token.expose().to_owned());
    let first = latest().expect("a token");
    assert_eq!(first, token(&world, &auth));
    world.advance(2 * HOUR);
    let second = latest().expect("a token");
    assert_ne!(second, first, "the client has refreshed it");

    tab.set_online(false);
    world.advance(auth.expires_at().expect("a time").since(world.now()) - SECOND);
    assert_eq!(latest(), Some(second), "it is valid for a second more");
    world.advance(SECOND);
    let sent = world.requests().len();
    assert!(latest().is_none(), "expired");
    world.settle();
    assert_eq!(world.requests().len(), sent, "no refresh has begun");

    tab.set_online(true);
    world.run_within(MINUTE, auth.token()).expect("a token");
    assert_eq!(latest(), Some(token(&world, &auth)));
    let clone = auth.clone();
    world.run_within(SECOND, auth.sign_out()).expect("signed out");
    assert!(clone.latest_token().is_none(), "signed out");
}

#[test]
fn a_client_that_was_closed_has_no_latest_token() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    assert!(auth.latest_token().is_some());
    auth.close();
    assert!(auth.latest_token().is_none());
}

#[test]
fn r103_a_401_leads_to_one_refresh_and_one_repetition() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let first = token(&world, &auth);
    world.server().access_lifetime = HOUR;
    world.answer("/api/notes", Answer::json(401, "{}"));
    let response = world.run(auth.fetch(ApiRequest::get(NOTES))).expect("answered");
    assert_eq!((response.status, refreshes(&world).len()), (200, 1));
    let sent = world.requests_to("/api/notes");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].bearer.as_ref().unwrap().expose(), first);
    assert_eq!(sent[1].bearer.as_ref().unwrap().expose(), token(&world, &auth));
}

#[test]
fn r103_an_api_that_always_refuses_makes_no_storm() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    world.answer_always("/api/notes", Answer::json(401, "{}"));
    let response = world.run(auth.fetch(ApiRequest::get(NOTES))).expect("answered");
    assert_eq!((response.status, refreshes(&world).len()), (401, 1));
    assert_eq!(world.requests_to("/api/notes").len(), 2);
    let calls: Vec<_> = (0..50).map(|_| fetch(&tab, &auth, NOTES)).collect();
    world.settle();
    assert!(calls.iter().all(|call| call.take().expect("ended").expect("answered").status == 401));
    assert!(refreshes(&world).len() <= 2, "{}", refreshes(&world).len());
    assert!(world.requests_to("/api/notes").len() <= 2 + 100);
    assert_signed_in(&auth);
}

#[test]
fn r103_an_app_that_polls_a_refusing_api_refreshes_now_and_then() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.answer_always("/api/notes", Answer::json(401, "{}"));
    for _ in 0..30 {
        let response = world.run_within(SECOND, auth.fetch(ApiRequest::get(NOTES)));
        assert_eq!(response.expect("answered").status, 401);
        world.advance(SECOND);
    }
    assert_eq!(refreshes(&world).len(), 3, "every ten seconds");
}

#[test]
fn r103_fifty_requests_refused_at_once_are_one_refresh() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    for _ in 0..50 {
        world.answer("/api/notes", Answer::json(401, "{}"));
    }
    let calls: Vec<_> = (0..50).map(|_| fetch(&tab, &auth, NOTES)).collect();
    world.settle();
    let statuses: Vec<_> = calls.iter().map(|call| call.take().unwrap().unwrap().status).collect();
    assert_eq!(statuses, [200; 50]);
    assert_eq!(refreshes(&world).len(), 1);
}

#[test]
fn r103_a_401_while_refresh_fails_is_the_answer() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.answer_always("/api/notes", Answer::json(401, "{}"));
    world.answer_always(TOKEN, Answer::json(503, "{}"));
    let response = world.run(auth.fetch(ApiRequest::get(NOTES))).expect("answered");
    assert_eq!((response.status, world.requests_to("/api/notes").len()), (401, 1));
    assert_signed_in(&auth);
}

#[test]
fn r103_a_401_of_a_session_that_was_revoked_ends_it() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.server().revoke_everything();
    let outcome = world.run(auth.fetch(ApiRequest::get(NOTES)));
    assert_eq!(outcome.expect("the API's own answer").status, 401);
    assert_signed_out(&auth, SignedOutReason::Revoked);
}

#[test]
fn r103_other_error_statuses_are_left_to_the_app() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    for status in [400, 403, 404, 429, 500, 503] {
        world.answer("/api/notes", Answer::json(status, "{}"));
        let response = world.run(auth.fetch(ApiRequest::get(NOTES))).expect("answered");
        assert_eq!(response.status, status);
    }
    assert!(refreshes(&world).is_empty());
}

#[test]
fn without_a_session_nothing_is_sent() {
    let world = World::new();
    let (_tab, auth) = another_tab(&world, &with_user());
    for error in [
        world.run(auth.fetch(ApiRequest::get(NOTES))).expect_err("signed out"),
        world.run(auth.token()).expect_err("signed out"),
        world.run(auth.user()).expect_err("signed out"),
    ] {
        assert_eq!(
            (error.code(), error.kind()),
            (ErrorCode::NotSignedIn, ErrorKind::SignInRequired)
        );
    }
    assert!(world.requests().is_empty());
    assert!(auth.expires_at().is_none() && !auth.has_scope("profile"));
}

#[test]
fn user_information_is_read_once_and_kept() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &with_user());
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let auth = auth.clone();
            tab.call(async move { auth.user().await })
        })
        .collect();
    world.settle();
    for call in calls {
        let user = call.take().expect("ended").expect("read");
        assert_eq!((user.subject(), user.name()), ("did:example:ada", Some("Ada")));
    }
    assert_eq!(world.requests_to(USERINFO).len(), 1);
    let (_other, theirs) = another_tab(&world, &with_user());
    assert!(matches!(&*theirs.state(), AuthState::SignedIn { user: Some(_), .. }));
    world.advance(3 * HOUR);
    assert_eq!(world.requests_to(USERINFO).len(), 1, "a refresh does not change the user");
    assert!(matches!(&*auth.state(), AuthState::SignedIn { user: Some(_), .. }));
}

#[test]
fn r91_user_information_is_requested_with_the_token_in_the_header() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &with_user());
    let sent = &world.requests_to(USERINFO)[0];
    assert_eq!(
        (sent.method.as_str(), sent.url.as_str()),
        ("GET", "https://api.basic.tech/auth/userinfo")
    );
    assert_eq!(sent.bearer.as_ref().expect("a token").expose(), token(&world, &auth));
}

#[test]
fn r91_an_unusable_userinfo_response_is_an_error_and_ends_no_session() {
    for (answer, expected) in [
        (Answer::of_type(200, "application/jwt", "e30.e30."), ErrorCode::NotJson),
        (Answer::of_type(200, "text/html", r#"{"sub":"x"}"#), ErrorCode::NotJson),
        (Answer::json(200, "{}"), ErrorCode::InvalidUserInfo),
        (Answer::json(200, r#"{"sub":""}"#), ErrorCode::InvalidUserInfo),
        (Answer::json(200, r#"{"sub":7}"#), ErrorCode::InvalidUserInfo),
        (
            Answer::json(403, r#"{"error":"insufficient_permissions","message":"m"}"#),
            ErrorCode::TokenError,
        ),
        (Answer::json(503, ""), ErrorCode::ServerUnavailable),
        (Answer::json(302, ""), ErrorCode::NetworkError),
    ] {
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config());
        world.answer(USERINFO, answer.clone());
        let error = world.run(auth.user()).expect_err("unusable");
        assert_eq!(error.code(), expected, "{answer:?}");
        assert_signed_in(&auth);
        assert_eq!(world.run(auth.user()).expect("now").name(), Some("Ada"));
    }
}

#[test]
fn r103_a_401_of_userinfo_leads_to_one_refresh() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.answer(USERINFO, Answer::json(401, r#"{"error":"invalid_request"}"#));
    assert_eq!(world.run(auth.user()).expect("read").name(), Some("Ada"));
    assert_eq!((refreshes(&world).len(), world.requests_to(USERINFO).len()), (1, 2));
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    world.answer_always(USERINFO, Answer::json(401, "{}"));
    assert_eq!(world.run(auth.user()).expect_err("refused").status(), Some(401));
    assert_eq!((refreshes(&world).len(), world.requests_to(USERINFO).len()), (1, 2));
    assert_signed_in(&auth);
}

#[test]
fn r100_user_information_that_arrives_after_another_sign_in_is_not_shown() {
    let world = World::new();
    let tab = world.authorize(&away(&world, &with_user()));
    let gate = world.hold(USERINFO);
    let auth = start(&world, &tab, &with_user());
    world.server().account = Account::named("Bob");
    let (_other, bobs) = sign_in(&world, &with_user());
    gate.open();
    world.settle();
    for auth in [&auth, &bobs] {
        assert_eq!(world.run(auth.user()).expect("read").name(), Some("Bob"));
    }
}

#[test]
fn a_small_store_leaves_user_information_out_and_reads_it_again() {
    let mut config = with_user();
    config.store = SessionStore::Cookie;
    let world = World::new();
    let (_tab, _auth) = sign_in(&world, &config);
    assert!(!dump(&world).contains("Ada"));
    let (_other, theirs) = another_tab(&world, &config);
    assert_eq!(world.run(theirs.user()).expect("read").name(), Some("Ada"));
}

#[test]
fn r107_tokens_too_large_for_a_store_leave_no_half_session() {
    let huge = "x".repeat(16 << 10);
    let world = World::new();
    let config = config_in(SessionStore::Cookie);
    let tab = away(&world, &config);
    let url = world.consent(&tab).url();
    world
        .answer(TOKEN, Answer::json(200, &token_body(serde_json::json!({ "access_token": huge }))));
    let auth = start(&world, &tab.go(&url), &config);
    assert_eq!(state_error(&auth), Some(ErrorCode::StorageFull));
    assert_signed_out(&auth, SignedOutReason::Never);
    assert!(keys(&world, SessionStore::Cookie).is_empty());
    assert!(world.run(auth.token()).is_err());
}

#[test]
fn r109_a_blocked_store_is_an_error_and_no_other_one_is_used() {
    use basic_oauth_testing::StoreFault;
    for kind in [SessionStore::Local, SessionStore::Session, SessionStore::Cookie] {
        let world = World::new();
        world.set_store_fault(kind, StoreFault::Blocked);
        let refused = try_start(&world, &world.open(HOME), &config_in(kind)).expect_err("blocked");
        assert_eq!(
            (refused.code(), refused.kind()),
            (ErrorCode::StorageUnavailable, ErrorKind::Storage)
        );
        world.set_store_fault(kind, None);
        sign_in(&world, &config_in(kind));
    }
}

#[test]
fn r132_the_refresh_token_is_in_no_value_that_an_app_gets() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &with_user());
    assert!(dump(&world).contains("refresh-3"));
    let seen = format!("{:?} {:?} {:?}", auth, auth.state(), world.run(auth.user()));
    assert!(!seen.contains("refresh-3") && token(&world, &auth) != "refresh-3");
}

#[test]
fn a_listener_is_called_once_for_each_change_and_not_after_it_was_dropped() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config());
    let states = Rc::new(RefCell::new(Vec::new()));
    let subscription = auth.subscribe({
        let states = states.clone();
        move |state| states.borrow_mut().push(state.clone())
    });
    world.run(auth.user()).expect("read");
    world.run_within(SECOND, auth.sign_out()).expect("signed out");
    assert_eq!(states.borrow().len(), 2);
    assert!(Rc::ptr_eq(&states.borrow()[1], &auth.state()), "the very value");
    assert!(Rc::ptr_eq(&auth.state(), &auth.state()));
    drop(subscription);
    let (_tab, _again) = sign_in(&world, &config());
    assert_eq!(states.borrow().len(), 2);
}

#[test]
fn a_listener_may_call_anything_and_drop_itself() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &config());
    let own: Rc<RefCell<Option<Subscription>>> = Rc::default();
    let count = Rc::new(Cell::new(0));
    let subscription = auth.subscribe({
        let (auth, tab, own, count) = (auth.clone(), tab.clone(), own.clone(), count.clone());
        move |state| {
            count.set(count.get() + 1);
            let _ = (auth.state(), auth.expires_at(), auth.refreshes_at(), auth.has_scope("x"));
            let (a, b) = (auth.clone(), auth.clone());
            let _call = tab.call(async move { a.token().await });
            let _call = tab.call(async move { b.sign_in(SignInOptions::default()).await });
            let _nested = auth.subscribe(|_| ());
            drop(own.take());
            if state.is_signed_in() {
                drop(auth.sign_out());
            }
        }
    });
    own.replace(Some(subscription));
    world.run(auth.user()).expect_err("the listener signed out");
    world.advance(MINUTE);
    assert_eq!(count.get(), 1, "it dropped itself");
    assert_signed_out(&auth, SignedOutReason::SignedOut);
}
