//! The authorization server: its endpoints, its issuer, and how it wants its requests.

use std::fmt;

use crate::codec::{UrlParser, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
#[cfg(feature = "openid")]
use crate::protocol::openid::jwt::AlgorithmSet;
use crate::protocol::origin::Origin;
use crate::protocol::other_client::OtherClient;
use crate::protocol::scope::Scope;

/// The origin of Basic.
pub const BASIC_ORIGIN: &str = "https://api.basic.tech";

/// How the token endpoint takes its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenEncoding {
    /// `application/x-www-form-urlencoded`, which RFC 6749 requires of every server.
    #[default]
    Form,
    /// A JSON object, which Basic documents.
    Json,
}

/// An authorization server with validated endpoints.
///
/// # Example: a server that is compatible with Basic
/// ```
/// use basic_oauth::AuthorizationServer;
/// # use basic_oauth_testing::Native as Browser;
///
/// let own = AuthorizationServer::basic_at(&Browser, "http://127.0.0.1:8081")?;
/// assert_eq!(own.authorization_endpoint.as_str(), "http://127.0.0.1:8081/auth/authorize");
/// # Ok::<(), basic_oauth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServer {
    /// The endpoint at which the user signs in.
    pub authorization_endpoint: Endpoint,
    /// The endpoint that exchanges codes and refresh tokens for tokens.
    pub token_endpoint: Endpoint,
    /// The endpoint of the user information. `None`: the server has no such endpoint.
    pub userinfo_endpoint: Option<Endpoint>,
    /// The endpoint that revokes tokens, RFC 7009. `None`: a sign-out is local.
    pub revocation_endpoint: Option<Endpoint>,
    /// The issuer, compared byte for byte with `iss` in the callback (RFC 9207). `None`: `iss` is
    /// ignored unless another client on this origin has that issuer.
    pub issuer: Option<Issuer>,
    /// Whether the server always sends `iss`, so that a callback without it is refused. Needs an
    /// issuer.
    pub iss_parameter_supported: bool,
    /// Whether the server refuses a request without a scope. Basic does.
    pub requires_scope: bool,
    /// How the token endpoint takes its body.
    pub token_encoding: TokenEncoding,
    /// Whether only the issuer is known, and the endpoints have to be found. Until then the two required
    /// endpoints are the issuer's own address, and nothing is sent to them.
    #[cfg(feature = "openid")]
    pub needs_discovery: bool,
    /// The endpoint that signs the user out at the server. `None`: the server has none.
    #[cfg(feature = "openid")]
    pub end_session_endpoint: Option<Endpoint>,
    /// The URL of the server's key set. `None`: an ID token is trusted because it came over TLS.
    #[cfg(feature = "openid")]
    pub jwks_uri: Option<Endpoint>,
    /// The algorithms that an ID token may be signed with.
    #[cfg(feature = "openid")]
    pub id_token_algorithms: AlgorithmSet,
}

impl AuthorizationServer {
    /// Returns Basic's server, or one that is compatible with it, at this origin.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidEndpoint`] if `origin` is not `https` (or `http` on a loopback host).
    pub fn basic_at(parser: &impl UrlParser, origin: &str) -> Result<Self> {
        let origin = origin.strip_suffix('/').unwrap_or(origin);
        let at = |path: &str| Endpoint::parse(parser, &[origin, path].concat(), "server");
        Ok(Self {
            userinfo_endpoint: Some(at("/auth/userinfo")?),
            token_encoding: TokenEncoding::Json,
            requires_scope: true,
            ..Self::new(at("/auth/authorize")?, at("/auth/token")?)
        })
    }

    /// Returns a server that has these two endpoints, and takes forms.
    #[must_use]
    pub fn new(authorization_endpoint: Endpoint, token_endpoint: Endpoint) -> Self {
        Self {
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint: None,
            revocation_endpoint: None,
            issuer: None,
            iss_parameter_supported: false,
            requires_scope: false,
            token_encoding: TokenEncoding::Form,
            #[cfg(feature = "openid")]
            needs_discovery: false,
            #[cfg(feature = "openid")]
            end_session_endpoint: None,
            #[cfg(feature = "openid")]
            jwks_uri: None,
            #[cfg(feature = "openid")]
            id_token_algorithms: AlgorithmSet::default(),
        }
    }

    /// Returns a server of which only the issuer is known.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidEndpoint`] if the issuer is no secure URL.
    #[cfg(feature = "openid")]
    pub fn undiscovered(parser: &impl UrlParser, issuer: Issuer) -> Result<Self> {
        let endpoint = Endpoint::parse(parser, issuer.as_str(), "issuer")?;
        Ok(Self {
            issuer: Some(issuer),
            needs_discovery: true,
            ..Self::new(endpoint.clone(), endpoint)
        })
    }

