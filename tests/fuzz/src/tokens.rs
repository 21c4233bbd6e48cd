//! ID tokens and the keys that they are verified with.

use basic_oauth::AccessToken;
use basic_oauth::protocol::openid::id_token::{self, Expected, ExpectedIssuer};
use basic_oauth::protocol::openid::jwks::KeySet;
use basic_oauth::protocol::openid::jwt::{self, AlgorithmSet, Jwt};

use crate::{NOW, Parsers};

pub(crate) fn id_token<P: Parsers>(parsers: &P, input: &str) {
    let Ok(jwt) = Jwt::parse(parsers, input) else { return };
    assert_eq!(input.matches('.').count(), 2, "three parts");
    assert!(jwt::claims_of(parsers, input).is_some());
    assert_eq!(format!("{jwt:?}"), "Jwt(personal)");
    let Some(access_token) = AccessToken::parse("access".into()) else { return };
    let expected = |client_id| Expected {
        algorithms: AlgorithmSet::default(),
        issuer: ExpectedIssuer::Exactly("https://as.example"),
        client_id,
        nonce: Some("n1"),
        access_token: &access_token,
        max_age: None,
        acr_values: "",
        subject: None,
        earlier: None,
        requested_at: NOW,
        now: NOW,
    };
    if id_token::validate_claims(&jwt, &expected("app")).is_ok() {
        assert_eq!(jwt.claims.text("iss"), Some("https://as.example"));
        assert_eq!(jwt.claims.text("nonce"), Some("n1"));
        assert!(id_token::validate_claims(&jwt, &expected("other")).is_err(), "of one client only");
    }
}

/// A key set and a token, with a line break between them.
pub(crate) fn key_set<P: Parsers>(parsers: &P, input: &str) {
    let (keys, token) = input.split_once('\n').unwrap_or((input, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));
    let Some(keys) = parsers.parse_json(keys).and_then(|keys| KeySet::parse(&keys).ok()) else {
        return;
    };
    if let Ok(jwt) = Jwt::parse(parsers, token) {
        assert!(keys.candidates(&jwt).len() <= 4);
    }
}
