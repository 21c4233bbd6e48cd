//! The authorization server that an app talks to: its endpoints and its habits.

use crate::error::{Code, Error, Result};
use crate::protocol::url::{Endpoint, UrlParser};

/// Where Basic lives.
pub const BASIC_ORIGIN: &str = "https://api.basic.tech";

/// How the token endpoint wants its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenEncoding {
    /// `application/x-www-form-urlencoded`, what RFC 6749 asks of every server.
    #[default]
    Form,
    /// A JSON object, what Basic documents.
    Json,
}

/// An authorization server, its endpoints judged.
///
/// # Example: Basic itself, and a Basic-compatible server of one's own
/// ```
/// # #[cfg(feature = "scripted")] {
/// use basic_oauth::AuthorizationServer;
/// use basic_oauth::platform::native::Native as parser;
///
/// let basic = AuthorizationServer::basic(&parser)?;
/// assert_eq!(basic.token_endpoint.as_str(), "https://api.basic.tech/auth/token");
/// let own = AuthorizationServer::basic_at(&parser, "http://127.0.0.1:8081")?;
/// assert_eq!(own.authorization_endpoint.as_str(), "http://127.0.0.1:8081/auth/authorize");
/// # }
/// # Ok::<(), basic_oauth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServer {
    /// Where the browser is sent to sign in.
    pub authorization_endpoint: Endpoint,
    /// Where codes and refresh tokens are traded.
    pub token_endpoint: Endpoint,
    /// Where user information is read; none means there is none.
    pub userinfo_endpoint: Option<Endpoint>,
    /// Where tokens are revoked, RFC 7009; none means sign-out is local.
    pub revocation_endpoint: Option<Endpoint>,
    /// The issuer, compared byte for byte with `iss` in the callback (RFC 9207); none ignores `iss`.
    pub issuer: Option<String>,
    /// Whether the server always names itself in the callback, so that a missing `iss` is refused.
    pub iss_parameter_supported: bool,
    /// How the token endpoint wants its body.
    pub token_encoding: TokenEncoding,
}

impl AuthorizationServer {
    /// Basic, at its documented address.
    ///
    /// # Errors
    /// None in practice; the type leaves room for a parser that refuses.
    pub fn basic(parser: &impl UrlParser) -> Result<Self> {
        Self::basic_at(parser, BASIC_ORIGIN)
    }

    /// A server that speaks as Basic does, at another origin.
    ///
    /// # Errors
    /// [`Code::InvalidEndpoint`] where `origin` is not `https` (or `http` on a loopback host).
    pub fn basic_at(parser: &impl UrlParser, origin: &str) -> Result<Self> {
        let origin = origin.strip_suffix('/').unwrap_or(origin);
        let at = |path: &str| Endpoint::parse(parser, &[origin, path].concat(), "server");
        Ok(Self {
            userinfo_endpoint: Some(at("/auth/userinfo")?),
            token_encoding: TokenEncoding::Json,
            ..Self::new(at("/auth/authorize")?, at("/auth/token")?)
        })
    }

    /// Any server, by the two endpoints each must have. Bodies are forms.
    #[must_use]
    pub fn new(authorization_endpoint: Endpoint, token_endpoint: Endpoint) -> Self {
        Self {
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint: None,
            revocation_endpoint: None,
            issuer: None,
            iss_parameter_supported: false,
            token_encoding: TokenEncoding::Form,
        }
    }

    /// What tells this server from another: its issuer, or else its token endpoint.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.issuer.as_deref().unwrap_or(self.token_endpoint.as_str())
    }

    /// Judges the `iss` of a callback as RFC 9207 [section 2.4] asks: a plain string comparison.
    ///
    /// # Errors
    /// [`Code::IssuerMismatch`] or [`Code::IssuerMissing`].
    ///
    /// [section 2.4]: https://www.rfc-editor.org/rfc/rfc9207#section-2.4
    pub fn judge_issuer(&self, iss: Option<&str>) -> Result<()> {
        match (&self.issuer, iss) {
            (Some(own), Some(iss)) if own != iss => Err(Error::new(Code::IssuerMismatch)),
            (Some(_), None) if self.iss_parameter_supported => Err(Error::new(Code::IssuerMissing)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Native;

    #[test]
    fn r32_the_issuer_is_compared_without_normalising() {
        let mut server = AuthorizationServer::basic(&Native).expect("sound");
        server.issuer = Some("https://as.example".into());
        assert!(server.judge_issuer(Some("https://as.example")).is_ok());
        for iss in [
            "https://as.example1",
            "https://as.example/",
            "https://AS.example",
            "https://as.example:443",
            "",
        ] {
            let error = server.judge_issuer(Some(iss)).expect_err(iss);
            assert_eq!(error.code(), Code::IssuerMismatch, "{iss}");
        }
    }

    #[test]
    fn r33_a_missing_issuer_is_refused_where_it_is_announced() {
        let mut server = AuthorizationServer::basic(&Native).expect("sound");
        assert!(server.judge_issuer(Some("anything")).is_ok(), "none configured: ignored");
        server.issuer = Some("https://as.example".into());
        assert!(server.judge_issuer(None).is_ok());
        server.iss_parameter_supported = true;
        assert_eq!(server.judge_issuer(None).expect_err("missing").code(), Code::IssuerMissing);
    }

    #[test]
    fn an_origin_with_a_path_or_an_insecure_one_is_no_server() {
        for origin in ["http://as.example", "javascript:", "", "as.example", "https://as.example/#"]
        {
            assert!(AuthorizationServer::basic_at(&Native, origin).is_err(), "{origin}");
        }
    }
}
