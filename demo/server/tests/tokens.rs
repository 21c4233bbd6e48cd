//! Codes and tokens: their use and their end.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::{Client, Lifetimes};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use support::{Encoding, REDIRECT_URI, Stage, VERIFIER, text};

#[tokio::test]
async fn a_code_is_exchanged_as_json_and_as_a_form() {
    let stage = Stage::new().await;
    for encoding in [Encoding::Json, Encoding::Form] {
        let (status, tokens) = stage.exchange(encoding, &stage.code().await).await;
        assert_eq!(status, 200, "{encoding:?}: {tokens}");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 60);
        assert_eq!(tokens["scope"], "profile");
        assert!(text(&tokens, "refresh_token").len() >= 43);
        assert_eq!(tokens.get("id_token"), None);
        let (status, user) = stage.bearer("/auth/userinfo", &tokens).await;
        assert_eq!(status, 200);
        assert_eq!(user["name"], "Ada Lovelace");
    }
}

/// RFC 8707 section 2: `resource` may repeat, which JSON writes as an array.
#[tokio::test]
async fn in_json_too_a_resource_may_repeat_and_a_code_may_not() {
    let stage = Stage::new().await;
    let resources = ["https://a.example", "https://b.example"];
    let mut body = serde_json::json!({
        "grant_type": "authorization_code",
        "client_id": "app",
        "code": [stage.code().await, "another"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        "resource": resources,
    });
    let error = async |body: &Value| {
        let request = stage.http.post(stage.url("/auth/token")).json(body);
        request.send().await.unwrap().json::<Value>().await.unwrap()["error"].take()
    };
    assert_eq!(error(&body).await, "invalid_request", "two codes");
    body["code"] = body["code"][0].take();
    assert_eq!(error(&body).await, Value::Null);
    let logged = stage.control.token_requests("app").pop().unwrap();
    assert_eq!(logged.body_params("resource"), resources);
    assert_eq!(logged.body_params("client_id"), ["app"]);
    body["resource"] = serde_json::json!([1]);
    assert_eq!(error(&body).await, "invalid_request", "a number");
}

#[tokio::test]
async fn a_code_works_once_and_its_reuse_ends_the_session() {
    let stage = Stage::new().await;
    let code = stage.code().await;
    let (_, tokens) = stage.exchange(Encoding::Form, &code).await;
    let (status, response) = stage.exchange(Encoding::Form, &code).await;
    assert_eq!((status.as_u16(), &response["error"]), (400, &"invalid_grant".into()));
    assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 401);
    assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 400);
    assert_eq!(stage.control.live_sessions("app"), 0);
}

#[tokio::test]
async fn a_wrong_verifier_or_redirect_uri_is_rejected_and_the_code_stays_valid() {
    let stage = Stage::new().await;
    let code = stage.code().await;
    let wrong = "x".repeat(43);
    for (verifier, redirect_uri, error) in [
        (wrong.as_str(), REDIRECT_URI, "invalid_grant"),
        ("", REDIRECT_URI, "invalid_request"),
        (VERIFIER, "http://localhost:9/other", "invalid_grant"),
        (VERIFIER, "", "invalid_grant"),
    ] {
        let response = stage.exchange_with(Encoding::Json, &code, verifier, redirect_uri).await;
        assert_eq!((response.0.as_u16(), &response.1["error"]), (400, &error.into()));
        assert!(response.1["error_description"].is_string());
    }
    assert_eq!(stage.exchange(Encoding::Json, &code).await.0, 200);
}

