//! The state of each sign-in, in memory: the request on the consent page, the code, and the session
//! with its refresh tokens. The rules of single use and rotation are in `basic-oauth-grants`.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basic_oauth_grants::{Accepted, Authorization, Exchange, Refusal};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::error::OAuthError;
use crate::issuer::Issuer;
use crate::logins::Login;
use crate::options::Lifetimes;
use crate::users::User;
use crate::{random, scope};

/// A validated authorization request that waits for the user's decision.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) scope: String,
    pub(crate) code_challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) issuer: Issuer,
    /// How old the sign-in at the server may be.
    pub(crate) max_age: Option<Duration>,
    /// How the user should sign in, one of [`ACRS`](crate::logins::ACRS).
    pub(crate) acr: Option<&'static str>,
    /// Asks for a new sign-in in any case: `prompt=login`.
    pub(crate) wants_login: bool,
}

/// What a user granted in one sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: &'static User,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    /// Names its session; `sid` in access tokens.
    pub(crate) sid: String,
    /// When the user signed in at this server: `auth_time`.
    pub(crate) signed_in_at: Duration,
    /// `acr`, if the app has asked for one.
    pub(crate) acr: Option<&'static str>,
    /// The issuer whose endpoints the sign-in goes through.
    pub(crate) issuer: Issuer,
}

#[derive(Default)]
pub(crate) struct Grants {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    waiting: HashMap<String, Waiting>,
    grants: basic_oauth_grants::Grants<String, Grant>,
}

struct Waiting {
    request: AuthorizationRequest,
    expires_at: Duration,
}

impl Grants {
    /// Keeps a request until the user has decided, and returns its id.
    pub(crate) fn park(&self, request: AuthorizationRequest, now: Duration) -> String {
        let id = random::token();
        let mut inner = self.inner.lock();
        inner.forget_expired(now);
        inner.waiting.insert(id.clone(), Waiting { request, expires_at: now + DECISION_TIME });
        id
    }

    /// Returns the request of a consent page.
    pub(crate) fn parked(&self, id: &str) -> Option<AuthorizationRequest> {
        self.inner.lock().waiting.get(id).map(|waiting| waiting.request.clone())
    }

    /// Returns a request to be decided. A double click sends the decision twice, and the browser
    /// shows the second response. So a request may be decided again for a few seconds.
    pub(crate) fn decide(&self, id: &str, now: Duration) -> Option<AuthorizationRequest> {
        let mut inner = self.inner.lock();
        let waiting = inner.waiting.get_mut(id)?;
        if now >= waiting.expires_at {
            return None;
        }
        waiting.expires_at = waiting.expires_at.min(now + DOUBLE_CLICK_TIME);
        Some(waiting.request.clone())
    }

    pub(crate) fn issue_code(
        &self,
        request: AuthorizationRequest,
        user: &'static User,
        login: Login,
        lifetimes: Lifetimes,
        now: Duration,
    ) -> String {
        let code = random::token();
        let grant = Grant {
            user,
            scope: request.scope.clone(),
            nonce: request.nonce.clone(),
            sid: random::token(),
            signed_in_at: login.at,
            acr: request.acr,
            issuer: request.issuer,
        };
        let authorization = Authorization {
            session: grant.sid.clone(),
            client_id: request.client_id,
            redirect_uri: request.redirect_uri,
            code_challenge: request.code_challenge,
            grant,
            expires_at: now + lifetimes.code,
        };
        let mut inner = self.inner.lock();
        inner.forget_expired(now);
        inner.grants.add_code(code.clone(), authorization);
        code
    }

    /// Redeems a code once, for its grant and the first refresh token.
    pub(crate) fn redeem(
        &self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        code_verifier: Option<&str>,
        lifetimes: Lifetimes,
        now: Duration,
    ) -> Result<(Grant, String), OAuthError> {
        let code_challenge = code_verifier.map(challenge_of);
        let code_challenge = code_challenge.as_deref();
        let sent = Exchange { code, client_id, redirect_uri, code_challenge };
        let expires_at = now + lifetimes.refresh_token;
        let mut inner = self.inner.lock();
        let redeemed = inner.grants.redeem(&sent, expires_at, now);
        let (sid, grant) = redeemed.map_err(|refusal| refused("code", refusal))?;
        let refresh_token = random::token();
        inner.grants.add_refresh_token(refresh_token.clone(), sid, expires_at);
        Ok((grant, refresh_token))
    }

