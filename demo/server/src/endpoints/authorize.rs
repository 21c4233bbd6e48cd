//! `/auth/authorize`: the request is checked, a user decides, the browser is sent back.
//!
//! The order of checks is a security property: until client and redirect URI are known to belong
//! together, nothing is ever redirected.

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

pub(crate) async fn ask(
    State(server): State<SharedState>,
    RawQuery(query): RawQuery,
) -> Result<Response, OAuthError> {
    let params = Params::of_form(query.unwrap_or_default().as_bytes());
    let (client, redirect_uri) = trusted_target(&server, &params)?;
    let request = match checked(&client, &redirect_uri, &params) {
        Ok(request) => request,
        Err(refusal) => {
            let state = params.one("state").ok().flatten();
            return send_back(&server, &client, &redirect_uri, state, Err(refusal));
        }
    };
    if client.auto_consent {
        let user = User::by_username(&client.default_user);
        let user = user.ok_or_else(|| OAuthError::new("server_error", "nobody to sign in"))?;
        return allow(&server, &client, request, user);
    }
    if params.one("prompt")? == Some("none") {
        let refusal = OAuthError::new("login_required", "nobody is signed in at this server");
        return send_back(&server, &client, &redirect_uri, Some(&request.state), Err(refusal));
    }
    let hinted = params.one("login_hint").ok().flatten().and_then(User::by_hint);
    let chosen = hinted.or_else(|| User::by_username(&client.default_user));
    let id = server.grants.park(request.clone(), server.clock.now());
    Ok(consent::page(&client, &request, &id, chosen))
}

/// What the consent page sends.
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
    let parked = server.grants.decide(&decision.request, server.clock.now());
    let known = parked.and_then(|request| Some((server.client(&request.client_id)?, request)));
    let Some((client, request)) = known else { return Ok(consent::stale_page()) };
    let user = decision.user.as_deref().and_then(User::by_username);
    match (decision.decision.as_str(), user) {
        ("allow", Some(user)) => allow(&server, &client, request, user),
        _ => {
            let refusal = OAuthError::new("access_denied", "The user did not allow it.");
            let state = Some(request.state.as_str());
            send_back(&server, &client, &request.redirect_uri, state, Err(refusal))
        }
    }
}

/// The client and its redirect URI, or a refusal that stays on this server.
fn trusted_target(server: &ServerState, params: &Params) -> Result<(Client, String), OAuthError> {
    let client = server
        .client(params.required("client_id")?)
        .ok_or_else(|| OAuthError::invalid_client("unknown client"))?;
    let redirect_uri = params.required("redirect_uri")?;
    if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
        return Err(OAuthError::invalid_request("the redirect_uri is not registered"));
    }
    Ok((client, redirect_uri.into()))
}

fn checked(
    client: &Client,
    redirect_uri: &str,
    params: &Params,
) -> Result<AuthorizationRequest, OAuthError> {
    let state = params.required("state")?;
    if params.required("response_type")? != "code" {
        return Err(OAuthError::new("unsupported_response_type", "only code is supported"));
    }
    let code_challenge = params.required("code_challenge")?;
    // RFC 7636 section 4.3: an absent method means plain.
    if params.one("code_challenge_method")? != Some("S256") {
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
        scope: scope::requested(params.one("scope")?)?,
        code_challenge: code_challenge.into(),
        nonce: params.one("nonce")?.map(Into::into),
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
    send_back(server, client, &redirect_uri, Some(&state), Ok(code))
}

/// Sends the browser back to the app, with a code or with a refusal.
fn send_back(
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
            Err(refusal) => query
                .append_pair("error", refusal.error)
                .append_pair("error_description", &refusal.description),
        };
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        if client.sends_issuer {
            query.append_pair("iss", &server.origin);
        }
    }
    // 303 and not 307: the decision's form must not be sent on to the app.
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target.to_string())]).into_response())
}