    /// Returns the token endpoint as it is written into records; empty if it has to be found.
    #[must_use]
    pub fn token_endpoint_text(&self) -> &str {
        #[cfg(feature = "openid")]
        if self.needs_discovery {
            return "";
        }
        self.token_endpoint.as_str()
    }

    /// Validates what the fields say together.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidOption`] if `iss` is required but there is no issuer to compare it with.
    pub fn validate(&self) -> Result<()> {
        match self.iss_parameter_supported && self.issuer.is_none() {
            true => Err(Error::new(ErrorCode::InvalidOption).with_detail("issuer")),
            false => Ok(()),
        }
    }

    /// Validates a scope to ask for.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidOption`] if it is empty and the server requires one.
    pub fn validate_scope(&self, scope: &Scope) -> Result<()> {
        match self.requires_scope && scope.as_str().is_empty() {
            true => Err(Error::new(ErrorCode::InvalidOption).with_detail("scope")),
            false => Ok(()),
        }
    }

    /// Returns the issuer as it is written into records; empty if there is no issuer.
    #[must_use]
    pub fn issuer_text(&self) -> &str {
        self.issuer.as_ref().map_or("", Issuer::as_str)
    }

    /// Returns everything that a session of this server is bound to, separated by spaces: its token
    /// endpoint, its issuer, and the origins of the user information and revocation endpoints if
    /// they are others. Each of them gets a token. Injected markup must not send an honest
    /// session's tokens to an endpoint that they were not issued for.
    ///
    /// If the endpoints have to be found, the text begins with a space: the issuer stands for them.
    #[must_use]
    pub fn binding(&self) -> String {
        let token_origin = self.token_endpoint.origin();
        let mut binding = [self.token_endpoint_text(), " ", self.issuer_text()].concat();
        for endpoint in [&self.userinfo_endpoint, &self.revocation_endpoint] {
            binding.push(' ');
            let origin = endpoint.as_ref().map(Endpoint::origin).filter(|own| *own != token_origin);
            binding.push_str(origin.as_ref().map_or("", Origin::as_str));
        }
        binding.truncate(binding.trim_ascii_end().len());
        binding
    }

    /// Validates the `iss` of a callback by string comparison, as RFC 9207 [section 2.4] requires.
    ///
    /// A server without a configured issuer may share its redirect URI with another one. If `iss`
    /// is then the issuer of one of the `other_clients` on this origin, the code is not this
    /// server's (RFC 9700 [section 4.4.2]).
    ///
    /// # Errors
    /// [`ErrorCode::IssuerMismatch`] or [`ErrorCode::IssuerMissing`].
    ///
    /// [section 2.4]: https://www.rfc-editor.org/rfc/rfc9207#section-2.4
    /// [section 4.4.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.4.2
    pub fn validate_issuer(&self, iss: Option<&str>, other_clients: &[OtherClient]) -> Result<()> {
        let is_mismatch = match (&self.issuer, iss) {
            (Some(own), Some(iss)) => own.as_str() != iss,
            (Some(_), None) if self.iss_parameter_supported => {
                return Err(Error::new(ErrorCode::IssuerMissing));
            }
            (None, Some(iss)) => other_clients.iter().any(|other| other.issuer == iss),
            _ => false,
        };
        if is_mismatch { Err(Error::new(ErrorCode::IssuerMismatch)) } else { Ok(()) }
    }
}

