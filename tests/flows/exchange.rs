//! What the token endpoint is asked, and what of its answers is believed (R52 to R71).

use basic_oauth::platform::SessionStore;
use basic_oauth::{Config, ErrorCode, ErrorKind, SignedOutReason, TokenEncoding};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, World};
use serde_json::json;

/// Signs in against this answer. In every case the code is sent once.
#[track_caller]
fn answered(answer: Answer) -> (World, Auth) {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    world.answer(TOKEN, answer);
    let auth = start(&world, &tab.go(&url), &config());
    assert_eq!(exchanges(&world).len(), 1, "a code is spent when it was sent");
    (world, auth)
}

/// A refused answer leaves no half session behind, and the next sign-in succeeds.
#[track_caller]
fn refused(answer: Answer) -> basic_oauth::Error {
    let (world, auth) = answered(answer);
    assert_signed_out(&auth, SignedOutReason::Never);
    assert!(keys(&world, SessionStore::Local).is_empty(), "nothing stays");
    let refusal = world.run(auth.token()).expect_err("the user is signed out");
    assert_eq!(refusal.kind(), ErrorKind::SignInRequired);
    world.advance(HOUR);
    assert_eq!(exchanges(&world).len(), 1, "and never again");
    let error = auth.state().error().expect("typed").clone();
    sign_in(&world, &config());
    error
}

fn body(changes: serde_json::Value) -> Answer {
    Answer::json(200, &token_body(changes))
}

#[test]
fn r52_odd_codes_arrive_exactly_in_both_encodings() {
    for (encoding, content_type) in [
        (TokenEncoding::Form, "application/x-www-form-urlencoded"),
        (TokenEncoding::Json, "application/json"),
    ] {
        for code in ["a+b", "a&code=b", "a=b", "a%20b", "%2B", "a b", "~!'()*\"\\{}", "%"] {
            let mut config: Config = config();
            config.registration.server.token_encoding = encoding;
            let world = World::new();
            let tab = away(&world, &config);
            let url = world.consent(&tab).with("code", code).url();
            let _auth = start(&world, &tab.go(&url), &config);
            let sent = &exchanges(&world)[0];
            assert_eq!(sent.parameter("code").as_deref(), Some(code));
            assert_eq!(sent.content_type.as_deref(), Some(content_type));
            assert_eq!(
                (sent.method.as_str(), sent.url.as_str()),
                ("POST", "https://api.basic.tech/auth/token")
            );
        }
    }
}

#[test]
fn r63_an_invalid_code_is_not_sent() {
    for code in ["", "a\r\nX: y", "\u{e9}", "a\u{0}"] {
        let world = World::new();
        let tab = away(&world, &config());
        let url = world.consent(&tab).with("code", code).url();
        let auth = start(&world, &tab.go(&url), &config());
        assert_eq!(state_error(&auth), Some(ErrorCode::UnexpectedParameter), "{code:?}");
        assert!(world.requests().is_empty());
    }
}

#[test]
fn c23_both_encodings_work_against_a_strict_server() {
    for encoding in [TokenEncoding::Form, TokenEncoding::Json] {
        let mut config = config();
        config.registration.server.token_encoding = encoding;
        let world = World::new();
        let (_tab, auth) = sign_in(&world, &config);
        world.advance(HOUR);
        assert_eq!(refreshes(&world).len(), 1);
        assert_signed_in(&auth);
        assert!(world.server().violations().is_empty());
    }
}

#[test]
fn r58_a_silent_server_times_out() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    world.answer(TOKEN, Answer::silence());
    let tab = tab.go(&url);
    let call = tab.call(Auth::start_with_config(tab.clone(), config()));
    world.advance(9 * SECOND);
    assert!(call.take().is_none());
    world.advance(SECOND);
    let auth = call.take().expect("ended").expect("started");
    assert_eq!(state_error(&auth), Some(ErrorCode::Timeout));
    assert_eq!(exchanges(&world).len(), 1);
}

#[test]
fn r59_an_endless_answer_is_cut_off() {
    let huge = token_body(json!({ "access_token": "x".repeat(2 << 20) }));
    assert_eq!(refused(Answer::json(200, &huge)).code(), ErrorCode::ResponseTooLarge);
}

