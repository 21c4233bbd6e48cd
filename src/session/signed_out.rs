//! The signed-out state as it is stored for other pages: why no user is signed in.
//!
//! Other tabs read it when they find the session gone, because an empty store alone looks like a
//! sign-out. The next page of a tab reads it after a sign-in that failed.

use crate::codec::record;
use crate::error::{Error, ErrorCode, OAuthError};
use crate::secret::SecretText;
use crate::session::SignedOutReason;

const KIND: &str = "ended 1";

/// Why no user is signed in, with the error behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedOut {
    /// The reason that the state gives.
    pub reason: SignedOutReason,
    /// The error, if there was one. Its status and its source are not stored.
    pub error: Option<Error>,
}

impl SignedOut {
    /// Returns the record to store. It contains no secret, because an error never does.
    #[must_use]
    pub fn to_record(&self) -> SecretText {
        let oauth = self.error.as_ref().and_then(Error::oauth);
        record::write(&[
            KIND,
            self.reason.as_str(),
            self.error.as_ref().map_or("", |error| error.code().as_str()),
            oauth.map_or("", |oauth| &oauth.error),
            oauth.and_then(|oauth| oauth.description.as_deref()).unwrap_or_default(),
            oauth.and_then(|oauth| oauth.uri.as_deref()).unwrap_or_default(),
        ])
    }

    /// Reads a record. `None` if any field is invalid.
    #[must_use]
    pub fn from_record(text: &str) -> Option<Self> {
        let [kind, reason, code, error, description, uri] = record::read(text)[..] else {
            return None;
        };
        if kind != KIND {
            return None;
        }
        let present = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let oauth = present(error).map(|error| OAuthError {
            error,
            description: present(description),
            uri: present(uri),
        });
        let error = match (code, oauth) {
            ("", _) => None,
            (code, None) => Some(Error::new(ErrorCode::parse(code)?)),
            (code, Some(oauth)) => Some(Error::new(ErrorCode::parse(code)?).with_oauth(oauth)),
        };
        let reason = SignedOutReason::parse(reason)?;
        Some(Self { reason, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_round_trip() {
        let full = OAuthError {
            error: "invalid_grant".into(),
            description: Some("the account was closed".into()),
            uri: Some("https://as.example/help".into()),
        };
        let plain = OAuthError { error: "x".into(), ..OAuthError::default() };
        for error in [
            None,
            Some(Error::new(ErrorCode::TokenError)),
            Some(Error::new(ErrorCode::InvalidGrant).with_oauth(full)),
            Some(Error::new(ErrorCode::AccessDenied).with_oauth(plain)),
        ] {
            for reason in
                [SignedOutReason::Expired, SignedOutReason::Revoked, SignedOutReason::Never]
            {
                let signed_out = SignedOut { reason, error: error.clone() };
                assert_eq!(
                    SignedOut::from_record(signed_out.to_record().expose()),
                    Some(signed_out)
                );
            }
        }
    }

    #[test]
    fn r26_a_record_with_an_invalid_field_is_not_read() {
        for odd in [
            "",
            "ended 1",
            "ended 2\nrevoked\n\n\n\n",
            "ended 1\nodd\n\n\n\n",
            "ended 1\nrevoked\nno-such-code\n\n\n",
            "ended 1\nrevoked\n\n\n\n\n",
        ] {
            assert_eq!(SignedOut::from_record(odd), None, "{odd:?}");
        }
    }
}
