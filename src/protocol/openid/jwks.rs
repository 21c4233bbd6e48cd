//! The server's key set: RFC 7517.
//!
//! Of each key only the public numbers are used. A key that is unknown, weak, or for another use is
//! ignored, because a server may publish it for other clients.

use std::time::Duration;

use crate::codec::{Json, JsonCodec, base64url};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Request, Response};
use crate::protocol::openid::jwt::{Algorithm, Jwt};

/// More keys than these are not read.
const MAX_KEYS: usize = 100;
/// More keys than these are not tried for one token.
const MAX_CANDIDATES: usize = 4;
/// A shorter RSA key is too weak (RFC 7518 [section 3.3]); a longer one costs time and no server has
/// one.
///
/// [section 3.3]: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The octets of a coordinate of P-256, and of an Ed25519 key.
const COORDINATE: usize = 32;

/// A public key. The texts are base64url, as in the key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerificationKey {
    /// An RSA key.
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// A point on the curve P-256.
    P256 {
        /// Its first coordinate.
        x: String,
        /// Its second coordinate.
        y: String,
    },
    /// An Ed25519 key.
    Ed25519 {
        /// The key.
        x: String,
    },
}

impl VerificationKey {
    fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
            Self::P256 { .. } => algorithm == Algorithm::Es256,
            Self::Ed25519 { .. } => algorithm == Algorithm::EdDsa,
        }
    }

    /// Returns whether a signature with this key may look so: it has its one length, and its number is
    /// in range. Engines differ in this: one takes a short ECDSA signature, another an RSA or Ed25519
    /// signature to which the modulus or the order was added. A platform asks before it verifies.
    #[must_use]
    pub fn may_sign(&self, signature: &[u8]) -> bool {
        /// The order of the group of Ed25519, its highest octet first.
        const ORDER: [u8; 32] = [
            0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7,
            0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
        ];
        match self {
            Self::Rsa { n, .. } => base64url::decode(n)
                .is_some_and(|n| signature.len() == n.len() && signature < n.as_slice()),
            Self::P256 { .. } => signature.len() == 2 * COORDINATE,
            Self::Ed25519 { .. } => {
                let number = signature.get(COORDINATE..).unwrap_or_default();
                number.len() == COORDINATE && number.iter().rev().lt(&ORDER)
            }
        }
    }

    fn parse(jwk: &Json) -> Option<Self> {
        let text = |name| jwk.text(name).map(str::to_owned);
        match (jwk.text("kty")?, jwk.text("crv")) {
            ("RSA", _) => {
                let (n, e) = (text("n")?, text("e")?);
                is_sound_rsa(&n, &e).then_some(Self::Rsa { n, e })
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (text("x")?, text("y")?);
                (is_coordinate(&x) && is_coordinate(&y)).then_some(Self::P256 { x, y })
            }
            ("OKP", Some("Ed25519")) => {
                let x = text("x")?;
                is_coordinate(&x).then_some(Self::Ed25519 { x })
            }
            _ => None,
        }
    }
}

/// Returns whether the exponent is odd, more than one and of at most 32 bits, and the modulus has a
/// length that is allowed.
fn is_sound_rsa(n: &str, e: &str) -> bool {
    let (Some(n), Some(e)) = (base64url::decode(n), base64url::decode(e)) else { return false };
    let is_sound = match e.as_slice() {
        [only] => *only > 1 && only % 2 == 1,
        [0, ..] => false,
        [_, .., last] => e.len() <= 4 && last % 2 == 1,
        [] => false,
    };
    let first = n.first().copied().unwrap_or_default();
    is_sound && first > 0 && RSA_BITS.contains(&(8 * n.len() - first.leading_zeros() as usize))
}

fn is_coordinate(text: &str) -> bool {
    base64url::decode(text).is_some_and(|octets| octets.len() == COORDINATE)
}

/// The keys of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: Option<String>,
    /// The algorithm that the key is for; `None` if it does not say.
    algorithm: Option<Algorithm>,
    key: VerificationKey,
}

