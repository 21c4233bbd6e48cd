//! `/auth/revoke` ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::error::OAuthError;
use crate::params::Params;
use crate::state::SharedState;

/// Either token ends the whole session. An unknown token gets the same response as a known one.
pub(crate) async fn handle(
    State(server): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, OAuthError> {
    let params = Params::from_body(&headers, &body)?;
    let client_id = params.required("client_id")?;
    let token = params.required("token")?;
    if server.client(client_id).is_none() {
        return Err(OAuthError::invalid_client("unknown client"));
    }
    let session = server
        .grants
        .session_of(token)
        .or_else(|| server.keys.verify_access(token).map(|claims| (claims.sid, claims.client_id)));
    if let Some((sid, owner)) = session {
        if owner != client_id {
            return Err(OAuthError::invalid_grant("the token belongs to another client"));
        }
        server.grants.revoke(&sid);
    }
    Ok(StatusCode::OK)
}
