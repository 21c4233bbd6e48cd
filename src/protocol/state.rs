//! The `state` parameter: it names one sign-in, and protects against forged callbacks.
//!
//! RFC 6749 [section 10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12).

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::codec::base64url;
use crate::secret::equal_in_constant_time;

/// A state: 256 random bits as 43 characters. It carries no data of the app.
#[derive(Clone)]
pub struct State(String);

impl State {
    /// Makes a state of 256 random bits.
    #[must_use]
    pub fn from_random(octets: &[u8; 32]) -> Self {
        Self(base64url::encode(octets))
    }

    /// Reads a returned state, if it has the form of this crate's. Any other text is an unknown
    /// state, and never becomes a storage key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_valid = text.len() == 43
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        is_valid.then(|| Self(text.into()))
    }

    /// Returns the content.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the identifier of the session that this sign-in begins. It is a hash: the state
    /// itself is not kept, but a response that was used before can be told from one of another
    /// origin.
    #[must_use]
    pub fn session_id(&self) -> String {
        base64url::encode(&Sha256::digest(self.0.as_bytes())[..12])
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl Eq for State {}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r22_an_odd_state_is_no_state() {
        let huge = "a".repeat(1 << 20);
        let escapes = format!("../{}", "a".repeat(40));
        for text in ["", "constructor", "__proto__", "toString", &huge, &escapes, "\u{0}"] {
            assert!(State::parse(text).is_none());
        }
    }

    #[test]
    fn a_session_has_an_identifier_of_its_own_that_does_not_show_the_state() {
        let [one, two] = [State::from_random(&[1; 32]), State::from_random(&[2; 32])];
        assert_eq!(one.session_id(), State::from_random(&[1; 32]).session_id());
        assert_ne!(one.session_id(), two.session_id());
        assert_eq!(one.session_id().len(), 16);
        assert!(!one.as_str().contains(&one.session_id()));
    }

    #[test]
    fn r28_a_state_is_compared_exactly() {
        let state = State::from_random(&[7; 32]);
        assert_eq!(State::parse(state.as_str()), Some(state.clone()));
        let swapped = state.as_str().to_ascii_lowercase();
        assert_ne!(State::parse(&swapped), Some(state.clone()));
        assert!(State::parse(&format!("{}1", state.as_str())).is_none());
        assert!(State::parse(&state.as_str()[..42]).is_none());
    }
}
