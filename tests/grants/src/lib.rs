//! What an authorization server remembers of each sign-in: codes, sessions and refresh tokens.
//!
//! [`Grants`] holds the rules of single use, rotation, grace and reuse detection. It reads no clock
//! and draws no random number: the time is an argument, and so are the names of codes and tokens.
//! Times are durations since any fixed moment. The demo server and the scripted server of the tests
//! share these rules.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// The codes, sessions and refresh tokens of a server.
///
/// `Id` names a session. `G` is what a sign-in grants: the user, the scope and so on.
#[derive(Debug)]
pub struct Grants<Id, G> {
    codes: HashMap<String, Code<Id, G>>,
    sessions: HashMap<Id, Session<G>>,
    refresh_tokens: HashMap<String, RefreshToken<Id>>,
}

/// What a code stands for until the app redeems it.
#[derive(Debug)]
pub struct Authorization<Id, G> {
    /// The session that the code will begin.
    pub session: Id,
    /// The client that may redeem the code.
    pub client_id: String,
    /// The redirect URI of the authorization request.
    pub redirect_uri: String,
    /// The `S256` challenge of the authorization request, RFC 7636.
    pub code_challenge: String,
    /// What the user has granted.
    pub grant: G,
    /// The first moment at which the code is no longer accepted.
    pub expires_at: Duration,
}

/// What an app sends to redeem a code.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The code.
    pub code: &'a str,
    /// The client that sends it.
    pub client_id: &'a str,
    /// The redirect URI that it repeats.
    pub redirect_uri: Option<&'a str>,
    /// The `S256` challenge of the verifier that it sends.
    pub code_challenge: Option<&'a str>,
}

/// A session: one grant and the tokens that came from it.
#[derive(Debug)]
pub struct Session<G> {
    /// The client that it belongs to.
    pub client_id: String,
    /// What the user has granted.
    pub grant: G,
    /// Whether it has ended.
    pub is_revoked: bool,
    expires_at: Duration,
}

/// A refresh token that the server accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted<Id> {
    /// It is current. A server that rotates replaces it with [`Grants::replace_refresh_token`].
    Current(Id),
    /// It was replaced a moment ago, and its successor was never used: the answer may have been lost.
    Repeated {
        /// Its session.
        session: Id,
        /// The refresh token to answer with.
        successor: String,
    },
}

/// Why a code or a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request has no code verifier.
    MissingVerifier,
    /// It belongs to another client.
    OtherClient,
    /// Its session has ended.
    Revoked,
    /// It is unknown or expired.
    Unknown,
    /// It was used before; its session has ended for that.
    Used,
    /// The redirect URI differs from that of the authorization request.
    WrongRedirectUri,
    /// The code verifier does not match the challenge.
    WrongVerifier,
}

#[derive(Debug)]
struct Code<Id, G> {
    authorization: Authorization<Id, G>,
    is_used: bool,
}

#[derive(Debug)]
struct RefreshToken<Id> {
    session: Id,
    expires_at: Duration,
    successor: Option<Successor>,
}

#[derive(Debug)]
struct Successor {
    token: String,
    since: Duration,
}

impl<Id: Clone + Eq + Hash, G: Clone> Grants<Id, G> {
    /// Adds a code.
    pub fn add_code(&mut self, code: String, authorization: Authorization<Id, G>) {
        self.codes.insert(code, Code { authorization, is_used: false });
    }

    /// Redeems a code and begins its session, which is remembered until `expires_at`.
    ///
    /// # Errors
    /// The code stays good unless it was used or has expired: a thief who does not know the verifier
    /// must not be able to prevent the sign-in. A code that arrives a second time ends the session that
    /// it began, RFC 6749 section 4.1.2.
    pub fn redeem(
        &mut self,
        sent: &Exchange<'_>,
        expires_at: Duration,
        now: Duration,
    ) -> Result<(Id, G), Refusal> {
        let code = self.codes.get_mut(sent.code).ok_or(Refusal::Unknown)?;
        let expected = &code.authorization;
        if expected.client_id != sent.client_id {
            return Err(Refusal::OtherClient);
        }
        let (session, grant) = (expected.session.clone(), expected.grant.clone());
        if code.is_used {
            self.revoke(&session);
            return Err(Refusal::Used);
        }
        if now >= expected.expires_at {
            return Err(Refusal::Unknown);
        }
        if sent.redirect_uri != Some(&expected.redirect_uri) {
            return Err(Refusal::WrongRedirectUri);
        }
        if sent.code_challenge.ok_or(Refusal::MissingVerifier)? != expected.code_challenge {
            return Err(Refusal::WrongVerifier);
        }
        code.is_used = true;
        let client_id = expected.client_id.clone();
        let begun = Session { client_id, grant: grant.clone(), is_revoked: false, expires_at };
        self.sessions.insert(session.clone(), begun);
        Ok((session, grant))
    }

