//! What servers respond.

use std::time::Duration;

use basic_oauth::codec::query;
use basic_oauth::protocol::http::Response;
use basic_oauth::protocol::openid::handle::Handle;
use basic_oauth::protocol::openid::{challenge, metadata};
use basic_oauth::protocol::{oauth_error, token, userinfo};
use basic_oauth::{Issuer, SecretText};

use crate::records::assert_secure;
use crate::{NOW, Parsers};

const MAX_TEXT: usize = 1_000;

fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        content_type: Some("application/json".into()),
        body: SecretText::new(body.into()),
        ..Response::default()
    }
}

pub(crate) fn token<P: Parsers>(parsers: &P, input: &str) {
    let Ok(tokens) = token::process_response(parsers, &response(200, input), NOW) else { return };
    let access = tokens.access_token.expose();
    assert!(!access.is_empty() && access.bytes().all(|b| matches!(b, b' '..=b'~')), "{access:?}");
    assert!(tokens.lifetime.is_none_or(|lifetime| lifetime > Duration::ZERO));
    if access.len() >= 12 {
        assert!(!format!("{tokens:?}").contains(access), "no token is printed");
    }
}

pub(crate) fn error<P: Parsers>(parsers: &P, input: &str) {
    for status in [400, 401, 429, 500, 200] {
        let error = oauth_error::failure(parsers, &response(status, input), NOW);
        let Some(said) = error.oauth() else { continue };
        for text in [Some(&said.error), said.description.as_ref()].into_iter().flatten() {
            assert!(text.chars().count() <= MAX_TEXT, "{} characters", text.chars().count());
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        if let Some(uri) = &said.uri {
            let url = parsers.parse_url(uri, None).expect("a URL");
            assert!(matches!(url.href().split_once(':'), Some(("https" | "http", _))), "{uri}");
        }
    }
}

pub(crate) fn user<P: Parsers>(parsers: &P, input: &str) {
    let read = |known| userinfo::process_response(parsers, &response(200, input), known, NOW);
    let Ok(user) = read(None) else { return };
    assert!((1..=255).contains(&user.subject().len()));
    assert!(read(Some(user.subject())).is_ok() && read(Some("another subject \n")).is_err());
}

pub(crate) fn metadata<P: Parsers>(parsers: &P, input: &str) {
    let issuer = Issuer::parse(parsers, "https://as.example").expect("an issuer");
    let read = metadata::process_response(parsers, &response(200, input), &issuer);
    let Ok(server) = read else { return };
    assert_eq!(server.issuer.as_ref(), Some(&issuer), "never another issuer");
    let optional = [
        server.userinfo_endpoint.as_ref(),
        server.revocation_endpoint.as_ref(),
        server.end_session_endpoint.as_ref(),
        server.jwks_uri.as_ref(),
    ];
    let required = [Some(&server.authorization_endpoint), Some(&server.token_endpoint)];
    for endpoint in optional.into_iter().chain(required).flatten() {
        assert_secure(endpoint.as_str());
    }
}

pub(crate) fn did_document<P: Parsers>(parsers: &P, input: &str) {
    let (first, second) = input.split_once('\n').unwrap_or((input, ""));
    if let Ok(handle) = Handle::parse(parsers, first) {
        let url = handle.request(Duration::ZERO).endpoint;
        assert_secure(url.as_str());
        assert!(url.as_str().ends_with("/.well-known/did.json"));
    }
    let handle = Handle::parse(parsers, "ada.basic.id").expect("a handle");
    let read = handle.process_response(parsers, &response(200, second), None);
    let Ok(document) = read else { return };
    assert_secure(document.server.as_str());
    if let Ok(Some(request)) = handle.next_request(parsers, &document, Duration::ZERO) {
        assert_secure(request.endpoint.as_str());
        assert!(request.endpoint.as_str().ends_with("/did.json"));
    }
}

pub(crate) fn challenge<P: Parsers>(_: &P, input: &str) {
    let Some(error) = challenge::error(input) else { return };
    let challenge = error.challenge().expect("what is asked for");
    for text in [&challenge.acr_values, &challenge.scope].into_iter().flatten() {
        assert!(
            text.len() <= MAX_TEXT && text.bytes().all(|b| matches!(b, b' '..=b'~')),
            "{text:?}"
        );
    }
    // It may become a parameter of the next request.
    let mut url = String::from("https://as.example/a?");
    query::push(&mut url, "scope", challenge.scope.as_deref().unwrap_or_default());
    assert!(!url.contains(char::is_whitespace));
}
