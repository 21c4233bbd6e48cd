//! Injected faults do what they promise, to the requests that they are for.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::{Client, Endpoint, Fault, Gate, Injection, Reply};
use reqwest::Response;
use support::{APP, Encoding, Stage, param, text};
use tokio::time::timeout;

#[tokio::test]
async fn a_fault_applies_to_its_client_and_count() {
    let stage = Stage::new().await;
    let fault = Fault::oauth_error(503, "temporarily_unavailable");
    let injection = Injection::new(Endpoint::TokenRefresh, fault);
    stage.control.inject(injection.client("app").after(1).times(2));
    let mut tokens = stage.sign_in().await;
    for expected in [200, 503, 503, 200] {
        let (status, response) = stage.refresh(text(&tokens, "refresh_token")).await;
        assert_eq!(status, expected);
        if status == 200 {
            tokens = response;
        }
    }
    stage.control.fault("other", Endpoint::TokenRefresh, Fault::DropBefore);
    assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 200);
}

#[tokio::test]
async fn faults_of_the_bearer_endpoints_apply_to_their_client() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let always_401 = Fault::oauth_error(401, "invalid_request");
    let id = stage.control.fault("app", Endpoint::Resource, always_401);
    stage.control.fault("other", Endpoint::Userinfo, Fault::DropBefore);
    assert_eq!(stage.bearer("/api/notes", &tokens).await.0, 401);
    assert_eq!(stage.bearer("/auth/userinfo", &tokens).await.0, 200);
    stage.control.clear(id);
    assert_eq!(stage.bearer("/api/notes", &tokens).await.0, 200);
}

#[tokio::test]
async fn drop_after_uses_up_the_code_and_drop_before_does_not() {
    let stage = Stage::new().await;
    for (fault, is_used_up) in [(Fault::DropAfter, true), (Fault::DropBefore, false)] {
        let code = stage.code().await;
        stage.control.inject(Injection::new(Endpoint::TokenCode, fault).once());
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("client_id", "app"),
            ("redirect_uri", support::REDIRECT_URI),
            ("code_verifier", support::VERIFIER),
        ];
        let request = stage.http.post(stage.url("/auth/token")).form(&form);
        assert!(request.send().await.is_err());
        let log = stage.control.token_requests("app");
        assert_eq!(log.last().unwrap().status, None);
        let (status, _) = stage.exchange(Encoding::Form, &code).await;
        assert_eq!(status == 400, is_used_up);
    }
}

#[tokio::test]
async fn responses_are_edited() {
    let stage = Stage::new().await;
    let on_token = |fault| stage.control.fault("app", Endpoint::TokenCode, fault);
    on_token(Fault::omit("refresh_token"));
    on_token(Fault::set("expires_in", "soon"));
    on_token(Fault::Status(201));
    on_token(Fault::header("set-cookie", "a=1"));
    on_token(Fault::header("set-cookie", "b=2"));
    on_token(Fault::header("cache-control", "max-age=600"));
    on_token(Fault::rewrite(|json| format!("\u{feff}{json}")));
    let response = exchange(&stage).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.headers()["cache-control"], "max-age=600");
    let body = response.text().await.unwrap();
    assert!(body.contains(r#""expires_in":"soon""#) && !body.contains("refresh_token"));
}

#[tokio::test]
async fn whole_responses_are_replaced() {
    let stage = Stage::new().await;
    let html = Reply::html(502, "<h1>Bad gateway</h1>").header("retry-after", "7");
    stage.control.inject(Injection::new(Endpoint::TokenCode, Fault::Respond(html)).once());
    let response = exchange(&stage).await;
    assert_eq!(response.status(), 502);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.headers()["access-control-allow-origin"], APP);
    let redirect = Fault::redirect(307, "http://127.0.0.1:1/");
    stage.control.inject(Injection::new(Endpoint::TokenCode, redirect).once());
    let response = exchange(&stage).await;
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], "http://127.0.0.1:1/");
}

#[tokio::test]
async fn cors_headers_are_left_out() {
    let stage = Stage::new().await;
    stage.control.inject(Injection::new(Endpoint::TokenCode, Fault::NoCors).once());
    let response = exchange(&stage).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("access-control-allow-origin").is_none());
    assert!(exchange(&stage).await.headers().contains_key("access-control-allow-origin"));
    stage.control.refuse_preflights(true);
    let request = stage.http.request(reqwest::Method::OPTIONS, stage.url("/auth/token"));
    let rejected = request.header("origin", APP).send().await.unwrap();
    assert_eq!(rejected.status(), 403);
    assert!(rejected.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn a_gate_holds_requests_until_released() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let gate = Gate::new();
    stage.control.fault("app", Endpoint::Userinfo, Fault::Hold(gate.clone()));
    let first = stage.bearer("/auth/userinfo", &tokens);
    let second = stage.bearer("/auth/userinfo", &tokens);
    let release = async {
        gate.arrived(2).await;
        assert_eq!(stage.control.requests_to(Endpoint::Userinfo, Some("app")).len(), 2);
        gate.release();
    };
    let (first, second, ()) = tokio::join!(first, second, release);
    assert_eq!((first.0.as_u16(), second.0.as_u16()), (200, 200));
}