    /// Trades a refresh token for its grant and its successor.
    pub(crate) fn rotate(
        &self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
        lifetimes: Lifetimes,
        now: Duration,
    ) -> Result<(Grant, String), OAuthError> {
        let mut inner = self.inner.lock();
        let accepted =
            inner.grants.check_refresh_token(token, client_id, lifetimes.refresh_grace, now);
        let (sid, repeated) = match accepted.map_err(|refusal| refused("refresh token", refusal))? {
            Accepted::Current(sid) => (sid, None),
            Accepted::Repeated { session, successor } => (session, Some(successor)),
        };
        let session = inner.grants.session(&sid);
        let grant = session
            .map(|session| session.grant.clone())
            .ok_or_else(|| OAuthError::invalid_grant("the refresh token is unknown or expired"))?;
        if let Some(successor) = repeated {
            return Ok((grant, successor));
        }
        let added = scope.into_iter().flat_map(|scope| scope.split(' '));
        if let Some(name) = added.into_iter().find(|name| !scope::covers(&grant.scope, name)) {
            return Err(OAuthError::new("invalid_scope", format!("{name} was not granted")));
        }
        inner.forget_expired(now);
        let (next, expires_at) = (random::token(), now + lifetimes.refresh_token);
        inner.grants.replace_refresh_token(token, next.clone(), expires_at, now);
        Ok((grant, next))
    }

    /// Returns the session of a refresh token, and its client.
    pub(crate) fn session_of(&self, refresh_token: &str) -> Option<(String, String)> {
        let inner = self.inner.lock();
        let sid = inner.grants.session_of_refresh_token(refresh_token)?;
        let client_id = inner.grants.session(sid)?.client_id.clone();
        Some((sid.clone(), client_id))
    }

    pub(crate) fn is_live(&self, sid: &str) -> bool {
        self.inner.lock().grants.session(sid).is_some_and(|session| !session.is_revoked)
    }

    pub(crate) fn revoke(&self, sid: &str) {
        self.inner.lock().grants.revoke(sid);
    }

    /// Ends all sessions of a client; returns how many.
    pub(crate) fn revoke_all(&self, client_id: &str) -> usize {
        let mut inner = self.inner.lock();
        let of_client = inner.grants.sessions_mut();
        let live =
            of_client.filter(|session| session.client_id == client_id && !session.is_revoked);
        live.map(|session| session.is_revoked = true).count()
    }

    pub(crate) fn live_sessions(&self, client_id: &str) -> usize {
        let inner = self.inner.lock();
        let of_client = inner.grants.sessions();
        of_client.filter(|session| session.client_id == client_id && !session.is_revoked).count()
    }
}

impl Inner {
    /// Expired entries stay one hour longer, so that a refusal can still say what it was and a
    /// reused code still ends its session.
    fn forget_expired(&mut self, now: Duration) {
        let hour_ago = now.saturating_sub(Duration::from_secs(60 * 60));
        self.waiting.retain(|_, waiting| hour_ago < waiting.expires_at);
        self.grants.forget_expired(hour_ago);
    }
}

/// What the app reads about a refused code or refresh token.
fn refused(what: &str, refusal: Refusal) -> OAuthError {
    OAuthError::invalid_grant(match refusal {
        Refusal::MissingVerifier => {
            return OAuthError::invalid_request("the code_verifier is missing");
        }
        Refusal::OtherClient => format!("the {what} belongs to another client"),
        Refusal::Revoked => "the session was ended".into(),
        Refusal::Unknown => format!("the {what} is unknown or expired"),
        Refusal::Used => format!("the {what} was used before"),
        Refusal::WrongRedirectUri => "the redirect_uri is not the one of the request".into(),
        Refusal::WrongVerifier => "the code_verifier does not match".into(),
    })
}

/// [RFC 7636 section 4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2), S256.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// How long a user may take to decide.
const DECISION_TIME: Duration = Duration::from_secs(15 * 60);
const DOUBLE_CLICK_TIME: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
