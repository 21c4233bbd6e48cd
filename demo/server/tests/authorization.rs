//! What `/auth/authorize` accepts, refuses, and where it sends people.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use demo_server::Client;
use support::{REDIRECT_URI, Stage, location, param};

#[tokio::test]
async fn a_good_request_comes_back_with_code_and_state() {
    let stage = Stage::new().await;
    let answer = stage.authorize(&[]).await;
    assert_eq!(answer.status(), 303);
    assert!(location(&answer).unwrap().as_str().starts_with("http://localhost:9/callback?"));
    assert_eq!(param(&answer, "state").as_deref(), Some("the-state"));
    assert!(param(&answer, "code").unwrap().len() >= 43);
    assert_eq!(param(&answer, "iss"), None);
}

#[tokio::test]
async fn the_issuer_is_named_where_the_client_is_set_so() {
    let client = Client { sends_issuer: true, ..Client::new("app", REDIRECT_URI).auto_consent() };
    let stage = Stage::with(client).await;
    let granted = stage.authorize(&[]).await;
    assert_eq!(param(&granted, "iss").as_deref(), Some(stage.server.origin()));
    let refused = stage.authorize(&[("scope", Some("a,b"))]).await;
    assert_eq!(param(&refused, "iss").as_deref(), Some(stage.server.origin()));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_is_never_redirected() {
    let stage = Stage::new().await;
    for change in [
        ("client_id", Some("someone-else")),
        ("client_id", None),
        ("redirect_uri", None),
        ("redirect_uri", Some("http://localhost:9/callback/")),
        ("redirect_uri", Some("http://localhost:9/Callback")),
        ("redirect_uri", Some("http://localhost:9/callback?x=1")),
        ("redirect_uri", Some("http://localhost:9@evil.example/callback")),
        ("redirect_uri", Some("javascript:alert(1)")),
    ] {
        let answer = stage.authorize(&[change]).await;
        assert_eq!(answer.status(), 400, "{change:?}");
        assert!(location(&answer).is_none(), "{change:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_bad_request_of_a_known_client_comes_back_as_an_error() {
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
        let answer = stage.authorize(&[change]).await;
        assert_eq!(param(&answer, "error").as_deref(), Some(error), "{change:?}");
        assert!(param(&answer, "error_description").is_some());
        assert_eq!(param(&answer, "code"), None, "{change:?}");
        let state = (change.0 != "state").then_some("the-state");
        assert_eq!(param(&answer, "state").as_deref(), state);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let stage = Stage::new().await;
    let query = format!(
        "client_id=app&redirect_uri={REDIRECT_URI}&response_type=code&state=a&state=b\
         &code_challenge={}&code_challenge_method=S256",
        support::challenge(support::VERIFIER)
    );
    let url = stage.url(&format!("/auth/authorize?{query}"));
    let answer = stage.http.get(url).send().await.unwrap();
    assert_eq!(param(&answer, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn the_page_offers_the_choice_and_runs_no_script() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI).named("<b>App</b>")).await;
    let answer = stage.authorize(&[("login_hint", Some("alan"))]).await;
    assert_eq!(answer.status(), 200);
    let csp = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(csp.contains("default-src 'none'"));
    assert!(csp.contains("frame-ancestors 'none'"));
    assert!(csp.contains("form-action 'self' http://localhost:9"));
    assert!(!csp.contains("script-src") && !csp.contains("unsafe"));
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    let page = answer.text().await.unwrap();
    assert!(page.contains(r#"id="allow""#) && page.contains(r#"id="deny""#));
    assert!(page.contains(r#"id="alan" value="alan" checked"#), "{page}");
    assert!(page.contains("&lt;b&gt;App&lt;/b&gt;") && !page.contains("<b>App"));
    assert!(!page.contains("<script") && !page.contains("style="));
}

#[tokio::test]
async fn allowing_sends_a_code_and_denying_an_error() {
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
async fn an_old_or_made_up_decision_goes_nowhere() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let form = [("request", "made-up"), ("user", "ada"), ("decision", "allow")];
    let answer = stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(location(&answer).is_none());
}

#[tokio::test]
async fn silent_sign_in_is_refused_because_nobody_is_signed_in_here() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let answer = stage.authorize(&[("prompt", Some("none"))]).await;
    assert_eq!(param(&answer, "error").as_deref(), Some("login_required"));
}

async fn decide(stage: &Stage, decision: &str) -> reqwest::Response {
    let page = stage.authorize(&[]).await.text().await.unwrap();
    let (_, rest) = page.split_once(r#"name="request" value=""#).unwrap();
    let (request, _) = rest.split_once('"').unwrap();
    let form = [("request", request), ("user", "alan"), ("decision", decision)];
    stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap()
}
