//! Token revocation, RFC 7009: a courtesy at sign-out, which never waits for it to succeed.

use std::time::Duration;

use crate::error::Result;
use crate::protocol::http::{Body, Request, Response};
use crate::protocol::json::JsonCodec;
use crate::protocol::oauth_error;
use crate::protocol::query;
use crate::protocol::registration::Registration;
use crate::protocol::url::UrlParser;
use crate::secret::{RefreshToken, SecretText};

/// Builds the request, RFC 7009 [section 2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1).
/// `None` where the server offers no revocation. The refresh token is the one that matters: with it
/// go the access tokens.
#[must_use]
pub fn request(
    registration: &Registration,
    token: &RefreshToken,
    timeout: Duration,
) -> Option<Request> {
    let endpoint = registration.server.revocation_endpoint.clone()?;
    let members = [
        ("token", token.expose()),
        ("token_type_hint", "refresh_token"),
        ("client_id", registration.client_id.as_str()),
    ];
    // RFC 7009 knows the form only, whatever the token endpoint speaks.
    let body = Body {
        content_type: "application/x-www-form-urlencoded",
        text: SecretText::new(query::encode(&members)),
    };
    Some(Request { endpoint, body: Some(body), bearer: None, timeout })
}

/// Judges the answer, RFC 7009 [section 2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2):
/// 200 also says that the token was unknown.
///
/// # Errors
/// The kinds `TokenEndpoint`, `InvalidResponse` and `Network`.
pub fn judge<C: JsonCodec + UrlParser>(codec: &C, response: &Response) -> Result<()> {
    match response.status {
        200 => Ok(()),
        _ => Err(oauth_error::judge(codec, response)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Native;
    use crate::protocol::registration::tests::registration;
    use crate::protocol::url::Endpoint;

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[test]
    fn r111_the_refresh_token_is_revoked_by_a_form_post() {
        let mut own = registration("https://a.example", "x");
        let token = RefreshToken::parse("r+1".into()).expect("sound");
        assert!(request(&own, &token, TIMEOUT).is_none(), "nothing offered, nothing asked");
        let endpoint = Endpoint::parse(&Native, "https://a.example/revoke", "revocationEndpoint");
        own.server.revocation_endpoint = Some(endpoint.expect("sound"));
        let body = request(&own, &token, TIMEOUT).and_then(|it| it.body).expect("a POST");
        assert_eq!(body.text.expose(), "token=r%2B1&token_type_hint=refresh_token&client_id=x");
    }

    #[test]
    fn r111_only_200_says_that_the_token_is_dead() {
        let judged = |status| judge(&Native, &Response { status, ..Response::default() });
        assert!(judged(200).is_ok());
        for status in [204, 302, 400, 503] {
            assert!(judged(status).is_err(), "{status}");
        }
    }
}
