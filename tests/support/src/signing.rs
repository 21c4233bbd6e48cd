//! The keys of the scripted OpenID provider: ES256, made anew in each run of the tests.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A key that signs ID tokens, and its name.
#[derive(Clone)]
pub struct SigningKey {
    /// Its `kid`.
    pub id: String,
    pair: Arc<EcdsaKeyPair>,
}

impl SigningKey {
    /// The key of this number, named after it: `key-0` and so on.
    #[must_use]
    pub fn numbered(number: usize) -> Self {
        // A key takes longer to make than a whole test.
        static PAIRS: Mutex<Vec<Arc<EcdsaKeyPair>>> = Mutex::new(Vec::new());
        let mut pairs = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
        while pairs.len() <= number {
            pairs.push(Arc::new(new_pair()));
        }
        Self { id: format!("key-{number}"), pair: pairs[number].clone() }
    }

    /// The same key under another name.
    #[must_use]
    pub fn named(self, id: &str) -> Self {
        Self { id: id.into(), ..self }
    }

    /// The public key, as a key set has it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|octets| URL_SAFE_NO_PAD.encode(octets));
        json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id, "alg": "ES256", "use": "sig"
        })
    }

    /// Signs a token with this header and these claims.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let [header, claims] =
            [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = [header, claims].join(".");
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        [signed, URL_SAFE_NO_PAD.encode(signature)].join(".")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

fn new_pair() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

/// The `at_hash` of an access token, for a token that is signed with SHA-256.
#[must_use]
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16])
}
