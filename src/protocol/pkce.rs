//! Proof Key for Code Exchange, RFC 7636: always on, and S256 only.

use sha2::{Digest as _, Sha256};

use crate::codec::base64url;
use crate::secret::SecretText;

/// A code verifier, RFC 7636 [section 4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeVerifier(SecretText);

impl CodeVerifier {
    /// Makes a verifier of 256 random bits. It has 43 characters.
    ///
    /// # Example: the vector of RFC 7636 appendix B
    /// ```
    /// use basic_oauth::protocol::pkce::CodeVerifier;
    ///
    /// let octets = [
    ///     116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37,
    ///     77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
    /// ];
    /// let verifier = CodeVerifier::from_random(&octets);
    /// assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    /// assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /// ```
    #[must_use]
    pub fn from_random(octets: &[u8; 32]) -> Self {
        Self(SecretText::new(base64url::encode(octets)))
    }

    /// Reads a stored verifier: 43 to 128 unreserved characters.
    #[must_use]
    pub fn parse(text: String) -> Option<Self> {
        let is_valid = (43..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        is_valid.then(|| Self(SecretText::new(text)))
    }

    /// Returns the S256 code challenge, RFC 7636 [section
    /// 4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        base64url::encode(&Sha256::digest(self.expose().as_bytes()))
    }

    /// Returns the content. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        let challenge = verifier.expect("a valid verifier").challenge();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn r3_a_verifier_has_43_unreserved_characters() {
        for octet in 0..=255 {
            let verifier = CodeVerifier::from_random(&[octet; 32]);
            assert_eq!(verifier.expose().len(), 43);
            assert!(CodeVerifier::parse(verifier.expose().into()).is_some());
        }
    }

    #[test]
    fn r26_a_tampered_verifier_is_none() {
        for text in ["", "short", &"a".repeat(42), &"a".repeat(129), &"\u{e9}".repeat(30)] {
            assert!(CodeVerifier::parse(text.into()).is_none());
        }
    }
}
