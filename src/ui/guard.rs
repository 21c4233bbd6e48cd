//! What a guarded part of an app shows: one decision for both frameworks.

use crate::error::Error;
use crate::session::SignedOutReason;

/// What to do about a visitor of a guarded page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It is not known yet who this is: neither the page nor the way to sign in, so that the wrong
    /// one does not flash.
    Wait,
    /// Let them in.
    Open,
    /// Send them to sign in.
    Leave,
    /// Ask them to sign in. Who has just signed out, declined or failed is not sent away again by
    /// itself: that would be a loop without an exit.
    Ask,
}

impl Gate {
    /// The gate for somebody who is signed out.
    pub(crate) fn for_stranger(reason: SignedOutReason, error: Option<&Error>) -> Self {
        match reason {
            SignedOutReason::Never | SignedOutReason::Expired if error.is_none() => Self::Leave,
            _ => Self::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn only_who_has_not_decided_anything_is_sent_to_sign_in() {
        let gate = |reason| Gate::for_stranger(reason, None);
        assert_eq!(gate(SignedOutReason::Never), Gate::Leave);
        assert_eq!(gate(SignedOutReason::Expired), Gate::Leave);
        assert_eq!(gate(SignedOutReason::SignedOut), Gate::Ask);
        assert_eq!(gate(SignedOutReason::SignedOutElsewhere), Gate::Ask);
        assert_eq!(gate(SignedOutReason::Revoked), Gate::Ask);
    }

    #[test]
    fn a_failed_sign_in_is_no_loop() {
        let error = Error::new(ErrorCode::AccessDenied);
        assert_eq!(Gate::for_stranger(SignedOutReason::Never, Some(&error)), Gate::Ask);
    }
}
