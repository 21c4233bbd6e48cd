//! The token endpoint: code exchanges and refreshes.

use std::collections::HashMap;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basic_oauth_grants::{Accepted, Exchange, Refusal};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::endpoints::{Parameters, Refused, Server, bad};
use super::state::{Grant, Kind, Refresh, State, USER, random};
use crate::net::disconnect;

pub(super) async fn handle(
    Shared(server): Server,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let media_type = headers.get(header::CONTENT_TYPE).map(|it| it.as_bytes());
    if media_type.is_some_and(|it| it.starts_with(b"application/json")) {
        let json: HashMap<String, Value> =
            serde_json::from_slice(&body).map_err(|_| bad("body"))?;
        let texts = json.into_iter().filter_map(|(key, it)| Some((key, it.as_str()?.to_owned())));
        parameters.extend(texts);
    } else {
        parameters.extend(url::form_urlencoded::parse(&body).into_owned());
    }
    match parameters.get("grant_type").map(String::as_str) {
        Some("authorization_code" | "pkce") => exchange(&server, &parameters),
        Some("refresh_token") => refresh(&server, &parameters).await,
        _ => Err(bad("grant_type")),
    }
}

fn exchange(server: &State, parameters: &Parameters) -> Result<Response, Refused> {
    server.count(Kind::Exchange);
    let code = parameters.get("code").or_else(|| parameters.get("auth_code"));
    let code = code.ok_or_else(|| bad("code"))?;
    let verifier = parameters.get("code_verifier").ok_or_else(|| bad("code_verifier"))?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    // One library repeats no redirect URI, so there is nothing to compare.
    let redirect_uri = match parameters.contains_key("auth_code") {
        true => server.codes.lock().get(code).cloned(),
        false => parameters.get("redirect_uri").cloned(),
    };
    let client_id = client_of(parameters);
    let now = server.now();
    let sent = Exchange {
        code,
        client_id,
        redirect_uri: redirect_uri.as_deref(),
        code_challenge: Some(&challenge),
    };
    let redeemed = server.grants.lock().redeem(&sent, now + REFRESH_LIFETIME, now);
    let (session, grant) = redeemed.map_err(refuse)?;
    let next = random();
    let expires_at = now + REFRESH_LIFETIME;
    server.grants.lock().add_refresh_token(next.clone(), session.clone(), expires_at);
    tokens(server, client_id, session, &grant, next, grant.nonce.as_deref())
}

async fn refresh(server: &State, parameters: &Parameters) -> Result<Response, Refused> {
    server.count(Kind::Refresh);
    let behaviour = *server.refresh.lock();
    match behaviour {
        Refresh::Grant => {}
        Refresh::GrantAfter(time) => tokio::time::sleep(time).await,
        Refresh::Disconnect => return Ok(disconnect()),
        Refresh::Unavailable => {
            return Err(error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"));
        }
        Refresh::Refuse => return Err(error(StatusCode::BAD_REQUEST, "invalid_grant")),
    }
    let token = parameters.get("refresh_token").ok_or_else(|| bad("refresh_token"))?;
    let client_id = client_of(parameters);
    let now = server.now();
    let next = random();
    let (session, grant) = {
        let mut grants = server.grants.lock();
        let accepted = grants.check_refresh_token(token, client_id, Duration::ZERO, now);
        let accepted = accepted.map_err(|refusal| {
            if refusal == Refusal::Used {
                server.count(Kind::Reuse);
            }
            refuse(refusal)
        })?;
        let (Accepted::Current(session) | Accepted::Repeated { session, .. }) = accepted;
        let grant = grants.session(&session).map(|it| it.grant.clone());
        grants.replace_refresh_token(token, next.clone(), now + REFRESH_LIFETIME, now);
        (session, grant.ok_or_else(|| refuse(Refusal::Unknown))?)
    };
    tokens(server, client_id, session, &grant, next, None)
}

/// One library names no client.
fn client_of(parameters: &Parameters) -> &str {
    parameters.get("client_id").map_or("compare", String::as_str)
}

fn tokens(
    server: &State,
    client_id: &str,
    session: String,
    grant: &Grant,
    refresh_token: String,
    nonce: Option<&str>,
) -> Result<Response, Refused> {
    let (now, lifetime) = (server.now(), server.lifetime);
    let claims = json!({
        "iss": server.issuer(client_id),
        "sub": USER,
        "aud": client_id,
        "iat": now.as_secs(),
        "exp": (now + lifetime).as_secs(),
        "jti": random(),
    });
    let failed = |_| error(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    let access_token = server.keys.sign(&claims).map_err(failed)?;
    let mut json = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
        "expires_at": (now + lifetime).as_secs(),
        "refresh_token": refresh_token,
        "scope": grant.scope,
        "user": { "id": USER, "aud": "authenticated" },
    });
    if grant.scope.split(' ').any(|scope| scope == "openid") {
        let mut claims = claims;
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        let defect = *server.defect.lock();
        json["id_token"] = server.keys.id_token(claims, defect).map_err(failed)?.into();
    }
    server.access_tokens.lock().insert(access_token, (session, now + lifetime));
    server.issued.lock().push(refresh_token);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(json)).into_response())
}

fn refuse(_: Refusal) -> Refused {
    error(StatusCode::BAD_REQUEST, "invalid_grant")
}

fn error(status: StatusCode, error: &'static str) -> Refused {
    Refused { status, error, description: "refused".to_owned() }
}

const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
