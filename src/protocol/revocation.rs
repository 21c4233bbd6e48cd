//! Token revocation, RFC 7009. A sign-out sends it, and never waits for its success.

use std::time::Duration;

use crate::codec::{JsonCodec, UrlParser, query};
use crate::error::Result;
use crate::protocol::http::{Body, Request, Response};
use crate::protocol::oauth_error;
use crate::protocol::registration::Registration;
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::time::UnixTime;

/// Builds the request, RFC 7009 [section 2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1).
/// Returns `None` if the server has no revocation endpoint. To revoke the refresh token revokes its
/// access tokens too. Without a refresh token, the access token itself is revoked.
#[must_use]
pub fn request(
    registration: &Registration,
    access_token: &AccessToken,
    refresh_token: Option<&RefreshToken>,
    timeout: Duration,
) -> Option<Request> {
    let endpoint = registration.server.revocation_endpoint.clone()?;
    let (token, hint) = match refresh_token {
        Some(token) => (token.expose(), "refresh_token"),
        None => (access_token.expose(), "access_token"),
    };
    let members = [
        ("token", token),
        ("token_type_hint", hint),
        ("client_id", registration.client_id.as_str()),
    ];
    // RFC 7009 has forms only, even if the token endpoint takes JSON.
    let body = Body {
        content_type: "application/x-www-form-urlencoded",
        text: SecretText::new(query::encode(&members)),
    };
    Some(Request { endpoint, body: Some(body), bearer: None, timeout })
}

/// Processes the response, RFC 7009 [section
/// 2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2). Status 200 also means that the token
/// was unknown, and some servers send 204.
///
/// # Errors
/// The kinds `TokenEndpoint`, `InvalidResponse` and `Network`.
pub fn process_response<C: JsonCodec + UrlParser>(
    codec: &C,
    response: &Response,
    now: UnixTime,
) -> Result<()> {
    match response.status {
        200..=299 => Ok(()),
        _ => Err(oauth_error::failure(codec, response, now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::Endpoint;
    use crate::protocol::registration::tests::registration;
    use crate::testing::Native;

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[test]
    fn r111_the_refresh_token_is_revoked_by_a_form_post() {
        let mut own = registration("https://a.example", "x");
        let access = AccessToken::parse("a+1".into()).expect("a valid token");
        let refresh = RefreshToken::parse("r+1".into()).expect("a valid token");
        let request = |own: &Registration, refresh| request(own, &access, refresh, TIMEOUT);
        assert!(request(&own, Some(&refresh)).is_none(), "nothing offered, nothing asked");
        let endpoint = Endpoint::parse(&Native, "https://a.example/revoke", "revocationEndpoint");
        own.server.revocation_endpoint = Some(endpoint.expect("a valid endpoint"));
        let body = request(&own, Some(&refresh)).and_then(|it| it.body).expect("a POST");
        assert_eq!(body.text.expose(), "token=r%2B1&token_type_hint=refresh_token&client_id=x");
        let body = request(&own, None).and_then(|it| it.body).expect("a POST");
        assert_eq!(body.text.expose(), "token=a%2B1&token_type_hint=access_token&client_id=x");
    }

    #[test]
    fn r111_any_2xx_says_that_the_token_is_dead() {
        let processed = |status| {
            let response = Response { status, ..Response::default() };
            process_response(&Native, &response, UnixTime::default())
        };
        for status in [200, 201, 202, 204, 299] {
            assert!(processed(status).is_ok(), "{status}");
        }
        for status in [199, 302, 400, 503] {
            assert!(processed(status).is_err(), "{status}");
        }
    }
}
