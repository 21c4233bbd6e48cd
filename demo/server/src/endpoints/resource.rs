//! `/api/notes`: a protected resource.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::bearer::{Bearer, Denied};
use crate::state::SharedState;

pub(crate) async fn notes(
    State(server): State<SharedState>,
    bearer: Bearer,
) -> Result<impl IntoResponse, Denied> {
    bearer.require_scope("profile")?;
    let now = server.clock.now();
    let notes = bearer.user.notes.iter().zip(1..).map(|((title, text, hours), id)| {
        let written = now.saturating_sub(Duration::from_secs(hours * 60 * 60));
        json!({ "id": id, "title": title, "text": text, "writtenAt": written.as_secs() })
    });
    let body = json!({
        "owner": { "sub": bearer.user.sub(&server.origin), "name": bearer.user.name },
        "notes": notes.collect::<Vec<Value>>(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)))
}
