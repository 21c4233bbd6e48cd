//! The outermost layer. It finds the endpoint and the client of a request, logs the request, and
//! removes CORS headers if a fault asks for that.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;

use crate::bearer;
use crate::faults::Endpoint;
use crate::issuer::{Issuer, METADATA_PATH};
use crate::params::Params;
use crate::request_log::LoggedRequest;
use crate::serve::Disconnect;
use crate::state::SharedState;

/// The endpoint and the client of a request, for the fault layer.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    pub(crate) endpoint: Endpoint,
    pub(crate) client_id: Option<String>,
    pub(crate) path: String,
}

/// The CORS headers of a response with this extension are removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutCors;

pub(crate) async fn observe(
    State(server): State<SharedState>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (issuer, path) = Issuer::of_path(&server.origin, parts.uri.path());
    let info = request_info(&server, path, &parts, &body);
    let (endpoint, client_id) = match &info {
        Some(info) => (Some(info.endpoint), info.client_id.clone()),
        None => (None, None),
    };
    let entry = server.log.add(LoggedRequest::new(&parts, &body, client_id, endpoint));
    if parts.method == Method::OPTIONS && server.refuses_preflights() {
        return StatusCode::FORBIDDEN.into_response();
    }
    parts.extensions.insert(issuer);
    if let Some(info) = info {
        parts.extensions.insert(info);
    }
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.extensions().get::<WithoutCors>().is_some() {
        let names: Vec<_> = response.headers().keys().cloned().collect();
        for name in names.iter().filter(|name| name.as_str().starts_with("access-control-")) {
            response.headers_mut().remove(name);
        }
    }
    if response.extensions().get::<Disconnect>().is_none() {
        server.log.set_status(entry, response.status().as_u16());
    }
    response
}

/// Returns what a request is for. `path` is below its issuer.
fn request_info(
    server: &SharedState,
    path: &str,
    parts: &Parts,
    body: &[u8],
) -> Option<RequestInfo> {
    if parts.method == Method::OPTIONS {
        return None;
    }
    let body_params = || Params::from_body(&parts.headers, body).unwrap_or_default();
    let query_params = || Params::from_form(parts.uri.query().unwrap_or_default().as_bytes());
    let client_id = |params: &Params| params.optional("client_id").ok().flatten().map(String::from);
    let (endpoint, client_id) = match path {
        "/auth/authorize" if parts.method == Method::POST => {
            let request = body_params().optional("request").ok().flatten().map(String::from);
            let parked = request.and_then(|id| server.grants.parked(&id));
            (Endpoint::Authorize, parked.map(|request| request.client_id))
        }
        "/auth/authorize" => (Endpoint::Authorize, client_id(&query_params())),
        "/auth/end-session" => {
            let is_post = parts.method == Method::POST;
            let params = if is_post { body_params() } else { query_params() };
            (Endpoint::EndSession, client_id(&params).or_else(|| hinted_client(&params)))
        }
        "/auth/token" => {
            let params = body_params();
            let endpoint = match params.optional("grant_type") {
                Ok(Some("refresh_token")) => Endpoint::TokenRefresh,
                _ => Endpoint::TokenCode,
            };
            (endpoint, client_id(&params))
        }
        "/auth/revoke" => (Endpoint::Revocation, client_id(&body_params())),
        "/auth/userinfo" | "/auth/userInfo" => (Endpoint::Userinfo, bearer_client(parts)),
        "/auth/session" => (Endpoint::Session, bearer_client(parts)),
        path if path.ends_with("/.well-known/jwks.json") => (Endpoint::Jwks, None),
        path if path.ends_with("/.well-known/openid-configuration") => (Endpoint::Discovery, None),
        METADATA_PATH => (Endpoint::Discovery, None),
        path if path.ends_with("/did.json") => (Endpoint::DidDocument, None),
        path if path.starts_with("/api/") => (Endpoint::Resource, bearer_client(parts)),
        _ => return None,
    };
    Some(RequestInfo { endpoint, client_id, path: parts.uri.path().into() })
}

/// Returns the client that the ID token of a sign-out is for. The signature is not checked.
fn hinted_client(params: &Params) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        aud: String,
    }
    let token = params.optional("id_token_hint").ok().flatten()?;
    insecure_decode_claims::<Claims>(token).ok().map(|claims| claims.aud)
}

/// Returns the client that a token names. It serves the log and the faults only, so the signature
/// is not checked.
fn bearer_client(parts: &Parts) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(rename = "clientId")]
        client_id: String,
    }
    let token = bearer::token(parts.headers.get(header::AUTHORIZATION)?)?;
    insecure_decode_claims::<Claims>(token).ok().map(|claims| claims.client_id)
}

const MAX_BODY_BYTES: usize = 1024 * 1024;
