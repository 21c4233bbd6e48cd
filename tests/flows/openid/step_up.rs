//! An API asks for more: its challenge is an error that says what to ask for, and a sign-in with a wider
//! scope keeps the session until it succeeds (R103).

use basic_oauth::platform::SessionStore;
use basic_oauth::{ErrorCode, Scope, SignInOptions};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, ApiRequest, Native, World};

use super::{ISSUER, reads};

const API: &str = "https://api.basic.tech/api/items";
const ITEMS: &str = "/api/items";

fn challenged(world: &World, status: u16, challenge: &str) {
    world.server().api_challenge = Some(challenge.into());
    world.answer(ITEMS, Answer::json(status, "{}"));
}

#[test]
fn r103_a_challenge_is_an_error_that_says_what_to_ask_for() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &openid_config());
    for (status, challenge, code) in [
        (
            401,
            r#"Bearer error="insufficient_user_authentication", acr_values="urn:two", max_age="5""#,
            ErrorCode::InsufficientUserAuthentication,
        ),
        (403, r#"Bearer error="insufficient_scope", scope="app:db""#, ErrorCode::InsufficientScope),
        (401, r#"Bearer error="insufficient_scope", scope="app:db""#, ErrorCode::InsufficientScope),
    ] {
        challenged(&world, status, challenge);
        let before = reads(&world, ITEMS);
        let error = world.run(auth.fetch(ApiRequest::get(API))).expect_err("a challenge");
        assert_eq!(error.code(), code);
        assert_eq!(reads(&world, ITEMS), before + 1, "the request is not sent again");
        let asked = error.challenge().expect("says what to ask for");
        if code == ErrorCode::InsufficientScope {
            assert_eq!(asked.scope.as_deref(), Some("app:db"));
        } else {
            assert_eq!((asked.acr_values.as_deref(), asked.max_age), (Some("urn:two"), Some(5)));
        }
    }
    assert!(refreshes(&world).is_empty(), "no refresh helps");
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), None);
}

