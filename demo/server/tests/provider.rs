//! What else an OpenID provider does: sign-out, metadata of several issuers, step-up, and the DID
//! documents of Basic.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use demo_server::{AuthorizationServer, Client, Endpoint, Fault, Injection, Options};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use support::{APP, Encoding, REDIRECT_URI, Stage, VERIFIER, location, param, part, text};

#[tokio::test]
async fn a_sign_out_ends_the_session_and_returns_with_the_state() {
    let after = "http://localhost:9/signed-out?x=1";
    let client = Client::new("app", REDIRECT_URI).auto_consent().post_logout_redirect_uri(after);
    let stage = Stage::with(client).await;
    for (method, target) in [("GET", after), ("POST", REDIRECT_URI)] {
        let (tokens, others) = (stage.sign_in_with(&[]).await, stage.sign_in_with(&[]).await);
        // The ID token may have expired.
        stage.control.advance(Duration::from_secs(3600));
        let params = [
            ("id_token_hint", text(&tokens, "id_token")),
            ("client_id", "app"),
            ("post_logout_redirect_uri", target),
            ("state", "of the sign-out"),
        ];
        let response = sign_out(&stage, method, &params).await;
        assert_eq!(response.status(), 303);
        assert!(location(&response).unwrap().as_str().starts_with(target));
        assert_eq!(param(&response, "state").as_deref(), Some("of the sign-out"));
        assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 400);
        assert_eq!(stage.refresh(text(&others, "refresh_token")).await.0, 200);
    }
    let logged = stage.control.requests_to(Endpoint::EndSession, Some("app"));
    assert_eq!(logged.len(), 2);
}

#[tokio::test]
async fn only_a_registered_address_is_returned_to() {
    let stage = Stage::new().await;
    for target in ["http://localhost:9/other", "//evil.example", "javascript:alert(1)", ""] {
        let tokens = stage.sign_in_with(&[]).await;
        let hint = ("id_token_hint", text(&tokens, "id_token"));
        let params = [hint, ("post_logout_redirect_uri", target), ("state", "s")];
        let response = sign_out(&stage, "GET", &params).await;
        assert_eq!(response.status(), 200, "{target}");
        assert!(location(&response).is_none(), "{target}");
        assert_eq!(response.headers()["x-frame-options"], "DENY");
        assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("'none'"));
        let page = response.text().await.unwrap();
        assert!(page.contains("You are signed out"), "{page}");
        assert!(!page.contains("evil.example") && !page.contains("javascript:"), "{page}");
        assert_eq!(stage.refresh(text(&tokens, "refresh_token")).await.0, 400, "it still ends");
    }
    let no_client = [("post_logout_redirect_uri", REDIRECT_URI)];
    let response = sign_out(&stage, "GET", &no_client).await;
    assert!(location(&response).is_none(), "an address alone belongs to no client");
}

#[tokio::test]
async fn a_wrong_hint_changes_nothing() {
    let stage = Stage::new().await;
    stage.control.register(Client::new("other", REDIRECT_URI));
    let tokens = stage.sign_in_with(&[]).await;
    let token = text(&tokens, "id_token");
    let forged = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    for (hint, client_id) in
        [(forged.as_str(), "app"), ("x", "app"), (token, "other"), (token, "unknown")]
    {
        let params = [
            ("id_token_hint", hint),
            ("client_id", client_id),
            ("post_logout_redirect_uri", REDIRECT_URI),
        ];
        let response = sign_out(&stage, "GET", &params).await;
        assert_eq!(response.status(), 400, "{client_id}");
        assert!(location(&response).is_none());
    }
    assert_eq!(stage.control.live_sessions("app"), 1);
}

#[tokio::test]
async fn the_return_from_a_sign_out_has_faults() {
    let stage = Stage::new().await;
    let params = [("client_id", "app"), ("post_logout_redirect_uri", REDIRECT_URI), ("state", "s")];
    let none = Fault::edit_redirect(|parameters| parameters.retain(|(name, _)| name != "state"));
    let id = stage.control.fault("app", Endpoint::EndSession, none);
    let response = sign_out(&stage, "GET", &params).await;
    assert_eq!(location(&response).unwrap().as_str(), REDIRECT_URI);
    stage.control.clear(id);
    let other = Fault::edit_redirect(|parameters| parameters[0].1 = "other".into());
    stage.control.fault("app", Endpoint::EndSession, other);
    let response = sign_out(&stage, "GET", &params).await;
    assert_eq!(param(&response, "state").as_deref(), Some("other"));
}

