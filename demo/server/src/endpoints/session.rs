//! `/auth/session`: whether a session is still active.

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::json;

use crate::bearer::Bearer;

pub(crate) async fn handle(bearer: Bearer) -> impl IntoResponse {
    let body = json!({
        "active": true,
        "reauth_required": false,
        "session_id": bearer.claims.sid,
        "scope": bearer.claims.scope,
        "account_did": bearer.claims.sub,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}
