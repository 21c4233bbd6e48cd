//! User information is that of the user whom the ID token names (R91).

use basic_oauth::platform::SessionStore;
use basic_oauth::{AuthState, ErrorCode};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, World};
use serde_json::json;

use super::reads;

fn config_with_user(store: SessionStore) -> basic_oauth::Config {
    let mut config = openid_config();
    config.load_user = true;
    config.store = store;
    config
}

#[test]
fn r91_another_subject_is_discarded() {
    for store in [SessionStore::Local, SessionStore::Cookie] {
        for sub in ["did:example:adainvalid", "did:example:eve", "", "DID:example:ada"] {
            let world = World::new();
            let config = config_with_user(store);
            let body = json!({ "sub": sub, "name": "Eve Else" }).to_string();
            world.answer_always(USERINFO, Answer::json(200, &body));
            let (tab, auth) = sign_in(&world, &config);
            world.advance(SECOND);
            assert_signed_in(&auth);
            assert!(matches!(&*auth.state(), AuthState::SignedIn { user: None, .. }), "{sub}");
            assert!(world.run(auth.user()).is_err());
            assert!(!dump(&world).contains("Eve Else"), "a space is in no signature");
            assert_eq!(auth.did().as_deref(), Some("did:example:ada"), "the ID token says it");
            // The subject is known to the next page as well.
            let auth = start(&world, &tab.reload(), &config);
            assert!(world.run(auth.reload_user()).is_err(), "{sub}");
        }
    }
}

#[test]
fn r91_the_subject_is_compared_after_a_refresh_too() {
    for refreshes_id_tokens in [true, false] {
        let world = World::new();
        world.server().provider.refreshes_id_tokens = refreshes_id_tokens;
        let (_tab, auth) = sign_in(&world, &config_with_user(SessionStore::Local));
        world.advance(SECOND);
        assert_eq!(world.run(auth.user()).expect("the user").name(), Some("Ada"));
        world.advance(HOUR);
        assert_eq!(refreshes(&world).len(), 1);
        world.answer(USERINFO, Answer::json(200, r#"{"sub":"did:example:eve","name":"Eve"}"#));
        let error = world.run(auth.reload_user()).expect_err("another user");
        assert_eq!(error.code(), ErrorCode::SubjectMismatch);
        assert_eq!(world.run(auth.user()).expect("the user").name(), Some("Ada"));
        assert!(world.run(auth.reload_user()).is_ok());
        assert!(reads(&world, USERINFO) >= 3);
    }
}

#[test]
fn the_did_comes_from_the_id_token_or_the_user() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &openid_config());
    assert_eq!(auth.did().as_deref(), Some("did:example:ada"), "no user was read");
    assert_eq!(reads(&world, USERINFO), 0);

    let world = World::new();
    world.server().account.sub = "42".into();
    let (_tab, auth) = sign_in(&world, &config_with_user(SessionStore::Local));
    world.advance(SECOND);
    assert!(world.run(auth.user()).is_ok());
    assert_eq!(auth.did(), None, "the subject is no DID");
    assert_eq!(auth.id_token_claims().expect("claims").text("sub"), Some("42"));

    // Basic without OpenID: the user information has it.
    let world = World::new();
    let mut config = config();
    config.load_user = true;
    let (_tab, auth) = sign_in(&world, &config);
    world.advance(SECOND);
    assert_eq!(auth.did().as_deref(), Some("did:example:ada"));
}

#[test]
fn r76_r98_the_user_is_read_where_the_session_is_from() {
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    // The call waits for a refresh, and another session replaces this one meanwhile.
    let gate = world.hold(TOKEN);
    world.sleep(2 * HOUR);
    let own = auth.clone();
    let call = tab.call(async move { own.user().await });
    world.settle();
    assert_eq!(refreshes(&world).len(), 1);
    world.server().provider.has_moved = true;
    let (_other, theirs) = sign_in(&world, &openid_config());
    gate.open();
    world.advance(SECOND);
    assert!(call.take().expect("ended").is_ok());
    assert_eq!(token(&world, &auth), token(&world, &theirs));
    assert_eq!(reads(&world, USERINFO), 1);
    assert_eq!(world.server().violations(), [], "no token goes to an endpoint of another session");
}
