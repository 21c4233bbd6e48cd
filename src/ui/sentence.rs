//! What a user reads about an error. The message of an [`Error`] is for a developer.

use crate::error::{Error, ErrorCode, ErrorKind};

/// For a user who has declined.
pub(crate) const DECLINED: &str = "You declined the sign-in, and nothing was shared.";

/// Returns a sentence for the user: what has happened, and what helps.
pub(crate) fn sentence(error: &Error) -> &'static str {
    match error.code() {
        ErrorCode::AccessDenied => DECLINED,
        ErrorCode::NotInBrowser | ErrorCode::Framed => "The sign-in does not work in this window.",
        _ => match error.kind() {
            ErrorKind::Network => "The server did not respond. Please try again.",
            ErrorKind::SignInRequired => "Please sign in again.",
            ErrorKind::Storage => {
                "This browser could not store the sign-in. Allow storage for this site, and try again."
            }
            ErrorKind::UnknownTransaction => {
                "This sign-in took too long, or began on another page. Please try again."
            }
            ErrorKind::Unsupported => "This browser does not support the sign-in.",
            ErrorKind::Configuration => "The sign-in of this app is not set up correctly.",
            _ => "The sign-in failed. Please try again.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_sentence_that_says_nothing_of_the_protocol() {
        for code in ErrorCode::ALL {
            let text = sentence(&Error::new(*code));
            assert!(text.ends_with('.'), "{text}");
            for word in ["token", "scope", "URI", "CORS", "callback", "state"] {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
    }

    #[test]
    fn a_refusal_of_the_user_is_no_failure() {
        let text = sentence(&Error::new(ErrorCode::AccessDenied));
        assert_eq!(text, "You declined the sign-in, and nothing was shared.");
        assert_eq!(
            sentence(&Error::new(ErrorCode::Timeout)),
            "The server did not respond. Please try again."
        );
    }
}
