//! The faults of the published keys, for [`Endpoint::Jwks`](crate::Endpoint::Jwks).

use serde_json::{Value, json};

use crate::faults::Fault;
use crate::keys::SigningAlgorithm;
use crate::weak_key;

impl Fault {
    /// Publishes decoys ahead of every key. They have its `kid`, and another `kty`, `use` or `alg`.
    pub fn decoy_keys() -> Self {
        Self::edit_keys(|keys| {
            let with_decoys = keys.drain(..).flat_map(|key| {
                let mut all = decoys(&key);
                all.push(key);
                all
            });
            *keys = with_decoys.collect();
        })
    }

    /// Publishes keys of unknown types and curves, and gives the known ones unknown members.
    pub fn unknown_keys() -> Self {
        Self::edit_keys(|keys| {
            for key in keys.iter_mut() {
                key["x-unknown"] = json!({ "a": [1] });
            }
            let unknown = [
                json!({}),
                json!({ "kty": "AKP", "kid": "1", "alg": "ML-DSA-44", "use": "sig", "pub": "AA" }),
                json!({ "kty": "EC", "kid": "1", "crv": "secp256k1", "x": "AA", "y": "AA" }),
                json!({ "kty": "LATER", "kid": "1", "use": "sig" }),
                json!({ "kty": "OKP", "kid": "1", "crv": "X25519", "x": "AA" }),
            ];
            keys.splice(0..0, unknown);
        })
    }

    /// Publishes an RSA key of 1024 bits besides the others.
    pub fn weak_key() -> Self {
        Self::edit_keys(|keys| keys.push(weak_key::public()))
    }

    /// Publishes the key of one algorithm only.
    pub fn single_key(algorithm: SigningAlgorithm) -> Self {
        Self::edit_keys(move |keys| keys.retain(|key| key["alg"] == algorithm.name()))
    }

    /// Publishes all keys without `kid`, and one more of each type ahead of them.
    pub fn keys_without_ids() -> Self {
        Self::edit_keys(|keys| {
            let algorithms = SigningAlgorithm::ALL.iter();
            let others = algorithms.map(|algorithm| {
                let mut key = example(*algorithm);
                key["alg"] = algorithm.name().into();
                key["use"] = "sig".into();
                key
            });
            keys.splice(0..0, others);
            for key in keys {
                key.as_object_mut().and_then(|members| members.remove("kid"));
            }
        })
    }

    fn edit_keys(edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Self {
        Self::edit(move |set| {
            if let Some(keys) = set["keys"].as_array_mut() {
                edit(keys);
            }
        })
    }
}

/// Returns keys that share the id of `key` and are not for the signatures of its algorithm.
fn decoys(key: &Value) -> Vec<Value> {
    let mut decoys = vec![json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "use": "sig" })];
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let example = example(algorithm);
        let with = |name: &str, value: &str| {
            let mut decoy = example.clone();
            decoy[name] = value.into();
            decoy
        };
        decoys.push(with("use", "enc"));
        let is_same_type = example["kty"] == key["kty"];
        decoys.push(if is_same_type { with("alg", "RSA-OAEP-256") } else { with("use", "sig") });
    }
    for decoy in &mut decoys {
        decoy["kid"] = key["kid"].clone();
    }
    decoys
}

/// Returns the public key of an example: RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.2.
fn example(algorithm: SigningAlgorithm) -> Value {
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => json!({
            "kty": "RSA",
            "n": RSA_MODULUS,
            "e": "AQAB",
        }),
        SigningAlgorithm::Es256 => json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }),
        SigningAlgorithm::EdDsa => json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }),
    }
}

const RSA_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx\
    HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGz\
    jb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3\
    qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\
    oQ";
