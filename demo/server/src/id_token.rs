//! The ID token of a token response
//! ([OpenID Connect Core section 2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde_json::{Value, json};

use crate::grants::Grant;
use crate::keys::{Keys, SigningAlgorithm, base64};

/// What the ID token says besides the grant.
pub(crate) struct IdToken<'a> {
    pub(crate) grant: &'a Grant,
    pub(crate) sub: String,
    pub(crate) client_id: &'a str,
    pub(crate) access_token: &'a str,
    pub(crate) now: u64,
    pub(crate) is_first: bool,
}

impl IdToken<'_> {
    /// Returns the signed token. Only the first one of a session has the `nonce`.
    pub(crate) fn sign(&self, keys: &Keys, algorithm: SigningAlgorithm) -> anyhow::Result<String> {
        let mut claims = json!({
            "iss": self.grant.issuer.url,
            "sub": self.sub,
            "aud": self.client_id,
            "iat": self.now,
            "exp": self.now + LIFETIME_SECONDS,
            "auth_time": self.grant.signed_in_at.as_secs(),
            "at_hash": at_hash(self.access_token, algorithm),
            "sid": self.grant.sid,
        });
        if let Some(nonce) = self.grant.nonce.as_ref().filter(|_| self.is_first) {
            claims["nonce"] = nonce.as_str().into();
        }
        if let Some(acr) = self.grant.acr {
            claims["acr"] = acr.into();
        }
        keys.current(algorithm)?.token(&claims)
    }
}

/// Returns the left half of the hash that belongs to the algorithm. Ed25519 hashes with SHA-512.
fn at_hash(access_token: &str, algorithm: SigningAlgorithm) -> Value {
    let hash = match algorithm {
        SigningAlgorithm::EdDsa => digest(&SHA512, access_token.as_bytes()),
        _ => digest(&SHA256, access_token.as_bytes()),
    };
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64(left).into()
}

const LIFETIME_SECONDS: u64 = 10 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_openid_connect_core_appendix_a_3() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(token, SigningAlgorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
