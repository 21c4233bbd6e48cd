//! The server's metadata and public keys.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::json;

use crate::state::SharedState;

/// Returns the metadata. As at Basic, the document is the same at the root and below `/auth`, and
/// its issuer is the origin.
pub(crate) async fn metadata(State(server): State<SharedState>) -> impl IntoResponse {
    let origin = &server.origin;
    let document = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/auth/authorize"),
        "token_endpoint": format!("{origin}/auth/token"),
        "userinfo_endpoint": format!("{origin}/auth/userinfo"),
        "revocation_endpoint": format!("{origin}/auth/revoke"),
        "jwks_uri": format!("{origin}/auth/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "profile", "email", "account", "app:db", "app:profile"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "name", "email", "email_verified", "picture"],
        "prompt_values_supported": ["none", "login", "consent"],
    });
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document))
}

pub(crate) async fn keys(State(server): State<SharedState>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(server.keys.public().clone()))
}
