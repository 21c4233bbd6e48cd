//! The session, sans-IO: what it holds, when to renew it, what a failure means for it.
//!
//! Everything is a function of the session, the time and what has happened. Nothing here reads a
//! clock or waits.

pub mod attempts;
pub mod renewal;
mod snapshot;

pub use self::snapshot::{AuthState, SignedOutReason};

use std::rc::Rc;
use std::time::Duration;

use crate::protocol::JsonCodec;
use crate::protocol::record;
use crate::protocol::scope::Scope;
use crate::protocol::token::TokenResponse;
use crate::protocol::userinfo::User;
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::time::UnixTime;

const KIND: &str = "session 1";

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
        let id = self.id.clone();
        let mut session = Self::begin(id, tokens, &self.scope, asked_at, default_lifetime);
        if session.refresh_token.is_none() {
            session.refresh_token = self.refresh_token.clone();
        }
        session.user = self.user.clone();
        session
    }

    /// The same session, of this person.
    #[must_use]
    pub fn with_user(&self, user: Option<User>) -> Self {
        Self { user, ..self.clone() }
    }

    /// Whether the access token may still be handed out.
    #[must_use]
    pub fn is_valid(&self, now: UnixTime) -> bool {
        now < self.expires_at
    }

    /// The record as it is stored. A small store (cookies) keeps the person out of it.
    #[must_use]
    pub fn to_record(&self, codec: &impl JsonCodec, with_user: bool) -> SecretText {
        let user = self.user.as_ref().filter(|_| with_user);
        record::write(&[
            KIND,
            &self.id,
            self.access_token.expose(),
            self.refresh_token.as_ref().map_or("", RefreshToken::expose),
            self.scope.as_str(),
            &self.issued_at.to_decimal(),
            &self.expires_at.to_decimal(),
            &user.map(|user| codec.write_json(user.as_json())).unwrap_or_default(),
        ])
    }

    /// Reads a record back; one that is not sound in every field is none.
    #[must_use]
    pub fn from_record(codec: &impl JsonCodec, text: &str) -> Option<Self> {
        let [kind, id, access_token, refresh_token, scope, issued_at, expires_at, user] =
            record::read(text)[..]
        else {
            return None;
        };
        if kind != KIND || id.is_empty() {
            return None;
        }
        let refresh_token = match refresh_token {
            "" => None,
            text => Some(RefreshToken::parse(text.into())?),
        };
        Some(Self {
            id: id.into(),
            access_token: AccessToken::parse(access_token.into())?,
            refresh_token,
            scope: Scope::granted(scope),
            issued_at: UnixTime::from_decimal(issued_at)?,
            expires_at: UnixTime::from_decimal(expires_at)?,
            user: codec.parse_json(user).and_then(User::from_json),
        })
    }
}

/// What another tab's change of the store means for this one.
#[derive(Debug, PartialEq)]
pub enum Reconciled {
    /// Nothing that matters.
    Unchanged,
    /// The stored session replaces this one, whole: two people's tokens are never mixed.
    Adopt(Rc<Session>),
    /// The other tab signed out.
    SignedOutElsewhere,
}

/// Compares what this tab holds with what the shared store holds.
#[must_use]
pub fn reconcile(mine: Option<&Rc<Session>>, stored: Option<Rc<Session>>) -> Reconciled {
    match (mine, stored) {
        (None, None) => Reconciled::Unchanged,
        (Some(_), None) => Reconciled::SignedOutElsewhere,
        (Some(mine), Some(mut stored)) => {
            // A small store leaves the person out, and a new sign-in does not know them yet.
            if mine.id == stored.id && stored.user.is_none() {
                stored = Rc::new(stored.with_user(mine.user.clone()));
            }
            // The tokens of one session are told apart by when they were asked for.
            let is_known = !renewal::is_newer(&stored, mine)
                && stored.issued_at == mine.issued_at
                && stored.user == mine.user;
            if is_known { Reconciled::Unchanged } else { Reconciled::Adopt(stored) }
        }
        (None, Some(stored)) => Reconciled::Adopt(stored),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::platform::native::Native;
    use crate::protocol::Json;
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
        own.user = User::from_json(Json::object([("sub", "did:x\n".into())]));
        let read = |record: SecretText| Session::from_record(&Native, record.expose());
        assert_eq!(read(own.to_record(&Native, true)), Some(own.clone()));
        let lean = read(own.to_record(&Native, false)).expect("sound");
        assert_eq!(lean, Session { user: None, ..own });
    }

    #[test]
    fn r26_a_record_with_any_field_missing_or_wrong_is_none() {
        let record = session(60).to_record(&Native, false);
        let fields: Vec<&str> = record.expose().split('\n').collect();
        for index in 0..fields.len() {
            let mut missing = fields.clone();
            missing.remove(index);
            assert_eq!(Session::from_record(&Native, &missing.join("\n")), None, "{index}");
        }
        for index in [0, 2, 3, 5, 6] {
            let mut wrong = fields.clone();
            wrong[index] = "\u{e9}";
            assert_eq!(Session::from_record(&Native, &wrong.join("\n")), None, "{index}");
        }
        for text in ["", "{}", "null", "session 1", &"\n".repeat(7)] {
            assert_eq!(Session::from_record(&Native, text), None);
        }
    }

    #[test]
    fn r100_another_session_replaces_and_never_merges() {
        let mine = Rc::new(session(60));
        let theirs = Rc::new(Session { id: "other".into(), user: None, ..session(60) });
        assert_eq!(reconcile(Some(&mine), Some(theirs.clone())), Reconciled::Adopt(theirs));
        assert_eq!(reconcile(Some(&mine), None), Reconciled::SignedOutElsewhere);
        assert_eq!(reconcile(Some(&mine), Some(mine.clone())), Reconciled::Unchanged);
        assert_eq!(reconcile(None, None), Reconciled::Unchanged);
    }

    #[test]
    fn a_person_who_is_known_here_is_not_forgotten_for_a_store_without_room() {
        let user = User::from_json(Json::object([("sub", "did:x".into())]));
        let mine = Rc::new(Session { user, ..session(60) });
        assert_eq!(reconcile(Some(&mine), Some(Rc::new(session(60)))), Reconciled::Unchanged);
    }
}