#[tokio::test]
async fn each_issuer_has_metadata_at_its_own_paths() {
    let stage = Stage::new().await;
    for (path, forms) in [
        (
            "",
            [
                "/.well-known/openid-configuration",
                "/auth/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server",
            ]
            .as_slice(),
        ),
        (
            "/tenant/a",
            &[
                "/tenant/a/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/tenant/a",
            ],
        ),
    ] {
        for form in forms {
            let metadata = stage.json(form).await;
            let issuer = stage.url(path);
            assert_eq!(metadata["issuer"], issuer.as_str(), "{form}");
            for (name, value) in metadata.as_object().unwrap() {
                if name.ends_with("_endpoint") || name == "jwks_uri" {
                    assert!(value.as_str().unwrap().starts_with(&issuer), "{name}: {value}");
                }
            }
            assert_eq!(
                metadata["id_token_signing_alg_values_supported"].as_array().unwrap().len(),
                4
            );
            assert_eq!(metadata.get("authorization_response_iss_parameter_supported"), None);
            assert!(!stage.json(text(&metadata, "jwks_uri")).await["keys"].is_null());
            let id = stage.control.hide_metadata(form);
            let request = stage.http.get(stage.url(form)).header("origin", APP);
            let hidden = request.send().await.unwrap();
            assert_eq!(hidden.status(), 404);
            assert_eq!(hidden.headers()["access-control-allow-origin"], "*");
            stage.control.clear(id);
        }
    }
    let logged = stage.control.requests_to(Endpoint::Discovery, None);
    assert_eq!(logged.len(), 10);
}

#[tokio::test]
async fn a_tenant_is_an_issuer_of_its_own() {
    let stage = Stage::with(Client {
        sends_issuer: true,
        ..Client::new("app", REDIRECT_URI).auto_consent()
    })
    .await;
    let issuer = stage.url("/tenant/a");
    let challenge = support::challenge(VERIFIER);
    let query = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let authorize = async || {
        let request = stage.http.get(format!("{issuer}/auth/authorize")).query(&query);
        request.send().await.unwrap()
    };
    let exchange = async |base: &str, code: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("client_id", "app"),
            ("code_verifier", VERIFIER),
        ];
        let request = stage.http.post(format!("{base}/auth/token")).form(&form);
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let granted = authorize().await;
    assert_eq!(param(&granted, "iss"), Some(issuer.clone()));
    let (status, tokens) = exchange(&issuer, &param(&granted, "code").unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(part(text(&tokens, "id_token"), 1)["iss"], issuer.as_str());
    assert_eq!(stage.bearer("/tenant/a/auth/userinfo", &tokens).await.0, 200);
    for other in ["", "/tenant/b"] {
        let code = param(&authorize().await, "code").unwrap();
        let (status, response) = exchange(&stage.url(other), &code).await;
        assert_eq!(
            (status, &response["error"]),
            (StatusCode::BAD_REQUEST, &"invalid_grant".into())
        );
    }
}

#[tokio::test]
async fn the_consent_page_of_a_tenant_stays_at_the_tenant() {
    let stage = Stage::with(Client::new("app", REDIRECT_URI)).await;
    let challenge = support::challenge(VERIFIER);
    let query = format!(
        "client_id=app&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid&state=s\
         &code_challenge={challenge}&code_challenge_method=S256"
    );
    let page = stage.http.get(stage.url(&format!("/tenant/a/auth/authorize?{query}")));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains(r#"action="/tenant/a/auth/authorize""#), "{page}");
    assert!(page.contains("Know who you are"), "{page}");
}

#[tokio::test]
async fn a_server_can_announce_that_it_names_itself() {
    let client = Client::new("app", REDIRECT_URI).auto_consent();
    let options = Options { announces_issuer: true, clients: vec![client], ..Options::default() };
    let server = AuthorizationServer::start(options).await.unwrap();
    let control = server.control();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let stage = Stage { control, http: http.unwrap(), server };
    let metadata = stage.json("/.well-known/openid-configuration").await;
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let granted = stage.authorize(&[]).await;
    assert_eq!(param(&granted, "iss").as_deref(), Some(stage.server.origin()));
}

#[tokio::test]
async fn did_documents_name_the_host_and_its_server() {
    let stage = Stage::new().await;
    let did = stage.server.origin().replace("http://127.0.0.1:", "did:web:127.0.0.1%3A");
    let handle = stage.server.origin().replace("http://", "at://");
    let document = stage.json("/.well-known/did.json").await;
    assert_eq!(document["id"], did);
    assert!(document["alsoKnownAs"].as_array().unwrap().contains(&json!(handle)));
    assert_eq!(document["service"][0]["id"], "#basic_pds");
    assert_eq!(document["service"][0]["serviceEndpoint"], stage.server.origin());
    // The owner of the host is the default user.
    let tokens = stage.sign_in_with(&[]).await;
    assert_eq!(part(text(&tokens, "id_token"), 1)["sub"], did);
    let alan = stage.json("/users/alan/did.json").await;
    assert_eq!(alan["id"], format!("{did}:users:alan"));

    let request = stage.http.get(stage.url("/users/ada/did.json")).header("origin", APP);
    let missing = request.send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.headers()["access-control-allow-origin"], "*");
    let published = json!({ "id": format!("{did}:users:ada") });
    stage.control.publish_did("/users/ada/did.json", &published);
    assert_eq!(stage.json("/users/ada/did.json").await, published);
    let fault = Fault::set("id", "did:web:evil.example");
    stage.control.inject(Injection::new(Endpoint::DidDocument, fault).path("/users/ada/did.json"));
    assert_eq!(stage.json("/users/ada/did.json").await["id"], "did:web:evil.example");
    assert_eq!(stage.json("/.well-known/did.json").await["id"], did);
    assert_eq!(stage.control.requests_to(Endpoint::DidDocument, None).len(), 6);
    let portrait = stage.http.get(stage.url("/users/ada.svg")).send().await.unwrap();
    assert_eq!(portrait.status(), 200);
}

