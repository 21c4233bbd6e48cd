//! The server as an app's developer uses it: a client of its own, and faults by name.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::{Client, NamedFault};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use support::{APP, Encoding, REDIRECT_URI, Stage, location, param, text};

#[tokio::test]
async fn a_registered_client_signs_in_through_the_page_and_calls_the_api_across_origins() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let code = param(&allow(&stage, &[]).await, "code").unwrap();
    let (status, tokens) = stage.exchange(Encoding::Json, &code).await;
    assert_eq!(status, 200, "{tokens}");
    for path in ["/auth/userinfo", "/api/notes"] {
        let request = stage.http.get(stage.url(path)).bearer_auth(text(&tokens, "access_token"));
        let response = request.header("origin", APP).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], APP, "{path}");
    }
    assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 200);
}

#[tokio::test]
async fn every_name_in_the_help_is_a_fault() {
    let (_, faults) = NamedFault::HELP.split_once("WHAT is one of:").unwrap();
    let (endpoints, _) = NamedFault::HELP.split_once("WHAT is one of:").unwrap();
    let endpoints: Vec<&str> = endpoints
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert_eq!(endpoints.len(), 9);
    for endpoint in &endpoints {
        for what in ["400", "599", "drop", "silence", "slow", "slow:20", "503x2"] {
            parse(&format!("{endpoint}={what}"));
        }
        let is_page = matches!(*endpoint, "authorize" | "end-session");
        for what in ["html", "no-cors"] {
            let fault = format!("{endpoint}={what}").parse::<NamedFault>();
            assert_eq!(fault.is_err(), is_page, "{endpoint}={what}");
        }
    }
    let mut count = 0;
    let mut names = Vec::new();
    for line in faults.lines().skip_while(|line| !line.starts_with("  authorize ")) {
        let Some(rest) = line.strip_prefix("  ") else { break };
        let (name, list) = rest.split_at(13);
        if !name.trim().is_empty() {
            names = name.split(',').map(str::trim).collect();
        }
        for what in list.split(',').map(str::trim).filter(|what| !what.is_empty()) {
            for name in &names {
                parse(&format!("{name}={what}"));
                count += 1;
            }
        }
    }
    assert_eq!(count, 32, "the table is read whole");
}

#[test]
fn a_wrong_fault_is_refused_with_the_list() {
    for wrong in [
        "",
        "refresh",
        "refresh=",
        "=503",
        "token=503",
        "refresh=200",
        "refresh=600",
        "refresh=slow:",
        "refresh=access_denied",
        "authorize=html",
        "code=503x",
        "code=503xtwo",
        "discovery=invalid",
    ] {
        let error = wrong.parse::<NamedFault>().err().map(|error| error.to_string());
        assert!(error.unwrap().contains("WHAT is one of:"), "{wrong}");
    }
}

#[tokio::test]
async fn a_status_is_answered_as_often_as_asked() {
    let stage = failing(&["refresh=503x2", "user=500", "code=429x1"]).await;
    let code = stage.code().await;
    let (status, answer) = stage.exchange(Encoding::Json, &code).await;
    assert_eq!((status.as_u16(), &answer["error"]), (429, &"temporarily_unavailable".into()));
    let tokens = stage.sign_in().await;
    let token = text(&tokens, "refresh_token");
    for _ in 0..2 {
        let (status, answer) = stage.refresh(token).await;
        assert_eq!((status.as_u16(), &answer["error"]), (503, &"temporarily_unavailable".into()));
    }
    assert_eq!(stage.refresh(token).await.0, 200, "the refresh token was not used");
    for _ in 0..3 {
        let (status, answer) = stage.bearer("/auth/userinfo", &tokens).await;
        assert_eq!((status.as_u16(), &answer["error"]), (500, &"server_error".into()));
    }
}

#[tokio::test]
async fn an_oauth_error_is_answered_in_its_place() {
    let stage = failing(&["code=invalid_grantx1", "revoke=invalid_client"]).await;
    let (status, answer) = stage.exchange(Encoding::Json, &stage.code().await).await;
    assert_eq!((status.as_u16(), &answer["error"]), (400, &"invalid_grant".into()));
    let tokens = stage.sign_in().await;
    let form = [("token", text(&tokens, "refresh_token")), ("client_id", "app")];
    let response = stage.http.post(stage.url("/auth/revoke")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.json::<Value>().await.unwrap()["error"], "invalid_client");
    assert_eq!(stage.control.live_sessions("app"), 1, "not revoked");
}

