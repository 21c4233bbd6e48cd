//! The options of a server that is not Basic's, and their validation.

use crate::codec::UrlParser;
use crate::error::Result;
use crate::protocol::Endpoint;
use crate::protocol::server::{AuthorizationServer, Issuer, TokenEncoding};

/// The endpoints of a server that is not Basic's. Each is an absolute `https` URL, or `http` on a
/// loopback host.
///
/// # Example: a server that names itself in its callbacks
/// ```
/// use basic_oauth::{Options, ServerOptions};
///
/// let server = ServerOptions::new("https://as.example/authorize", "https://as.example/token")
///     .userinfo_endpoint("https://as.example/userinfo")
///     .issuer("https://as.example");
/// let options = Options::new("your-client-id", "/callback").server_options(server);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ServerOptions {
    authorization_endpoint: String,
    token_endpoint: String,
    pub(super) userinfo_endpoint: Option<String>,
    pub(super) revocation_endpoint: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) iss_parameter_supported: bool,
    pub(super) token_encoding: TokenEncoding,
    #[cfg(feature = "openid")]
    pub(super) jwks_uri: Option<String>,
    #[cfg(feature = "openid")]
    pub(super) end_session_endpoint: Option<String>,
}

impl ServerOptions {
    /// Returns the options of a server that has these two endpoints, and no others.
    #[must_use]
    pub fn new(
        authorization_endpoint: impl Into<String>,
        token_endpoint: impl Into<String>,
    ) -> Self {
        Self {
            authorization_endpoint: authorization_endpoint.into(),
            token_endpoint: token_endpoint.into(),
            userinfo_endpoint: None,
            revocation_endpoint: None,
            issuer: None,
            iss_parameter_supported: false,
            token_encoding: TokenEncoding::default(),
            #[cfg(feature = "openid")]
            jwks_uri: None,
            #[cfg(feature = "openid")]
            end_session_endpoint: None,
        }
    }

    /// Returns the options of a server whose endpoints are found by its issuer. An endpoint that is set
    /// here as well wins over the one that is found.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn discovered(issuer: impl Into<String>) -> Self {
        Self::new("", "").issuer(issuer)
    }

    /// Sets where the server's keys are, to verify the signature of an ID token with. Default: none if
    /// the endpoints are set here; then an ID token is trusted because it came over TLS from the token
    /// endpoint (OpenID Connect Core [section 3.1.3.7], point 6).
    ///
    /// [section 3.1.3.7]: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn jwks_uri(self, url: impl Into<String>) -> Self {
        Self { jwks_uri: Some(url.into()), ..self }
    }

    /// Sets where the user signs out of the provider (RP-Initiated Logout 1.0). Default: nowhere.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn end_session_endpoint(self, url: impl Into<String>) -> Self {
        Self { end_session_endpoint: Some(url.into()), ..self }
    }

    /// Sets where user information is read. Default: the server has none.
    #[must_use]
    pub fn userinfo_endpoint(self, url: impl Into<String>) -> Self {
        Self { userinfo_endpoint: Some(url.into()), ..self }
    }

    /// Sets where tokens are revoked (RFC 7009). Default: nowhere, and a sign-out is local.
    #[must_use]
    pub fn revocation_endpoint(self, url: impl Into<String>) -> Self {
        Self { revocation_endpoint: Some(url.into()), ..self }
    }

    /// Sets the issuer, compared with `iss` in the callback (RFC 9207). Default: `iss` is ignored
    /// unless another client of this origin has that issuer.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: Some(issuer.into()), ..self }
    }

    /// Sets whether a callback without `iss` is refused (RFC 9207 section 2.4). Needs an issuer.
    /// Default: no.
    #[must_use]
    pub fn iss_parameter_supported(self, iss_parameter_supported: bool) -> Self {
        Self { iss_parameter_supported, ..self }
    }

    /// Sets how the token endpoint takes its body. Default: a form.
    #[must_use]
    pub fn token_encoding(self, token_encoding: TokenEncoding) -> Self {
        Self { token_encoding, ..self }
    }

    pub(super) fn validate(&self, parser: &impl UrlParser) -> Result<AuthorizationServer> {
        let endpoint = |url: &str, name| Endpoint::parse(parser, url, name);
        let known = || -> Result<AuthorizationServer> {
            Ok(AuthorizationServer::new(
                endpoint(&self.authorization_endpoint, "authorizationEndpoint")?,
                endpoint(&self.token_endpoint, "tokenEndpoint")?,
            ))
        };
        #[cfg(not(feature = "openid"))]
        let mut server = known()?;
        #[cfg(feature = "openid")]
        let mut server = match &self.issuer {
            Some(issuer)
                if self.authorization_endpoint.is_empty() && self.token_endpoint.is_empty() =>
            {
                AuthorizationServer::undiscovered(parser, Issuer::parse(parser, issuer)?)?
            }
            _ => known()?,
        };
        #[cfg(feature = "openid")]
        {
            let optional = |url: &Option<String>, name| {
                url.as_ref().map(|url| endpoint(url, name)).transpose()
            };
            server.jwks_uri = optional(&self.jwks_uri, "jwksUri")?;
            server.end_session_endpoint =
                optional(&self.end_session_endpoint, "endSessionEndpoint")?;
        }
        if let Some(url) = &self.userinfo_endpoint {
            server.userinfo_endpoint = Some(endpoint(url, "userinfoEndpoint")?);
        }
        if let Some(url) = &self.revocation_endpoint {
            server.revocation_endpoint = Some(endpoint(url, "revocationEndpoint")?);
        }
        if let Some(issuer) = &self.issuer {
            server.issuer = Some(Issuer::parse(parser, issuer)?);
        }
        server.iss_parameter_supported = self.iss_parameter_supported;
        server.token_encoding = self.token_encoding;
        Ok(server)
    }
}
