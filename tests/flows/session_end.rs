//! A session ends only for a reason, and does end for one (R96, R103, R105, R111, R114).

use basic_oauth::platform::SessionStore;
use basic_oauth::{Config, ErrorCode, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, World};
use serde_json::json;

fn config_with_user() -> Config {
    let mut config = config();
    config.load_user = true;
    config
}

/// Lets time pass until the first refresh has been answered.
fn until_refreshed_once(world: &World) {
    for _ in 0..4000 {
        if !refreshes(world).is_empty() {
            return;
        }
        world.advance(SECOND);
    }
    panic!("no refresh was sent");
}

#[test]
fn r103_a_401_without_a_refresh_token_ends_no_session() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    world.answer_always(USERINFO, Answer::json(401, r#"{"error":"invalid_token"}"#));
    let (_tab, auth) = sign_in(&world, &config_with_user());
    world.advance(30 * MINUTE);
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), Some(ErrorCode::TokenError), "the app gets the error");
    assert_eq!(token(&world, &auth), "access-2");
    world.advance(31 * MINUTE);
    assert_signed_out(&auth, SignedOutReason::Expired);
}

#[test]
fn r51_a_session_that_ends_at_once_does_not_reset_the_loop_breaker() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    world.server().set_lifetime(SECOND);
    let mut tab = world.open(HOME);
    for _ in 0..5 {
        let auth = start(&world, &tab, &config());
        world.advance(2 * SECOND);
        assert!(leave(&world, &tab, &auth).take().is_none(), "the page is leaving");
        tab = world.authorize(&tab);
    }
    let auth = start(&world, &tab, &config());
    world.advance(2 * SECOND);
    assert_signed_out(&auth, SignedOutReason::Expired);
    let refused = leave(&world, &tab, &auth).take().expect("at once").expect_err("refused");
    assert_eq!(refused.code(), ErrorCode::SignInLoop);
}

#[test]
fn r96_an_answer_that_says_sign_in_ends_the_session_at_once() {
    for body in [
        json!({"error": "invalid_grant"}),
        json!({"error": "interaction_required"}),
        json!({"error": "login_required", "error_description": "again, please"}),
        json!({"error": "consent_required"}),
        json!({"error": "account_selection_required"}),
        json!({"errors": [{"errorType": "invalid_grant", "message": "gone"}], "success": false}),
        json!({"error": {"code": "login_required"}}),
        json!({"code": 400, "reason": "invalid_grant"}),
    ] {
        for status in [200, 400, 401, 403] {
            let (world, _tab, auth) = signed_in_for(HOUR);
            world.answer_always(TOKEN, Answer::json(status, &body.to_string()));
            until_refreshed_once(&world);
            // A 200 without an `error` member is not a refusal, but a broken answer.
            if status == 200 && body.get("error").is_none() {
                assert_signed_in(&auth);
                continue;
            }
            assert_signed_out(&auth, SignedOutReason::Revoked);
            let error = auth.state().error().cloned().expect("an error");
            assert!(error.needs_sign_in(), "{status} {body}: {error:?}");
            world.advance(24 * HOUR);
            assert_eq!(refreshes(&world).len(), 1, "{status} {body}");
        }
    }
}

