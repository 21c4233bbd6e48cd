//! `/auth/authorize`: validates the request, lets the user decide, and redirects back to the app.
//!
//! The order of checks is a security property. The server never redirects before it knows that the
//! redirect URI belongs to the client.

use std::time::Duration;

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use url::Url;

use crate::endpoints::consent;
use crate::error::OAuthError;
use crate::grants::AuthorizationRequest;
use crate::issuer::Issuer;
use crate::logins::{ACRS, Login, known_acr};
use crate::options::Client;
use crate::params::Params;
use crate::scope;
use crate::state::{ServerState, SharedState};
use crate::users::User;

pub(crate) async fn request(
    State(server): State<SharedState>,
    issuer: Issuer,
    RawQuery(query): RawQuery,
) -> Result<Response, OAuthError> {
    let params = Params::from_form(query.unwrap_or_default().as_bytes());
    let (client, redirect_uri) = registered_redirect(&server, &params)?;
    let request = match validate(&client, &issuer, &redirect_uri, &params) {
        Ok(request) => request,
        Err(error) => {
            let state = params.optional("state").ok().flatten();
            return redirect_back(&server, &client, &issuer, &redirect_uri, state, Err(error));
        }
    };
    let login_required = |state: &str, description: &str| {
        let error = OAuthError::new("login_required", description);
        redirect_back(&server, &client, &issuer, &redirect_uri, Some(state), Err(error))
    };
    let is_silent = params.optional("prompt")? == Some("none");
    if client.auto_consent {
        let user = User::by_username(&client.default_user);
        let user =
            user.ok_or_else(|| OAuthError::new("server_error", "the default user does not exist"))?;
        let now = server.clock.now();
        let earlier = server.logins.earlier(&request, user, now);
        if is_silent && earlier.is_none() && server.logins.knows(&client.id, user) {
            return login_required(&request.state, "the earlier sign-in is not good enough");
        }
        let login = earlier.unwrap_or_else(|| server.logins.sign_in(&request, user, now));
        return allow(&server, &client, request, user, login);
    }
    if is_silent {
        return login_required(&request.state, "no user is signed in at this server");
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
        ("allow", Some(user)) => {
            let login = server.logins.sign_in(&request, user, server.clock.now());
            allow(&server, &client, request, user, login)
        }
        _ => {
            let error = OAuthError::new("access_denied", "The user denied the request.");
            let state = Some(request.state.as_str());
            let AuthorizationRequest { issuer, redirect_uri, .. } = &request;
            redirect_back(&server, &client, issuer, redirect_uri, state, Err(error))
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
    issuer: &Issuer,
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
    let max_age = params.optional("max_age")?.map(|age| {
        let seconds = age.parse().map(Duration::from_secs);
        seconds.map_err(|_| OAuthError::invalid_request("the max_age is no number of seconds"))
    });
    let acr_values = params.optional("acr_values")?;
    let prompts = params.optional("prompt")?.unwrap_or_default();
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.into(),
        state: state.into(),
        scope: scope::validate(params.optional("scope")?)?,
        code_challenge: code_challenge.into(),
        nonce: params.optional("nonce")?.map(Into::into),
        issuer: issuer.clone(),
        max_age: max_age.transpose()?,
        acr: acr_values.map(|values| known_acr(values).unwrap_or(ACRS[0])),
        wants_login: prompts.split(' ').any(|prompt| prompt == "login"),
    })
}

fn allow(
    server: &ServerState,
    client: &Client,
    request: AuthorizationRequest,
    user: &'static User,
    login: Login,
) -> Result<Response, OAuthError> {
    let AuthorizationRequest { issuer, redirect_uri, state, .. } = request.clone();
    let (lifetimes, now) = (server.lifetimes(client), server.clock.now());
    let code = server.grants.issue_code(request, user, login, lifetimes, now);
    redirect_back(server, client, &issuer, &redirect_uri, Some(&state), Ok(code))
}

/// Redirects to the app with a code or an error.
fn redirect_back(
    server: &ServerState,
    client: &Client,
    issuer: &Issuer,
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
        if client.sends_issuer || server.announces_issuer {
            query.append_pair("iss", &issuer.url);
        }
    }
    // Not 307: the browser must not send the form of the consent page to the app.
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, target.to_string())]).into_response())
}
