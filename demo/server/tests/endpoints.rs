//! Userinfo, the resource, revocation, discovery, and CORS.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::Client;
use reqwest::{Method, Response};
use serde_json::Value;
use support::{APP, Encoding, Stage, text};

#[tokio::test]
async fn userinfo_returns_the_user_under_both_spellings() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    for path in ["/auth/userinfo", "/auth/userInfo"] {
        let (status, user) = stage.bearer(path, &tokens).await;
        assert_eq!(status, 200);
        for member in ["sub", "id", "name", "email", "picture", "handle_bare"] {
            assert!(user[member].is_string(), "{member}");
        }
    }
}

#[tokio::test]
async fn an_expired_access_token_gets_401_invalid_request() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    // The token lives for a minute. The margin is for a slow machine.
    stage.control.advance(Duration::from_secs(30));
    assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 200);
    stage.control.advance(Duration::from_secs(30));
    for path in ["/auth/userinfo", "/auth/session", "/api/notes"] {
        let (status, response) = stage.bearer(path, &tokens).await;
        assert_eq!((status.as_u16(), &response["error"]), (401, &"invalid_request".into()));
    }
}

#[tokio::test]
async fn a_missing_or_forged_token_is_rejected() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let response = stage.http.get(stage.url("/api/notes")).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let (rest, _) = text(&tokens, "access_token").rsplit_once('.').unwrap();
    let forged = serde_json::json!({ "access_token": format!("{rest}.AAAA") });
    assert_eq!(stage.bearer("/api/notes", &forged).await.0, 401);
}

#[tokio::test]
async fn the_resource_belongs_to_the_user() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let (status, response) = stage.bearer("/api/notes", &tokens).await;
    assert_eq!((status.as_u16(), &response["owner"]["name"]), (200, &"Ada Lovelace".into()));
    assert!(response["notes"].as_array().unwrap().len() >= 2);
    let (_, session) = stage.bearer("/auth/session", &tokens).await;
    assert_eq!(session["active"], true);
}

#[tokio::test]
async fn a_token_without_the_scope_gets_the_required_scope() {
    let stage = Stage::new().await;
    let code = support::param(&stage.authorize(&[("scope", Some("app:db"))]).await, "code");
    let (_, tokens) = stage.exchange(Encoding::Json, &code.unwrap()).await;
    let (status, response) = stage.bearer("/api/notes", &tokens).await;
    assert_eq!(status, 403);
    assert_eq!(response["error"], "insufficient_permissions");
    assert!(response["required"].is_array() && response["reason"].is_string());
    assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 403);
}

#[tokio::test]
async fn revoking_either_token_ends_the_session() {
    let stage = Stage::new().await;
    for name in ["refresh_token", "access_token"] {
        let tokens = stage.sign_in().await;
        let form = [("token", text(&tokens, name)), ("client_id", "app")];
        assert_eq!(revoke(&stage, &form).await.status(), 200);
        assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 401, "{name}");
        assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 400, "{name}");
        assert_eq!(revoke(&stage, &form).await.status(), 200, "a second revocation succeeds too");
    }
}

#[tokio::test]
async fn revocation_accepts_unknown_tokens_and_rejects_other_clients() {
    let stage = Stage::new().await;
    stage.control.register(Client::new("other", support::REDIRECT_URI));
    let tokens = stage.sign_in().await;
    assert_eq!(revoke(&stage, &[("token", "x"), ("client_id", "app")]).await.status(), 200);
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", "other")];
    assert_eq!(revoke(&stage, &form).await.status(), 400);
    assert_eq!(revoke(&stage, &[("token", "x"), ("client_id", "unknown")]).await.status(), 400);
    assert_eq!(stage.control.live_sessions("app"), 1);
}

#[tokio::test]
async fn discovery_is_valid_and_open_to_every_origin() {
    let stage = Stage::new().await;
    for prefix in ["", "/auth"] {
        let url = stage.url(&format!("{prefix}/.well-known/openid-configuration"));
        let request = stage.http.get(url).header("origin", "https://other.example");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let metadata: Value = response.json().await.unwrap();
        assert_eq!(metadata["issuer"], stage.server.origin());
        assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        for endpoint in ["token", "userinfo", "revocation", "authorization"] {
            let url = text(&metadata, &format!("{endpoint}_endpoint"));
            let response = stage.http.get(url).send().await.unwrap();
            assert_ne!(response.status(), 404, "{url}");
        }
        let keys = stage.http.get(text(&metadata, "jwks_uri")).send().await.unwrap();
        let keys: Value = keys.json().await.unwrap();
        assert_eq!(keys["keys"][0]["alg"], "RS256");
        assert_eq!(keys["keys"][0]["kid"], "1");
        assert_eq!(keys["keys"][0].get("d"), None, "the private key is not published");
    }
}

#[tokio::test]
async fn a_registered_origin_passes_preflight_and_others_do_not() {
    let stage = Stage::new().await;
    for path in ["/auth/token", "/auth/userinfo", "/auth/revoke", "/api/notes"] {
        let allowed = preflight(&stage, path, APP).await;
        assert_eq!(allowed.headers()["access-control-allow-origin"], APP, "{path}");
        let allowed_headers = allowed.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(
            allowed_headers.contains("authorization") && allowed_headers.contains("content-type")
        );
        assert!(allowed.headers().get("access-control-allow-credentials").is_none());
        for other in ["http://localhost:10", "https://localhost:9", "null"] {
            let response = preflight(&stage, path, other).await;
            assert!(response.headers().get("access-control-allow-origin").is_none(), "{other}");
        }
    }
    assert!(stage.control.token_requests("app").is_empty(), "preflights are not in the list");
}

#[tokio::test]
async fn error_responses_can_be_read_across_origins_too() {
    let stage = Stage::new().await;
    let request = stage.http.post(stage.url("/auth/token")).header("origin", APP);
    let response = request.form(&[("client_id", "unknown")]).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["access-control-allow-origin"], APP);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

async fn preflight(stage: &Stage, path: &str, origin: &str) -> Response {
    let request = stage.http.request(Method::OPTIONS, stage.url(path)).header("origin", origin);
    let request = request
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    request.send().await.unwrap()
}

async fn revoke(stage: &Stage, form: &[(&str, &str)]) -> Response {
    stage.http.post(stage.url("/auth/revoke")).form(form).send().await.unwrap()
}
