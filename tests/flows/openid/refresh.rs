//! The ID token of a refresh is one of the same sign-in, or ends the session (R90, R149).

use basic_oauth::platform::SessionStore;
use basic_oauth::{AuthState, Config, ErrorCode, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{ApiRequest, SigningKey, Tab, World};
use serde_json::json;

use super::reads;

/// A user who is signed in with an app of this store.
fn signed_in(store: SessionStore) -> (World, Config, Tab, Auth) {
    let world = World::new();
    let mut config = openid_config();
    config.store = store;
    let (tab, auth) = sign_in(&world, &config);
    (world, config, tab, auth)
}

/// Checks that a refresh ends the session: its tokens go to no app and no store, and are revoked.
#[track_caller]
fn assert_ends(world: &World, config: &Config, tab: &Tab, auth: &Auth, detail: &str) {
    let (_other, theirs) = another_tab(world, config);
    world.sleep(2 * HOUR);
    let call = ask_token(tab, auth);
    world.advance(SECOND);
    let error = call.take().expect("ended").expect_err("no token of a refused ID token");
    assert_eq!(error.code(), ErrorCode::SessionRevoked, "{detail}");
    assert_signed_out(auth, SignedOutReason::Revoked);
    assert_eq!(auth.state().error().expect("an error").detail(), Some(detail));
    assert_eq!(state_error(auth), Some(ErrorCode::InvalidIdToken));
    if config.store.is_shared() {
        assert_signed_out(&theirs, SignedOutReason::Revoked);
    }
    let stored = dump(world);
    assert!(!stored.contains("access-") && !stored.contains("refresh-"), "{detail}: {stored}");
    assert_eq!(world.server().sessions(), (1, 0), "{detail}: the new tokens are revoked");
    world.advance(HOUR);
    assert_eq!(refreshes(world).len(), 1, "no loop");
}

#[test]
fn r90_an_id_token_of_another_user_ends_the_session() {
    for store in [SessionStore::Local, SessionStore::Cookie, SessionStore::Session] {
        for (claims, detail) in [
            (json!({ "sub": "did:example:eve" }), "sub"),
            (json!({ "sub": null }), "sub"),
            (json!({ "iss": "https://evil.example" }), "iss"),
            (json!({ "aud": "client1" }), "aud"),
            (json!({ "aud": ["client", "client1"] }), "aud"),
            (json!({ "azp": "client1" }), "azp"),
        ] {
            let (world, config, tab, auth) = signed_in(store);
            world.server().provider.refreshed_claims = claims;
            assert_ends(&world, &config, &tab, &auth, detail);
        }
    }
}

#[test]
fn r90_another_time_or_nonce_ends_the_session() {
    for (claims, detail) in [
        (json!({ "auth_time": 1_700_000_000 }), "auth_time"),
        (json!({ "nonce": "another" }), "nonce"),
        (json!({ "nonce": "" }), "nonce"),
    ] {
        let (world, config, tab, auth) = signed_in(SessionStore::Local);
        world.server().provider.refreshed_claims = claims;
        assert_ends(&world, &config, &tab, &auth, detail);
    }
}

#[test]
fn r90_a_forged_id_token_ends_the_session() {
    let (world, config, tab, auth) = signed_in(SessionStore::Local);
    let own = json!([SigningKey::numbered(0).jwk()]);
    world.server().provider.published = Some(own);
    world.server().provider.keys = vec![SigningKey::numbered(1).named("key-0")];
    assert_ends(&world, &config, &tab, &auth, "signature");

    let (world, config, tab, auth) = signed_in(SessionStore::Local);
    world.server().provider.header = json!({ "alg": "none" });
    assert_ends(&world, &config, &tab, &auth, "alg");

    let (world, config, tab, auth) = signed_in(SessionStore::Local);
    world.server().provider.id_token = Some("x".into());
    assert_ends(&world, &config, &tab, &auth, "format");
}

#[test]
fn r90_tokens_of_a_refused_id_token_go_nowhere() {
    let (world, _config, tab, auth) = signed_in(SessionStore::Local);
    world.server().provider.refreshed_claims = json!({ "sub": "did:example:eve" });
    world.sleep(2 * HOUR);
    let own = auth.clone();
    let request = ApiRequest::get("https://api.basic.tech/api/items");
    let fetched = tab.call(async move { own.fetch(request).await });
    let own = auth.clone();
    let user = tab.call(async move { own.user().await });
    world.advance(SECOND);
    assert!(fetched.take().expect("ended").is_err() && user.take().expect("ended").is_err());
    assert_eq!((reads(&world, "/api/items"), reads(&world, USERINFO)), (0, 0));
}

#[test]
fn r90_the_same_nonce_and_time_are_accepted() {
    let (world, _config, _tab, auth) = signed_in(SessionStore::Local);
    let claims = auth.id_token_claims().expect("claims");
    let nonce = claims.text("nonce").expect("a nonce").to_owned();
    world.server().provider.refreshed_claims =
        json!({ "nonce": nonce, "email": "new@example.com" });
    for number in 1..4 {
        world.advance(HOUR);
        assert_eq!(refreshes(&world).len(), number);
        assert_signed_in(&auth);
        assert_eq!(state_error(&auth), None);
    }
    let claims = auth.id_token_claims().expect("claims");
    assert_eq!(claims.text("email"), Some("new@example.com"), "the newest one is kept");
}

#[test]
fn r90_a_refresh_without_an_id_token_keeps_the_first() {
    let (world, config, tab, auth) = signed_in(SessionStore::Local);
    let claims = auth.id_token_claims().expect("claims");
    world.server().provider.refreshes_id_tokens = false;
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    assert_eq!(auth.id_token_claims(), Some(claims.clone()));
    let auth = start(&world, &tab.reload(), &config);
    assert_eq!(auth.id_token_claims(), Some(claims));
    // And the next one is compared with it.
    world.server().provider.refreshes_id_tokens = true;
    world.server().provider.refreshed_claims = json!({ "sub": "did:example:eve" });
    world.advance(HOUR);
    assert_signed_out(&auth, SignedOutReason::Revoked);
}

#[test]
fn r90_in_cookies_the_subject_outlives_the_page() {
    let (world, config, tab, _auth) = signed_in(SessionStore::Cookie);
    let tab = tab.reload();
    let auth = start(&world, &tab, &config);
    assert!(auth.id_token_claims().is_none(), "there is no room for the ID token");
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    assert_signed_in(&auth);
    let auth = start(&world, &tab.reload(), &config);
    world.server().provider.refreshed_claims = json!({ "sub": "did:example:eve" });
    assert_ends_now(&world, &auth);
}

#[track_caller]
fn assert_ends_now(world: &World, auth: &Auth) {
    world.advance(HOUR);
    assert_signed_out(auth, SignedOutReason::Revoked);
    assert!(!dump(world).contains("access-"));
    assert_eq!(world.server().sessions(), (1, 0));
}

#[test]
fn r90_a_page_that_starts_anew_compares_as_well() {
    let (world, config, tab, _auth) = signed_in(SessionStore::Local);
    let auth = start(&world, &tab.reload(), &config);
    world.server().provider.refreshed_claims = json!({ "nonce": "another" });
    assert_ends_now(&world, &auth);
    let AuthState::SignedOut { error: Some(error), .. } = &*auth.state() else {
        panic!("no error")
    };
    assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidIdToken, Some("nonce")));
    // A page that is opened now finds out why, too.
    let (_tab, later) = another_tab(&world, &config);
    assert!(!later.state().is_signed_in());
}