#[tokio::test]
async fn a_sign_in_is_as_new_and_as_strong_as_the_app_asks() {
    let stage = Stage::new().await;
    let first = claims(&stage, &[]).await;
    assert_eq!(first.get("acr"), None);
    stage.control.advance(Duration::from_secs(600));
    let same = claims(&stage, &[("max_age", Some("3600"))]).await;
    assert_eq!(same["auth_time"], first["auth_time"], "the user is still signed in");
    assert_eq!(claims(&stage, &[("acr_values", Some("phone password"))]).await["acr"], "password");
    let newer = claims(&stage, &[("max_age", Some("300"))]).await;
    assert!(auth_time(&newer) >= auth_time(&first) + 600);
    stage.control.advance(Duration::from_secs(10));
    let stronger = claims(&stage, &[("acr_values", Some("mfa password"))]).await;
    assert_eq!(stronger["acr"], "mfa");
    assert!(auth_time(&stronger) >= auth_time(&newer) + 10);
    stage.control.advance(Duration::from_secs(10));
    let again = claims(&stage, &[("prompt", Some("login")), ("acr_values", Some("mfa"))]).await;
    assert!(auth_time(&again) >= auth_time(&stronger) + 10);
    let silent = [("prompt", Some("none")), ("max_age", Some("0"))];
    let refused = stage.authorize(&silent).await;
    assert_eq!(param(&refused, "error").as_deref(), Some("login_required"));
    assert!(param(&stage.authorize(&[("prompt", Some("none"))]).await, "code").is_some());
    let wrong = stage.authorize(&[("max_age", Some("soon"))]).await;
    assert_eq!(param(&wrong, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn a_sign_out_also_ends_the_sign_in_at_the_server() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in_with(&[]).await;
    stage.control.advance(Duration::from_secs(5));
    sign_out(&stage, "GET", &[("id_token_hint", text(&tokens, "id_token"))]).await;
    let before = part(text(&tokens, "id_token"), 1);
    assert!(auth_time(&claims(&stage, &[]).await) >= auth_time(&before) + 5);
}

#[tokio::test]
async fn a_resource_can_demand_more_and_apps_can_read_it() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in().await;
    let step_up = [("acr_values", "mfa"), ("max_age", "300")];
    for (fault, status, expected) in [
        (
            Fault::insufficient_user_authentication(&step_up),
            401,
            r#"Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="300""#,
        ),
        (
            Fault::insufficient_scope("app:db"),
            403,
            r#"Bearer error="insufficient_scope", scope="app:db""#,
        ),
    ] {
        stage.control.inject(Injection::new(Endpoint::Resource, fault).once());
        let request = stage.http.get(stage.url("/api/notes")).header("origin", APP);
        let response = request.bearer_auth(text(&tokens, "access_token")).send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["www-authenticate"], expected);
        let exposed = response.headers()["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("www-authenticate"));
    }
    let (_, notes) = stage.bearer("/api/notes", &tokens).await;
    assert!(notes["notes"].is_array());
}

#[tokio::test]
async fn a_narrower_refresh_without_openid_has_no_id_token() {
    let stage = Stage::new().await;
    let tokens = stage.sign_in_with(&[]).await;
    let body = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
        ("client_id", "app"),
        ("scope", "profile"),
    ];
    let (status, narrower) = stage.token(Encoding::Form, &body).await;
    assert_eq!(status, 200);
    assert_eq!(narrower.get("id_token"), None);
}

async fn claims(stage: &Stage, changes: &[(&str, Option<&str>)]) -> Value {
    part(text(&stage.sign_in_with(changes).await, "id_token"), 1)
}

fn auth_time(claims: &Value) -> u64 {
    claims["auth_time"].as_u64().unwrap()
}

async fn sign_out(stage: &Stage, method: &str, params: &[(&str, &str)]) -> Response {
    let url = stage.url("/auth/end-session");
    let request = match method {
        "POST" => stage.http.post(url).form(params),
        _ => stage.http.get(url).query(params),
    };
    request.send().await.unwrap()
}
