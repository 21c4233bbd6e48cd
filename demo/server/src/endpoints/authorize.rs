//! `/auth/authorize`: validates the request, lets the user decide, and redirects back to the app.
//!
//! The order of checks is a security property. The server never redirects before it knows that the
//! redirect URI belongs to the client.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::Url;

use crate::endpoints::consent;
use crate::error::OAuthError;
use crate::grants::AuthorizationRequest;
use crate::options::Client;
use crate::params::Params;
use crate::scope;
use crate::state::{ServerState, SharedState};
use crate::users::User;

pub(crate) async fn request(
    State(server): State<SharedState>,
    RawQuery(query): RawQuery,
) -> Result<Response, OAuthError> {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    let (client, redirect_uri) = registered_redirect(&server, &params)?;
    let request = match validate(&client, &redirect_uri, &params) {
        Ok(request) => request,
        Err(error) => {
            let state = params.optional("state").ok().flatten();
            return redirect_back(&server, &client, &redirect_uri, state, Err(error));
        }
    };
    if client.auto_consent {
        let user = User::by_username(&client.default_user);
        let user =
            user.ok_or_else(|| OAuthError::new("server_error", "the default user does not exist"))?;
        return allow(&server, &client, request, user);
    }
    if params.optional("prompt")? == Some("none") {
        let error = OAuthError::new("login_required", "no user is signed in at this server");
        return redirect_back(&server, &client, &redirect_uri, Some(&request.state), Err(error));
    }
    let hinted = params.optional("login_hint").ok().flatten().and_then(User::by_hint);
    let chosen = hinted.or_else(|| User::by_username(&client.default_user));
    let id = server.grants.park(request.clone(), server.clock.now());
    Ok(consent::page(&client, &request, &id, chosen))
}

/// The form of the consent page.
#[derive(Deserialize)]
pub(crate) struct Decision {
    request: String,
    user: Option<String>,
    decision: String,
}

pub(crate) async fn decide(
    State(server): State<SharedState>,
    Form(decision): Form<Decision>,
) -> Result<Response, OAuthError> {
    let decided = server.grants.decide(&decision.request, server.clock.now());
    let known = decided.and_then(|request| Some((server.client(&request.client_id)?, request)));
    let Some((client, request)) = known else { return Ok(consent::stale_page()) };
    let user = decision.user.as_deref().and_then(User::by_username);
    match (decision.decision.as_str(), user) {
        ("allow", Some(user)) => allow(&server, &client, request, user),
        _ => {
            let error = OAuthError::new("access_denied", "The user denied the request.");
            let state = Some(request.state.as_str());
            redirect_back(&server, &client, &request.redirect_uri, state, Err(error))
        }
    }
}

/// Returns the client and its redirect URI. An error here must not be redirected.
fn registered_redirect(
    server: &ServerState,
    params: &Params,
) -> Result<(Client, String), OAuthError> {
    let client = server
        .client(params.required("client_id")?)
        .ok_or_else(|| OAuthError::invalid_client("unknown client"))?;
    let redirect_uri = params.required("redirect_uri")?;
    if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
        return Err(OAuthError::invalid_request("the redirect_uri is not registered"));
    }
    Ok((client, redirect_uri.into()))
}

fn validate(
    client: &Client,
    redirect_uri: &str,
    params: &Params,
) -> Result<AuthorizationRequest, OAuthError> {
    let state = params.required("state")?;
    if params.required("response_type")? != "code" {
        return Err(OAuthError::new("unsupported_response_type", "only code is supported"));
    }
    let code_challenge = params.required("code_challenge")?;
    // RFC 7636 section 4.3: without a method, the challenge is plain.
    if params.optional("code_challenge_method")? != Some("S256") {
        return Err(OAuthError::invalid_request("the code_challenge_method must be S256"));
    }
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if code_challenge.len() != 43 || !code_challenge.bytes().all(is_base64url) {
        return Err(OAuthError::invalid_request("the code_challenge is not a SHA-256 hash"));
    }
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.into(),
        state: state.into(),
        scope: scope::validate(params.optional("scope")?)?,
        code_challenge: code_challenge.into(),
        nonce: params.optional("nonce")?.map(Into::into),
    })
}

fn allow(
    server: &ServerState,
    client: &Client,
    request: AuthorizationRequest,
    user: &'static User,
) -> Result<Response, OAuthError> {
    let (redirect_uri, state) = (request.redirect_uri.clone(), request.state.clone());
    let (lifetimes, now) = (server.lifetimes(client), server.clock.now());
    let code = server.grants.issue_code(request, user, lifetimes, now);
    redirect_back(server, client, &redirect_uri, Some(&state), Ok(code))
}

/// Redirects to the app with a code or an error.
fn redirect_back(
    server: &ServerState,
    client: &Client,
    redirect_uri: &str,
    state: Option<&str>,
    outcome: Result<String, OAuthError>,
) -> Result<Response, OAuthError> {
    let mut target = Url::parse(redirect_uri)
        .map_err(|_| OAuthError::invalid_request("the redirect_uri is not a URL"))?;
    {
        let mut query = target.query_pairs_mut();
        match &outcome {
            Ok(code) => query.append_pair("code", code),
            Err(error) => query
                .append_pair("error", error.error)
                .append_pair("error_description", &error.description),
        };
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        if client.sends_issuer {
            query.append_pair("iss", &server.origin);
        }
    }
    // Not 307: the browser must not send the form of the consent page to the app.
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target.to_string())]).into_response())
}
