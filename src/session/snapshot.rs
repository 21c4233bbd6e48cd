//! What an app sees of the session: an immutable value that changes only when something that a user
//! sees has changed. It has no tokens and no expiry, so a refresh re-renders nothing.

use crate::error::Error;
use crate::protocol::scope::Scope;
use crate::protocol::userinfo::User;

/// The state of the sign-in.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum AuthState {
    /// Not known yet: the stored session is being read, or a callback is being processed.
    #[default]
    Loading,
    /// No user is signed in.
    SignedOut {
        /// Why no user is signed in.
        reason: SignedOutReason,
        /// The error of the last sign-in or of the end of the session, if there was one.
        error: Option<Error>,
    },
    /// A user is signed in.
    SignedIn {
        /// The user, once known.
        user: Option<User>,
        /// The granted scope.
        scope: Scope,
        /// How the refresh of the access token goes.
        refresh: RefreshStatus,
        /// The last error, if no later success has cleared it.
        error: Option<Error>,
    },
}

impl AuthState {
    /// Returns whether a user is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        matches!(self, Self::SignedIn { .. })
    }

    /// Returns the current error, if there is one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Loading => None,
            Self::SignedOut { error, .. } | Self::SignedIn { error, .. } => error.as_ref(),
        }
    }
}

/// How the refresh of the access token goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshStatus {
    /// The last refresh failed. The session is kept, and the refresh is tried again.
    Failing,
    /// The last refresh succeeded, or none was needed yet.
    #[default]
    Ok,
}

impl RefreshStatus {
    /// Returns the stable name, as in JavaScript's `state.refresh`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Ok => "ok",
        }
    }
}

/// Why no user is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedOutReason {
    /// The access token expired and there was no refresh token.
    Expired,
    /// No user has signed in here, as far as this browser remembers.
    Never,
    /// The server refused to refresh the session.
    Revoked,
    /// `sign_out` was called here.
    SignedOut,
    /// `sign_out` was called in another tab.
    SignedOutElsewhere,
}

impl SignedOutReason {
    /// Returns the stable name, as in JavaScript's `state.reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Never => "never",
            Self::Revoked => "revoked",
            Self::SignedOut => "signed-out",
            Self::SignedOutElsewhere => "signed-out-elsewhere",
        }
    }

    /// Returns the reason with this stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let all =
            &[Self::Expired, Self::Never, Self::Revoked, Self::SignedOut, Self::SignedOutElsewhere];
        all.iter().copied().find(|reason| reason.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_plain_data_that_may_cross_threads() {
        fn plain<T: Send + Sync + 'static>(_: &T) {}
        plain(&AuthState::default());
    }
}