#[tokio::test]
async fn the_redirect_has_the_error_after_the_page() {
    for error in ["access_denied", "temporarily_unavailable"] {
        let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
        inject(&stage, &[&format!("authorize={error}")]);
        let response = allow(&stage, &[]).await;
        assert!(location(&response).unwrap().as_str().starts_with(REDIRECT_URI));
        assert_eq!(param(&response, "error").as_deref(), Some(error));
        assert_eq!(param(&response, "state").as_deref(), Some("the-state"));
        assert_eq!(param(&response, "code"), None);
    }
    let stage = failing(&["authorize=wrong-state", "authorize=wrong-issuer"]).await;
    let response = stage.authorize(&[]).await;
    assert_eq!(param(&response, "state").as_deref(), Some("another"));
    assert_eq!(param(&response, "iss").as_deref(), Some("https://other.example"));
    assert!(param(&response, "code").is_some());
    assert_eq!(failing(&["authorize=503"]).await.authorize(&[]).await.status(), 503);
}

#[tokio::test]
async fn an_answer_is_no_json_or_not_for_other_origins() {
    let stage = failing(&["user=html", "notes=no-cors"]).await;
    let tokens = stage.sign_in().await;
    let at = async |path| {
        let request = stage.http.get(stage.url(path)).bearer_auth(text(&tokens, "access_token"));
        request.header("origin", APP).send().await.unwrap()
    };
    let user = at("/auth/userinfo").await;
    assert_eq!(
        (user.status(), &user.headers()["content-type"]),
        (StatusCode::OK, &"text/html".parse().unwrap())
    );
    assert_eq!(user.headers()["access-control-allow-origin"], APP);
    let notes = at("/api/notes").await;
    assert_eq!(notes.status(), 200);
    assert!(notes.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn an_answer_does_not_come_or_comes_later() {
    let stage = failing(&["discovery=drop", "keys=silence", "user=slow:1x1"]).await;
    let metadata = stage.url("/.well-known/openid-configuration");
    assert!(stage.http.get(metadata).send().await.is_err(), "the connection is closed");
    let keys = stage.http.get(stage.url("/.well-known/jwks.json"));
    assert!(keys.timeout(Duration::from_millis(300)).send().await.unwrap_err().is_timeout());
    let user = || stage.http.get(stage.url("/auth/userinfo"));
    assert!(user().timeout(Duration::from_millis(300)).send().await.unwrap_err().is_timeout());
    assert_eq!(user().send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_resource_asks_for_more() {
    let stage = failing(&["notes=insufficient_user_authentication", "user=invalid_token"]).await;
    let tokens = stage.sign_in().await;
    for (path, challenge) in [
        ("/api/notes", "Bearer error=\"insufficient_user_authentication\", max_age=\"60\""),
        ("/auth/userinfo", "Bearer error=\"invalid_token\""),
    ] {
        let request = stage.http.get(stage.url(path)).bearer_auth(text(&tokens, "access_token"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(response.headers()["www-authenticate"], challenge);
    }
}

#[tokio::test]
async fn a_token_response_and_the_metadata_lack_or_change_something() {
    let stage =
        failing(&["code=no-refresh-token", "code=wrong-nonce", "discovery=wrong-issuer"]).await;
    let tokens = stage.sign_in_with(&[("nonce", Some("mine"))]).await;
    assert_eq!(tokens.get("refresh_token"), None);
    assert_eq!(support::part(text(&tokens, "id_token"), 1)["nonce"], "another");
    let metadata = stage.json("/.well-known/openid-configuration").await;
    assert_eq!(metadata["issuer"], "https://other.example");
}

async fn failing(faults: &[&str]) -> Stage {
    let stage = Stage::new().await;
    inject(&stage, faults);
    stage
}

fn inject(stage: &Stage, faults: &[&str]) {
    for fault in faults {
        stage.server.inject(parse(fault).injection());
    }
}

fn parse(text: &str) -> NamedFault {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Opens the consent page and presses Allow.
async fn allow(stage: &Stage, changes: &[(&str, Option<&str>)]) -> Response {
    let page = stage.authorize(changes).await.text().await.unwrap();
    let (_, rest) = page.split_once(r#"name="request" value=""#).unwrap();
    let (request, _) = rest.split_once('"').unwrap();
    let form = [("request", request), ("user", "ada"), ("decision", "allow")];
    stage.http.post(stage.url("/auth/authorize")).form(&form).send().await.unwrap()
}
