//! What a guarded part of an app shows: one decision for both frameworks.

use crate::error::Error;
use crate::session::SignedOutReason;

/// What to do about a visitor of a guarded page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// It is not known yet who this is: neither the page nor the way to sign in, so that the wrong
    /// one does not flash.
    Pending,
    /// Let them in.
    Allow,
    /// Send them to sign in.
    Redirect,
    /// Ask them to sign in. Who has just signed out, declined or failed is not sent away again by
    /// itself: that would be a loop without an exit.
    Prompt,
}

impl Guard {
    /// The guard for somebody who is signed out.
    pub(crate) fn for_signed_out(reason: SignedOutReason, error: Option<&Error>) -> Self {
        match reason {
            SignedOutReason::Never | SignedOutReason::Expired if error.is_none() => Self::Redirect,
            _ => Self::Prompt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn only_who_has_not_decided_anything_is_sent_to_sign_in() {
        let guard = |reason| Guard::for_signed_out(reason, None);
        assert_eq!(guard(SignedOutReason::Never), Guard::Redirect);
        assert_eq!(guard(SignedOutReason::Expired), Guard::Redirect);
        assert_eq!(guard(SignedOutReason::SignedOut), Guard::Prompt);
        assert_eq!(guard(SignedOutReason::SignedOutElsewhere), Guard::Prompt);
        assert_eq!(guard(SignedOutReason::Revoked), Guard::Prompt);
    }

    #[test]
    fn a_failed_sign_in_is_no_loop() {
        let error = Error::new(ErrorCode::AccessDenied);
        assert_eq!(Guard::for_signed_out(SignedOutReason::Never, Some(&error)), Guard::Prompt);
    }
}
