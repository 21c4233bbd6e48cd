//! The session, sans-IO: its data, when to refresh it, and what a failure means for it.
//!
//! Everything is a function of the session, the time, and what has happened. No code here reads a
//! clock or waits.

pub mod attempts;
#[cfg(feature = "openid")]
pub mod openid;
pub mod refresh;
pub mod signed_out;
mod snapshot;

pub use self::snapshot::{AuthState, RefreshStatus, SignedOutReason};

#[cfg(feature = "openid")]
use self::openid::OpenIdSession;

use std::rc::Rc;
use std::time::Duration;

use crate::codec::{JsonCodec, UrlParser, record};
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::token::TokenResponse;
use crate::protocol::token_extras::TokenExtras;
use crate::protocol::userinfo::User;
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::time::UnixTime;

/// The session of a signed-in user: the tokens, and what is known about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// A random identifier, new with each sign-in. It tells a refresh of this session from another user's
    /// session.
    pub id: String,
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, if the server issued one.
    pub refresh_token: Option<RefreshToken>,
    /// The granted scope.
    pub scope: Scope,
    /// When the current tokens were requested.
    pub issued_at: UnixTime,
    /// When the access token stops being valid. `None`: it does not expire.
    pub expires_at: Option<UnixTime>,
    /// The user, once known.
    pub user: Option<User>,
    /// When the user was read.
    pub user_read_at: Option<UnixTime>,
    /// What else the server sent with the tokens.
    pub extras: TokenExtras,
    /// What OpenID Connect adds.
    #[cfg(feature = "openid")]
    pub openid: OpenIdSession,
}

impl Session {
    /// Begins a session with the tokens of a successful exchange.
    ///
    /// `requested_at` is when the request was sent. Counted from there, the token never lives longer here
    /// than at the server. If the server names no lifetime, a session that can be refreshed gets
    /// `default_lifetime`; a token that cannot be refreshed does not expire (GitHub, Mastodon).
    #[must_use]
    pub fn begin(
        id: String,
        tokens: TokenResponse,
        requested: &Scope,
        requested_at: UnixTime,
        default_lifetime: Duration,
    ) -> Self {
        let default_lifetime = tokens.refresh_token.as_ref().map(|_| default_lifetime);
        let lifetime = tokens.lifetime.or(default_lifetime);
        Self {
            id,
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            scope: tokens.scope.unwrap_or_else(|| requested.clone()),
            issued_at: requested_at,
            expires_at: lifetime.map(|lifetime| requested_at.plus(lifetime)),
            user: None,
            user_read_at: None,
            extras: tokens.extras,
            #[cfg(feature = "openid")]
            openid: OpenIdSession::default(),
        }
    }

    /// Returns this session with the tokens of a successful refresh. What the response leaves out stays as
    /// it was: the refresh token, the scope, and the extras.
    #[must_use]
    pub fn refreshed(
        &self,
        mut tokens: TokenResponse,
        requested_at: UnixTime,
        default_lifetime: Duration,
    ) -> Self {
        let id = self.id.clone();
        if tokens.refresh_token.is_none() {
            tokens.refresh_token.clone_from(&self.refresh_token);
        }
        #[cfg(feature = "openid")]
        let openid = OpenIdSession {
            id_token: tokens.id_token.take().or_else(|| self.openid.id_token.clone()),
            ..self.openid.clone()
        };
        let mut session = Self::begin(id, tokens, &self.scope, requested_at, default_lifetime);
        session.extras = self.extras.updated(session.extras);
        #[cfg(feature = "openid")]
        let session = Self { openid, ..session };
        session.with_user_of(self)
    }

    /// Returns this session with the user who was read at this time.
    #[must_use]
    pub fn with_user(&self, user: User, read_at: UnixTime) -> Self {
        Self { user: Some(user), user_read_at: Some(read_at), ..self.clone() }
    }

    /// Returns this session with the user of another copy of it.
    #[must_use]
    pub fn with_user_of(self, other: &Self) -> Self {
        Self { user: other.user.clone(), user_read_at: other.user_read_at, ..self }
    }

