//! What every platform must say about signatures: the vectors of Wycheproof, and the examples of the RFCs.
//!
//! `tests/vectors/README.md` says where the vectors are from. The same ones run natively and in each
//! browser.

use basic_oauth::ErrorCode;
use basic_oauth::Json;
use basic_oauth::platform::Platform;
use basic_oauth::protocol::openid::jwks::KeySet;
use basic_oauth::protocol::openid::jwt::{Algorithm, Jwt};

const TOKENS: &str = include_str!("../../vectors/tokens.json");
const SIGNATURES: &str = include_str!("../../vectors/signatures.json");
const EXAMPLES: &str = include_str!("../../vectors/examples.json");

/// What became of the vectors of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// Valid, and accepted.
    pub accepted: usize,
    /// Invalid, and refused.
    pub refused: usize,
    /// Valid, and refused because no such algorithm is accepted.
    pub refused_algorithm: usize,
    /// Valid, and refused because it is encrypted and not signed.
    pub refused_encrypted: usize,
    /// Valid if a decoder skips characters that base64url does not have, and refused.
    pub refused_base64: usize,
    /// Called invalid because its key is weak in a way that is not looked for, and accepted.
    pub accepted_weak_key: usize,
}

/// What every platform counts.
pub const TOKEN_COUNTS: TokenCounts = TokenCounts {
    accepted: 19,
    refused: 451,
    refused_algorithm: 34,
    refused_encrypted: 2,
    refused_base64: 2,
    accepted_weak_key: 2,
};

/// An RSA modulus with the weakness called ROCA (CVE-2017-15361). To find it takes a table of primes,
/// and it is the server's key, not the attacker's.
const WEAK_KEY: &str = "jws_rsa_roca_key";

/// What became of the vectors of signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignatureCounts {
    /// Valid, and accepted.
    pub accepted: usize,
    /// Invalid, and refused.
    pub refused: usize,
    /// Those that Wycheproof leaves to the implementation.
    pub either: usize,
    /// Those of an algorithm that this platform does not have.
    pub unsupported: usize,
}

/// What every platform with this algorithm counts.
#[must_use]
pub fn expected_signatures(algorithm: Algorithm) -> SignatureCounts {
    let (accepted, refused, either) = match algorithm {
        Algorithm::Rs256 => (8, 249, 1),
        Algorithm::Ps256 => (62, 45, 0),
        Algorithm::Es256 => (173, 89, 0),
        Algorithm::EdDsa => (22, 62, 0),
    };
    SignatureCounts { accepted, refused, either, unsupported: 0 }
}

/// Runs the vectors of tokens and of key sets.
pub async fn tokens(platform: &impl Platform) -> TokenCounts {
    let mut counts = TokenCounts::default();
    for group in groups(platform, TOKENS) {
        let name = [group.text("set").unwrap(), group.text("group").unwrap()];
        let keys = KeySet::parse(&group).unwrap();
        for test in tests(&group) {
            let [Json::Number(id), Json::String(result), Json::String(token)] = test else {
                panic!("{name:?}: an odd vector")
            };
            let (is_valid, is_encrypted) = (result == "valid", name[1].starts_with("jwe_"));
            let outcome = verified(platform, &keys, token).await;
            let count = match (is_valid, outcome) {
                (true, Outcome::Verified) => &mut counts.accepted,
                (true, Outcome::Refused("alg")) => &mut counts.refused_algorithm,
                (true, Outcome::Refused("format")) if is_encrypted => &mut counts.refused_encrypted,
                (true, Outcome::Refused("format")) if name[1] == "base64" => {
                    &mut counts.refused_base64
                }
                (false, Outcome::Verified) if name[1] == WEAK_KEY => &mut counts.accepted_weak_key,
                (false, Outcome::Refused(_) | Outcome::Wrong) => &mut counts.refused,
                (_, outcome) => panic!("{name:?} {id}: {result}, but {outcome:?}"),
            };
            *count += 1;
        }
    }
    counts
}

