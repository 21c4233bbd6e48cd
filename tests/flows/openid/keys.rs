//! The keys of the server: read beside the exchange, once more after a rotation, and not without end (R82).

use basic_oauth::platform::SessionStore;
use basic_oauth::{ErrorCode, SignedOutReason};
use basic_oauth_testing::flow::*;
use basic_oauth_testing::{Answer, ApiRequest, SigningKey, World};
use serde_json::json;

use super::{assert_id_token_refused, reads, refused_sign_in};

#[test]
fn r82_the_keys_are_read_while_the_server_exchanges_the_code() {
    let world = World::new();
    let tab = world.authorize(&away(&world, &openid_config()));
    let gate = world.hold(TOKEN);
    let late = tab.call(Auth::start_with_config(tab.clone(), openid_config()));
    world.settle();
    assert_eq!((exchanges(&world).len(), reads(&world, KEYS)), (1, 1), "both are under way");
    let paths: Vec<_> = world.requests().iter().map(|sent| sent.is_to(KEYS)).collect();
    assert_eq!(paths, [false, false, true], "the code is sent first");
    gate.open();
    world.settle();
    assert_signed_in(&late.take().expect("ended").expect("started"));
    assert_eq!(reads(&world, KEYS), 1);
}

#[test]
fn r82_a_forged_signature_is_refused() {
    let world = World::new();
    let own = json!([world.server().provider.keys[0].jwk()]);
    world.server().provider.published = Some(own);
    world.server().provider.keys = vec![SigningKey::numbered(1).named("key-0")];
    let (_tab, auth) = refused_sign_in(&world, &openid_config());
    assert_id_token_refused(&world, &auth, "signature");
}

#[test]
fn r82_a_rotation_just_before_signing_costs_one_more_request() {
    let world = World::new();
    let tab = world.authorize(&away(&world, &openid_config()));
    // The keys that are read beside the exchange are those of before.
    let old = json!({ "keys": [SigningKey::numbered(0).jwk()] }).to_string();
    world.answer(KEYS, Answer::json(200, &old));
    world.server().provider.rotate_to(1);
    assert_signed_in(&start(&world, &tab, &openid_config()));
    assert_eq!(reads(&world, KEYS), 2);
}

#[test]
fn r82_a_rotation_during_a_session_costs_one_request() {
    let world = World::new();
    let (_tab, auth) = sign_in(&world, &openid_config());
    assert_eq!(reads(&world, KEYS), 1);
    world.advance(HOUR);
    assert_eq!((refreshes(&world).len(), reads(&world, KEYS)), (1, 1), "the keys are known");
    world.server().provider.rotate_to(1);
    world.advance(HOUR);
    assert_eq!((refreshes(&world).len(), reads(&world, KEYS)), (2, 2));
    world.advance(HOUR);
    assert_eq!((refreshes(&world).len(), reads(&world, KEYS)), (3, 2));
    assert_signed_in(&auth);
    assert_eq!(state_error(&auth), None);
}

#[test]
fn r82_made_up_key_ids_cause_no_flood_of_requests() {
    let world = World::new();
    for number in 1..=10 {
        world.server().provider.header = json!({ "kid": format!("random-{number}") });
        let tab = world.authorize(&away(&world, &openid_config()));
        let auth = start(&world, &tab, &openid_config());
        assert_eq!(state_error(&auth), Some(ErrorCode::InvalidIdToken));
        assert_eq!(reads(&world, KEYS), 2 * number, "beside the exchange, and once more");
        world.advance(HOUR);
        assert_eq!(reads(&world, KEYS), 2 * number);
    }
}

#[test]
fn r82_a_page_reads_the_keys_again_at_most_once_a_minute() {
    for (pause, rereads) in [(30 * SECOND, 0), (90 * SECOND, 1)] {
        let world = World::new();
        world.server().set_lifetime(6 * HOUR);
        let tab = world.authorize(&away(&world, &openid_config()));
        // The first of the two is a rotation just before signing.
        let old = json!({ "keys": [SigningKey::numbered(0).jwk()] }).to_string();
        world.answer(KEYS, Answer::json(200, &old));
        world.server().provider.rotate_to(1);
        let auth = start(&world, &tab, &openid_config());
        assert_signed_in(&auth);
        assert_eq!(reads(&world, KEYS), 2);
        world.advance(pause);
        world.server().provider.header = json!({ "kid": "random" });
        world.answer("/api/items", Answer::json(401, "{}"));
        let request = ApiRequest::get("https://api.basic.tech/api/items");
        let response = world.run(auth.fetch(request)).expect("the answer of the API");
        assert_eq!((response.status, refreshes(&world).len()), (401, 1));
        assert_signed_out(&auth, SignedOutReason::Revoked);
        assert_eq!(reads(&world, KEYS), 2 + rereads, "{pause:?}");
    }
}

#[test]
fn r82_a_refresh_that_has_to_read_the_keys_reads_them_beside_it() {
    let world = World::new();
    let (tab, _auth) = sign_in(&world, &openid_config());
    let tab = tab.reload();
    let auth = start(&world, &tab, &openid_config());
    let gate = world.hold(TOKEN);
    world.sleep(2 * HOUR);
    let call = ask_token(&tab, &auth);
    world.settle();
    assert_eq!((refreshes(&world).len(), reads(&world, KEYS)), (1, 2), "both are under way");
    gate.open();
    world.settle();
    assert!(call.take().expect("ended").is_ok());
    assert_eq!(reads(&world, KEYS), 2);

    // A server that sends no ID token then is asked for its keys once in a page.
    let world = World::new();
    world.server().provider.refreshes_id_tokens = false;
    let (tab, _auth) = sign_in(&world, &openid_config());
    let _auth = start(&world, &tab.reload(), &openid_config());
    world.advance(5 * HOUR);
    assert!(refreshes(&world).len() > 3);
    assert_eq!(reads(&world, KEYS), 2);
}