impl Entry {
    /// Reads a key. Returns `None` if it is not one to verify a signature with.
    fn parse(jwk: &Json) -> Option<Self> {
        let is_meant =
            |name: &str, is_meant: fn(&Json) -> bool| jwk.member(name).is_none_or(is_meant);
        let verifies = is_meant("use", |it| is_text(it, "sig"))
            && is_meant("key_ops", |it| match it {
                Json::Array(items) => items.iter().any(|it| is_text(it, "verify")),
                _ => false,
            });
        if !verifies {
            return None;
        }
        let key = VerificationKey::parse(jwk)?;
        let algorithm = match jwk.member("alg") {
            None => None,
            Some(_) => Some(jwk.text("alg").and_then(Algorithm::parse)?),
        };
        Some(Self { id: jwk.text("kid").map(str::to_owned), algorithm, key })
    }

    fn fits(&self, jwt: &Jwt) -> bool {
        self.key.fits(jwt.algorithm)
            && self.algorithm.is_none_or(|own| own == jwt.algorithm)
            && (jwt.key_id.is_none() || self.id == jwt.key_id)
    }
}

fn is_text(json: &Json, expected: &str) -> bool {
    matches!(json, Json::String(text) if text == expected)
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidMetadata`] with the detail `jwks_uri` if it has no list of keys.
    pub fn parse(json: &Json) -> Result<Self> {
        match json.member("keys") {
            Some(Json::Array(keys)) => {
                Ok(Self(keys.iter().take(MAX_KEYS).filter_map(Entry::parse).collect()))
            }
            _ => Err(Error::new(ErrorCode::InvalidMetadata).with_detail("jwks_uri")),
        }
    }

    /// Returns the keys that may have signed this token: those that it names, or if it names none,
    /// all that fit its algorithm. Several keys may have one name. There are at most four.
    #[must_use]
    pub fn candidates(&self, jwt: &Jwt) -> Vec<VerificationKey> {
        let fitting = self.0.iter().filter(|entry| entry.fits(jwt));
        fitting.take(MAX_CANDIDATES).map(|entry| entry.key.clone()).collect()
    }
}

/// Builds the request for a key set.
#[must_use]
pub fn request(endpoint: Endpoint, timeout: Duration) -> Request {
    Request { endpoint, body: None, bearer: None, timeout }
}

/// Processes the response.
///
/// # Errors
/// As [`KeySet::parse`], and the kinds `InvalidResponse` and `Network`.
pub fn process_response(codec: &impl JsonCodec, response: &Response) -> Result<KeySet> {
    const MEDIA_TYPES: [&str; 2] = ["application/json", "application/jwk-set+json"];
    KeySet::parse(&response.document(codec, &MEDIA_TYPES)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretText;
    use crate::testing::Native;
    use serde_json::{Value, json};

    fn token(header: Value) -> Jwt {
        let text = [&base64url::encode(header.to_string().as_bytes()), ".e30."].concat();
        Jwt::parse(&Native, &text).expect("a token")
    }

    fn rsa() -> Value {
        json!({ "kty": "RSA", "n": modulus(2048), "e": "AQAB" })
    }

    /// A number of this many bits.
    fn modulus(bits: usize) -> String {
        let mut octets = vec![0xff; bits.div_ceil(8)];
        octets[0] >>= 8 * octets.len() - bits;
        base64url::encode(&octets)
    }

    fn coordinate(first: u8) -> String {
        base64url::encode(&[first; 32])
    }

    fn p256() -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(2) })
    }

    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": coordinate(3) })
    }

    /// The key with this member instead.
    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    fn found(keys: &[Value], header: Value) -> Vec<VerificationKey> {
        let text = json!({ "keys": keys }).to_string();
        let json = Native.parse_json(&text).expect("JSON");
        KeySet::parse(&json).expect("a key set").candidates(&token(header))
    }

    #[test]
    fn r82_a_key_fits_its_algorithms_alone() {
        let keys = [rsa(), p256(), ed25519()];
        let of = |alg: &str| found(&keys, json!({ "alg": alg }));
        for alg in ["RS256", "PS256"] {
            assert_eq!(of(alg), [VerificationKey::Rsa { n: modulus(2048), e: "AQAB".into() }]);
        }
        assert_eq!(of("ES256"), [VerificationKey::P256 { x: coordinate(1), y: coordinate(2) }]);
        assert_eq!(of("EdDSA"), [VerificationKey::Ed25519 { x: coordinate(3) }]);
    }

    #[test]
    fn r82_a_key_is_found_by_its_name() {
        let named = |name: &str, e: &str| with(with(rsa(), "kid", json!(name)), "e", json!(e));
        let keys = [named("a", "AQAB"), named("b", "Aw"), rsa(), with(p256(), "kid", json!("b"))];
        let of = |kid: &str| found(&keys, json!({ "alg": "RS256", "kid": kid }));
        assert_eq!(of("b"), [VerificationKey::Rsa { n: modulus(2048), e: "Aw".into() }]);
        assert_eq!(of("c"), []);
        assert_eq!(of(""), [], "a key without a name is not the key of an empty name");
        assert_eq!(found(&keys, json!({ "alg": "RS256" })).len(), 3);
    }

    #[test]
    fn r82_decoys_of_one_name_are_tried_up_to_a_limit() {
        let named = |key| with(key, "kid", json!("a"));
        let decoys = [named(p256()), named(rsa()), named(ed25519()), named(rsa())];
        assert_eq!(found(&decoys, json!({ "alg": "RS256", "kid": "a" })).len(), 2);
        let many = vec![named(rsa()); 50];
        for header in [json!({ "alg": "RS256", "kid": "a" }), json!({ "alg": "RS256" })] {
            assert_eq!(found(&many, header).len(), MAX_CANDIDATES);
        }
        let mut late = vec![p256(); MAX_KEYS];
        late.push(rsa());
        assert_eq!(found(&late, json!({ "alg": "RS256" })), []);
    }

    #[test]
    fn r82_a_key_for_another_use_is_ignored() {
        let is_found = |key: Value| !found(&[key], json!({ "alg": "RS256" })).is_empty();
        for (name, value) in [
            ("use", json!("sig")),
            ("key_ops", json!(["verify"])),
            ("key_ops", json!(["sign", "verify"])),
            ("alg", json!("RS256")),
            ("kid", json!(1)),
            ("x5u", json!("https://evil.example")),
        ] {
            assert!(is_found(with(rsa(), name, value.clone())), "{name} {value}");
        }
        for (name, value) in [
            ("use", json!("enc")),
            ("use", json!("SIG")),
            ("use", json!(["sig"])),
            ("key_ops", json!([])),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!("verify")),
            ("alg", json!("PS256")),
            ("alg", json!("ES256")),
            ("alg", json!("RSA-OAEP")),
            ("alg", json!("none")),
            ("alg", Value::Null),
            ("kty", json!("EC")),
            ("kty", json!("oct")),
            ("kty", json!("rsa")),
            ("kty", Value::Null),
        ] {
            assert!(!is_found(with(rsa(), name, value.clone())), "{name} {value}");
        }
        assert!(!is_found(json!("RSA")) && !is_found(Value::Null) && !is_found(json!([])));
    }

    #[test]
    fn r82_a_weak_or_broken_rsa_key_is_ignored() {
        let is_found = |name: &str, value: Value| {
            !found(&[with(rsa(), name, value)], json!({ "alg": "RS256" })).is_empty()
        };
        for bits in [2048, 2049, 3072, 4096, 8192] {
            assert!(is_found("n", json!(modulus(bits))), "{bits}");
        }
        for bits in [8, 1024, 2040, 2047, 8193] {
            assert!(!is_found("n", json!(modulus(bits))), "{bits}");
        }
        for e in ["AQAB", "Aw", "AQE", "_____w"] {
            assert!(is_found("e", json!(e)), "{e}");
        }
        for e in ["", "AQ", "Ag", "AA", "AAE", "AQAA", "AAEAAQ", "AQAAAAE", "AQAB=", "AR"] {
            assert!(!is_found("e", json!(e)), "{e}");
        }
        for n in [json!(""), json!(1), Value::Null, json!([modulus(2048)]), json!("*")] {
            assert!(!is_found("n", n.clone()), "{n}");
        }
        let zero_first = base64url::encode(&[vec![0], vec![0xff; 256]].concat());
        assert!(!is_found("n", json!(zero_first)));
    }

    #[test]
    fn r82_a_point_of_another_size_or_curve_is_ignored() {
        let is_found = |key: Value, alg: &str| !found(&[key], json!({ "alg": alg })).is_empty();
        let short = json!(base64url::encode(&[1; 31]));
        for name in ["x", "y"] {
            for wrong in [short.clone(), json!(""), Value::Null, json!(coordinate(1) + "=")] {
                assert!(!is_found(with(p256(), name, wrong.clone()), "ES256"), "{name} {wrong}");
            }
        }
        for curve in ["P-384", "p-256", "secp256k1", "Ed25519"] {
            assert!(!is_found(with(p256(), "crv", json!(curve)), "ES256"), "{curve}");
        }
        assert!(!is_found(with(ed25519(), "crv", json!("X25519")), "EdDSA"));
        assert!(!is_found(with(ed25519(), "crv", json!("Ed448")), "EdDSA"));
        assert!(!is_found(with(ed25519(), "x", short), "EdDSA"));
    }

    #[test]
    fn r82_a_signature_has_one_length_and_a_number_in_range() {
        let rsa = VerificationKey::Rsa { n: modulus(2048), e: "AQAB".into() };
        assert!(rsa.may_sign(&[0xfe; 256]) && rsa.may_sign(&[0; 256]));
        assert!(!rsa.may_sign(&[0xff; 256]), "not less than the modulus");
        let p256 = VerificationKey::P256 { x: coordinate(1), y: coordinate(2) };
        assert!(p256.may_sign(&[0xff; 64]));
        let ed25519 = VerificationKey::Ed25519 { x: coordinate(3) };
        let number = |highest, lowest| {
            let mut signature = [0; 64];
            signature[32..48].copy_from_slice(&[
                lowest, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,
                0xf9, 0xde, 0x14,
            ]);
            signature[63] = highest;
            signature
        };
        assert!(ed25519.may_sign(&number(0x10, 0xec)) && ed25519.may_sign(&number(0x0f, 0xff)));
        assert!(!ed25519.may_sign(&number(0x10, 0xed)), "the order itself");
        assert!(!ed25519.may_sign(&number(0x20, 0)));
        for key in [rsa, p256, ed25519] {
            for length in [0, 2, 32, 63, 65, 255, 257] {
                assert!(!key.may_sign(&vec![0; length]), "{key:?} {length}");
            }
        }
    }

    #[test]
    fn r61_a_key_set_has_one_of_two_media_types() {
        let processed = |content_type: &str, body: &str| {
            let response = Response {
                status: 200,
                content_type: Some(content_type.into()),
                body: SecretText::new(body.into()),
                ..Response::default()
            };
            process_response(&Native, &response).map_err(|error| error.code())
        };
        for valid in ["application/json", "application/jwk-set+json;charset=utf-8"] {
            assert_eq!(processed(valid, r#"{"keys":[]}"#), Ok(KeySet::default()), "{valid}");
        }
        assert_eq!(processed("text/plain", r#"{"keys":[]}"#), Err(ErrorCode::NotJson));
        assert_eq!(processed("application/json", "[]"), Err(ErrorCode::NotJson));
        for body in ["{}", r#"{"keys":{}}"#, r#"{"keys":null}"#] {
            assert_eq!(processed("application/json", body), Err(ErrorCode::InvalidMetadata));
        }
    }
}
