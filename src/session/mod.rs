//! The session, sans-IO: what it holds, when to renew it, what a failure means for it.
//!
//! Everything is a function of the session, the time and what has happened. Nothing here reads a
//! clock or waits.

pub mod renewal;
mod snapshot;

pub use self::snapshot::{AuthState, SignedOutReason};

use std::time::Duration;

use crate::protocol::Json;
use crate::protocol::scope::Scope;
use crate::protocol::token::TokenResponse;
use crate::protocol::userinfo::User;
use crate::secret::{AccessToken, RefreshToken};
use crate::time::UnixTime;

const VERSION: f64 = 1.0;

/// Somebody is signed in: the tokens, and what is known about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Random, and new with each sign-in: tells a renewal of this session from another person's.
    pub id: String,
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, where the server gave one.
    pub refresh_token: Option<RefreshToken>,
    /// The granted scope.
    pub scope: Scope,
    /// When the current tokens were asked for.
    pub issued_at: UnixTime,
    /// When the access token stops being valid.
    pub expires_at: UnixTime,
    /// The person, once known.
    pub user: Option<User>,
}

impl Session {
    /// The session that a successful exchange begins.
    ///
    /// `asked_at` is when the request was sent: counting from there, the token never lives longer
    /// here than it does at the server. `default_lifetime` is used where the server names none.
    #[must_use]
    pub fn begin(
        id: String,
        tokens: TokenResponse,
        requested: &Scope,
        asked_at: UnixTime,
        default_lifetime: Duration,
    ) -> Self {
        Self {
            id,
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            scope: tokens.scope.unwrap_or_else(|| requested.clone()),
            issued_at: asked_at,
            expires_at: asked_at.plus(tokens.lifetime.unwrap_or(default_lifetime)),
            user: None,
        }
    }

    /// The same session with the tokens of a successful renewal. What the answer leaves out stays as
    /// it was: the refresh token, and the scope.
    #[must_use]
    pub fn renewed(
        &self,
        tokens: TokenResponse,
        asked_at: UnixTime,
        default_lifetime: Duration,
    ) -> Self {
        let refresh_token = tokens.refresh_token.clone().or_else(|| self.refresh_token.clone());
        let begun = Self::begin(self.id.clone(), tokens, &self.scope, asked_at, default_lifetime);
        Self { refresh_token, user: self.user.clone(), ..begun }
    }

    /// Whether the access token may still be handed out.
    #[must_use]
    pub fn is_valid(&self, now: UnixTime) -> bool {
        now < self.expires_at
    }

    /// The record as it is stored. A small store (cookies) keeps the person out of it.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in a double")]
    pub fn to_json(&self, with_user: bool) -> Json {
        let mut members = vec![
            ("v".to_owned(), Json::Number(VERSION)),
            ("id".to_owned(), self.id.as_str().into()),
            ("access_token".to_owned(), self.access_token.expose().into()),
            ("scope".to_owned(), self.scope.as_str().into()),
            ("issued_at".to_owned(), Json::Number(self.issued_at.as_millis() as f64)),
            ("expires_at".to_owned(), Json::Number(self.expires_at.as_millis() as f64)),
        ];
        if let Some(token) = &self.refresh_token {
            members.push(("refresh_token".to_owned(), token.expose().into()));
        }
        if let Some(user) = self.user.as_ref().filter(|_| with_user) {
            members.push(("user".to_owned(), user.as_json().clone()));
        }
        Json::Object(members)
    }

    /// Reads a record back; one that is not sound in every member is none.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    pub fn from_json(mut json: Json) -> Option<Self> {
        if json.number("v") != Some(VERSION) {
            return None;
        }
        let refresh_token = match json.take("refresh_token") {
            None => None,
            Some(Json::String(text)) => Some(RefreshToken::parse(text)?),
            Some(_) => return None,
        };
        Some(Self {
            id: json.take_text("id").filter(|id| !id.is_empty())?,
            access_token: AccessToken::parse(json.take_text("access_token")?)?,
            refresh_token,
            scope: Scope::parse(json.text("scope")?).ok()?,
            issued_at: UnixTime::from_millis(json.number("issued_at")? as i64),
            expires_at: UnixTime::from_millis(json.number("expires_at")? as i64),
            user: json.take("user").and_then(User::from_json),
        })
    }
}

