//! The vectors of signatures, with the scripted platform.

use basic_oauth::protocol::openid::jwt::Algorithm;
use basic_oauth_testing::{World, signature_suite as suite};

#[test]
fn r82_r89_the_tokens_of_wycheproof() {
    let world = World::new();
    let tab = world.open("https://app.example/");
    assert_eq!(world.run(suite::tokens(&tab)), suite::TOKEN_COUNTS);
}

#[test]
fn r82_the_signatures_of_wycheproof() {
    let world = World::new();
    let tab = world.open("https://app.example/");
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        let counts = world.run(suite::signatures(&tab, algorithm));
        assert_eq!(counts, suite::expected_signatures(algorithm), "{algorithm:?}");
    }
}

#[test]
fn r82_the_examples_of_the_rfcs() {
    let world = World::new();
    let tab = world.open("https://app.example/");
    let supported = world.run(suite::examples(&tab));
    assert_eq!(supported, [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]);
}
