//! `/auth/userinfo`: the claims about the user who signed in.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::json;

use crate::bearer::{Bearer, Denied};
use crate::scope;
use crate::state::SharedState;

pub(crate) async fn handle(
    State(server): State<SharedState>,
    bearer: Bearer,
) -> Result<impl IntoResponse, Denied> {
    let claims = if scope::covers(&bearer.claims.scope, "profile") {
        bearer.user.profile(&server.origin)
    } else {
        bearer.require_scope("openid")?;
        json!({ "sub": bearer.user.sub(&server.origin), "id": bearer.user.id })
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(claims)))
}