/// Runs the vectors of signatures with one algorithm.
pub async fn signatures(platform: &impl Platform, algorithm: Algorithm) -> SignatureCounts {
    let mut counts = SignatureCounts::default();
    for group in groups(platform, SIGNATURES) {
        if group.text("alg").and_then(Algorithm::parse) != Some(algorithm) {
            continue;
        }
        let name = group.text("set").unwrap();
        let keys = KeySet::parse(&group).unwrap();
        for test in tests(&group) {
            let [Json::Number(id), Json::String(result), Json::String(message), Json::String(hex)] =
                test
            else {
                panic!("{name}: an odd vector")
            };
            let jwt = Jwt {
                algorithm,
                key_id: None,
                claims: Json::Null,
                signing_input: message.clone(),
                signature: octets(hex),
            };
            let count = match (result.as_str(), by_any(platform, &keys, jwt).await) {
                (_, None) => &mut counts.unsupported,
                ("acceptable", _) => &mut counts.either,
                ("valid", Some(true)) => &mut counts.accepted,
                ("invalid", Some(false)) => &mut counts.refused,
                (_, outcome) => panic!("{name} {id}: {result}, but {outcome:?}"),
            };
            *count += 1;
        }
    }
    counts
}

/// Runs the examples of the RFCs, and each of them with another payload. Returns the algorithms that this
/// platform has.
pub async fn examples(platform: &impl Platform) -> Vec<Algorithm> {
    let mut supported = Vec::new();
    for group in groups(platform, EXAMPLES) {
        let name = group.text("set").unwrap();
        let keys = KeySet::parse(&group).unwrap();
        let token = group.text("token").unwrap();
        let (jwt, _) = Jwt::parse_signed(platform, token).unwrap();
        let algorithm = jwt.algorithm;
        let other = Jwt { signing_input: [&jwt.signing_input, "A"].concat(), ..jwt.clone() };
        match by_any(platform, &keys, jwt).await {
            None => continue,
            Some(is_valid) => assert!(is_valid, "{name}"),
        }
        assert_eq!(by_any(platform, &keys, other).await, Some(false), "{name}");
        supported.push(algorithm);
    }
    supported
}

#[derive(Debug)]
enum Outcome {
    Verified,
    /// It was read, but none of the keys verifies it.
    Wrong,
    /// It was not read, for this reason.
    Refused(&'static str),
}

async fn verified(platform: &impl Platform, keys: &KeySet, token: &str) -> Outcome {
    let jwt = match Jwt::parse_signed(platform, token) {
        Ok((jwt, _)) => jwt,
        Err(error) => return Outcome::Refused(error.detail().unwrap()),
    };
    match by_any(platform, keys, jwt).await.expect("an algorithm that every platform has") {
        true => Outcome::Verified,
        false => Outcome::Wrong,
    }
}

/// Whether any of the keys verifies the token; `None` if the platform does not have its algorithm.
async fn by_any(platform: &impl Platform, keys: &KeySet, jwt: Jwt) -> Option<bool> {
    for key in keys.candidates(&jwt) {
        let (message, signature) = (jwt.signing_input.clone(), jwt.signature.clone());
        match platform.verify_signature(&key, jwt.algorithm, message, signature).await {
            Ok(false) => {}
            Ok(true) => return Some(true),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::UnsupportedAlgorithm);
                return None;
            }
        }
    }
    Some(false)
}

fn groups(platform: &impl Platform, text: &str) -> Vec<Json> {
    match &platform.parse_json(text) {
        Some(Json::Array(groups)) => groups.clone(),
        _ => panic!("the vectors are no list"),
    }
}

fn tests(group: &Json) -> impl Iterator<Item = &[Json]> {
    let Some(Json::Array(tests)) = group.member("tests") else { panic!("a group without tests") };
    tests.iter().map(|test| match test {
        Json::Array(fields) => fields.as_slice(),
        _ => panic!("an odd vector"),
    })
}

fn octets(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|it| u8::from_str_radix(str::from_utf8(it).unwrap(), 16).unwrap()).collect()
}