#[test]
fn r82_keys_that_cannot_be_read_fail_a_sign_in() {
    for (answer, code) in [
        (Answer::network_error(), ErrorCode::NetworkError),
        (Answer::json(503, "{}"), ErrorCode::ServerUnavailable),
        (Answer::json(404, "{}"), ErrorCode::UnexpectedStatus),
        (Answer::of_type(200, "text/html", "<h1>"), ErrorCode::NotJson),
        (Answer::json(200, "{}"), ErrorCode::InvalidMetadata),
        (Answer::json(200, r#"{"keys":[]}"#), ErrorCode::InvalidIdToken),
        (Answer::silence(), ErrorCode::Timeout),
    ] {
        let world = World::new();
        world.answer_always(KEYS, answer.clone());
        let (_tab, auth) = refused_sign_in(&world, &openid_config());
        assert_eq!(state_error(&auth), Some(code), "{answer:?}");
        assert!((1..=2).contains(&reads(&world, KEYS)));
        assert!(!dump(&world).contains("refresh-"));
        assert_eq!(world.server().sessions(), (1, 0), "the tokens are revoked");
    }
}

#[test]
fn r82_a_failure_that_ends_in_time_does_not_fail_a_sign_in() {
    let world = World::new();
    world.answer(KEYS, Answer::network_error());
    sign_in(&world, &openid_config());
    assert_eq!(reads(&world, KEYS), 2);
}

#[test]
fn r82_keys_that_cannot_be_read_keep_a_session() {
    for answer in [
        Answer::network_error(),
        Answer::silence(),
        Answer::json(500, "{}"),
        Answer::of_type(200, "text/html", "<h1>"),
        Answer::json(200, "[]"),
        Answer::json(200, "{}"),
    ] {
        let world = World::new();
        let (tab, _auth) = sign_in(&world, &openid_config());
        // A page that has read no keys yet.
        let auth = start(&world, &tab.reload(), &openid_config());
        let claims = auth.id_token_claims().expect("claims");
        let known = token(&world, &auth);
        world.answer_always(KEYS, answer.clone());
        world.advance(HOUR + MINUTE);
        assert_eq!(refreshes(&world).len(), 1, "{answer:?}");
        assert_ne!(token(&world, &auth), known, "the new tokens are used");
        assert_eq!(state_error(&auth), None, "{answer:?}");
        assert_eq!(auth.id_token_claims(), Some(claims), "the ID token that was verified stays");
        assert!(reads(&world, KEYS) <= 3);
    }
}

#[test]
fn r82_the_key_is_chosen_by_its_name_use_and_type() {
    let own = || SigningKey::numbered(0).jwk();
    let with = |name: &str, value: serde_json::Value| {
        let mut key = own();
        key[name] = value;
        key
    };
    let decoy = SigningKey::numbered(3).named("key-0").jwk();
    let unknown = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "key-0", "pub": "AA" });
    let weak = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "key-0", "alg": "RS256" });
    for published in [
        json!([own()]),
        json!([decoy, own()]),
        json!([unknown, weak, 1, null, {}, own()]),
        json!([with("use", json!("enc")), own()]),
    ] {
        let world = World::new();
        world.server().provider.published = Some(published);
        sign_in(&world, &openid_config());
        assert_eq!(reads(&world, KEYS), 1);
    }
    for published in [
        json!([with("use", json!("enc"))]),
        json!([with("kid", json!("other"))]),
        json!([with("alg", json!("RS256"))]),
        json!([with("kty", json!("oct"))]),
        json!([with("crv", json!("P-384"))]),
        json!([decoy]),
    ] {
        let world = World::new();
        world.server().provider.published = Some(published);
        let (_tab, auth) = refused_sign_in(&world, &openid_config());
        assert_id_token_refused(&world, &auth, "signature");
        assert_eq!(reads(&world, KEYS), 2, "read once more");
    }
    // Without a name, each key that fits is tried.
    let world = World::new();
    world.server().provider.header = json!({ "kid": null });
    world.server().provider.published =
        Some(json!([SigningKey::numbered(3).jwk(), SigningKey::numbered(4).jwk(), own()]));
    sign_in(&world, &openid_config());
}

#[test]
fn r98_keys_of_one_server_verify_nothing_of_another() {
    // The keys that a page knows are those of the server that they came from.
    let world = World::new();
    let (tab, auth) = sign_in(&world, &openid_config());
    let _call = leave(&world, &tab, &auth);
    let elsewhere = json!({ "jwks_uri": "https://api.basic.tech/other/keys" });
    world.server().provider.metadata = elsewhere;
    world.advance(11 * MINUTE);
    let own = json!({ "keys": [SigningKey::numbered(1).jwk()] }).to_string();
    world.answer_always("/other/keys", Answer::json(200, &own));
    let tab = world.open(HOME);
    let auth = start(&world, &tab, &openid_config());
    let _call = leave(&world, &tab, &auth);
    let tab = world.authorize(&tab);
    let auth = start(&world, &tab, &openid_config());
    world.settle();
    assert_eq!(state_error(&auth), Some(ErrorCode::InvalidIdToken));
    assert!(!keys(&world, SessionStore::Local).is_empty(), "the first session is still there");
}