    /// Returns the subject that user information must have, once it is known.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        #[cfg(feature = "openid")]
        if !self.openid.subject.is_empty() {
            return Some(&self.openid.subject);
        }
        self.user.as_ref().map(User::subject)
    }

    /// Returns whether the access token has not expired.
    #[must_use]
    pub fn is_valid(&self, now: UnixTime) -> bool {
        self.expires_at.is_none_or(|at| now < at)
    }

    /// Returns whether the user must be read: they are not known yet, or were read over an hour ago. A
    /// reading over an hour ahead of the clock does not count.
    #[must_use]
    pub fn needs_user(&self, now: UnixTime) -> bool {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        self.user.is_none() || !self.user_read_at.is_some_and(|at| at.is_within(HOUR, now))
    }

    /// Returns the record to store, bound to the issuer and the token endpoint that it belongs to. A small
    /// store (cookies) takes only what the session cannot do without: then `is_whole` is false.
    ///
    /// Two fields are for `stored.js` of the npm package, which answers from the record before the module is
    /// there, and holds no rule of its own: the time until which the access token needs no refresh, and every
    /// scope that is granted. The last three are empty unless the session came about by OpenID Connect.
    #[must_use]
    pub fn to_record(
        &self,
        codec: &impl JsonCodec,
        registration: &Registration,
        is_whole: bool,
    ) -> SecretText {
        let decimal = |time: Option<UnixTime>| time.map(UnixTime::to_decimal).unwrap_or_default();
        let user = self.user.as_ref().filter(|_| is_whole);
        #[cfg(feature = "openid")]
        let fields = self.openid.to_fields(is_whole);
        #[cfg(feature = "openid")]
        let [server, subject, id_token] = fields.each_ref().map(SecretText::expose);
        #[cfg(not(feature = "openid"))]
        let [server, subject, id_token] = [""; 3];
        record::write(&[
            record::SESSION,
            registration.server.issuer_text(),
            registration.server.token_endpoint_text(),
            registration.redirect_uri.as_str(),
            &self.id,
            self.access_token.expose(),
            self.refresh_token.as_ref().map_or("", RefreshToken::expose),
            self.scope.as_str(),
            &self.issued_at.to_decimal(),
            &decimal(self.expires_at),
            &user.map(|user| codec.write_json(user.as_json())).unwrap_or_default(),
            &decimal(user.and(self.user_read_at)),
            &if is_whole { self.extras.to_text(codec) } else { String::new() },
            &decimal(refresh::earliest_due(self)),
            &if is_whole { self.scope.all_granted() } else { String::new() },
            server,
            subject,
            id_token,
        ])
    }

    /// Reads a record. `None` if any field is invalid, or if it belongs to another issuer or token
    /// endpoint: a refresh token must never go to an endpoint that it was not issued for.
    #[must_use]
    pub fn from_record<C: JsonCodec + UrlParser>(
        codec: &C,
        registration: &Registration,
        text: &str,
    ) -> Option<Self> {
        let [
            kind,
            issuer,
            endpoint,
            _,
            id,
            access_token,
            refresh_token,
            scope,
            issued_at,
            expires_at,
            user,
            user_read_at,
            extras,
            _,
            _,
            found_server,
            subject,
            id_token,
        ] = record::read(text)[..]
        else {
            return None;
        };
        let server = &registration.server;
        let is_bound = issuer == server.issuer_text() && endpoint == server.token_endpoint_text();
        #[cfg(feature = "openid")]
        let openid =
            OpenIdSession::from_fields(codec, registration, [found_server, subject, id_token])?;
        // The tokens of a server that was found must not go to the configured one.
        #[cfg(not(feature = "openid"))]
        let is_bound = is_bound && found_server.is_empty();
        #[cfg(not(feature = "openid"))]
        let _ = (subject, id_token);
        if kind != record::SESSION || !is_bound || id.is_empty() {
            return None;
        }
        let expires_at = match expires_at {
            "" => None,
            text => Some(UnixTime::from_decimal(text)?),
        };
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
            expires_at,
            user: codec.parse_json(user).and_then(User::from_json),
            user_read_at: UnixTime::from_decimal(user_read_at),
            extras: TokenExtras::from_text(codec, extras),
            #[cfg(feature = "openid")]
            openid,
        })
    }
}

/// What the store says of a session that this tab has.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// The session as it is stored now. Another tab may have replaced it.
    Session(Rc<Session>),
    /// The store holds no session: another tab has signed out.
    SignedOut,
    /// The store could not take this tab's session, so its content says nothing.
    Unknown,
}

/// What another tab's change of the store means for this one.
#[derive(Debug, PartialEq)]
pub enum Reconciled {
    /// The store has what this tab has.
    Unchanged,
    /// The stored session replaces this one as a whole: tokens of two users are never mixed.
    Adopt(Rc<Session>),
    /// The other tab has signed out.
    SignedOutElsewhere,
}

