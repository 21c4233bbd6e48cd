//! Sign-out at the provider, OpenID Connect RP-Initiated Logout 1.0.
//!
//! The user is signed out in this browser before the browser leaves for the provider. The way back
//! changes nothing: it only takes the user to where they wanted to go.

use crate::codec::{query, record, text};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::secret::SecretText;
use crate::time::UnixTime;

/// The kind of the record of a sign-out under way.
const KIND: &str = "sign-out 1";

/// Builds the address of the end-session endpoint, [section 2] of the specification.
///
/// The ID token is a hint that spares the user a question. It goes to the provider that issued it, in
/// an address, because the browser has to navigate.
///
/// [section 2]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout
#[must_use]
pub fn url(
    endpoint: &Endpoint,
    registration: &Registration,
    post_logout_redirect_uri: &str,
    id_token: Option<&SecretText>,
    state: &State,
) -> String {
    // An endpoint has no parameter `client_id` or `state`.
    const OWN: [&str; 2] = ["id_token_hint", "post_logout_redirect_uri"];
    let (endpoint, own) = text::cut(endpoint.as_str(), b'?');
    let own = query::without(own.unwrap_or_default(), |name| OWN.contains(&name));
    let mut url = [endpoint, &own].concat();
    if own.is_empty() {
        url.push('?');
    }
    if let Some(id_token) = id_token {
        query::push(&mut url, "id_token_hint", id_token.expose());
    }
    query::push(&mut url, "client_id", &registration.client_id);
    query::push(&mut url, "post_logout_redirect_uri", post_logout_redirect_uri);
    query::push(&mut url, "state", state.as_str());
    url
}

/// Writes the record of a sign-out under way. Its last field is the time, as that of a transaction.
#[must_use]
pub fn to_record(return_to: &str, now: UnixTime) -> SecretText {
    record::write(&[KIND, return_to, &now.to_decimal()])
}

/// Reads where the user wanted to go. It is validated again when it is used.
#[must_use]
pub fn from_record(text: &str) -> Option<&str> {
    match record::read(text)[..] {
        [KIND, return_to, _] => Some(return_to),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::registration::tests::registration;
    use crate::testing::Native;

    fn sent(endpoint: &str, id_token: Option<&SecretText>) -> String {
        let endpoint = Endpoint::parse(&Native, endpoint, "test").expect("a valid endpoint");
        let registration = registration("https://as.example", "app");
        let state = State::from_random(&[7; 32]);
        url(&endpoint, &registration, "https://app.example/cb?a=1", id_token, &state)
    }

    #[test]
    fn r112_the_address_names_the_client_and_the_way_back() {
        let token = SecretText::new("h.p.s".into());
        let state = State::from_random(&[7; 32]);
        assert_eq!(
            sent("https://as.example/end", Some(&token)),
            [
                "https://as.example/end?id_token_hint=h.p.s&client_id=app\
                &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fa%3D1&state=",
                state.as_str()
            ]
            .concat()
        );
        let without = sent("https://as.example/end?tenant=1&id_token_hint=x", None);
        assert!(without.starts_with("https://as.example/end?tenant=1&client_id=app&"), "{without}");
        assert!(!without.contains("id_token_hint"), "{without}");
    }

    #[test]
    fn r26_only_its_own_record_is_read() {
        let record = to_record("/bye?a=1", UnixTime::from_millis(5));
        assert_eq!(from_record(record.expose()), Some("/bye?a=1"));
        for odd in ["", "sign-out 1", "sign-out 1\n/bye", "transaction 3\n/bye\n5"] {
            assert_eq!(from_record(odd), None, "{odd:?}");
        }
    }
}
