//! The events that the client emits, for a developer's log. No event contains a secret.

use crate::error::ErrorCode;
use crate::session::SignedOutReason;
use crate::time::UnixTime;

/// A step of the client's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another tab's tokens were taken over.
    Adopted,
    /// A callback was ignored: it belongs to no sign-in here, and a user is signed in.
    CallbackIgnored,
    /// A callback was found, and the address was cleaned.
    CallbackReceived,
    /// The code is being exchanged for tokens.
    ExchangeStarted,
    /// The access token was refreshed.
    Refreshed,
    /// A refresh failed; the session is kept.
    RefreshFailed(ErrorCode),
    /// The next refresh is scheduled for this time.
    RefreshScheduled(UnixTime),
    /// A refresh begins.
    RefreshStarted,
    /// A stored session was restored.
    Restored,
    /// The server could not revoke the tokens.
    RevocationFailed(ErrorCode),
    /// A sign-in failed.
    SignInFailed(ErrorCode),
    /// The browser is being sent to the authorization server.
    SignInStarted,
    /// A user has signed in.
    SignedIn,
    /// The session ended.
    SignedOut(SignedOutReason),
    /// The user information could not be read; the session is kept.
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
