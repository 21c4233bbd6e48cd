//! User info, the resource, revocation, discovery, and what browsers of other origins may read.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::Client;
use reqwest::{Method, Response};
use serde_json::Value;
use support::{APP, Encoding, Stage, text};

#[tokio::test]
async fn userinfo_tells_who_signed_in_under_both_spellings() {
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
async fn an_expired_access_token_is_answered_with_401_invalid_request() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    // The rest of its minute is for a machine that is busy.
    stage.control.advance(Duration::from_secs(30));
    assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 200);
    stage.control.advance(Duration::from_secs(30));
    for path in ["/auth/userinfo", "/auth/session", "/api/notes"] {
        let (status, refusal) = stage.bearer(path, &tokens).await;
        assert_eq!((status.as_u16(), &refusal["error"]), (401, &"invalid_request".into()));
    }
}

#[tokio::test]
async fn no_token_or_a_forged_one_is_refused() {
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
async fn the_resource_belongs_to_the_person() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let (status, answer) = stage.bearer("/api/notes", &tokens).await;
    assert_eq!((status.as_u16(), &answer["owner"]["name"]), (200, &"Ada Lovelace".into()));
    assert!(answer["notes"].as_array().unwrap().len() >= 2);
    let (_, session) = stage.bearer("/auth/session", &tokens).await;
    assert_eq!(session["active"], true);
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_what_it_needs() {
    let stage = Stage::new().await;
    let code = support::param(&stage.authorize(&[("scope", Some("app:db"))]).await, "code");
    let (_, tokens) = stage.exchange(Encoding::Json, &code.unwrap()).await;
    let (status, refusal) = stage.bearer("/api/notes", &tokens).await;
    assert_eq!(status, 403);
    assert_eq!(refusal["error"], "insufficient_permissions");
    assert!(refusal["required"].is_array() && refusal["reason"].is_string());
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
        assert_eq!(revoke(&stage, &form).await.status(), 200, "again is fine");
    }
}

#[tokio::test]
async fn revocation_hides_what_is_unknown_and_refuses_strangers() {
    let stage = Stage::new().await;
    stage.control.register(Client::new("other", support::REDIRECT_URI));
    let tokens = stage.sign_in().await;
    assert_eq!(revoke(&stage, &[("token", "x"), ("client_id", "app")]).await.status(), 200);
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", "other")];
    assert_eq!(revoke(&stage, &form).await.status(), 400);
    assert_eq!(revoke(&stage, &[("token", "x"), ("client_id", "no")]).await.status(), 400);
    assert_eq!(stage.control.live_sessions("app"), 1);
}

#[tokio::test]
async fn discovery_is_sound_and_open_to_all() {
    let stage = Stage::new().await;
    for prefix in ["", "/auth"] {
        let url = stage.url(&format!("{prefix}/.well-known/openid-configuration"));
        let request = stage.http.get(url).header("origin", "https://anyone.example");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let metadata: Value = response.json().await.unwrap();
        assert_eq!(metadata["issuer"], stage.server.origin());
        assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        for endpoint in ["token", "userinfo", "revocation", "authorization"] {
            let url = text(&metadata, &format!("{endpoint}_endpoint"));
            let answer = stage.http.get(url).send().await.unwrap();
            assert_ne!(answer.status(), 404, "{url}");
        }
        let keys = stage.http.get(text(&metadata, "jwks_uri")).send().await.unwrap();
        let keys: Value = keys.json().await.unwrap();
        assert_eq!(keys["keys"][0]["alg"], "RS256");
        assert_eq!(keys["keys"][0]["kid"], "1");
        assert_eq!(keys["keys"][0].get("d"), None, "the private part stays private");
    }
}

#[tokio::test]
async fn a_registered_origin_passes_preflight_and_others_do_not() {
    let stage = Stage::new().await;
    for path in ["/auth/token", "/auth/userinfo", "/auth/revoke", "/api/notes"] {
        let welcome = preflight(&stage, path, APP).await;
        assert_eq!(welcome.headers()["access-control-allow-origin"], APP, "{path}");
        let allowed = welcome.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"));
        assert!(welcome.headers().get("access-control-allow-credentials").is_none());
        for stranger in ["http://localhost:10", "https://localhost:9", "null"] {
            let answer = preflight(&stage, path, stranger).await;
            assert!(answer.headers().get("access-control-allow-origin").is_none(), "{stranger}");
        }
    }
    assert!(stage.control.token_requests("app").is_empty(), "preflights are not counted");
}

#[tokio::test]
async fn refusals_can_be_read_across_origins_too() {
    let stage = Stage::new().await;
    let request = stage.http.post(stage.url("/auth/token")).header("origin", APP);
    let response = request.form(&[("client_id", "nobody")]).send().await.unwrap();
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
