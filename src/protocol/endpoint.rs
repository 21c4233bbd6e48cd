//! Endpoints: URLs that a user or a secret may be sent to.

use std::rc::Rc;

use crate::codec::{Url, UrlParser, query};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::origin::Origin;
use crate::protocol::parameters::is_reserved;

/// An absolute `https` URL (or `http` on a loopback host) without fragment and credentials.
///
/// RFC 6749 [section 3.1] and [section 3.2] forbid the fragment; RFC 9700 [section 2.6] asks for
/// TLS.
///
/// [section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
/// [section 3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [section 2.6]: https://www.rfc-editor.org/rfc/rfc9700#section-2.6
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Rc<Url>);

impl Endpoint {
    /// Validates an endpoint. `name` is the name of the option, for the error.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidEndpoint`] if it is relative or insecure, or has a fragment,
    /// credentials, or a query parameter that the protocol sends itself.
    pub fn parse(parser: &impl UrlParser, input: &str, name: &'static str) -> Result<Self> {
        match target(parser, input, is_reserved) {
            Some(url) => Ok(Self(Rc::new(url))),
            None => Err(Error::new(ErrorCode::InvalidEndpoint).with_detail(name)),
        }
    }

    /// Returns the serialised URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.href()
    }

    /// Returns the origin, to which the server's own tokens may go.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(&self.0)
    }
}

/// Parses a secure URL. Returns `None` if it has a fragment, or a query parameter that is refused.
pub(super) fn target(
    parser: &impl UrlParser,
    input: &str,
    is_refused: fn(&str) -> bool,
) -> Option<Url> {
    let url = parser.parse_url(input, None)?;
    let is_sound = url.is_secure()
        && input.bytes().all(|b| b != b'#')
        && !query::names_any(url.search(), is_refused);
    is_sound.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    #[test]
    fn r57_r74_only_https_or_loopback_http_is_an_endpoint() {
        let valid = [
            "https://as.example/token",
            "https://as.example:8443/token?tenant=1",
            "http://127.0.0.1:9/token",
            "http://127.1/token",
            "http://127.9.8.7/token",
            "http://localhost/token",
            "http://app.localhost:8080/token",
            "http://a.b.localhost/token",
            "http://[::1]:1/token",
            "HTTPS://AS.example/token",
        ];
        for input in valid {
            assert!(Endpoint::parse(&Native, input, "tokenEndpoint").is_ok(), "{input}");
        }
        let refused = [
            "",
            "/auth/token",
            "//evil.example/token",
            "http://as.example/token",
            "HTTP://as.example/token",
            "http://localhost.evil/",
            "http://notlocalhost/",
            "http://localhost.localhost.evil/",
            "http://127.0.0.1.nip.io/",
            "http://[::ffff:7f00:1]/",
            "http://evil@127.0.0.1/",
            "http://127.0.0.1@evil/",
            "https://user:pw@as.example/",
            "https://as.example/#",
            "https://as.example/#x",
            "ws://localhost/",
            "ftp://as.example/",
            "blob:https://as.example/x",
        ];
        for input in refused {
            let error = Endpoint::parse(&Native, input, "tokenEndpoint").expect_err(input);
            assert_eq!(error.code(), ErrorCode::InvalidEndpoint, "{input}");
        }
    }

    #[test]
    fn r15_scripts_are_no_navigation_target() {
        let hostile = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "\tjavascript:alert(1)",
            "\0javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "javascript://localhost/%0aalert(1)",
        ];
        for input in hostile {
            assert!(Endpoint::parse(&Native, input, "authorizationEndpoint").is_err(), "{input:?}");
        }
    }

    #[test]
    fn r8_an_endpoint_that_brings_a_reserved_parameter_is_refused() {
        let input = "https://as.example/authorize?tenant=1&client_id=other";
        assert!(Endpoint::parse(&Native, input, "authorizationEndpoint").is_err());
    }
}
