//! `/auth/token`: exchanges codes and refresh tokens for access tokens.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::OAuthError;
use crate::grants::Grant;
use crate::id_token::IdToken;
use crate::issuer::Issuer;
use crate::keys::{AccessClaims, SigningAlgorithm};
use crate::options::Client;
use crate::params::Params;
use crate::state::{ServerState, SharedState};
use crate::{random, scope};

pub(crate) async fn handle(
    State(server): State<SharedState>,
    issuer: Issuer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let params = Params::from_body(&headers, &body)?;
    let client_id = params.required("client_id")?;
    let client =
        server.client(client_id).ok_or_else(|| OAuthError::invalid_client("unknown client"))?;
    let json = match params.required("grant_type")? {
        "authorization_code" => exchange(&server, &issuer, &client, &params)?,
        "refresh_token" => refresh(&server, &issuer, &client, &params)?,
        _ => {
            let description = "only authorization_code and refresh_token are supported";
            return Err(OAuthError::new("unsupported_grant_type", description));
        }
    };
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(json))
        .into_response())
}

fn exchange(
    server: &ServerState,
    issuer: &Issuer,
    client: &Client,
    params: &Params,
) -> Result<Value, OAuthError> {
    let (grant, refresh_token) = server.grants.redeem(
        params.required("code")?,
        &client.id,
        params.optional("redirect_uri")?,
        params.optional("code_verifier")?,
        server.lifetimes(client),
        server.clock.now(),
    )?;
    ensure_issuer(server, &grant, issuer)?;
    tokens(server, client, &grant, &grant.scope, &refresh_token, true)
}

fn refresh(
    server: &ServerState,
    issuer: &Issuer,
    client: &Client,
    params: &Params,
) -> Result<Value, OAuthError> {
    let token = params.required("refresh_token")?;
    let narrower =
        params.optional("scope")?.map(|scope| scope::validate(Some(scope))).transpose()?;
    let (lifetimes, now) = (server.lifetimes(client), server.clock.now());
    let (grant, next) =
        server.grants.rotate(token, &client.id, narrower.as_deref(), lifetimes, now)?;
    let scope = narrower.unwrap_or_else(|| grant.scope.clone());
    ensure_issuer(server, &grant, issuer)?;
    tokens(server, client, &grant, &scope, &next, false)
}

/// Ends a session that is used at the endpoint of another issuer than it began at.
fn ensure_issuer(server: &ServerState, grant: &Grant, issuer: &Issuer) -> Result<(), OAuthError> {
    if grant.issuer == *issuer {
        return Ok(());
    }
    server.grants.revoke(&grant.sid);
    Err(OAuthError::invalid_grant("the session belongs to another issuer"))
}

fn tokens(
    server: &ServerState,
    client: &Client,
    grant: &Grant,
    scope: &str,
    refresh_token: &str,
    is_first: bool,
) -> Result<Value, OAuthError> {
    let lifetime = server.lifetimes(client).access_token.as_secs();
    let now = server.clock.now().as_secs();
    let claims = AccessClaims {
        user_id: grant.user.id.into(),
        client_id: client.id.clone(),
        scope: scope.into(),
        sid: grant.sid.clone(),
        iat: now,
        exp: now + lifetime,
        sub: grant.user.sub(&server.origin),
        iss: grant.issuer.url.clone(),
        aud: server.origin.clone(),
        typ: "access".into(),
        jti: random::token(),
    };
    let key = server.keys.current(SigningAlgorithm::Rs256).map_err(signing_failed)?;
    let access_token = key.token(&claims).map_err(signing_failed)?;
    let mut json = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "refresh_token": refresh_token,
        "scope": scope,
    });
    if scope::covers(scope, "openid") {
        let (sub, client_id, access_token) = (claims.sub, &client.id, &access_token);
        let token = IdToken { grant, sub, client_id, access_token, now, is_first };
        let signed = token.sign(&server.keys, client.id_token_algorithm);
        json["id_token"] = signed.map_err(signing_failed)?.into();
    }
    Ok(json)
}

fn signing_failed(_: anyhow::Error) -> OAuthError {
    OAuthError {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        ..OAuthError::new("server_error", "the token could not be signed")
    }
}