#[tokio::test]
async fn a_code_expires() {
    let stage = Stage::new().await;
    let code = stage.code().await;
    stage.control.advance(Duration::from_secs(600));
    assert_eq!(stage.exchange(Encoding::Json, &code).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_of_another_client_is_rejected() {
    let stage = Stage::new().await;
    stage.control.register(Client::new("other", REDIRECT_URI).auto_consent());
    let code = support::param(&stage.authorize(&[("client_id", Some("other"))]).await, "code");
    let (_, response) = stage.exchange(Encoding::Json, &code.unwrap()).await;
    assert_eq!(response["error"], "invalid_grant");
}

#[tokio::test]
async fn invalid_token_requests_are_rejected() {
    let stage = Stage::new().await;
    for (body, error) in [
        (vec![("grant_type", "password"), ("client_id", "app")], "unsupported_grant_type"),
        (vec![("client_id", "app")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("client_id", "unknown")], "invalid_client"),
        (vec![("grant_type", "refresh_token"), ("client_id", "app")], "invalid_request"),
    ] {
        let (status, response) = stage.token(Encoding::Form, &body).await;
        assert_eq!((status.as_u16(), &response["error"]), (400, &error.into()));
    }
    let twice = "grant_type=refresh_token&client_id=app&client_id=app&refresh_token=x";
    for (media_type, body) in [
        ("application/x-www-form-urlencoded", twice),
        ("text/plain", "grant_type=refresh_token&client_id=app&refresh_token=x"),
        ("application/json", "[]"),
        ("application/json", "{\"grant_type\":1}"),
    ] {
        let request = stage.http.post(stage.url("/auth/token")).header("content-type", media_type);
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), 400);
        let response: Value = response.json().await.unwrap();
        assert_eq!(response["error"], "invalid_request");
    }
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_reuse_ends_the_family() {
    let stage = Stage::new().await;
    let first = stage.sign_in().await;
    let (status, second) = stage.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, 200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    let (status, response) = stage.refresh(text(&first, "refresh_token")).await;
    assert_eq!((status.as_u16(), &response["error"]), (400, &"invalid_grant".into()));
    assert_eq!(stage.refresh(text(&second, "refresh_token")).await.0, 400);
    assert_eq!(stage.bearer("/auth/userinfo", &second).await.0, 401);
}

#[tokio::test]
async fn within_the_grace_period_a_used_refresh_token_returns_the_same_successor() {
    let grace = Duration::from_secs(60);
    let lifetimes = Lifetimes { refresh_grace: grace, ..Lifetimes::default() };
    let client = Client::new("app", REDIRECT_URI).auto_consent();
    let stage = Stage::with(Client { lifetimes: Some(lifetimes), ..client }).await;
    let first = stage.sign_in().await;
    let (_, second) = stage.refresh(text(&first, "refresh_token")).await;
    let (status, again) = stage.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, 200);
    assert_eq!(second["refresh_token"], again["refresh_token"]);
    stage.control.advance(grace);
    assert_eq!(stage.refresh(text(&first, "refresh_token")).await.0, 400);
    assert_eq!(stage.control.live_sessions("app"), 0);
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope_but_not_widen_it() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let refresh_token = text(&tokens, "refresh_token");
    let body = |scope| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", "app"),
            ("scope", scope),
        ]
    };
    let (_, response) = stage.token(Encoding::Form, &body("profile app:db")).await;
    assert_eq!(response["error"], "invalid_scope");
    let (status, tokens) = stage.token(Encoding::Form, &body("profile:read")).await;
    assert_eq!((status.as_u16(), &tokens["scope"]), (200, &"profile:read".into()));
}

#[tokio::test]
async fn a_refresh_token_expires() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    stage.control.advance(Duration::from_secs(30 * 24 * 60 * 60));
    let (_, response) = stage.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(response["error"], "invalid_grant");
}

#[tokio::test]
async fn the_access_token_is_signed_with_the_published_key() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let token = text(&tokens, "access_token");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[stage.server.origin()]);
    validation.set_audience(&[stage.server.origin()]);
    let claims = decode::<Value>(token, &key(&stage, token).await, &validation).unwrap().claims;
    assert_eq!(claims["clientId"], "app");
    assert_eq!(claims["scope"], "profile");
    assert_eq!(claims["typ"], "access");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
    assert!(claims["sid"].is_string() && claims["userId"].is_string());
}

#[tokio::test]
async fn openid_adds_an_id_token_for_the_client() {
    let stage = Stage::new().await;
    let changes = [("scope", Some("openid profile")), ("nonce", Some("n-0S6"))];
    let code = support::param(&stage.authorize(&changes).await, "code").unwrap();
    let (_, tokens) = stage.exchange(Encoding::Json, &code).await;
    let token = text(&tokens, "id_token");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[stage.server.origin()]);
    validation.set_audience(&["app"]);
    let claims = decode::<Value>(token, &key(&stage, token).await, &validation).unwrap().claims;
    assert_eq!(claims["nonce"], "n-0S6");
    let (_, user) = stage.bearer("/auth/userinfo", &tokens).await;
    assert_eq!(claims["sub"], user["sub"]);
    // The same key signed it, but it is no access token.
    let request = stage.http.get(stage.url("/auth/userinfo")).bearer_auth(token);
    assert_eq!(request.send().await.unwrap().status(), 401);
}

async fn key(stage: &Stage, token: &str) -> DecodingKey {
    let kid = decode_header(token).unwrap().kid.unwrap();
    let url = stage.url("/auth/.well-known/jwks.json");
    let keys: JwkSet = stage.http.get(url).send().await.unwrap().json().await.unwrap();
    DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap()
}