/// The issuer identifier of an authorization server: `https` (or `http` on a loopback host),
/// without query and fragment (RFC 8414 [section 2]). It is kept byte for byte, because it is
/// compared so.
///
/// [section 2]: https://www.rfc-editor.org/rfc/rfc8414#section-2
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Validates an issuer.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidEndpoint`] if it is relative or insecure, or has a query, a fragment,
    /// credentials, or a character that no URL has.
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        let is_text = input.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#');
        match parser.parse_url(input, None) {
            // To the parser, `https:as.example` is a URL as well.
            Some(url)
                if is_text
                    && url.is_secure()
                    && text::cut(input, b':').1.is_some_and(|it| it.starts_with("//")) =>
            {
                Ok(Self(input.into()))
            }
            _ => Err(Error::new(ErrorCode::InvalidEndpoint).with_detail("issuer")),
        }
    }

    /// Returns the issuer as it was configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    fn named() -> AuthorizationServer {
        let mut server =
            AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        server.issuer = Some(Issuer::parse(&Native, "https://as.example").expect("a valid issuer"));
        server
    }

    #[test]
    fn r32_the_issuer_is_compared_without_normalising() {
        let server = named();
        assert!(server.validate_issuer(Some("https://as.example"), &[]).is_ok());
        for iss in [
            "https://as.example1",
            "https://as.example/",
            "https://AS.example",
            "https://as.example:443",
            "",
        ] {
            let error = server.validate_issuer(Some(iss), &[]).expect_err(iss);
            assert_eq!(error.code(), ErrorCode::IssuerMismatch, "{iss}");
        }
    }

    #[test]
    fn r33_a_missing_issuer_is_refused_if_it_was_announced() {
        let mut server =
            AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        assert!(server.validate_issuer(Some("anything"), &[]).is_ok(), "not configured: ignored");
        server = named();
        assert!(server.validate_issuer(None, &[]).is_ok());
        server.iss_parameter_supported = true;
        let error = server.validate_issuer(None, &[]).expect_err("missing");
        assert_eq!(error.code(), ErrorCode::IssuerMissing);
    }

    #[test]
    fn r34_the_issuer_of_another_client_is_a_mix_up() {
        let server = AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        let client = |issuer: &str| {
            let redirect_uri = "https://app.example/cb".into();
            [OtherClient { issuer: issuer.into(), redirect_uri }]
        };
        let others = client("https://honest.example");
        let refused = server.validate_issuer(Some("https://honest.example"), &others);
        assert_eq!(refused.expect_err("refused").code(), ErrorCode::IssuerMismatch);
        assert!(server.validate_issuer(Some("https://third.example"), &others).is_ok());
        assert!(server.validate_issuer(None, &others).is_ok());
        let shared = client("https://as.example");
        assert!(named().validate_issuer(Some("https://as.example"), &shared).is_ok(), "our own");
    }

    #[test]
    fn r33_required_without_an_issuer_is_a_configuration_error() {
        let mut server =
            AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        assert!(server.validate().is_ok());
        server.iss_parameter_supported = true;
        let error = server.validate().expect_err("refused");
        assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidOption, Some("issuer")));
        server.issuer = named().issuer;
        assert!(server.validate().is_ok());
    }

    #[test]
    fn r33_an_issuer_is_validated_like_an_endpoint() {
        for issuer in ["https://as.example", "https://as.example/a/b/", "http://127.0.0.1:9"] {
            assert_eq!(Issuer::parse(&Native, issuer).expect(issuer).as_str(), issuer);
        }
        for issuer in [
            "",
            "as.example",
            "https:as.example",
            "https:/as.example",
            "http://as.example",
            "https://as.example\n",
            " https://as.example",
            "https://as.example/?a=1",
            "https://as.example/?",
            "https://as.example/#",
            "https://user@as.example/",
            "javascript:alert(1)",
        ] {
            let error = Issuer::parse(&Native, issuer).expect_err(issuer);
            assert_eq!(
                (error.code(), error.detail()),
                (ErrorCode::InvalidEndpoint, Some("issuer"))
            );
        }
    }

    #[test]
    fn r25_the_binding_names_each_endpoint_that_gets_a_token() {
        let server =
            || AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        let at = |url: &str| Some(Endpoint::parse(&Native, url, "test").expect("a valid endpoint"));
        let mut bindings = vec![server().binding(), named().binding()];
        for evil in [
            AuthorizationServer { userinfo_endpoint: at("https://evil.example/u"), ..server() },
            AuthorizationServer { revocation_endpoint: at("https://evil.example/r"), ..server() },
            AuthorizationServer {
                token_endpoint: at("https://evil.example/t").expect("one"),
                ..named()
            },
        ] {
            bindings.push(evil.binding());
        }
        let same_origin = at("https://api.basic.tech/revoke");
        let added = AuthorizationServer { revocation_endpoint: same_origin, ..server() };
        assert_eq!(added.binding(), server().binding(), "one more endpoint of the same origin");
        // An issuer that looks like a token endpoint is still an issuer.
        let token = server().token_endpoint.as_str().to_owned();
        let issuer = Some(Issuer::parse(&Native, &token).expect("a valid issuer"));
        bindings.push(AuthorizationServer { issuer, ..server() }.binding());
        let distinct: std::collections::BTreeSet<_> = bindings.iter().collect();
        assert_eq!(distinct.len(), bindings.len());
    }

    #[test]
    fn a_server_that_requires_a_scope_is_not_asked_without_one() {
        let empty = Scope::default();
        let mut server =
            AuthorizationServer::basic_at(&Native, BASIC_ORIGIN).expect("a valid origin");
        let error = server.validate_scope(&empty).expect_err("refused");
        assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidOption, Some("scope")));
        assert!(server.validate_scope(&Scope::granted("profile")).is_ok());
        server.requires_scope = false;
        assert!(server.validate_scope(&empty).is_ok());
    }

    #[test]
    fn an_origin_with_a_path_or_an_insecure_one_is_no_server() {
        for origin in ["http://as.example", "javascript:", "", "as.example", "https://as.example/#"]
        {
            assert!(AuthorizationServer::basic_at(&Native, origin).is_err(), "{origin}");
        }
    }
}
