//! What `/auth/authorize` accepts and rejects, and to which address it redirects.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use demo_server::Client;
use support::{REDIRECT_URI, Stage, location, param};

#[tokio::test]
async fn a_valid_request_returns_code_and_state() {
    let stage = Stage::new().await;
    let response = stage.authorize(&[]).await;
    assert_eq!(response.status(), 303);
    assert!(location(&response).unwrap().as_str().starts_with("http://localhost:9/callback?"));
    assert_eq!(param(&response, "state").as_deref(), Some("the-state"));
    assert!(param(&response, "code").unwrap().len() >= 43);
    assert_eq!(param(&response, "iss"), None);
}

#[tokio::test]
async fn the_redirect_has_an_issuer_if_the_client_asks_for_it() {
    let client = Client { sends_issuer: true, ..Client::new("app", REDIRECT_URI).auto_consent() };
    let stage = Stage::with(client).await;
    let granted = stage.authorize(&[]).await;
    assert_eq!(param(&granted, "iss").as_deref(), Some(stage.server.origin()));
    let rejected = stage.authorize(&[("scope", Some("a,b"))]).await;
    assert_eq!(param(&rejected, "iss").as_deref(), Some(stage.server.origin()));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_is_never_redirected() {
    let stage = Stage::new().await;
    for change in [
        ("client_id", Some("unknown")),
        ("client_id", None),
        ("redirect_uri", None),
        ("redirect_uri", Some("http://localhost:9/callback/")),
        ("redirect_uri", Some("http://localhost:9/Callback")),
        ("redirect_uri", Some("http://localhost:9/callback?x=1")),
        ("redirect_uri", Some("http://localhost:9@evil.example/callback")),
        ("redirect_uri", Some("javascript:alert(1)")),
    ] {
        let response = stage.authorize(&[change]).await;
        assert_eq!(response.status(), 400, "{change:?}");
        assert!(location(&response).is_none(), "{change:?}");
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn an_invalid_request_of_a_known_client_returns_an_error() {
    let stage = Stage::new().await;
    for (change, error) in [
        (("state", None), "invalid_request"),
        (("response_type", Some("token")), "unsupported_response_type"),
        (("response_type", None), "invalid_request"),
        (("code_challenge", None), "invalid_request"),
        (("code_challenge", Some("short")), "invalid_request"),
        (("code_challenge_method", Some("plain")), "invalid_request"),
        (("code_challenge_method", None), "invalid_request"),
        (("scope", Some("profile,email")), "invalid_scope"),
        (("scope", Some("everything")), "invalid_scope"),
        (("scope", Some("admin")), "invalid_scope"),
    ] {
        let response = stage.authorize(&[change]).await;
        assert_eq!(param(&response, "error").as_deref(), Some(error), "{change:?}");
        assert!(param(&response, "error_description").is_some());
        assert_eq!(param(&response, "code"), None, "{change:?}");
        let state = (change.0 != "state").then_some("the-state");
        assert_eq!(param(&response, "state").as_deref(), state);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_rejected() {
    let stage = Stage::new().await;
    let query = format!(
        "client_id=app&redirect_uri={REDIRECT_URI}&response_type=code&state=a&state=b\
         &code_challenge={}&code_challenge_method=S256",
        support::challenge(support::VERIFIER)
    );
    let url = stage.url(&format!("/auth/authorize?{query}"));
    let response = stage.http.get(url).send().await.unwrap();
    assert_eq!(param(&response, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn the_page_offers_the_users_and_runs_no_script() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI).named("<b>App</b>")).await;
    let response = stage.authorize(&[("login_hint", Some("alan"))]).await;
    assert_eq!(response.status(), 200);
    let csp = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(csp.contains("default-src 'none'"));
    assert!(csp.contains("frame-ancestors 'none'"));
    assert!(csp.contains("form-action 'self' http://localhost:9"));
    assert!(!csp.contains("script-src") && !csp.contains("unsafe"));
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers().get("access-control-allow-origin").is_none());
    let page = response.text().await.unwrap();
    assert!(page.contains(r#"id="allow""#) && page.contains(r#"id="deny""#));
    assert!(page.contains(r#"id="alan" value="alan" checked"#), "{page}");
    assert!(page.contains("&lt;b&gt;App&lt;/b&gt;") && !page.contains("<b>App"));
    assert!(!page.contains("<script") && !page.contains("style="));
}

#[tokio::test]
async fn allowing_returns_a_code_and_denying_an_error() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let allowed = decide(&stage, "allow").await;
    assert!(param(&allowed, "code").is_some());
    assert_eq!(param(&allowed, "state").as_deref(), Some("the-state"));
    let denied = decide(&stage, "deny").await;
    assert_eq!(param(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&denied, "state").as_deref(), Some("the-state"));
    assert_eq!(param(&denied, "code"), None);
}

#[tokio::test]
async fn an_unknown_decision_is_not_redirected() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let form = [("request", "unknown"), ("user", "ada"), ("decision", "allow")];
    let response = stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(location(&response).is_none());
}

#[tokio::test]
async fn silent_sign_in_is_rejected_because_no_user_is_signed_in() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let response = stage.authorize(&[("prompt", Some("none"))]).await;
    assert_eq!(param(&response, "error").as_deref(), Some("login_required"));
}

async fn decide(stage: &Stage, decision: &str) -> reqwest::Response {
    let page = stage.authorize(&[]).await.text().await.unwrap();
    let (_, rest) = page.split_once(r#"name="request" value=""#).unwrap();
    let (request, _) = rest.split_once('"').unwrap();
    let form = [("request", request), ("user", "alan"), ("decision", decision)];
    stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap()
}
