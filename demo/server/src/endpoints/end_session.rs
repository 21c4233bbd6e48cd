//! `/auth/end-session`: signs a user out at this server
//! ([RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)).
//!
//! Only an ID token of this server says whose session to end. The user is taken back to the app only
//! if the app has registered the address.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;
use url::Url;

use crate::endpoints::pages::document;
use crate::error::OAuthError;
use crate::issuer::Issuer;
use crate::options::{Client, origin_of};
use crate::params::Params;
use crate::state::{ServerState, SharedState};
use crate::users::User;

pub(crate) async fn by_get(
    State(server): State<SharedState>,
    issuer: Issuer,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    handle(&server, &issuer, &params).unwrap_or_else(|error| invalid_page(&error))
}

pub(crate) async fn by_post(
    State(server): State<SharedState>,
    issuer: Issuer,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let params = Params::from_body(&headers, &body);
    let response = params.and_then(|params| handle(&server, &issuer, &params));
    response.unwrap_or_else(|error| invalid_page(&error))
}

/// The claims of an ID token that say whose session it is about. It may have expired.
#[derive(Deserialize)]
struct Hint {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
}

fn handle(server: &ServerState, issuer: &Issuer, params: &Params) -> Result<Response, OAuthError> {
    let hint = params.optional("id_token_hint")?.map(|token| {
        let hint = server.keys.verify::<Hint>(token).filter(|hint| hint.iss == issuer.url);
        hint.ok_or_else(|| OAuthError::invalid_request("the id_token_hint is not of this issuer"))
    });
    let hint = hint.transpose()?;
    let client = client(server, hint.as_ref(), params.optional("client_id")?)?;
    let (wanted, state) = (params.optional("post_logout_redirect_uri")?, params.optional("state")?);
    if let Some(hint) = &hint {
        server.grants.revoke(&hint.sid);
        if let Some(user) = User::by_sub(&hint.sub, &server.origin) {
            server.logins.sign_out(&hint.aud, user);
        }
    }
    let registered =
        |uri: &&str| client.as_ref().is_some_and(|client| client.allows_return_to(uri));
    let Some(target) = wanted.filter(registered).and_then(|uri| Url::parse(uri).ok()) else {
        return Ok(signed_out_page(client.as_ref(), wanted.is_some()));
    };
    let mut target = target;
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", state);
    }
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target.to_string())]).into_response())
}

/// Returns the app that asks for the sign-out. The ID token and the `client_id` must not name
/// different ones.
fn client(
    server: &ServerState,
    hint: Option<&Hint>,
    client_id: Option<&str>,
) -> Result<Option<Client>, OAuthError> {
    let hinted = hint.map(|hint| hint.aud.as_str());
    if let (Some(hinted), Some(client_id)) = (hinted, client_id)
        && hinted != client_id
    {
        return Err(OAuthError::invalid_request("the id_token_hint is for another client"));
    }
    let Some(id) = client_id.or(hinted) else { return Ok(None) };
    let client = server.client(id).ok_or_else(|| OAuthError::invalid_client("unknown client"))?;
    Ok(Some(client))
}

fn signed_out_page(client: Option<&Client>, wants_to_return: bool) -> Response {
    let app = client.and_then(|client| origin_of(client.redirect_uris.first()?));
    let content = html! {
        h1 { "You are signed out" }
        @if let Some(client) = client {
            p { "Your session in " span.app { (client.name) } " has ended." }
        }
        @if wants_to_return {
            p { "The app did not register the address to return to, so you stay here." }
        }
        @if let (Some(app), Some(client)) = (app, client) {
            a.button href=(app) { "Open " (client.name) }
        }
        p.hint { "You can close this page." }
    };
    document("Signed out", &content).into_response()
}

fn invalid_page(error: &OAuthError) -> Response {
    let content = html! {
        h1 { "This sign-out is not valid" }
        p { "Nothing has changed: " (error.description) "." }
        p.hint { "Go back to the app, and sign out there." }
    };
    (StatusCode::BAD_REQUEST, document("Not valid", &content)).into_response()
}
