//! The signing keys, generated as they are needed, and the tokens that they sign.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An algorithm that the server signs ID tokens with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SigningAlgorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256.
    #[default]
    Rs256,
    /// RSA with PSS and SHA-256.
    Ps256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Returns the value of `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn for_verifying(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Ps256 => Algorithm::PS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// The claims of an access token, under Basic's names.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct AccessClaims {
    #[serde(rename = "userId")]
    pub(crate) user_id: String,
    #[serde(rename = "clientId")]
    pub(crate) client_id: String,
    pub(crate) scope: String,
    /// The session. All tokens of one sign-in share it.
    pub(crate) sid: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    pub(crate) sub: String,
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) typ: String,
    pub(crate) jti: String,
}

/// The keys of a server. Those from before a rotation are no longer published, but the server still
/// accepts what they signed.
pub(crate) struct Keys {
    generations: RwLock<Vec<Arc<Generation>>>,
    foreign: Generation,
}

impl Keys {
    /// Generates the first key. The others follow when they are needed, because an RSA key takes
    /// some hundred milliseconds.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let first = Generation::new(1);
        first.key(SigningAlgorithm::Rs256)?;
        let generations = RwLock::new(vec![Arc::new(first)]);
        Ok(Self { generations, foreign: Generation::new(1) })
    }

    /// Replaces all keys by new ones with other ids.
    pub(crate) fn rotate(&self) {
        let mut generations = self.generations.write();
        let next = Generation::new(generations.len() + 1);
        generations.push(Arc::new(next));
    }

    /// Returns the current key of an algorithm.
    pub(crate) fn current(&self, algorithm: SigningAlgorithm) -> anyhow::Result<Arc<SigningKey>> {
        let generation = self.generations.read().last().cloned();
        generation.context("there are no keys")?.key(algorithm)
    }

    /// Returns a key with the id of the server's first one, that the server never publishes.
    pub(crate) fn foreign(&self, algorithm: SigningAlgorithm) -> anyhow::Result<Arc<SigningKey>> {
        self.foreign.key(algorithm)
    }

    /// Returns the key with this id, current or not.
    pub(crate) fn by_id(&self, id: &str) -> Option<Arc<SigningKey>> {
        let generations = self.generations.read();
        generations.iter().find_map(|generation| generation.by_id(id))
    }

    /// Returns the claims of a token that a key of this server signed, now or earlier. The caller
    /// must check `exp`, because tests move the clock.
    pub(crate) fn verify<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        let key = self.by_id(&decode_header(token).ok()?.kid?)?;
        let mut validation = Validation::new(key.algorithm.for_verifying());
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_required_spec_claims::<&str>(&[]);
        Some(decode::<C>(token, &key.verifying, &validation).ok()?.claims)
    }

    /// Returns the claims of an access token. The caller must check `exp`.
    pub(crate) fn verify_access(&self, token: &str) -> Option<AccessClaims> {
        self.verify(token).filter(|claims: &AccessClaims| claims.typ == "access")
    }

    /// Returns the published keys, as a JWK set.
    pub(crate) fn public(&self) -> anyhow::Result<Value> {
        let keys = SigningAlgorithm::ALL.map(|algorithm| self.current(algorithm));
        let keys: anyhow::Result<Vec<Value>> =
            keys.into_iter().map(|key| Ok(key?.public.clone())).collect();
        Ok(json!({ "keys": keys? }))
    }
}

/// One key for each algorithm.
struct Generation {
    number: usize,
    keys: [OnceLock<Arc<SigningKey>>; 4],
}

impl Generation {
    fn new(number: usize) -> Self {
        Self { number, keys: Default::default() }
    }

    fn key(&self, algorithm: SigningAlgorithm) -> anyhow::Result<Arc<SigningKey>> {
        let slot = &self.keys[algorithm as usize];
        if let Some(key) = slot.get() {
            return Ok(key.clone());
        }
        let key = SigningKey::generate(algorithm, self.id(algorithm))?;
        Ok(slot.get_or_init(|| Arc::new(key)).clone())
    }

    fn by_id(&self, id: &str) -> Option<Arc<SigningKey>> {
        let is_it = |algorithm: &&SigningAlgorithm| self.id(**algorithm) == id;
        let algorithm = SigningAlgorithm::ALL.iter().find(is_it)?;
        self.key(*algorithm).ok()
    }

    /// Basic gives its only key the id 1.
    fn id(&self, algorithm: SigningAlgorithm) -> String {
        match algorithm {
            SigningAlgorithm::Rs256 => self.number.to_string(),
            other => format!("{}-{}", self.number, other.name().to_ascii_lowercase()),
        }
    }
}

/// A key pair with its id.
pub(crate) struct SigningKey {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) id: String,
    /// The public key, as a JWK.
    pub(crate) public: Value,
    secret: Secret,
    verifying: DecodingKey,
}

enum Secret {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    fn generate(algorithm: SigningAlgorithm, id: String) -> anyhow::Result<Self> {
        let failed = |_| anyhow!("the {} key could not be generated", algorithm.name());
        let (secret, mut public) = match algorithm {
            SigningAlgorithm::Rs256 => rsa(&RSA_PKCS1_SHA256).map_err(failed)?,
            SigningAlgorithm::Ps256 => rsa(&RSA_PSS_SHA256).map_err(failed)?,
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                let pair = pair.map_err(failed)?;
                // 4, x and y: an uncompressed point.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                let public = json!({ "kty": "EC", "crv": "P-256", "x": base64(x), "y": base64(y) });
                (Secret::Ecdsa(pair), public)
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                let x = base64(pair.public_key().as_ref());
                (Secret::Ed25519(pair), json!({ "kty": "OKP", "crv": "Ed25519", "x": x }))
            }
        };
        public["use"] = "sig".into();
        public["alg"] = algorithm.name().into();
        public["kid"] = id.clone().into();
        let jwk = serde_json::from_value(public.clone()).context("public key")?;
        let verifying = DecodingKey::from_jwk(&jwk).context("public key")?;
        Ok(Self { algorithm, id, public, secret, verifying })
    }

    /// Returns the header of a token that this key signs.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": self.algorithm.name(), "kid": self.id, "typ": "JWT" })
    }

    /// Returns a signed token.
    pub(crate) fn token(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let claims = serde_json::to_string(claims)?;
        compact(&self.header().to_string(), &claims, |message| self.sign(message))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let random = SystemRandom::new();
        let failed = |_| anyhow!("the token could not be signed");
        Ok(match &self.secret {
            Secret::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).map_err(failed)?;
                signature
            }
            Secret::Ecdsa(pair) => pair.sign(&random, message).map_err(failed)?.as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        })
    }
}

/// Returns a token with this header and these claims, both JSON, in the compact form of
/// [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515).
pub(crate) fn compact(
    header: &str,
    claims: &str,
    sign: impl FnOnce(&[u8]) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<String> {
    let message = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
    let signature = sign(message.as_bytes())?;
    Ok(format!("{message}.{}", base64(&signature)))
}

fn rsa(
    encoding: &'static dyn RsaEncoding,
) -> Result<(Secret, Value), aws_lc_rs::error::Unspecified> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let key = pair.public_key();
    let modulus = base64(key.modulus().big_endian_without_leading_zero());
    let exponent = base64(key.exponent().big_endian_without_leading_zero());
    Ok((Secret::Rsa(pair, encoding), json!({ "kty": "RSA", "n": modulus, "e": exponent })))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