/// What another tab's change of the store means for this one.
#[derive(Debug, PartialEq)]
pub enum Reconciled {
    /// Nothing that matters.
    Unchanged,
    /// The stored session replaces this one, whole: two people's tokens are never mixed.
    Adopt(Box<Session>),
    /// The other tab signed out.
    SignedOutElsewhere,
}

/// Compares what this tab holds with what the shared store holds.
#[must_use]
pub fn reconcile(mine: Option<&Session>, stored: Option<Session>) -> Reconciled {
    match (mine, stored) {
        (None, None) => Reconciled::Unchanged,
        (Some(_), None) => Reconciled::SignedOutElsewhere,
        (Some(mine), Some(stored)) if *mine == stored => Reconciled::Unchanged,
        (_, Some(stored)) => Reconciled::Adopt(Box::new(stored)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::transaction::tests::NOW;

    pub(crate) fn tokens(access: &str, refresh: Option<&str>) -> TokenResponse {
        TokenResponse {
            access_token: AccessToken::parse(access.into()).expect("sound"),
            refresh_token: refresh.and_then(|text| RefreshToken::parse(text.into())),
            scope: None,
            lifetime: Some(Duration::from_secs(3600)),
        }
    }

    pub(crate) fn session(lifetime: u64) -> Session {
        let tokens = TokenResponse {
            lifetime: Some(Duration::from_secs(lifetime)),
            ..tokens("a1", Some("r1"))
        };
        Session::begin("id".into(), tokens, &Scope::granted("profile"), NOW, Duration::from_secs(1))
    }

    #[test]
    fn r66_an_unnamed_scope_is_the_requested_one() {
        assert_eq!(session(1).scope.as_str(), "profile");
        let narrower = TokenResponse { scope: Some(Scope::granted("a")), ..tokens("a2", None) };
        assert_eq!(session(1).renewed(narrower, NOW, Duration::ZERO).scope.as_str(), "a");
    }

    #[test]
    fn r95_a_renewal_without_a_refresh_token_keeps_the_old_one() {
        let renewed = session(60).renewed(tokens("a2", None), NOW, Duration::ZERO);
        assert_eq!(renewed.refresh_token, session(60).refresh_token);
        assert_eq!(renewed.access_token.expose(), "a2");
        let rotated = session(60).renewed(tokens("a2", Some("r2")), NOW, Duration::ZERO);
        assert_eq!(rotated.refresh_token.expect("rotated").expose(), "r2");
    }

    #[test]
    fn a_record_survives_the_round_trip() {
        let mut own = session(60);
        own.user = User::from_json(Json::object([("sub", "did:x".into())]));
        assert_eq!(Session::from_json(own.to_json(true)), Some(own.clone()));
        let lean = Session::from_json(own.to_json(false)).expect("sound");
        assert_eq!(lean, Session { user: None, ..own });
    }

    #[test]
    fn r26_a_record_with_any_member_missing_or_wrong_is_none() {
        let Json::Object(members) = session(60).to_json(false) else { panic!("an object") };
        for index in 0..members.len() {
            let mut wrong = members.clone();
            wrong[index].1 = Json::Bool(true);
            assert_eq!(Session::from_json(Json::Object(wrong)), None, "{}", members[index].0);
            let mut missing = members.clone();
            let (name, _) = missing.remove(index);
            let read = Session::from_json(Json::Object(missing));
            assert_eq!(read.is_none(), name != "refresh_token", "{name}");
        }
    }

    #[test]
    fn r100_another_session_replaces_and_never_merges() {
        let mine = session(60);
        let theirs = Session { id: "other".into(), user: None, ..session(60) };
        assert_eq!(reconcile(Some(&mine), Some(theirs.clone())), Reconciled::Adopt(Box::new(theirs)));
        assert_eq!(reconcile(Some(&mine), None), Reconciled::SignedOutElsewhere);
        assert_eq!(reconcile(Some(&mine), Some(mine.clone())), Reconciled::Unchanged);
        assert_eq!(reconcile(None, None), Reconciled::Unchanged);
    }
}
