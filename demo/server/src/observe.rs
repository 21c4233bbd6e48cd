//! The outermost layer: reads the request, says what it asks for and for whom, logs it, and sees
//! to it that a fault's wish to leave out CORS headers is heard.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;

use crate::bearer;
use crate::faults::Endpoint;
use crate::params::Params;
use crate::request_log;
use crate::serve::Disconnect;
use crate::state::SharedState;

/// What the fault layer needs to know about a request.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) endpoint: Endpoint,
    pub(crate) client_id: Option<String>,
}

/// A response with this extension loses its CORS headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutCors;

pub(crate) async fn observe(
    State(server): State<SharedState>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let subject = subject(&server, &parts, &body);
    let (endpoint, client_id) = match &subject {
        Some(subject) => (Some(subject.endpoint), subject.client_id.clone()),
        None => (None, None),
    };
    let place = server.log.add(request_log::entry(&parts, &body, client_id, endpoint));
    if parts.method == Method::OPTIONS && server.refuses_preflights() {
        return StatusCode::FORBIDDEN.into_response();
    }
    if let Some(subject) = subject {
        parts.extensions.insert(subject);
    }
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.extensions().get::<WithoutCors>().is_some() {
        let names: Vec<_> = response.headers().keys().cloned().collect();
        for name in names.iter().filter(|name| name.as_str().starts_with("access-control-")) {
            response.headers_mut().remove(name);
        }
    }
    if response.extensions().get::<Disconnect>().is_none() {
        server.log.answered(place, response.status().as_u16());
    }
    response
}

fn subject(server: &SharedState, parts: &Parts, body: &[u8]) -> Option<Subject> {
    if parts.method == Method::OPTIONS {
        return None;
    }
    let sent = || Params::read(&parts.headers, body).unwrap_or_default();
    let client_id = |params: &Params| params.one("client_id").ok().flatten().map(String::from);
    let (endpoint, client_id) = match parts.uri.path() {
        "/auth/authorize" if parts.method == Method::POST => {
            let request = sent().one("request").ok().flatten().map(String::from);
            let parked = request.and_then(|id| server.grants.parked(&id));
            (Endpoint::Authorize, parked.map(|request| request.client_id))
        }
        "/auth/authorize" => {
            let query = Params::of_form(parts.uri.query().unwrap_or_default().as_bytes());
            (Endpoint::Authorize, client_id(&query))
        }
        "/auth/token" => {
            let params = sent();
            let endpoint = match params.one("grant_type") {
                Ok(Some("refresh_token")) => Endpoint::TokenRefresh,
                _ => Endpoint::TokenCode,
            };
            (endpoint, client_id(&params))
        }
        "/auth/revoke" => (Endpoint::Revocation, client_id(&sent())),
        "/auth/userinfo" | "/auth/userInfo" => (Endpoint::Userinfo, bearer_client(parts)),
        "/auth/session" => (Endpoint::Session, bearer_client(parts)),
        path if path.ends_with("/.well-known/jwks.json") => (Endpoint::Jwks, None),
        path if path.ends_with("/.well-known/openid-configuration") => (Endpoint::Discovery, None),
        path if path.starts_with("/api/") => (Endpoint::Resource, bearer_client(parts)),
        _ => return None,
    };
    Some(Subject { endpoint, client_id })
}

/// The client a token claims to be of. Only for the log and for faults, hence unchecked.
fn bearer_client(parts: &Parts) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(rename = "clientId")]
        client_id: String,
    }
    let token = bearer::token(parts.headers.get(header::AUTHORIZATION)?)?;
    insecure_decode_claims::<Claims>(token).ok().map(|claims| claims.client_id)
}

const LONGEST_BODY: usize = 1024 * 1024;
