//! The events that the client emits, for a developer's log. None holds a secret.

use std::fmt;

use crate::error::ErrorCode;
use crate::session::SignedOutReason;
use crate::time::UnixTime;

/// A step of the client's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The client took over another tab's tokens.
    Adopted,
    /// A callback was left alone, because it belongs to no sign-in here and a user is signed in.
    CallbackIgnored,
    /// A callback was found, and the address cleaned.
    CallbackReceived,
    /// The exchange of the code for tokens began.
    ExchangeStarted,
    /// The access token was refreshed.
    Refreshed,
    /// A refresh failed. The session is kept.
    RefreshFailed(ErrorCode),
    /// The next refresh is due at this time.
    RefreshScheduled(UnixTime),
    /// A refresh began.
    RefreshStarted,
    /// A stored session was restored.
    Restored,
    /// The revocation at sign-out failed.
    RevocationFailed(ErrorCode),
    /// A sign-in failed.
    SignInFailed(ErrorCode),
    /// The browser leaves for the authorization server.
    SignInStarted,
    /// A user signed in.
    SignedIn,
    /// The session ended.
    SignedOut(SignedOutReason),
    /// The user information could not be read. The session is kept.
    UserFailed(ErrorCode),
    /// The user information was read.
    UserLoaded,
}

impl Event {
    /// Returns the stable name, as in JavaScript's `event.type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::CallbackIgnored => "callback-ignored",
            Self::CallbackReceived => "callback-received",
            Self::ExchangeStarted => "exchange-started",
            Self::Refreshed => "refreshed",
            Self::RefreshFailed(_) => "refresh-failed",
            Self::RefreshScheduled(_) => "refresh-scheduled",
            Self::RefreshStarted => "refresh-started",
            Self::Restored => "restored",
            Self::RevocationFailed(_) => "revocation-failed",
            Self::SignInFailed(_) => "sign-in-failed",
            Self::SignInStarted => "sign-in-started",
            Self::SignedIn => "signed-in",
            Self::SignedOut(_) => "signed-out",
            Self::UserFailed(_) => "user-failed",
            Self::UserLoaded => "user-loaded",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
