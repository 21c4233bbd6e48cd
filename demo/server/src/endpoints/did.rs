//! `did.json`: the DID documents of this host
//! ([did:web](https://w3c-ccg.github.io/did-method-web/)).

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::state::SharedState;

pub(crate) async fn document(State(server): State<SharedState>, uri: Uri) -> Response {
    let Some(document) = server.dids.at(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let media_type = (header::CONTENT_TYPE, "application/did+json");
    let caching = (header::CACHE_CONTROL, "public, max-age=300");
    ([media_type, caching], Json(document)).into_response()
}
