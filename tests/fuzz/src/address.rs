//! What arrives in the address of a page.

use std::time::Duration;

use basic_oauth::codec::Url;
use basic_oauth::protocol::callback::{AuthorizationResponse, Expected, StateOwner};
use basic_oauth::protocol::return_to::ReturnTo;
use basic_oauth::protocol::state::State;
use basic_oauth::protocol::transaction::Transaction;

use crate::records::{registration, stored_transaction};
use crate::{NOW, Parsers};

const ORIGIN: &str = "https://app.example";
const REDIRECT_URI: &str = "https://app.example/callback";

fn at_callback<P: Parsers>(parsers: &P, input: &str) -> Option<Url> {
    let url = parsers.parse_url(&[REDIRECT_URI, input].concat(), None)?;
    (url.origin() == ORIGIN).then_some(url)
}

pub(crate) fn callback<P: Parsers>(parsers: &P, input: &str) {
    let Some(here) = at_callback(parsers, input) else { return };
    let registration = registration(parsers);
    let transaction = stored_transaction(parsers);
    let response = AuthorizationResponse::read(&here);
    for owner in [StateOwner::ThisClient, StateOwner::OtherClient, StateOwner::Unknown] {
        if response.is_for(&here, &registration, owner, || true) {
            assert_ne!(owner, StateOwner::OtherClient, "another client's answer is left alone");
            let cleaned = AuthorizationResponse::cleaned(&here, &registration, owner);
            let cleaned = parsers.parse_url(&cleaned, None).expect("a URL");
            assert_eq!((cleaned.origin(), cleaned.search()), (ORIGIN, ""), "nothing is left");
        }
    }
    if let Some(cleaned) = response.cleaned_elsewhere(&here) {
        let cleaned = parsers.parse_url(&cleaned, None).expect("a URL");
        assert_eq!(AuthorizationResponse::read(&cleaned).states().count(), 0);
    }
    let validate = |transaction: Option<&Transaction>| {
        let expected = Expected {
            transaction,
            other_clients: &[],
            arrived_at: &here,
            now: NOW,
            lifetime: Duration::from_secs(900),
        };
        response.validate(parsers, &registration, expected)
    };
    assert!(validate(None).is_err(), "an answer to no sign-in");
    let state: &State = &transaction.state;
    if let Ok(code) = validate(Some(&transaction)) {
        assert!(response.states().all(|own| own == *state), "only with its own state");
        assert!(!code.expose().is_empty());
    }
}

pub(crate) fn return_to<P: Parsers>(parsers: &P, input: &str) {
    let here = parsers.parse_url(REDIRECT_URI, None).expect("a URL");
    let registration = registration(parsers);
    let path = ReturnTo::resolve(parsers, &[input], input, &here, &registration.redirect_uri);
    let path = path.as_str();
    assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
    let there = parsers.parse_url(path, Some(ORIGIN)).expect("a URL");
    assert_eq!(there.origin(), ORIGIN, "{path}");
}

/// The way back from a sign-out at the provider.
pub(crate) fn sign_out_return<P: Parsers>(parsers: &P, input: &str) {
    if let Some(path) = basic_oauth::protocol::openid::logout::from_record(input) {
        return_to(parsers, path);
    }
}
