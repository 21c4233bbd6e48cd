//! What the provider remembers, and how it is told to behave.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basic_oauth_grants::Grants;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::keys::{Defect, Keys};

/// What the user has granted.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
}

/// How the authorization endpoint answers.
#[derive(Clone, Debug, Default)]
pub(crate) enum Authorization {
    /// Consents, and redirects back.
    #[default]
    Consent,
    /// Consents, and lets a script go back, so that the callback is a navigation of its own.
    ConsentByScript,
    /// Redirects back once the gate is open.
    Held(watch::Receiver<bool>),
    /// Shows a page that the user leaves.
    Page,
}

/// How the token endpoint answers a refresh.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Refresh {
    #[default]
    Grant,
    GrantAfter(Duration),
    Disconnect,
    /// 503 `temporarily_unavailable`.
    Unavailable,
    /// 400 `invalid_grant`.
    Refuse,
}

/// A request that is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Authorize,
    Exchange,
    Refresh,
    /// A refresh token that was used before. It is counted as a refresh, too.
    Reuse,
}

pub(super) struct State {
    pub(super) origin: String,
    pub(super) keys: Arc<Keys>,
    pub(super) lifetime: Duration,
    pub(super) grants: Mutex<Grants<String, Grant>>,
    /// The time at which each access token expires, and its session.
    pub(super) access_tokens: Mutex<HashMap<String, (String, Duration)>>,
    /// The redirect URI of each code.
    pub(super) codes: Mutex<HashMap<String, String>>,
    /// The refresh tokens so far.
    pub(super) issued: Mutex<Vec<String>>,
    pub(super) ahead: Mutex<Duration>,
    pub(super) authorization: Mutex<Authorization>,
    pub(super) refresh: Mutex<Refresh>,
    pub(super) defect: Mutex<Defect>,
    pub(super) log: Mutex<Vec<Kind>>,
}

impl State {
    pub(super) fn new(origin: String, keys: Arc<Keys>, lifetime: Duration) -> Self {
        Self {
            origin,
            keys,
            lifetime,
            grants: Mutex::default(),
            access_tokens: Mutex::default(),
            codes: Mutex::default(),
            issued: Mutex::default(),
            ahead: Mutex::default(),
            authorization: Mutex::default(),
            refresh: Mutex::default(),
            defect: Mutex::default(),
            log: Mutex::default(),
        }
    }

    /// Returns the time since the Unix epoch, by the clock that scenarios move.
    pub(super) fn now(&self) -> Duration {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        real + *self.ahead.lock()
    }

    pub(super) fn count(&self, kind: Kind) {
        self.log.lock().push(kind);
    }

    pub(super) fn accepts(&self, access_token: &str) -> bool {
        let tokens = self.access_tokens.lock();
        let Some((session, expires_at)) = tokens.get(access_token) else { return false };
        let grants = self.grants.lock();
        let is_live = grants.session(session).is_some_and(|session| !session.is_revoked);
        is_live && self.now() < *expires_at
    }

    /// Returns the issuer as this client expects it: one library adds a slash to the domain.
    pub(super) fn issuer(&self, client_id: &str) -> String {
        let slash = if client_id == "auth0-spa-js" { "/" } else { "" };
        format!("{}{slash}", self.origin)
    }
}

/// Returns 256 random bits, as unpadded base64url.
pub(super) fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The `sub` of the only user.
pub(super) const USER: &str = "ada";
