//! Signatures, as Web Crypto of each engine verifies them.

use basic_oauth::platform::Platform as _;
use basic_oauth::protocol::openid::jwks::VerificationKey;
use basic_oauth::protocol::openid::jwt::Algorithm;
use basic_oauth::{Browser, ErrorCode, ErrorKind};
use basic_oauth_testing::signature_suite as suite;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::Stub;

#[wasm_bindgen_test]
async fn r82_r89_the_tokens_of_wycheproof() {
    assert_eq!(suite::tokens(&Browser).await, suite::TOKEN_COUNTS);
}

#[wasm_bindgen_test]
async fn r82_the_signatures_of_wycheproof() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256] {
        let counts = suite::signatures(&Browser, algorithm).await;
        assert_eq!(counts, suite::expected_signatures(algorithm), "{algorithm:?}");
    }
}

/// An engine may lack Ed25519. Then it says so, each time.
#[wasm_bindgen_test]
async fn r82_the_ed25519_signatures_of_wycheproof() {
    let supported = suite::examples(&Browser).await;
    let counts = suite::signatures(&Browser, Algorithm::EdDsa).await;
    let expected = suite::expected_signatures(Algorithm::EdDsa);
    if supported.contains(&Algorithm::EdDsa) {
        assert_eq!(counts, expected);
    } else {
        // What is out of range is refused before the engine is asked.
        assert_eq!(counts.unsupported + counts.refused, expected.accepted + expected.refused);
        assert!(counts.unsupported > 0 && counts.accepted == 0);
    }
}

#[wasm_bindgen_test]
async fn r82_the_examples_of_the_rfcs() {
    let supported = suite::examples(&Browser).await;
    assert!(supported.starts_with(&[Algorithm::Rs256, Algorithm::Es256]));
}

fn key() -> VerificationKey {
    VerificationKey::P256 {
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into(),
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into(),
    }
}

#[wasm_bindgen_test]
async fn a_key_that_cannot_be_one_verifies_nothing() {
    let VerificationKey::P256 { x, .. } = key() else { unreachable!() };
    let off_the_curve = VerificationKey::P256 { y: x.clone(), x };
    for (key, algorithm) in [(off_the_curve, Algorithm::Es256), (key(), Algorithm::Rs256)] {
        let verified = Browser.verify_signature(&key, algorithm, "a".into(), vec![0; 64]).await;
        assert_eq!(verified, Ok(false));
    }
}

#[wasm_bindgen_test]
async fn an_algorithm_that_the_engine_lacks_is_an_error_and_no_refusal() {
    let lacks = "async () => { throw new DOMException('', 'NotSupportedError') }";
    let _stub = Stub::new("crypto.subtle", "importKey", &format!("{{ value: {lacks} }}"));
    let verified =
        Browser.verify_signature(&key(), Algorithm::Es256, "a".into(), vec![1; 64]).await;
    let error = verified.expect_err("an error");
    assert_eq!(error.code(), ErrorCode::UnsupportedAlgorithm);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// An inherited `alg` would be that of the key, which then is no key.
#[wasm_bindgen_test]
async fn r135_a_polluted_prototype_does_not_change_the_key() {
    let members =
        ["{ value: 'none' }", "{ value: 'enc' }", "{ value: ['encrypt'] }", "{ value: false }"];
    let _stubs: Vec<Stub> = ["alg", "use", "key_ops", "ext"]
        .into_iter()
        .zip(members)
        .map(|(name, member)| Stub::new("Object.prototype", name, member))
        .collect();
    let supported = suite::examples(&Browser).await;
    assert!(supported.starts_with(&[Algorithm::Rs256, Algorithm::Es256]));
}
