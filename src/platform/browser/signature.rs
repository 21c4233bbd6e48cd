//! Signatures, verified by the Web Crypto API. Its bindings are here because those in web-sys have a
//! class for each algorithm.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::error::name_of;
use super::fetch::{bare, set};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::Task;
use crate::protocol::openid::jwks::VerificationKey;
use crate::protocol::openid::jwt::Algorithm;

#[wasm_bindgen]
extern "C" {
    // Both throw if the page is no secure context, which has no `subtle`.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Object,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    // It copies the bytes before it returns.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn verify(
        algorithm: &Object,
        key: &JsValue,
        signature: &[u8],
        data: &[u8],
    ) -> Result<Promise, JsValue>;
}

/// Verifies a signature. A key that the browser refuses, such as a point that is not on the curve,
/// verifies none.
pub(super) fn check(
    key: &VerificationKey,
    algorithm: Algorithm,
    message: String,
    signature: Vec<u8>,
) -> Task<Result<bool>> {
    let may_sign = key.may_sign(&signature);
    let (key, algorithm) = (jwk(key), parameters(algorithm));
    Box::pin(async move {
        if !may_sign {
            return Ok(false);
        }
        match verified(&key, &algorithm, message.as_bytes(), &signature).await {
            Ok(is_valid) => Ok(is_valid.is_truthy()),
            Err(thrown) if name_of(&thrown).as_deref() == Some("NotSupportedError") => {
                Err(Error::new(ErrorCode::UnsupportedAlgorithm))
            }
            Err(_) => Ok(false),
        }
    })
}

async fn verified(
    key: &Object,
    algorithm: &Object,
    message: &[u8],
    signature: &[u8],
) -> Result<JsValue, JsValue> {
    let usages = Array::of1(&"verify".into());
    let key = JsFuture::from(import_key("jwk", key, algorithm, false, &usages)?).await?;
    JsFuture::from(verify(algorithm, &key, signature, message)?).await
}

/// Makes the key: its numbers, and nothing else that the server said about it.
fn jwk(key: &VerificationKey) -> Object {
    let members: &[(&str, &str)] = match key {
        VerificationKey::Rsa { n, e } => &[("kty", "RSA"), ("n", n), ("e", e)],
        VerificationKey::P256 { x, y } => &[("kty", "EC"), ("crv", "P-256"), ("x", x), ("y", y)],
        VerificationKey::Ed25519 { x } => &[("kty", "OKP"), ("crv", "Ed25519"), ("x", x)],
    };
    let jwk = bare();
    for (name, value) in members {
        set(&jwk, name, (*value).into());
    }
    jwk
}

/// Makes the parameters of both calls. Each algorithm reads only those that it has.
fn parameters(algorithm: Algorithm) -> Object {
    let parameters = bare();
    let name = match algorithm {
        Algorithm::Rs256 => "RSASSA-PKCS1-v1_5",
        Algorithm::Ps256 => "RSA-PSS",
        Algorithm::Es256 => "ECDSA",
        Algorithm::EdDsa => "Ed25519",
    };
    set(&parameters, "name", name.into());
    set(&parameters, "hash", "SHA-256".into());
    set(&parameters, "namedCurve", "P-256".into());
    set(&parameters, "saltLength", 32.into());
    parameters
}