#[test]
fn r96_any_other_refusal_is_tried_three_times_in_all() {
    for (status, body) in [
        (400, ""),
        (400, "{}"),
        (400, r#"{"error":"invalid_request"}"#),
        (400, r#"{"error_code":"refresh_token_not_found"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (403, "<h1>Forbidden</h1>"),
        (404, "not here"),
        (422, "{}"),
        (200, r#"{"error":"bad_refresh_token"}"#),
        (200, r#"{"error":7}"#),
    ] {
        let (world, _tab, auth) = signed_in_for(HOUR);
        world.answer_always(TOKEN, Answer::json(status, body));
        until_refreshed_once(&world);
        assert_signed_in(&auth);
        world.advance(24 * HOUR);
        assert_eq!(refreshes(&world).len(), 3, "{status} {body}");
        assert_signed_out(&auth, SignedOutReason::Revoked);
        let error = auth.state().error().cloned().expect("an error");
        assert!(error.needs_sign_in(), "{status} {body}: {error:?}");
    }
}

#[test]
fn r96_a_success_forgets_earlier_refusals() {
    let (world, _tab, auth) = signed_in_for(HOUR);
    for _ in 0..5 {
        let before = refreshes(&world).len();
        for _ in 0..2 {
            world.answer(TOKEN, Answer::json(400, "{}"));
        }
        while refreshes(&world).len() < before + 3 {
            world.advance(SECOND);
        }
        assert_signed_in(&auth);
        assert_eq!(state_error(&auth), None);
    }
}

#[test]
fn r96_trouble_never_ends_a_session() {
    for failure in [
        Answer::network_error(),
        Answer::json(500, r#"{"error":"invalid_grant"}"#),
        Answer::json(503, "{}"),
        Answer::json(408, "{}"),
        Answer::json(425, "{}"),
        Answer::json(429, r#"{"error":"invalid_grant"}"#),
        Answer::json(400, r#"{"error":"temporarily_unavailable"}"#),
        Answer::json(400, r#"{"error":"server_error"}"#),
        Answer::json(400, r#"{"error":"slow_down"}"#),
        Answer::json(200, r#"{"error":"temporarily_unavailable"}"#),
        Answer::of_type(200, "text/html", "<h1>maintenance</h1>"),
        Answer::json(200, "{}"),
    ] {
        let (world, _tab, auth) = signed_in_for(HOUR);
        world.answer_always(TOKEN, Some(failure.clone()));
        world.advance(3 * HOUR);
        assert_signed_in(&auth);
        assert!(refreshes(&world).len() > 10, "{failure:?}");
        world.answer_always(TOKEN, None);
        world.advance(5 * MINUTE);
        assert!(token(&world, &auth).starts_with("access-"), "{failure:?}");
    }
}

#[test]
fn c16_without_expires_in_and_without_a_refresh_token_a_token_does_not_expire() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    world.server().access_lifetime = 2_000_000 * HOUR;
    world.server().expires_in = None;
    let (tab, auth) = sign_in(&world, &config());
    assert_eq!((auth.expires_at(), auth.refreshes_at()), (None, None));
    for _ in 0..3 {
        world.advance(1000 * HOUR);
        assert_eq!(token(&world, &auth), "access-2");
    }
    let auth = start(&world, &tab.reload(), &config());
    assert_eq!(token(&world, &auth), "access-2", "and it survives a reload");
    assert!(refreshes(&world).is_empty());
}

#[test]
fn c16_with_a_refresh_token_the_default_lifetime_stays() {
    let world = World::new();
    world.server().expires_in = None;
    let (_tab, auth) = sign_in(&world, &config());
    assert_eq!(auth.expires_at(), Some(world.now().plus(HOUR)));
    world.server().rotates = false;
    world.advance(HOUR);
    assert_eq!(refreshes(&world).len(), 1);
    assert!(auth.expires_at().is_some(), "the old refresh token is kept, and so is the lifetime");
}

#[test]
fn r63_an_empty_or_null_refresh_token_counts_as_absent() {
    for absent in [json!(""), serde_json::Value::Null] {
        let world = World::new();
        let mut body = json!({"access_token": "a1", "token_type": "Bearer", "expires_in": 3600});
        body["refresh_token"] = absent;
        world.answer(TOKEN, Answer::json(200, &body.to_string()));
        let (_tab, auth) = sign_in(&world, &config());
        assert_eq!(token(&world, &auth), "a1");

        let (world, _tab, auth) = signed_in_for(HOUR);
        world.answer(TOKEN, Answer::json(200, &body.to_string()));
        until_refreshed_once(&world);
        assert_eq!(token(&world, &auth), "a1");
        world.advance(HOUR);
        let sent: Vec<_> = refreshes(&world).iter().map(|r| r.parameter("refresh_token")).collect();
        assert_eq!(sent[0], sent[1], "the old refresh token is kept");
    }
}

#[test]
fn r111_without_a_refresh_token_the_access_token_is_revoked() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    let (_tab, auth) = sign_in(&world, &config_with_revocation());
    world.run(auth.sign_out()).expect("signed out");
    let sent = world.requests_to(REVOKE);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].parameter("token").as_deref(), Some("access-2"));
    assert_eq!(sent[0].parameter("token_type_hint").as_deref(), Some("access_token"));
    assert_eq!(world.server().sessions(), (1, 0));
}

#[test]
fn r111_any_2xx_is_a_successful_revocation() {
    for status in [200, 201, 202, 204] {
        let (config, events) = with_events(&config_with_revocation());
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config);
        world.answer(REVOKE, Answer::json(status, ""));
        world.run(auth.sign_out()).expect("signed out");
        let emitted = format!("{:?}", events.borrow());
        assert!(!emitted.contains("RevocationFailed"), "{status}: {emitted}");
    }
}

#[test]
fn r114_every_tab_reports_the_true_reason() {
    for store in [SessionStore::Local, SessionStore::Cookie] {
        let config = config_in(store);
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config);
        let (_other, theirs) = another_tab(&world, &config);
        world.answer_always(
            TOKEN,
            Answer::json(400, r#"{"error":"invalid_grant","error_description":"account closed"}"#),
        );
        world.advance(2 * HOUR);
        assert_eq!(refreshes(&world).len(), 1, "one tab asked");
        for auth in [&auth, &theirs] {
            assert_signed_out(auth, SignedOutReason::Revoked);
            let error = auth.state().error().cloned().expect("an error");
            assert_eq!(error.code(), ErrorCode::InvalidGrant);
            let description = error.oauth().and_then(|said| said.description.clone());
            assert_eq!(description.as_deref(), Some("account closed"));
        }
    }
}

#[test]
fn r114_two_clients_of_one_page_report_the_true_reason() {
    for store in [SessionStore::Session, SessionStore::Memory] {
        let config = config_in(store);
        let world = World::new();
        let (tab, first) = sign_in(&world, &config);
        let second = start(&world, &tab, &config);
        assert_signed_in(&second);
        world.answer_always(TOKEN, Answer::json(400, r#"{"error":"invalid_grant"}"#));
        world.advance(2 * HOUR);
        for auth in [&first, &second] {
            assert_signed_out(auth, SignedOutReason::Revoked);
            assert_eq!(state_error(auth), Some(ErrorCode::InvalidGrant), "{store:?}");
        }
    }
}

#[test]
fn r114_a_tab_that_slept_through_a_sign_in_reports_how_the_last_session_ended() {
    let world = World::new();
    let (tab, first) = sign_in(&world, &config());
    tab.freeze();
    let (_other, second) = sign_in(&world, &config());
    world.answer_always(TOKEN, Answer::json(400, r#"{"error":"invalid_grant"}"#));
    world.advance(2 * HOUR);
    tab.restore();
    world.settle();
    for auth in [&second, &first] {
        assert_signed_out(auth, SignedOutReason::Revoked);
        assert_eq!(state_error(auth), Some(ErrorCode::InvalidGrant));
    }
}

#[test]
fn r114_a_session_that_expired_in_one_tab_has_expired_in_the_others() {
    let world = World::new();
    world.server().issues_refresh_tokens = false;
    let (tab, auth) = sign_in(&world, &config());
    let (other, theirs) = another_tab(&world, &config());
    other.hide();
    world.advance(61 * MINUTE);
    tab.show();
    other.show();
    world.settle();
    for auth in [&auth, &theirs] {
        assert_signed_out(auth, SignedOutReason::Expired);
    }
}

#[test]
fn r114_a_sign_out_elsewhere_is_still_a_sign_out_elsewhere() {
    let world = World::new();
    let (_tab, first) = sign_in(&world, &config());
    let (_other, second) = another_tab(&world, &config());
    world.answer_always(TOKEN, Answer::json(400, r#"{"error":"invalid_grant"}"#));
    world.advance(2 * HOUR);
    assert_signed_out(&second, SignedOutReason::Revoked);
    world.answer_always(TOKEN, None);
    let (_tab, third) = sign_in(&world, &config());
    world.settle();
    assert_signed_in(&first);
    world.run(third.sign_out()).expect("signed out");
    assert_signed_out(&first, SignedOutReason::SignedOutElsewhere);
    assert_eq!(state_error(&first), None);
    assert!(keys(&world, SessionStore::Local).is_empty(), "nothing is left behind");
}

#[test]
fn r105_another_store_adopts_the_session_and_leaves_nothing_behind() {
    use SessionStore::{Cookie, Local, Memory, Session};
    for old in [Local, Session, Cookie] {
        for new in [Local, Session, Cookie, Memory] {
            if old == new {
                continue;
            }
            let world = World::new();
            let (tab, auth) = sign_in(&world, &config_in(old));
            let before = token(&world, &auth);
            let tab = tab.reload();
            let auth = start(&world, &tab, &config_in(new));
            assert_signed_in(&auth);
            assert_eq!(token(&world, &auth), before, "{old:?} to {new:?}");
            let left: Vec<_> = tab.records(old).into_keys().collect();
            assert!(
                !left.iter().any(|key| key.ends_with(".session")),
                "{old:?} to {new:?}: {left:?}"
            );
            assert!(refreshes(&world).is_empty());
            world.run(auth.sign_out()).expect("signed out");
            assert!(!dump(&world).contains("refresh-"), "{old:?} to {new:?}");
        }
    }
}

#[test]
fn r105_a_session_of_the_new_store_wins_over_one_left_in_the_old() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &config_in(SessionStore::Local));
    let (key, old) = world.records(SessionStore::Local).into_iter().next().expect("the session");
    world.run(auth.sign_out()).expect("signed out");
    let (tab, _auth) = sign_in(&world, &config_in(SessionStore::Cookie));
    world.plant(&key, &old);
    let auth = start(&world, &tab.reload(), &config_in(SessionStore::Cookie));
    assert_eq!(token(&world, &auth), "access-5");
    assert!(keys(&world, SessionStore::Local).is_empty());
}
