//! ID tokens: what is in them, what signs them, and their faults.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_server::{Client, Control, Endpoint, Fault, Injection, Signer, SigningAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use support::{REDIRECT_URI, Stage, part, text};

const JWKS: &str = "/auth/.well-known/jwks.json";

#[tokio::test]
async fn each_algorithm_signs_with_a_published_key() {
    let stage = Stage::new().await;
    for algorithm in SigningAlgorithm::ALL {
        let client = Client::new("app", REDIRECT_URI).auto_consent();
        stage.control.register(client.id_tokens_signed_with(algorithm));
        let tokens = stage.sign_in_with(&[("nonce", Some("n-0S6"))]).await;
        let token = text(&tokens, "id_token");
        assert_eq!(part(token, 0)["alg"], algorithm.name());
        assert_eq!(part(token, 0)["typ"], "JWT");
        assert!(is_signed(&stage, token).await, "{algorithm:?}");
        let claims = part(token, 1);
        assert_eq!(claims["iss"], stage.server.origin());
        assert_eq!((&claims["aud"], &claims["nonce"]), (&json!("app"), &json!("n-0S6")));
        let access_token = text(&tokens, "access_token").as_bytes();
        let hash = match algorithm {
            SigningAlgorithm::EdDsa => digest(&SHA512, access_token),
            _ => digest(&SHA256, access_token),
        };
        let half = &hash.as_ref()[..hash.as_ref().len() / 2];
        assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(half));
        for number in ["iat", "exp", "auth_time"] {
            assert!(claims[number].is_u64(), "{number}");
        }
        assert_eq!(claims.get("acr"), None);
        let (_, user) = stage.bearer("/auth/userinfo", &tokens).await;
        assert_eq!(claims["sub"], user["sub"]);
    }
    assert_eq!(stage.json(JWKS).await["keys"][0]["kid"], "1");
}

#[tokio::test]
async fn a_refresh_repeats_all_but_the_nonce() {
    let stage = Stage::new().await;
    let first = stage.sign_in_with(&[("nonce", Some("n-0S6"))]).await;
    stage.control.advance(Duration::from_secs(30));
    let (_, second) = stage.refresh(text(&first, "refresh_token")).await;
    let (first, second) = (part(text(&first, "id_token"), 1), part(text(&second, "id_token"), 1));
    for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(first[claim], second[claim], "{claim}");
    }
    assert_eq!(second.get("nonce"), None);
    assert!(second["iat"].as_u64() >= first["iat"].as_u64().map(|at| at + 30));
    assert_ne!(first["at_hash"], second["at_hash"]);
}

