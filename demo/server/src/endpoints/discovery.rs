//! The server's metadata and public keys.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::issuer::Issuer;
use crate::keys::SigningAlgorithm;
use crate::logins::ACRS;
use crate::state::SharedState;

/// Returns the metadata of an issuer. As at Basic, the document is the same at the root and below
/// `/auth`, and its issuer is the origin.
pub(crate) async fn metadata(
    State(server): State<SharedState>,
    Issuer { url: origin, .. }: Issuer,
) -> impl IntoResponse {
    let algorithms = SigningAlgorithm::ALL.map(SigningAlgorithm::name);
    let mut document = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/auth/authorize"),
        "token_endpoint": format!("{origin}/auth/token"),
        "userinfo_endpoint": format!("{origin}/auth/userinfo"),
        "revocation_endpoint": format!("{origin}/auth/revoke"),
        "end_session_endpoint": format!("{origin}/auth/end-session"),
        "jwks_uri": format!("{origin}/auth/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "profile", "email", "account", "app:db", "app:profile"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "acr_values_supported": ACRS,
        "claims_supported": CLAIMS,
        "prompt_values_supported": ["none", "login", "consent"],
    });
    if server.announces_issuer {
        document["authorization_response_iss_parameter_supported"] = true.into();
    }
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document))
}

pub(crate) async fn keys(State(server): State<SharedState>) -> Response {
    match server.keys.public() {
        Ok(keys) => ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(keys)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

const CLAIMS: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "name",
    "email",
    "email_verified",
    "picture",
];
