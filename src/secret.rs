//! Newtypes whose content is never printed, and is overwritten when they are dropped.
//!
//! Overwriting is best effort: a JavaScript string cannot be overwritten, and any script of the
//! page can read the module's memory.

use std::fmt;
use zeroize::Zeroizing;

/// Text that `Debug` does not show: the base of every secret here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the content. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(SecretText);

        impl $name {
            /// Takes a value that RFC 6749 appendix A allows: visible ASCII and spaces, and not
            /// empty.
            #[must_use]
            pub fn parse(text: String) -> Option<Self> {
                visible(text).map(Self)
            }

            /// Returns the content. Do not log it.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose()
            }
        }
    )*};
}

fn visible(text: String) -> Option<SecretText> {
    let secret = SecretText::new(text);
    let is_valid =
        !secret.expose().is_empty() && secret.expose().bytes().all(|b| matches!(b, 0x20..=0x7e));
    is_valid.then_some(secret)
}

secrets! {
    /// An access token: opaque to this crate, sent as `Authorization: Bearer`.
    AccessToken
    /// An authorization code: single use, bound to a code verifier.
    AuthorizationCode
    /// A refresh token: single use if the server rotates them.
    RefreshToken
}

/// Compares without stopping at the first difference (defence in depth; no claim about timing).
#[must_use]
pub(crate) fn equal_in_constant_time(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |seen, (x, y)| seen | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r127_secrets_do_not_print() {
        let token = AccessToken::parse("canary".into());
        assert!(!format!("{token:?} {token:#?}").contains("canary"));
    }

    #[test]
    fn r63_control_characters_and_nothing_are_refused() {
        for text in ["", "a\r\nX: y", "a\0", "\u{e9}", "\u{7f}"] {
            assert!(AccessToken::parse(text.into()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn r130_comparison_is_exact() {
        assert!(equal_in_constant_time("abc", "abc"));
        for other in ["ab", "abcd", "abC", ""] {
            assert!(!equal_in_constant_time("abc", other));
        }
    }
}
