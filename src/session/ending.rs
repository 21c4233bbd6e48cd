//! Why a session ended, for the other tabs: an empty store alone would look like a sign-out.

use crate::codec::record;
use crate::error::{Error, ErrorCode, OAuthError};
use crate::secret::SecretText;
use crate::session::SignedOutReason;

const KIND: &str = "ended 1";

/// How a session ended that the user did not end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Why it ended.
    pub reason: SignedOutReason,
    /// The error behind it. The status and the cause are not kept.
    pub error: Option<Error>,
}

impl Ending {
    /// The record as it is stored. Nothing in it is a secret: an error never holds one.
    #[must_use]
    pub fn to_record(&self) -> SecretText {
        let oauth = self.error.as_ref().and_then(Error::oauth);
        record::write(&[
            KIND,
            self.reason.as_str(),
            self.error.as_ref().map_or("", |error| error.code().as_str()),
            oauth.map_or("", |said| &said.error),
            oauth.and_then(|said| said.description.as_deref()).unwrap_or_default(),
            oauth.and_then(|said| said.uri.as_deref()).unwrap_or_default(),
        ])
    }

    /// Reads a record back; `None` if any field is invalid.
    #[must_use]
    pub fn from_record(text: &str) -> Option<Self> {
        let [kind, reason, code, error, description, uri] = record::read(text)[..] else {
            return None;
        };
        if kind != KIND {
            return None;
        }
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let oauth = given(error).map(|error| OAuthError {
            error,
            description: given(description),
            uri: given(uri),
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
        let said = OAuthError {
            error: "invalid_grant".into(),
            description: Some("the account was closed".into()),
            uri: Some("https://as.example/help".into()),
        };
        let plain = OAuthError { error: "x".into(), ..OAuthError::default() };
        for error in [
            None,
            Some(Error::new(ErrorCode::TokenError)),
            Some(Error::new(ErrorCode::InvalidGrant).with_oauth(said)),
            Some(Error::new(ErrorCode::AccessDenied).with_oauth(plain)),
        ] {
            for reason in
                [SignedOutReason::Expired, SignedOutReason::Revoked, SignedOutReason::Never]
            {
                let ending = Ending { reason, error: error.clone() };
                assert_eq!(Ending::from_record(ending.to_record().expose()), Some(ending));
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
            assert_eq!(Ending::from_record(odd), None, "{odd:?}");
        }
    }
}