#[test]
fn r84_r149_a_clock_that_jumps_ends_no_session() {
    for store in [SessionStore::Local, SessionStore::Cookie] {
        for hours in [5, -5] {
            let (world, _config, tab, auth) = signed_in(store);
            let subject = auth.did();
            world.jump(hours * 3_600_000);
            for _ in 0..3 {
                world.advance(HOUR);
                tab.show();
                world.settle();
            }
            assert_signed_in(&auth);
            assert!(!refreshes(&world).is_empty());
            assert_eq!(auth.did(), subject);
            world.run(auth.token()).expect("a token");
        }
    }
}

#[test]
fn without_openid_an_id_token_of_a_refresh_is_not_read() {
    let world = World::new();
    let config = {
        let options = openid_options(super::ISSUER).scope("profile");
        options.validate(&basic_oauth_testing::Native, "https://app.example").expect("valid")
    };
    let (_tab, auth) = sign_in(&world, &config);
    world.answer(
        TOKEN,
        basic_oauth_testing::Answer::json(200, &token_body(json!({ "id_token": "x" }))),
    );
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    assert_signed_in(&auth);
    assert!(auth.id_token_claims().is_none());
    assert_eq!(reads(&world, KEYS), 0);
}

#[test]
fn r95_two_tabs_refresh_once_and_share_the_id_token() {
    let (world, config, _tab, auth) = signed_in(SessionStore::Local);
    let (_other, theirs) = another_tab(&world, &config);
    world.server().provider.refreshed_claims = json!({ "email": "new@example.com" });
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    for auth in [&auth, &theirs] {
        let claims = auth.id_token_claims().expect("claims");
        assert_eq!(claims.text("email"), Some("new@example.com"));
    }
}
