//! The token endpoint: it exchanges codes and refresh tokens for tokens.
//!
//! RFC 6749 [section 4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
//! [section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5) and
//! [section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6).

use std::time::Duration;

use crate::codec::{Json, JsonCodec, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::http::{Body, Request, Response};
use crate::protocol::oauth_error;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::token_extras::TokenExtras;
use crate::protocol::transaction::Transaction;
#[cfg(feature = "openid")]
use crate::secret::SecretText;
use crate::secret::{AccessToken, AuthorizationCode, RefreshToken};
use crate::time::{UnixTime, decimal};

/// A longer lifetime counts as this one: a hundred years, far within the range of every clock.
const MAX_LIFETIME_SECONDS: f64 = 100.0 * 365.25 * 86_400.0;

/// The tokens that the server issued.
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// The access token, opaque to this crate.
    pub access_token: AccessToken,
    /// The next refresh token. `None`: the current one stays valid.
    pub refresh_token: Option<RefreshToken>,
    /// The granted scope. `None`: the scope that was asked for.
    pub scope: Option<Scope>,
    /// How long the access token lives. `None`: the server did not say.
    pub lifetime: Option<Duration>,
    /// The ID token, not validated yet. `None`: the server sent none, or something else.
    #[cfg(feature = "openid")]
    pub id_token: Option<SecretText>,
    /// The other members of the response.
    pub extras: TokenExtras,
}

/// Builds the request that exchanges a code for tokens. `params` are the app's own parameters, such
/// as `resource`.
#[must_use]
pub fn exchange_request(
    codec: &impl JsonCodec,
    registration: &Registration,
    transaction: &Transaction,
    code: &AuthorizationCode,
    params: &ExtraParameters,
    timeout: Duration,
) -> Request {
    let members = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", registration.redirect_uri.as_str()),
        ("client_id", &registration.client_id),
        ("code_verifier", transaction.verifier.expose()),
    ];
    request(codec, registration, &members, params, timeout)
}

/// Builds the request that refreshes the tokens. It names no scope, so that it never asks for more.
#[must_use]
pub fn refresh_request(
    codec: &impl JsonCodec,
    registration: &Registration,
    refresh_token: &RefreshToken,
    params: &ExtraParameters,
    timeout: Duration,
) -> Request {
    let members = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose()),
        ("client_id", &registration.client_id),
    ];
    request(codec, registration, &members, params, timeout)
}

fn request(
    codec: &impl JsonCodec,
    registration: &Registration,
    members: &[(&str, &str)],
    params: &ExtraParameters,
    timeout: Duration,
) -> Request {
    let server = &registration.server;
    let mut members = members.to_vec();
    members.extend(params.pairs());
    Request {
        endpoint: server.token_endpoint.clone(),
        body: Some(Body::encode(codec, server.token_encoding, &members)),
        bearer: None,
        timeout,
    }
}

/// Processes the response to either request. Only status 200 with one valid JSON object is a
/// success.
///
/// # Errors
/// The kinds `TokenEndpoint`, `InvalidResponse` and `Network` (the server is in trouble).
pub fn process_response<C: JsonCodec + UrlParser>(
    codec: &C,
    response: &Response,
    now: UnixTime,
) -> Result<TokenResponse> {
    read(codec, oauth_error::success(codec, response, now)?)
}

fn read(codec: &impl JsonCodec, mut body: Json) -> Result<TokenResponse> {
    validate_token_type(&body)?;
    let access_token = body
        .take_text("access_token")
        .and_then(AccessToken::parse)
        .ok_or_else(|| unusable("access_token"))?;
    Ok(TokenResponse {
        access_token,
        refresh_token: take_refresh_token(&mut body)?,
        scope: scope(&body),
        lifetime: lifetime(&body),
        #[cfg(feature = "openid")]
        id_token: body.take_text("id_token").map(SecretText::new),
        extras: TokenExtras::from_response(codec, body),
    })
}

/// Validates the token type. If a server leaves it out, although RFC 6749 [section 5.1] requires
/// it, it is Bearer.
///
/// [section 5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
fn validate_token_type(body: &Json) -> Result<()> {
    match body.member("token_type") {
        None | Some(Json::Null) => Ok(()),
        Some(Json::String(kind)) if kind.eq_ignore_ascii_case("bearer") => Ok(()),
        Some(Json::String(_)) => Err(Error::new(ErrorCode::UnsupportedTokenType)),
        Some(_) => Err(unusable("token_type")),
    }
}

/// Takes the refresh token. An older description of Basic's API calls the member `refresh`. An
/// empty one counts as absent, because a good access token must not be lost for it.
fn take_refresh_token(body: &mut Json) -> Result<Option<RefreshToken>> {
    for name in &["refresh_token", "refresh"] {
        match body.take(name) {
            None | Some(Json::Null) => {}
            Some(Json::String(ref text)) if text.is_empty() => {}
            Some(Json::String(ref mut text)) => {
                let token = RefreshToken::parse(std::mem::take(text));
                return token.map(Some).ok_or_else(|| unusable("refresh_token"));
            }
            Some(_) => return Err(unusable("refresh_token")),
        }
    }
    Ok(None)
}

/// Reads the granted scope. Some servers send an array. With any other type the grant is unknown,
/// and counts as empty.
fn scope(body: &Json) -> Option<Scope> {
    match body.member("scope")? {
        Json::Null => None,
        Json::String(text) => Some(Scope::granted(text)),
        Json::Array(names) => {
            let mut text = String::new();
            for name in names {
                let Json::String(name) = name else { return Some(Scope::default()) };
                text.push_str(name);
                text.push(' ');
            }
            Some(Scope::granted(&text))
        }
        _ => Some(Scope::default()),
    }
}

/// Reads the lifetime: a number, or a string that is a number. Any other value counts as absent.
fn lifetime(body: &Json) -> Option<Duration> {
    let seconds = match body.member("expires_in")? {
        Json::Number(seconds) => *seconds,
        Json::String(text) => decimal(text.trim_ascii())? as f64,
        _ => return None,
    };
    let is_sound = seconds.is_finite() && seconds > 0.0;
    is_sound.then(|| Duration::from_millis((seconds.min(MAX_LIFETIME_SECONDS) * 1e3) as u64))
}

fn unusable(member: &'static str) -> Error {
    Error::new(ErrorCode::InvalidTokenResponse).with_detail(member)
}

#[cfg(test)]
mod tests;
