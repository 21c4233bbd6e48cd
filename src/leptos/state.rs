//! The state as plain data, which may cross threads on a server.

use std::sync::Arc;

use crate::error::Error;
use crate::protocol::Json;
use crate::protocol::scope::Scope;
use crate::session::{self, SignedOutReason};

/// The state of the sign-in: [`basic_oauth::AuthState`](crate::AuthState) for signals.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum AuthState {
    /// Not known yet: always on a server, and for a moment in a browser.
    #[default]
    Loading,
    /// Nobody is signed in.
    SignedOut {
        /// Why.
        reason: SignedOutReason,
        /// What went wrong, where something did.
        error: Option<Error>,
    },
    /// Somebody is signed in.
    SignedIn {
        /// The person, once known.
        user: Option<User>,
        /// What was granted.
        scope: Scope,
        /// Whether the last renewal failed. The session is kept, and renewal tried again.
        is_renewal_failing: bool,
        /// What went wrong last, where it has not been put right since.
        error: Option<Error>,
    },
}

impl AuthState {
    /// Whether somebody is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        matches!(self, Self::SignedIn { .. })
    }

    /// The current error, where there is one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Loading => None,
            Self::SignedOut { error, .. } | Self::SignedIn { error, .. } => error.as_ref(),
        }
    }
}

impl From<&session::AuthState> for AuthState {
    fn from(state: &session::AuthState) -> Self {
        match state.clone() {
            session::AuthState::Loading => Self::Loading,
            session::AuthState::SignedOut { reason, error } => Self::SignedOut { reason, error },
            session::AuthState::SignedIn { user, scope, is_renewal_failing, error } => {
                let user = user.map(|user| User(Arc::new(user.as_json().clone())));
                Self::SignedIn { user, scope, is_renewal_failing, error }
            }
        }
    }
}

/// What the server says about the person: `sub` for certain, everything else perhaps.
#[derive(Clone, PartialEq)]
pub struct User(Arc<Json>);

impl User {
    /// The identifier of the person at this server: the one member to key on.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.text("name")
    }

    /// The email address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.text("email")
    }

    /// Everything the server said, unknown members included.
    #[must_use]
    pub fn as_json(&self) -> &Json {
        &self.0
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User(personal)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::userinfo;

    #[test]
    fn the_state_may_cross_threads_and_is_the_clients() {
        fn plain<T: Send + Sync + 'static>(_: &T) {}
        let person = Json::object([("sub", "did:x".into()), ("name", "Ada".into())]);
        let state = AuthState::from(&session::AuthState::SignedIn {
            user: userinfo::User::from_json(person),
            scope: Scope::granted("profile"),
            is_renewal_failing: false,
            error: None,
        });
        plain(&state);
        let AuthState::SignedIn { user: Some(user), .. } = &state else { panic!("{state:?}") };
        assert_eq!((user.subject(), user.name(), user.email()), ("did:x", Some("Ada"), None));
        assert!(!format!("{state:?}").contains("Ada"));
    }
}
