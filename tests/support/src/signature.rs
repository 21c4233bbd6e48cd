//! Signatures outside a browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use basic_oauth::protocol::openid::jwks::VerificationKey;
use basic_oauth::protocol::openid::jwt::Algorithm;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Whether this is a signature of the message with this key, as Web Crypto finds it.
#[must_use]
pub fn is_signature(
    key: &VerificationKey,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let octets = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let verified = match (key, algorithm) {
        (VerificationKey::Rsa { n, e }, Algorithm::Rs256 | Algorithm::Ps256) => {
            let parameters = match algorithm {
                Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                _ => &RSA_PKCS1_2048_8192_SHA256,
            };
            let key = RsaPublicKeyComponents { n: octets(n), e: octets(e) };
            key.verify(parameters, message, signature)
        }
        (VerificationKey::P256 { x, y }, Algorithm::Es256) => {
            let point = [vec![4], octets(x), octets(y)].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
        }
        (VerificationKey::Ed25519 { x }, Algorithm::EdDsa) => {
            UnparsedPublicKey::new(&ED25519, octets(x)).verify(message, signature)
        }
        _ => return false,
    };
    verified.is_ok()
}