    /// Adds a refresh token to a session.
    pub fn add_refresh_token(&mut self, token: String, session: Id, expires_at: Duration) {
        self.refresh_tokens.insert(token, RefreshToken { session, expires_at, successor: None });
    }

    /// Checks a refresh token of this client.
    ///
    /// # Errors
    /// A replaced token ends the whole session, RFC 9700 section 4.14.2: either the app or a thief has
    /// an old copy. The grace period is the exception: the answer to the app may have been lost. Two
    /// requests at one moment are within any grace period.
    pub fn check_refresh_token(
        &mut self,
        token: &str,
        client_id: &str,
        grace: Duration,
        now: Duration,
    ) -> Result<Accepted<Id>, Refusal> {
        let found = self.refresh_tokens.get(token).ok_or(Refusal::Unknown)?;
        let session = found.session.clone();
        match self.sessions.get(&session).ok_or(Refusal::Unknown)? {
            session if session.client_id != client_id => return Err(Refusal::OtherClient),
            session if session.is_revoked => return Err(Refusal::Revoked),
            _ => {}
        }
        match &found.successor {
            None if now >= found.expires_at => Err(Refusal::Unknown),
            None => Ok(Accepted::Current(session)),
            Some(next)
                if now <= next.since.saturating_add(grace) && self.is_unused(&next.token) =>
            {
                Ok(Accepted::Repeated { session, successor: next.token.clone() })
            }
            Some(_) => {
                self.revoke(&session);
                Err(Refusal::Used)
            }
        }
    }

    fn is_unused(&self, refresh_token: &str) -> bool {
        self.refresh_tokens.get(refresh_token).is_some_and(|token| token.successor.is_none())
    }

    /// Replaces a current refresh token. Its session is remembered as long as its new token.
    pub fn replace_refresh_token(
        &mut self,
        token: &str,
        successor: String,
        expires_at: Duration,
        now: Duration,
    ) {
        let Some(used) = self.refresh_tokens.get_mut(token) else { return };
        let session = used.session.clone();
        used.successor = Some(Successor { token: successor.clone(), since: now });
        if let Some(session) = self.sessions.get_mut(&session) {
            session.expires_at = expires_at;
        }
        self.add_refresh_token(successor, session, expires_at);
    }

    /// The session that a code has begun.
    #[must_use]
    pub fn session_of_code(&self, code: &str) -> Option<&Id> {
        let code = self.codes.get(code).filter(|code| code.is_used)?;
        Some(&code.authorization.session)
    }

    /// The session of a refresh token.
    #[must_use]
    pub fn session_of_refresh_token(&self, token: &str) -> Option<&Id> {
        self.refresh_tokens.get(token).map(|token| &token.session)
    }

    /// A session that was begun, ended or not.
    #[must_use]
    pub fn session<Q: Eq + Hash + ?Sized>(&self, id: &Q) -> Option<&Session<G>>
    where
        Id: Borrow<Q>,
    {
        self.sessions.get(id)
    }

    /// All sessions, in no order.
    pub fn sessions(&self) -> impl Iterator<Item = &Session<G>> {
        self.sessions.values()
    }

    /// All sessions, to be changed, in no order.
    pub fn sessions_mut(&mut self) -> impl Iterator<Item = &mut Session<G>> {
        self.sessions.values_mut()
    }

    /// Ends a session.
    pub fn revoke<Q: Eq + Hash + ?Sized>(&mut self, session: &Q)
    where
        Id: Borrow<Q>,
    {
        if let Some(session) = self.sessions.get_mut(session) {
            session.is_revoked = true;
        }
    }

    /// Forgets what has expired by this time.
    pub fn forget_expired(&mut self, at: Duration) {
        self.codes.retain(|_, code| at < code.authorization.expires_at);
        self.sessions.retain(|_, session| at < session.expires_at);
        self.refresh_tokens.retain(|_, token| at < token.expires_at);
    }
}

impl<Id, G> Default for Grants<Id, G> {
    fn default() -> Self {
        Self { codes: HashMap::new(), sessions: HashMap::new(), refresh_tokens: HashMap::new() }
    }
}

#[cfg(test)]
mod tests;