/// Compares this tab's session with the stored one.
#[must_use]
pub fn reconcile(mine: Option<&Rc<Session>>, stored: Option<Rc<Session>>) -> Reconciled {
    match (mine, stored) {
        (None, None) => Reconciled::Unchanged,
        (Some(_), None) => Reconciled::SignedOutElsewhere,
        (Some(mine), Some(mut stored)) => {
            // A small store has no room for the user, and this tab may have read them since.
            if mine.id == stored.id && stored.user_read_at <= mine.user_read_at {
                stored = Rc::new((*stored).clone().with_user_of(mine));
            }
            // The tokens of one session are told apart by when they were requested.
            let is_known = !refresh::is_newer(&stored, mine)
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
    use crate::codec::Json;
    use crate::protocol::Issuer;
    use crate::protocol::registration::tests::registration;
    use crate::protocol::transaction::tests::NOW;
    use crate::testing::Native;

    pub(crate) fn tokens(access: &str, refresh: Option<&str>) -> TokenResponse {
        TokenResponse {
            access_token: AccessToken::parse(access.into()).expect("a valid access token"),
            refresh_token: refresh.and_then(|text| RefreshToken::parse(text.into())),
            scope: None,
            lifetime: Some(Duration::from_secs(3600)),
            #[cfg(feature = "openid")]
            id_token: None,
            extras: TokenExtras::default(),
        }
    }

    fn own() -> Registration {
        registration("https://as.example", "app")
    }

    fn known_user() -> User {
        User::from_json(Json::object([("sub", "did:x\n".into())])).expect("a subject")
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
        assert_eq!(session(1).refreshed(narrower, NOW, Duration::ZERO).scope.as_str(), "a");
    }

    #[test]
    fn r95_a_refresh_without_a_refresh_token_keeps_the_old_one() {
        let refreshed = session(60).refreshed(tokens("a2", None), NOW, Duration::ZERO);
        assert_eq!(refreshed.refresh_token, session(60).refresh_token);
        assert_eq!(refreshed.access_token.expose(), "a2");
        let rotated = session(60).refreshed(tokens("a2", Some("r2")), NOW, Duration::ZERO);
        assert_eq!(rotated.refresh_token.expect("rotated").expose(), "r2");
    }

    #[test]
    fn a_record_survives_the_round_trip() {
        let registration = own();
        let mut whole = session(60).with_user(known_user(), NOW);
        whole.extras = TokenExtras::from_text(&Native, r#"{"patient":"p-1"}"#);
        let read =
            |record: SecretText| Session::from_record(&Native, &registration, record.expose());
        assert_eq!(read(whole.to_record(&Native, &registration, true)), Some(whole.clone()));
        let lean = read(whole.to_record(&Native, &registration, false)).expect("valid");
        assert_eq!(lean, session(60));
        let for_ever = Session { expires_at: None, ..session(60) };
        assert_eq!(read(for_ever.to_record(&Native, &registration, true)), Some(for_ever));
    }

    #[test]
    fn r25_r98_a_record_of_another_token_endpoint_or_issuer_is_not_read() {
        let honest = own();
        let record = session(60).to_record(&Native, &honest, true);
        let mut evil = own();
        evil.server.token_endpoint =
            registration("https://evil.example", "app").server.token_endpoint;
        let mut named = own();
        let issuer = Issuer::parse(&Native, honest.server.token_endpoint.as_str());
        named.server.issuer = Some(issuer.expect("a valid issuer"));
        assert!(Session::from_record(&Native, &honest, record.expose()).is_some());
        for other in [evil, named] {
            assert_eq!(Session::from_record(&Native, &other, record.expose()), None);
        }
    }

    #[test]
    fn c16_only_a_token_that_cannot_be_refreshed_lives_without_end() {
        let untold = |refresh| TokenResponse { lifetime: None, ..tokens("a2", refresh) };
        let begin = |refresh| {
            let scope = Scope::granted("profile");
            Session::begin("id".into(), untold(refresh), &scope, NOW, Duration::from_secs(9))
        };
        assert_eq!(begin(None).expires_at, None);
        assert!(begin(None).is_valid(NOW.plus(Duration::MAX)));
        assert_eq!(begin(Some("r")).expires_at, Some(NOW.plus(Duration::from_secs(9))));
        let refreshed = begin(Some("r")).refreshed(untold(None), NOW, Duration::from_secs(9));
        assert!(refreshed.expires_at.is_some(), "the refresh token is kept");
    }

    #[test]
    fn the_user_is_read_again_after_an_hour() {
        let read = session(60).with_user(known_user(), NOW);
        assert!(session(60).needs_user(NOW));
        assert!(!read.needs_user(NOW.plus(Duration::from_secs(3600))));
        assert!(read.needs_user(NOW.plus(Duration::from_secs(3601))));
        assert!(read.needs_user(NOW.minus(Duration::from_secs(3601))), "the clock was set back");
    }

    #[test]
    fn r26_a_record_with_any_field_missing_or_invalid_is_not_read() {
        let registration = own();
        let read = |text: &str| Session::from_record(&Native, &registration, text);
        let record = session(60).to_record(&Native, &registration, false);
        let fields: Vec<&str> = record.expose().split('\n').collect();
        for index in 0..fields.len() {
            let mut missing = fields.clone();
            missing.remove(index);
            assert_eq!(read(&missing.join("\n")), None, "{index}");
        }
        for index in [0, 1, 2, 5, 6, 8, 9] {
            let mut wrong = fields.clone();
            wrong[index] = "\u{e9}";
            assert_eq!(read(&wrong.join("\n")), None, "{index}");
        }
        for text in ["", "{}", "null", record::SESSION, &"\n".repeat(7), &"\n".repeat(12)] {
            assert_eq!(read(text), None);
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
    fn a_known_user_stays_if_the_store_has_no_room_for_them() {
        let mine = Rc::new(session(60).with_user(known_user(), NOW));
        assert_eq!(reconcile(Some(&mine), Some(Rc::new(session(60)))), Reconciled::Unchanged);
    }
}
