//! A server that was found by discovery or by a handle, as text in a record.
//!
//! A sign-in and its session keep the server that they began with (RFC 9700 [section
//! 4.4](https://www.rfc-editor.org/rfc/rfc9700#section-4.4)), so that no code and no token goes to
//! an endpoint that appeared in the metadata later.

use std::rc::Rc;

use crate::codec::{UrlParser, text};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::openid::jwt::AlgorithmSet;
use crate::protocol::registration::Registration;
use crate::protocol::server::{AuthorizationServer, Issuer, TokenEncoding};

/// Writes the server. A space separates the parts, because no URL contains one.
#[must_use]
pub fn write(server: &AuthorizationServer) -> String {
    let optional = |endpoint: &Option<Endpoint>| {
        endpoint.as_ref().map_or(String::new(), |endpoint| endpoint.as_str().into())
    };
    let is_form = server.token_encoding == TokenEncoding::Form;
    [
        server.issuer_text(),
        server.authorization_endpoint.as_str(),
        server.token_endpoint.as_str(),
        &optional(&server.userinfo_endpoint),
        &optional(&server.revocation_endpoint),
        &optional(&server.end_session_endpoint),
        &optional(&server.jwks_uri),
        if server.iss_parameter_supported { "iss" } else { "" },
        if is_form { "form" } else { "json" },
        &server.id_token_algorithms.to_text(),
    ]
    .join(" ")
}

/// Reads a server, and returns the client there. An empty text is the configured server: then the
/// inner value is `None`.
///
/// Returns `None` if the text is invalid, or if it is empty although the configured server has no
/// endpoints.
#[must_use]
#[allow(clippy::option_option, reason = "invalid, not there, there")]
pub fn read(
    parser: &impl UrlParser,
    configured: &Registration,
    text: &str,
) -> Option<Option<Rc<Registration>>> {
    if text.is_empty() {
        return (!configured.server.needs_discovery).then_some(None);
    }
    let server = parse(parser, text)?;
    Some(Some(Rc::new(Registration { server, ..configured.clone() })))
}

/// Reads a server from text.
#[must_use]
pub fn parse(parser: &impl UrlParser, text: &str) -> Option<AuthorizationServer> {
    let parts: Vec<&str> = text::split(text, b' ').collect();
    let [issuer, authorization, token, userinfo, revocation, end_session, jwks, iss, form, algs] =
        parts[..]
    else {
        return None;
    };
    let endpoint = |url: &str| Endpoint::parse(parser, url, "server").ok();
    // `None` for an invalid one, which makes the whole text invalid.
    let optional = |url: &str| if url.is_empty() { Some(None) } else { endpoint(url).map(Some) };
    Some(AuthorizationServer {
        userinfo_endpoint: optional(userinfo)?,
        revocation_endpoint: optional(revocation)?,
        end_session_endpoint: optional(end_session)?,
        jwks_uri: optional(jwks)?,
        issuer: Some(Issuer::parse(parser, issuer).ok()?),
        iss_parameter_supported: iss == "iss",
        token_encoding: if form == "form" { TokenEncoding::Form } else { TokenEncoding::Json },
        id_token_algorithms: AlgorithmSet::from_text(algs),
        ..AuthorizationServer::new(endpoint(authorization)?, endpoint(token)?)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::redirect_uri::RedirectUri;
    use crate::testing::Native;

    pub(crate) fn found() -> AuthorizationServer {
        let at = |path: &str| {
            let url = ["https://as.example/", path].concat();
            Endpoint::parse(&Native, &url, "test").expect("a valid endpoint")
        };
        AuthorizationServer {
            userinfo_endpoint: Some(at("me")),
            end_session_endpoint: Some(at("end?x=1")),
            jwks_uri: Some(at("keys")),
            issuer: Some(Issuer::parse(&Native, "https://as.example").expect("a valid issuer")),
            iss_parameter_supported: true,
            ..AuthorizationServer::new(at("authorize"), at("token"))
        }
    }

    pub(crate) fn discovering() -> Registration {
        let issuer = Issuer::parse(&Native, "https://as.example").expect("a valid issuer");
        let server = AuthorizationServer::undiscovered(&Native, issuer).expect("a valid issuer");
        let redirect_uri = RedirectUri::parse(&Native, "https://app.example/cb");
        Registration::new(server, "app", redirect_uri.expect("a valid URI")).expect("a client")
    }

    #[test]
    fn a_server_survives_the_round_trip() {
        let whole = found();
        assert_eq!(parse(&Native, &write(&whole)), Some(whole));
    }

    #[test]
    fn r26_a_damaged_server_is_not_read() {
        let text = write(&found());
        let parts: Vec<&str> = text.split(' ').collect();
        for index in 0..parts.len() {
            let mut missing = parts.clone();
            missing.remove(index);
            assert_eq!(parse(&Native, &missing.join(" ")), None, "{index}");
        }
        for index in 0..7 {
            let mut wrong = parts.clone();
            wrong[index] = "javascript:alert(1)";
            assert_eq!(parse(&Native, &wrong.join(" ")), None, "{index}");
        }
    }
}
