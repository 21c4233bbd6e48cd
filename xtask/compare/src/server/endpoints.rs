//! The endpoints that browsers navigate to, and the documents of the provider.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use basic_oauth_grants::Authorization as Code;
use serde_json::{Value, json};
use url::Url;

use super::keys::Defect;
use super::state::{Authorization, Grant, Kind, State, USER, random};

pub(super) type Parameters = HashMap<String, String>;
pub(super) type Server = Shared<Arc<State>>;

pub(super) async fn metadata(Shared(server): Server) -> Json<Value> {
    let origin = &server.origin;
    Json(json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/oauth/token"),
        "userinfo_endpoint": format!("{origin}/userinfo"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "end_session_endpoint": format!("{origin}/logout"),
        "jwks_uri": format!("{origin}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

pub(super) async fn keys(Shared(server): Server) -> impl IntoResponse {
    Json(server.keys.public().clone())
}

pub(super) async fn done() -> StatusCode {
    StatusCode::NO_CONTENT
}

pub(super) async fn userinfo() -> Json<Value> {
    Json(json!({ "sub": USER, "name": "Ada" }))
}

/// Consents by itself, as a provider does at which the user is signed in already.
pub(super) async fn authorize(
    Shared(server): Server,
    Query(query): Query<Parameters>,
) -> Result<Response, Refused> {
    server.count(Kind::Authorize);
    let authorization = server.authorization.lock().clone();
    match &authorization {
        Authorization::Page => return Ok(Html("<p>Sign in here.</p>").into_response()),
        Authorization::Held(gate) => {
            gate.clone().wait_for(|is_open| *is_open).await.ok();
        }
        Authorization::Consent | Authorization::ConsentByScript => {}
    }
    // One library has names of its own, and no client.
    let get = |name: &str, other: &str| query.get(name).or_else(|| query.get(other)).cloned();
    let redirect_uri = get("redirect_uri", "redirect_to").ok_or_else(|| bad("redirect_uri"))?;
    let client_id = get("client_id", "provider").ok_or_else(|| bad("client_id"))?;
    let method = query.get("code_challenge_method").map(|it| it.to_uppercase());
    if method.as_deref() != Some("S256") {
        return Err(bad("code_challenge_method"));
    }
    let code = random();
    let grant = Grant {
        scope: get("scope", "scopes").unwrap_or_default(),
        nonce: query.get("nonce").cloned(),
    };
    let authorization_of_code = Code {
        session: random(),
        client_id: client_id.clone(),
        redirect_uri: redirect_uri.clone(),
        code_challenge: query.get("code_challenge").cloned().unwrap_or_default(),
        grant,
        expires_at: server.now() + Duration::from_secs(600),
    };
    server.codes.lock().insert(code.clone(), redirect_uri.clone());
    server.grants.lock().add_code(code.clone(), authorization_of_code);

    let mut target = Url::parse(&redirect_uri).map_err(|_| bad("redirect_uri"))?;
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = query.get("state") {
        let wrong = *server.defect.lock() == Defect::RedirectIssuer;
        let issuer = if wrong { OTHER_ISSUER.to_owned() } else { server.issuer(&client_id) };
        target.query_pairs_mut().append_pair("state", state).append_pair("iss", &issuer);
    }
    // A library that asks for the fragment reads nothing else.
    let mut target = target.to_string();
    if query.get("response_mode").is_some_and(|it| it == "fragment") {
        target = target.replacen('?', "#", 1);
    }
    if matches!(authorization, Authorization::ConsentByScript) {
        let target = Value::from(target);
        return Ok(Html(format!("<script>location.replace({target})</script>")).into_response());
    }
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response())
}

/// An OAuth error.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (self.status, Json(body)).into_response()
    }
}

/// Returns the refusal of a request that lacks a parameter, or has a wrong one.
pub(super) fn bad(parameter: &str) -> Refused {
    Refused {
        status: StatusCode::BAD_REQUEST,
        error: "invalid_request",
        description: format!("{parameter} is missing or wrong"),
    }
}

const OTHER_ISSUER: &str = "https://another.example";