#[test]
fn r60_only_200_is_a_success() {
    for status in [0, 201, 202, 204, 206, 304, 418, 500, 503] {
        let error = refused(Answer::json(status, &token_body(json!({}))));
        let expected = match status {
            418 => ErrorCode::TokenError,
            500 | 503 => ErrorCode::ServerUnavailable,
            _ => ErrorCode::UnexpectedStatus,
        };
        assert_eq!((error.code(), error.status()), (expected, Some(status)), "{status}");
    }
}

#[test]
fn r53_a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(refused(Answer::json(status, "{}")).code(), ErrorCode::NetworkError, "{status}");
    }
}

#[test]
fn r61_only_a_json_media_type_is_json() {
    for kind in ["text/html", "text/plain", "application/jwt", ""] {
        let error = refused(Answer::of_type(200, kind, &token_body(json!({}))));
        assert_eq!(error.code(), ErrorCode::NotJson, "{kind}");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        let (_world, auth) = answered(Answer::of_type(200, kind, &token_body(json!({}))));
        assert_signed_in(&auth);
    }
}

#[test]
fn r62_only_a_single_object_is_a_response() {
    let deep = "[".repeat(100_000);
    let sound = token_body(json!({}));
    let trailing = format!("{sound} {sound}");
    let overflow = sound.replace("3600", "1e999").replace('}', "");
    for text in ["null", "[]", "\"x\"", "42", "", "{", &deep, &trailing, &overflow] {
        assert_eq!(refused(Answer::json(200, text)).code(), ErrorCode::NotJson, "{text:.40}");
    }
    let marked = format!("\u{feff}{sound}");
    let twice = sound.replacen('{', "{\"access_token\":\"first\",", 1);
    for text in [&marked, &twice] {
        let (world, auth) = answered(Answer::json(200, text));
        assert_eq!(token(&world, &auth), "a1");
    }
}

#[test]
fn r63_an_unusable_token_is_refused() {
    for wrong in [
        json!(null),
        json!(""),
        json!(5),
        json!({}),
        json!(["a"]),
        json!("a\r\nX: y"),
        json!("\u{e9}"),
    ] {
        let error = refused(body(json!({ "access_token": wrong })));
        assert_eq!(error.code(), ErrorCode::InvalidTokenResponse, "{wrong}");
        assert_eq!(error.detail(), Some("access_token"));
    }
    for wrong in [json!(5), json!({}), json!("a\n")] {
        let error = refused(body(json!({ "refresh_token": wrong })));
        assert_eq!(error.detail(), Some("refresh_token"), "{wrong}");
    }
    for wrong in [json!(1), json!({})] {
        let error = refused(body(json!({ "token_type": wrong })));
        assert_eq!(error.detail(), Some("token_type"), "{wrong}");
    }
}

#[test]
fn r64_the_token_type_is_compared_without_case() {
    for sound in ["Bearer", "bearer", "bEARER"] {
        assert_signed_in(&answered(body(json!({ "token_type": sound }))).1);
    }
    for wrong in ["mac", "N_A", "", "DPoP", "Bearer "] {
        let error = refused(body(json!({ "token_type": wrong })));
        assert_eq!(error.code(), ErrorCode::UnsupportedTokenType, "{wrong}");
    }
}

#[test]
fn r65_c16_any_lifetime_is_survived() {
    let default = config().default_token_lifetime;
    for (sent, lifetime) in [
        (json!(null), default),
        (json!(0), default),
        (json!(-1), default),
        (json!("NaN"), default),
        (json!("soon"), default),
        (json!({}), default),
        (json!("60"), MINUTE),
        (json!(60.7), MINUTE + SECOND.mul_f64(0.7)),
    ] {
        let (world, auth) = answered(body(json!({ "expires_in": sent })));
        let expires = auth.expires_at().expect("signed in");
        assert_eq!(expires.since(world.now()), lifetime, "{sent}");
    }
    for huge in [json!(2_147_483_648_u64), json!(9_007_199_254_740_992_u64), json!(1e308)] {
        let (world, auth) = answered(body(json!({ "expires_in": huge })));
        world.advance(HOUR);
        assert_signed_in(&auth);
        assert!(refreshes(&world).is_empty(), "no storm for {huge}");
    }
}

