//! The state of each sign-in, in memory: the request on the consent page, the code, and the family
//! of refresh tokens. The rules of single use are here.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::error::OAuthError;
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
}

/// What a user granted in one sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user: &'static User,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    /// The family of its tokens, `sid` in access tokens.
    pub(crate) sid: String,
    pub(crate) signed_in_at: Duration,
}

#[derive(Default)]
pub(crate) struct Grants {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    waiting: HashMap<String, Waiting>,
    codes: HashMap<String, Code>,
    families: HashMap<String, Family>,
    refresh_tokens: HashMap<String, RefreshToken>,
}

struct Waiting {
    request: AuthorizationRequest,
    expires_at: Duration,
}

struct Code {
    request: AuthorizationRequest,
    grant: Grant,
    expires_at: Duration,
    is_used: bool,
}

struct Family {
    grant: Grant,
    is_revoked: bool,
    expires_at: Duration,
}

struct RefreshToken {
    sid: String,
    expires_at: Duration,
    /// The token that replaced this one, and the time.
    successor: Option<(String, Duration)>,
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
        lifetimes: Lifetimes,
        now: Duration,
    ) -> String {
        let code = random::token();
        let grant = Grant {
            client_id: request.client_id.clone(),
            user,
            scope: request.scope.clone(),
            nonce: request.nonce.clone(),
            sid: random::token(),
            signed_in_at: now,
        };
        let expires_at = now + lifetimes.code;
        let mut inner = self.inner.lock();
        inner.forget_expired(now);
        inner.codes.insert(code.clone(), Code { request, grant, expires_at, is_used: false });
        code
    }

    /// Redeems a code once. A second use ends the session that the code started.
    pub(crate) fn redeem(
        &self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        code_verifier: Option<&str>,
        now: Duration,
    ) -> Result<Grant, OAuthError> {
        let mut inner = self.inner.lock();
        let Some(found) = inner.codes.get_mut(code) else {
            return Err(OAuthError::invalid_grant("the code is unknown or expired"));
        };
        if found.request.client_id != client_id {
            return Err(OAuthError::invalid_grant("the code belongs to another client"));
        }
        if found.is_used {
            let sid = found.grant.sid.clone();
            inner.revoke(&sid);
            return Err(OAuthError::invalid_grant("the code was used before"));
        }
        if now >= found.expires_at {
            return Err(OAuthError::invalid_grant("the code is unknown or expired"));
        }
        if redirect_uri != Some(found.request.redirect_uri.as_str()) {
            return Err(OAuthError::invalid_grant(
                "the redirect_uri is not the one of the request",
            ));
        }
        let verifier = code_verifier
            .ok_or_else(|| OAuthError::invalid_request("the code_verifier is missing"))?;
        // A wrong verifier does not use up the code. Otherwise an attacker with the code could
        // prevent the user's sign-in.
        if challenge_of(verifier) != found.request.code_challenge {
            return Err(OAuthError::invalid_grant("the code_verifier does not match"));
        }
        found.is_used = true;
        Ok(found.grant.clone())
    }

    /// Returns the first refresh token of a redeemed grant.
    pub(crate) fn first_refresh_token(
        &self,
        grant: &Grant,
        lifetimes: Lifetimes,
        now: Duration,
    ) -> String {
        let expires_at = now + lifetimes.refresh_token;
        let mut inner = self.inner.lock();
        let family = Family { grant: grant.clone(), is_revoked: false, expires_at };
        inner.families.insert(grant.sid.clone(), family);
        inner.add_refresh_token(&grant.sid, expires_at)
    }

    /// Replaces a refresh token by its successor. A second use ends the whole session. The exception
    /// is a grace period: while the successor is unused, the same successor is returned again.
    pub(crate) fn rotate(
        &self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
        lifetimes: Lifetimes,
        now: Duration,
    ) -> Result<(Grant, String), OAuthError> {
        let mut inner = self.inner.lock();
        let Some(found) = inner.refresh_tokens.get(token) else {
            return Err(OAuthError::invalid_grant("the refresh token is unknown or expired"));
        };
        let (sid, expires_at) = (found.sid.clone(), found.expires_at);
        let successor = found.successor.clone();
        let grant = inner.live(&sid, client_id)?;
        if let Some((next, used_at)) = successor {
            let next_is_unused =
                inner.refresh_tokens.get(&next).is_some_and(|next| next.successor.is_none());
            if next_is_unused && now < used_at + lifetimes.refresh_grace {
                return Ok((grant, next));
            }
            inner.revoke(&sid);
            return Err(OAuthError::invalid_grant("the refresh token was used before"));
        }
        if now >= expires_at {
            return Err(OAuthError::invalid_grant("the refresh token is unknown or expired"));
        }
        let added = scope.into_iter().flat_map(|scope| scope.split(' '));
        if let Some(name) = added.into_iter().find(|name| !scope::covers(&grant.scope, name)) {
            return Err(OAuthError::new("invalid_scope", format!("{name} was not granted")));
        }
        inner.forget_expired(now);
        let expires_at = now + lifetimes.refresh_token;
        let next = inner.add_refresh_token(&sid, expires_at);
        if let Some(used) = inner.refresh_tokens.get_mut(token) {
            used.successor = Some((next.clone(), now));
        }
        if let Some(family) = inner.families.get_mut(&sid) {
            family.expires_at = expires_at;
        }
        Ok((grant, next))
    }

    /// Returns the session of a refresh token, and its client.
    pub(crate) fn session_of(&self, refresh_token: &str) -> Option<(String, String)> {
        let inner = self.inner.lock();
        let sid = inner.refresh_tokens.get(refresh_token)?.sid.clone();
        let client_id = inner.families.get(&sid)?.grant.client_id.clone();
        Some((sid, client_id))
    }

    pub(crate) fn is_live(&self, sid: &str) -> bool {
        self.inner.lock().families.get(sid).is_some_and(|family| !family.is_revoked)
    }

    pub(crate) fn revoke(&self, sid: &str) {
        self.inner.lock().revoke(sid);
    }

    /// Ends all sessions of a client, and returns how many.
    pub(crate) fn revoke_all(&self, client_id: &str) -> usize {
        let mut inner = self.inner.lock();
        let mut ended = 0;
        for family in inner.families.values_mut() {
            if family.grant.client_id == client_id && !family.is_revoked {
                family.is_revoked = true;
                ended += 1;
            }
        }
        ended
    }

    pub(crate) fn live_sessions(&self, client_id: &str) -> usize {
        let inner = self.inner.lock();
        let is_live = |family: &&Family| family.grant.client_id == client_id && !family.is_revoked;
        inner.families.values().filter(is_live).count()
    }
}

