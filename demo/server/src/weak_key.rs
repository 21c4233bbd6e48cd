//! An RSA key of 1024 bits, which clients must refuse. The cryptographic library refuses it too, so
//! the signature is computed here. The key is public: it protects nothing.

use num_bigint::BigUint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::keys::base64;

/// The `kid` of the weak key.
pub(crate) const ID: &str = "weak";

/// Returns the weak key as a JWK.
pub(crate) fn public() -> Value {
    let modulus = base64(&number(MODULUS).to_bytes_be());
    json!({ "kty": "RSA", "n": modulus, "e": "AQAB", "kid": ID, "use": "sig", "alg": "RS256" })
}

/// Signs with RS256, [RFC 8017 section 8.2.1](https://www.rfc-editor.org/rfc/rfc8017#section-8.2.1).
pub(crate) fn sign(message: &[u8]) -> Vec<u8> {
    let digest = Sha256::digest(message);
    let padding = LENGTH - 3 - SHA256_PREFIX.len() - digest.len();
    let mut encoded = vec![0, 1];
    encoded.resize(2 + padding, 0xff);
    encoded.push(0);
    encoded.extend(SHA256_PREFIX);
    encoded.extend(digest);
    let signature = BigUint::from_bytes_be(&encoded).modpow(&number(EXPONENT), &number(MODULUS));
    let signature = signature.to_bytes_be();
    let mut padded = vec![0; LENGTH.saturating_sub(signature.len())];
    padded.extend(signature);
    padded
}

fn number(hexadecimal: &[u8]) -> BigUint {
    BigUint::parse_bytes(hexadecimal, 16).unwrap_or_default()
}

/// The bytes of the modulus.
const LENGTH: usize = 128;

/// What stands before the hash: the identifier of SHA-256 in DER.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

const MODULUS: &[u8] = b"ea55e77e34eebf0a131ce6901e5152d28d35fbd95f4fd41e7b659b74bfb5b9df\
    ed3394d8feb1f93f02faabf905ea07df7f3a6ec44b2608ac96d331ecedb2b0c8\
    97fb387c12f7bce4e31a2d4bdb97876d8dc986d9d354ee419e590afed7196db7\
    ee3cf86ff88827dc16653b088fc03124150bb636996d00ffd2308fe73476e265";

const EXPONENT: &[u8] = b"501bb5db8b34e2d20adea2633a3a0ada37b3f0b8cac07b7f4027e810ed48ae96\
    427c93b1eabfe4b909c7afea9d7ef7da0ba06a25689b43f3dc4bae919460b5d5\
    f5a7836e45b79213e87e9bcb8ee51d26cf9da081e3ba683ae98ed180cc0fd685\
    a25793124ea23fe9d3599a269cd053e74f1c132aae99c18eabfcbf7a8cc9c1b1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_valid() {
        let signature = BigUint::from_bytes_be(&sign(b"a message"));
        let opened = signature.modpow(&BigUint::from(65537_u32), &number(MODULUS)).to_bytes_be();
        assert!(opened.ends_with(&Sha256::digest(b"a message")));
        // The leading zero is no digit of the number.
        assert!(opened.starts_with(&[1, 0xff]));
        assert_eq!(opened.len(), LENGTH - 1);
    }
}