#[tokio::test]
async fn claims_and_headers_are_edited_and_signed_again() {
    let stage = Stage::new().await;
    for (fault, index, member, expected) in [
        (Fault::id_token_claim("aud", json!(["app", "id1"])), 1, "aud", json!(["app", "id1"])),
        (Fault::id_token_without("sub"), 1, "sub", Value::Null),
        (Fault::id_token_header_member("crit", json!(["b64"])), 0, "crit", json!(["b64"])),
        (Fault::id_token_header_member("kid", "unknown"), 0, "kid", json!("unknown")),
        (Fault::id_token_header_without("kid"), 0, "kid", Value::Null),
        (
            Fault::id_token_signed_by(Signer::Algorithm(SigningAlgorithm::Es256)),
            0,
            "alg",
            json!("ES256"),
        ),
    ] {
        let token = altered(&stage, &[fault]).await;
        assert_eq!(part(&token, index)[member], expected, "{member}");
        assert!(is_signed(&stage, &token).await, "{member}");
    }
    let twice = Fault::id_token_claims_text(|claims| claims.replacen('{', r#"{"sub":"x","#, 1));
    let token = altered(&stage, &[twice]).await;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(String::from_utf8(claims).unwrap().matches(r#""sub":"#).count(), 2);
}

#[tokio::test]
async fn wrong_signatures_are_not_valid() {
    let stage = Stage::new().await;
    for fault in [
        Fault::id_token_broken_signature(),
        Fault::id_token_signed_by(Signer::Foreign),
        Fault::id_token_signed_by(Signer::PublicKeyAsSecret),
    ] {
        let token = altered(&stage, &[fault]).await;
        assert_eq!(part(&token, 0)["kid"], "1");
        assert!(!is_signed(&stage, &token).await);
    }
    for none in ["none", "nOnE"] {
        let token = altered(&stage, &Fault::id_token_unsigned(none)).await;
        assert_eq!(part(&token, 0)["alg"], none);
        assert!(token.ends_with('.'));
    }
    let token = altered(&stage, &[Fault::id_token_text(|_| "a.b".into())]).await;
    assert_eq!(token, "a.b");
}

/// The order of faults does not matter: the server signs at the end.
#[tokio::test]
async fn faults_of_one_token_combine() {
    let stage = Stage::new().await;
    let faults = [
        Fault::id_token_broken_signature(),
        Fault::id_token_header_without("kid"),
        Fault::id_token_claim("nonce", "other"),
    ];
    let token = altered(&stage, &faults).await;
    assert_eq!(part(&token, 1)["nonce"], "other");
    assert_eq!(part(&token, 0).get("kid"), None);
    assert!(!is_signed(&stage, &token).await);
}

#[tokio::test]
async fn a_refreshed_token_has_faults_of_its_own() {
    let stage = Stage::new().await;
    let fault = Fault::id_token_claim("sub", "someone-else");
    stage.control.fault("app", Endpoint::TokenRefresh, fault);
    let tokens = stage.sign_in_with(&[]).await;
    assert_ne!(part(text(&tokens, "id_token"), 1)["sub"], "someone-else");
    let (_, tokens) = stage.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(part(text(&tokens, "id_token"), 1)["sub"], "someone-else");
}

#[tokio::test]
async fn a_rotation_publishes_new_keys_only() {
    let stage = Stage::new().await;
    let old = stage.sign_in_with(&[]).await;
    stage.control.rotate_keys();
    assert!(!is_signed(&stage, text(&old, "id_token")).await);
    assert_eq!(stage.bearer("/auth/userinfo", &old).await.0, 200, "the session goes on");
    let published = stage.json(JWKS).await;
    assert_eq!(published["keys"][0]["kid"], "2");
    let rotate = Injection::new(Endpoint::TokenCode, Fault::RotateKeys).once();
    stage.control.inject(rotate);
    let new = stage.sign_in_with(&[]).await;
    assert_eq!(part(text(&new, "id_token"), 0)["kid"], "3");
    assert!(is_signed(&stage, text(&new, "id_token")).await);
}

#[tokio::test]
async fn the_published_keys_have_faults() {
    let stage = Stage::new().await;
    let real = stage.json(JWKS).await;
    let with = async |fault| {
        let id = stage.control.inject(Injection::new(Endpoint::Jwks, fault));
        let keys = stage.json(JWKS).await["keys"].as_array().unwrap().clone();
        stage.control.clear(id);
        keys
    };
    let decoys = with(Fault::decoy_keys()).await;
    assert!(real["keys"].as_array().unwrap().iter().all(|key| decoys.contains(key)));
    let first: Vec<_> = decoys.iter().filter(|key| key["kid"] == "1").collect();
    assert!(first.len() >= 5);
    let usable = first
        .iter()
        .filter(|key| key["kty"] == "RSA" && key["use"] == "sig" && key["alg"] == "RS256");
    assert_eq!(usable.count(), 1, "only the real key is for this signature");
    assert!(with(Fault::unknown_keys()).await.iter().any(|key| key["kty"] == "AKP"));
    assert_eq!(with(Fault::single_key(SigningAlgorithm::Es256)).await.len(), 1);
    let without_ids = with(Fault::keys_without_ids()).await;
    assert_eq!(without_ids.len(), 8);
    assert!(without_ids.iter().all(|key| key.get("kid").is_none()));
}

/// The signature is valid, and the key is too short.
#[tokio::test]
async fn a_weak_key_signs_too() {
    let stage = Stage::new().await;
    let token = altered(&stage, &[Fault::id_token_signed_by(Signer::Weak)]).await;
    stage.control.inject(Injection::new(Endpoint::Jwks, Fault::weak_key()));
    let keys = stage.json(JWKS).await;
    let weak = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == "weak").unwrap();
    assert_eq!(text(weak, "n").len(), 171, "1024 bits");
    assert_eq!(part(&token, 0)["kid"], "weak");
    assert_eq!(token.rsplit_once('.').unwrap().1.len(), 171);
}

/// Signs in with these faults, and returns the ID token.
async fn altered(stage: &Stage, faults: &[Fault]) -> String {
    let control: &Control = &stage.control;
    let inject = |fault: &Fault| control.fault("app", Endpoint::TokenCode, fault.clone());
    let ids: Vec<_> = faults.iter().map(inject).collect();
    let tokens = stage.sign_in_with(&[("nonce", Some("n-0S6"))]).await;
    ids.into_iter().for_each(|id| control.clear(id));
    text(&tokens, "id_token").into()
}

/// Returns whether a published key of the right algorithm signed the token, under any `kid`.
async fn is_signed(stage: &Stage, token: &str) -> bool {
    let keys = stage.json(JWKS).await;
    let header = part(token, 0);
    let Ok(algorithm) = text(&header, "alg").parse::<Algorithm>() else { return false };
    let is_of = |key: &&Value| key["alg"] == header["alg"];
    keys["keys"].as_array().unwrap().iter().filter(is_of).any(|key| {
        let key = DecodingKey::from_jwk(&serde_json::from_value(key.clone()).unwrap()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let is_valid = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm);
        is_valid.unwrap_or(false)
    })
}
