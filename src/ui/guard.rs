//! What a guarded part of an app shows: one decision for both frameworks.

use crate::session::{AuthState, SignedOutReason};

/// What to do about a guarded part of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The state is not known yet. Neither the content nor the prompt is shown, so that the wrong
    /// one does not flash.
    Pending,
    /// The user is signed in: show the content.
    Allow,
    /// Send the user to sign in.
    Redirect,
    /// Ask the user to sign in.
    Prompt,
}

impl Guard {
    /// Decides for this state. `was_cancelled` says whether a redirect to sign in has begun here, and
    /// the page stayed or came back.
    ///
    /// A user who has just signed out, declined or failed is asked. Another redirect at once would be
    /// a loop without an exit.
    pub(crate) fn of(state: &AuthState, was_cancelled: bool) -> Self {
        match state {
            AuthState::Loading => Self::Pending,
            AuthState::SignedIn { .. } => Self::Allow,
            AuthState::SignedOut {
                reason: SignedOutReason::Never | SignedOutReason::Expired,
                error: None,
            } if !was_cancelled => Self::Redirect,
            AuthState::SignedOut { .. } => Self::Prompt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorCode};
    use crate::protocol::scope::Scope;
    use crate::session::RefreshStatus;

    fn signed_out(reason: SignedOutReason) -> AuthState {
        AuthState::SignedOut { reason, error: None }
    }

    #[test]
    fn only_a_user_who_has_not_decided_anything_is_sent_to_sign_in() {
        let guard = |reason| Guard::of(&signed_out(reason), false);
        assert_eq!(guard(SignedOutReason::Never), Guard::Redirect);
        assert_eq!(guard(SignedOutReason::Expired), Guard::Redirect);
        assert_eq!(guard(SignedOutReason::SignedOut), Guard::Prompt);
        assert_eq!(guard(SignedOutReason::SignedOutElsewhere), Guard::Prompt);
        assert_eq!(guard(SignedOutReason::Revoked), Guard::Prompt);
    }

    #[test]
    fn a_redirect_that_was_cancelled_or_failed_is_not_repeated() {
        let reason = SignedOutReason::Never;
        assert_eq!(Guard::of(&signed_out(reason), true), Guard::Prompt);
        let error = Some(Error::new(ErrorCode::AccessDenied));
        assert_eq!(Guard::of(&AuthState::SignedOut { reason, error }, false), Guard::Prompt);
    }

    #[test]
    fn the_content_is_shown_to_a_signed_in_user_only() {
        let signed_in = AuthState::SignedIn {
            user: None,
            scope: Scope::default(),
            refresh: RefreshStatus::Failing,
            error: None,
        };
        assert_eq!(Guard::of(&signed_in, true), Guard::Allow);
        assert_eq!(Guard::of(&AuthState::Loading, true), Guard::Pending);
    }
}