#[test]
fn r103_other_refusals_are_as_before() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &openid_config());
    challenged(&world, 403, r#"Bearer error="invalid_request""#);
    let response = world.run(auth.fetch(ApiRequest::get(API))).expect("the app's to read");
    assert_eq!((response.status, refreshes(&world).len()), (403, 0));
    challenged(&world, 401, r#"Bearer error="invalid_token""#);
    let response = world.run(auth.fetch(ApiRequest::get(API))).expect("a response");
    assert_eq!((response.status, refreshes(&world).len()), (200, 1), "refreshed, and sent again");
    // A challenge that is no refusal is none.
    world.server().api_challenge = Some(r#"Bearer error="insufficient_scope""#.into());
    let response = world.run(auth.fetch(ApiRequest::get(API))).expect("a response");
    assert_eq!(response.status, 200);
}

#[test]
fn r103_a_challenge_after_a_refresh_is_one_too() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    world.answer(ITEMS, Answer::json(401, "{}"));
    world.answer(ITEMS, Answer::json(403, "{}"));
    world.server().api_challenge = Some(r#"Bearer error="invalid_token""#.into());
    let gate = world.hold(TOKEN);
    let own = auth.clone();
    let call = tab.call(async move { own.fetch(ApiRequest::get(API)).await });
    world.settle();
    world.server().api_challenge = Some(r#"Bearer error="insufficient_scope", scope="a""#.into());
    gate.open();
    world.settle();
    let error = call.take().expect("ended").expect_err("a challenge");
    assert_eq!(error.code(), ErrorCode::InsufficientScope);
    assert_eq!((refreshes(&world).len(), reads(&world, ITEMS)), (1, 2));
}

#[test]
fn r103_a_sign_in_for_more_asks_for_the_union_and_keeps_the_session() {
    for store in [SessionStore::Local, SessionStore::Cookie, SessionStore::Session] {
        let world = World::new();
        world.server().granted_scope = Some("profile app:a".into());
        let mut config = openid_config();
        config.store = store;
        let (tab, _auth) = sign_in(&world, &config);
        let tab = tab.reload();
        let auth = start(&world, &tab, &config);
        let known = token(&world, &auth);
        let wider = || SignInOptions::default().scope(Scope::parse("app:b").expect("valid"));
        let _call = leave_with(&world, &tab, &auth, wider());
        assert_signed_in(&auth);
        let asked = parameter(&tab.navigations()[0], "scope").expect("a scope");
        let mut asked: Vec<_> = asked.split(' ').collect();
        asked.sort_unstable();
        assert_eq!(asked, ["app:a", "app:b", "openid", "profile"], "{store}");

        // The user refuses: the session is as it was.
        let redirect = world.consent(&tab).refused("access_denied");
        let tab = tab.go(&redirect.url());
        let auth = start(&world, &tab, &config);
        assert_signed_in(&auth);
        assert_eq!(token(&world, &auth), known);
        assert_eq!(state_error(&auth), Some(ErrorCode::AccessDenied));
        assert_eq!(world.server().sessions(), (1, 1));

        // The user agrees: the new session replaces it.
        world.server().granted_scope = Some("profile app:a app:b openid".into());
        let _call = leave_with(&world, &tab, &auth, wider());
        let auth = start(&world, &world.authorize(&tab), &config);
        assert_signed_in(&auth);
        assert_ne!(token(&world, &auth), known);
        assert!(auth.has_scope("app:b") && auth.has_scope("app:a"));
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn r103_without_a_session_the_scope_is_what_the_options_name() {
    let world = World::new();
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &openid_config());
    let scope = Scope::parse("openid app:b").expect("valid");
    let _call = leave_with(&world, &tab, &auth, SignInOptions::default().scope(scope));
    assert_eq!(parameter(&tab.navigations()[0], "scope").as_deref(), Some("openid app:b"));
}

#[test]
fn r103_a_step_up_that_the_server_did_not_do_is_refused_and_keeps_the_session() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let known = token(&world, &auth);
    challenged(
        &world,
        401,
        r#"Bearer error="insufficient_user_authentication", acr_values="urn:two", max_age="60""#,
    );
    let error = world.run(auth.fetch(ApiRequest::get(API))).expect_err("a challenge");
    let asked = error.challenge().expect("says what to ask for");
    let options = SignInOptions::default()
        .acr_values(asked.acr_values.clone().expect("named"))
        .max_age(asked.max_age.expect("named") as u32 * SECOND);
    for (claims, is_done) in [
        (serde_json::json!({ "acr": "urn:one" }), false),
        (serde_json::json!({ "auth_time": 1_700_000_000 }), false),
        (serde_json::json!({}), true),
    ] {
        world.server().provider.claims = claims;
        let tab = tab.go(HOME);
        tab.press();
        let auth = start(&world, &tab, &openid_config());
        let _call = leave_with(&world, &tab, &auth, options.clone());
        let auth = start(&world, &world.authorize(&tab), &openid_config());
        world.settle();
        assert_signed_in(&auth);
        assert_eq!(token(&world, &auth) != known, is_done);
        assert_eq!(state_error(&auth).is_none(), is_done);
    }
}

#[test]
fn missing_scopes_are_those_that_were_not_granted() {
    for (granted, missing) in [
        (Some("openid profile"), vec!["app:db"]),
        (Some("openid profile app:db:read"), vec![]),
        (Some("openid profile app:db"), vec![]),
        // A server may leave out `openid`: the ID token shows that it was granted.
        (Some("profile app:db"), vec![]),
        (Some("openid"), vec!["profile", "app:db"]),
        (None, vec![]),
    ] {
        for store in [SessionStore::Local, SessionStore::Cookie] {
            let world = World::new();
            world.server().granted_scope = granted.map(Into::into);
            let options = openid_options(ISSUER).scope("openid profile app:db");
            let mut config = options.validate(&Native, "https://app.example").expect("valid");
            config.store = store;
            let tab = world.open(HOME);
            let auth = start(&world, &tab, &config);
            assert_eq!(auth.missing_scopes(), ["openid", "profile", "app:db"], "signed out");
            let (tab, auth) = sign_in(&world, &config);
            assert_eq!(auth.missing_scopes(), missing, "{granted:?}");
            let auth = start(&world, &tab.reload(), &config);
            assert_eq!(auth.missing_scopes(), missing, "{granted:?} after a reload");
        }
    }
}
