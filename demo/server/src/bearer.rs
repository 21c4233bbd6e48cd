//! Validates the access token of a request, and the error responses if it is not valid.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::keys::AccessClaims;
use crate::scope;
use crate::state::SharedState;
use crate::users::User;

/// The claims and the user of a valid access token. Extracting it from a request rejects any other
/// token.
pub(crate) struct Bearer {
    pub(crate) claims: AccessClaims,
    pub(crate) user: &'static User,
}

impl Bearer {
    /// Returns Basic's error response for resources unless the scope covers `needed`.
    pub(crate) fn require_scope(&self, needed: &str) -> Result<(), Denied> {
        if scope::covers(&self.claims.scope, needed) {
            return Ok(());
        }
        let body = json!({
            "error": "insufficient_permissions",
            "message": "The token does not cover this.",
            "required": [needed],
            "reason": "missing_scope",
        });
        Err(Denied { status: StatusCode::FORBIDDEN, challenge: "insufficient_scope", body })
    }
}

impl FromRequestParts<SharedState> for Bearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, server: &SharedState) -> Result<Self, Denied> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let token = header.and_then(token).ok_or_else(|| unauthorized("no access token"))?;
        let claims = server
            .keys
            .verify_access(token)
            .ok_or_else(|| unauthorized("not a token of this server"))?;
        if server.clock.now().as_secs() >= claims.exp {
            return Err(unauthorized("the access token has expired"));
        }
        if !server.grants.is_live(&claims.sid) {
            return Err(unauthorized("the session was ended"));
        }
        let user = User::by_sub(&claims.sub, &server.origin)
            .ok_or_else(|| unauthorized("unknown user"))?;
        Ok(Self { claims, user })
    }
}

/// Returns the token of an `Authorization` header.
pub(crate) fn token(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The error response of a protected endpoint.
pub(crate) struct Denied {
    status: StatusCode,
    challenge: &'static str,
    body: Value,
}

/// Basic's error code for a 401 is `invalid_request`. RFC 6750 defines `invalid_token` for it.
fn unauthorized(message: &str) -> Denied {
    let body = json!({ "error": "invalid_request", "message": message });
    Denied { status: StatusCode::UNAUTHORIZED, challenge: "invalid_token", body }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let challenge = format!("Bearer error=\"{}\"", self.challenge);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