#[test]
fn r66_the_granted_scope_is_reported_as_granted() {
    for (sent, expected) in [
        (json!(null), "profile"),
        (json!("profile app:db"), "profile app:db"),
        (json!(""), ""),
        (json!(["profile", "app:db"]), "profile app:db"),
        (json!("profile,app:db"), "profile app:db"),
        (json!(7), ""),
        (json!({"profile": true}), ""),
    ] {
        let (_world, auth) = answered(body(json!({ "scope": sent })));
        match &*auth.state() {
            basic_oauth::AuthState::SignedIn { scope, .. } => assert_eq!(scope.as_str(), expected),
            state => panic!("{state:?}"),
        }
    }
}

#[test]
fn r67_c15_unknown_members_are_ignored() {
    let extra = r#""a":null,"b":[1,{"c":2}],"constructor":"x","__proto__":{"access_token":"evil"},"error_count":0,"#;
    let text = token_body(json!({})).replacen('{', &["{", extra].concat(), 1);
    let (world, auth) = answered(Answer::json(200, &text));
    assert_eq!(token(&world, &auth), "a1");
}

#[test]
fn r68_a_refusal_keeps_the_servers_words() {
    let error =
        refused(Answer::json(400, r#"{"error":"invalid_grant","error_description":"used"}"#));
    assert_eq!((error.code(), error.kind()), (ErrorCode::InvalidGrant, ErrorKind::TokenEndpoint));
    assert_eq!(error.oauth().expect("said").description.as_deref(), Some("used"));
    let error = refused(Answer::json(400, r#"{"error":"invalid_request","message":"Basic says"}"#));
    assert_eq!(error.oauth().expect("said").description.as_deref(), Some("Basic says"));
    for (status, kind, text) in
        [(400, "text/html", "<h1>no</h1>"), (401, "", ""), (400, "application/json", "{}")]
    {
        let error = refused(Answer::of_type(status, kind, text));
        assert_eq!((error.code(), error.oauth()), (ErrorCode::TokenError, None), "{status} {kind}");
    }
}

#[test]
fn r69_r70_a_lost_response_is_an_error_and_the_code_is_not_sent_again() {
    let world = World::new();
    let tab = away(&world, &config());
    let url = world.consent(&tab).url();
    world.answer(TOKEN, Answer::lost());
    let tab = tab.go(&url);
    let auth = start(&world, &tab, &config());
    assert_eq!(state_error(&auth), Some(ErrorCode::NetworkError));
    tab.show();
    tab.set_online(true);
    world.advance(HOUR);
    let again = start(&world, &tab.go(&url), &config());
    assert_eq!(state_error(&again), Some(ErrorCode::UnknownState));
    assert_eq!(exchanges(&world).len(), 1);
    assert!(world.server().violations().is_empty());
}

#[test]
fn r69_an_exchange_is_not_repeated_after_any_failure() {
    for answer in [
        Answer::network_error(),
        Answer::json(503, "{}").with_retry_after("1"),
        Answer::json(429, "{}"),
    ] {
        assert!(refused(answer).is_retryable());
    }
}

#[test]
fn r71_an_error_in_a_200_is_an_error() {
    let error = refused(Answer::json(200, r#"{"error":"bad_verification_code"}"#));
    assert_eq!(error.code(), ErrorCode::TokenError);
    for odd in [json!(7), json!({}), json!(false), json!(["x"])] {
        let error = refused(body(json!({ "error": odd })));
        assert_eq!(error.code(), ErrorCode::TokenError, "{odd}");
    }
    let error = refused(body(json!({ "error": "temporarily_unavailable" })));
    assert_eq!(error.code(), ErrorCode::ServerUnavailable);
}

#[test]
fn r92_a_token_is_opaque() {
    for text in
        ["x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "{\"not\":\"a jwt\"}", "with space"]
    {
        let (world, auth) = answered(body(json!({ "access_token": text })));
        assert_eq!(token(&world, &auth), text);
    }
}

#[test]
fn basics_older_name_of_the_refresh_token_is_understood() {
    let (world, auth) = answered(body(json!({ "refresh_token": null, "refresh": "old-name" })));
    world.advance(HOUR);
    assert_eq!(refreshes(&world)[0].parameter("refresh_token").as_deref(), Some("old-name"));
    drop(auth);
}