impl Inner {
    fn live(&self, sid: &str, client_id: &str) -> Result<Grant, OAuthError> {
        let invalid = |why| Err(OAuthError::invalid_grant(why));
        match self.families.get(sid) {
            None => invalid("the refresh token is unknown or expired"),
            Some(family) if family.grant.client_id != client_id => {
                invalid("the refresh token belongs to another client")
            }
            Some(family) if family.is_revoked => invalid("the session was ended"),
            Some(family) => Ok(family.grant.clone()),
        }
    }

    fn add_refresh_token(&mut self, sid: &str, expires_at: Duration) -> String {
        let token = random::token();
        let entry = RefreshToken { sid: sid.into(), expires_at, successor: None };
        self.refresh_tokens.insert(token.clone(), entry);
        token
    }

    fn revoke(&mut self, sid: &str) {
        if let Some(family) = self.families.get_mut(sid) {
            family.is_revoked = true;
        }
    }

    /// Removes entries one hour after they expired. Until then an error response can name the
    /// reason, and a reused code still ends its session.
    fn forget_expired(&mut self, now: Duration) {
        let is_kept = |expires_at: Duration| now < expires_at + Duration::from_secs(60 * 60);
        self.waiting.retain(|_, waiting| is_kept(waiting.expires_at));
        self.codes.retain(|_, code| is_kept(code.expires_at));
        self.families.retain(|_, family| is_kept(family.expires_at));
        self.refresh_tokens.retain(|_, token| is_kept(token.expires_at));
    }
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