#[tokio::test]
async fn silent_slow_and_endless_responses_are_sent() {
    let stage = Stage::new().await;
    let short = Duration::from_millis(300);
    let inject = |fault| stage.control.inject(Injection::new(Endpoint::TokenCode, fault).once());

    inject(Fault::NeverAnswer);
    assert!(timeout(short, exchange(&stage)).await.is_err());

    inject(Fault::HeadersThenSilence);
    let silent = exchange(&stage).await;
    assert_eq!(silent.status(), 200);
    assert!(timeout(short, silent.bytes()).await.is_err());

    inject(Fault::SlowDrip(Duration::from_millis(50)));
    let mut slow = exchange(&stage).await;
    assert_eq!(slow.chunk().await.unwrap().unwrap().len(), 1);

    inject(Fault::EndlessBody);
    let mut endless = exchange(&stage).await;
    let mut size = 0;
    while size < 4_000_000 {
        size += endless.chunk().await.unwrap().unwrap().len();
    }

    inject(Fault::GzipBomb(5_000_000));
    assert_eq!(exchange(&stage).await.bytes().await.unwrap().len(), 5_000_000);

    inject(Fault::DelayAnswer(short));
    assert!(timeout(short / 2, exchange(&stage)).await.is_err());
}

#[tokio::test]
async fn the_redirect_is_edited_after_the_consent_page() {
    let stage = Stage::with(Client::new("app", support::REDIRECT_URI)).await;
    let twice = Fault::edit_redirect(|params| {
        let state = params.iter().find(|(name, _)| name == "state").cloned();
        params.extend(state);
    });
    stage.control.inject(Injection::new(Endpoint::Authorize, twice).client("app").once());
    let page = stage.authorize(&[]).await.text().await.unwrap();
    let (_, rest) = page.split_once(r#"name="request" value=""#).unwrap();
    let (request, _) = rest.split_once('"').unwrap();
    let form = [("request", request), ("user", "ada"), ("decision", "allow")];
    let response = stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap();
    let location = support::location(&response).unwrap();
    assert_eq!(location.query_pairs().filter(|(name, _)| name == "state").count(), 2);
}

#[tokio::test]
async fn a_fragment_can_replace_the_query() {
    let stage = Stage::new().await;
    let swapped = Fault::edit_location(|url| url.replacen('?', "#", 1));
    stage.control.fault("app", Endpoint::Authorize, swapped);
    let response = stage.authorize(&[]).await;
    assert_eq!(param(&response, "code"), None);
    assert!(support::location(&response).unwrap().fragment().unwrap().contains("code="));
}

#[tokio::test]
async fn offline_closes_connections_and_online_accepts_them_again() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    stage.control.take_offline();
    let request = stage.http.get(stage.url("/api/notes"));
    assert!(request.send().await.is_err());
    stage.control.bring_online();
    assert_eq!(stage.bearer("/api/notes", &tokens).await.0, 200);
}

#[tokio::test]
async fn the_log_contains_what_was_sent() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    stage.refresh(text(&tokens, "refresh_token")).await;
    let log = stage.control.token_requests("app");
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].body_param("grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(log[1].body_param("refresh_token").as_deref(), tokens["refresh_token"].as_str());
    assert_eq!(log[1].endpoint, Some(Endpoint::TokenRefresh));
    assert_eq!(log[1].header("content-type"), Some("application/json"));
    assert_eq!(log[1].status, Some(200));
    let authorize = stage.control.requests_to(Endpoint::Authorize, Some("app"));
    assert_eq!(authorize[0].query_param("state").as_deref(), Some("the-state"));
    let waiting =
        stage.control.until(|log| log.iter().any(|request| request.path == "/auth/session"));
    let (log, _) = tokio::join!(waiting, stage.bearer("/auth/session", &tokens));
    assert_eq!(log.last().unwrap().client_id.as_deref(), Some("app"));
}

async fn exchange(stage: &Stage) -> Response {
    let code = stage.code().await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", "app"),
        ("redirect_uri", support::REDIRECT_URI),
        ("code_verifier", support::VERIFIER),
    ];
    let request = stage.http.post(stage.url("/auth/token")).header("origin", APP).form(&form);
    request.send().await.unwrap()
}
