//! What a guarded part of an app shows: one decision for both frameworks.

use crate::config::SignInOptions;
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
    /// Decides for this state. `stays` says that this page must not redirect: it has begun to and stayed
    /// or came back, the user [came by history](came_by_history), or the app has a page of its own.
    ///
    /// A user who has just signed out, declined or failed is asked. Another redirect at once would be
    /// a loop without an exit.
    pub(crate) fn of(state: &AuthState, stays: bool) -> Self {
        match state {
            AuthState::Loading => Self::Pending,
            AuthState::SignedIn { .. } => Self::Allow,
            AuthState::SignedOut {
                reason: SignedOutReason::Never | SignedOutReason::Expired,
                error: None,
            } if !stays => Self::Redirect,
            AuthState::SignedOut { .. } => Self::Prompt,
        }
    }
}

/// Returns the options of a guard's redirect. The user has not pressed anything, so Back must not lead
/// to this page, which would redirect again.
pub(crate) fn redirect() -> SignInOptions {
    SignInOptions { replaces_page: true, ..SignInOptions::default() }
}

/// Returns whether the user has come to this page by Back or Forward, and has not just pressed something.
/// They leave the server's page on purpose, so a guard must not send them there again at once.
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::platform::browser::came_by_history;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn came_by_history() -> bool {
    false
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
        assert_eq!(Guard::of(&signed_out(reason), true), Guard::Prompt, "or came by Back");
        assert_eq!(Guard::of(&signed_out(SignedOutReason::Expired), true), Guard::Prompt);
        let error = Some(Error::new(ErrorCode::AccessDenied));
        assert_eq!(Guard::of(&AuthState::SignedOut { reason, error }, false), Guard::Prompt);
    }

    #[test]
    fn back_does_not_lead_to_a_page_that_redirects_again() {
        assert!(redirect().replaces_page);
        assert!(!came_by_history(), "no page, no history");
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
