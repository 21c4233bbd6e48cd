//! The configuration of an app with components: plain data that is validated in the browser only.

use std::fmt;
use std::sync::Arc;

#[cfg(any(test, target_arch = "wasm32"))]
use crate::codec::UrlParser;
#[cfg(any(test, target_arch = "wasm32"))]
use crate::error::Result;
use crate::platform::SessionStore;
#[cfg(any(test, target_arch = "wasm32"))]
use crate::protocol::{
    Endpoint, Origin, RedirectUri,
    registration::Registration,
    scope::Scope,
    server::{AuthorizationServer, Issuer},
};
use crate::{Config, TokenEncoding};

/// What an app says about itself.
///
/// Plain data, and the same on a server, where nothing is made of it. What is wrong with it shows in
/// the state, as an error of the kind `Configuration`.
///
/// # Example: the least there is to say, and a little more
/// ```
/// use basic_oauth::platform::SessionStore;
/// use basic_oauth::ui::AuthConfig;
///
/// let config = AuthConfig::new("your-client-id", "/callback");
/// let config = config.scope("profile email").store(SessionStore::Session);
/// ```
#[derive(Clone, PartialEq)]
pub struct AuthConfig {
    client_id: String,
    redirect_uri: String,
    scope: Option<String>,
    store: SessionStore,
    server: Server,
    api_origins: Vec<String>,
    adjust: Option<Adjust>,
}

#[derive(Clone, Default, PartialEq)]
enum Server {
    #[default]
    Basic,
    BasicAt(String),
    Other(Endpoints),
}

/// The endpoints of a server that is not Basic's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoints {
    /// Where the browser is sent to sign in.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are traded.
    pub token_endpoint: String,
    /// Where user information is read. Default: nowhere.
    pub userinfo_endpoint: Option<String>,
    /// Where tokens are revoked. Default: nowhere, and a sign-out is local.
    pub revocation_endpoint: Option<String>,
    /// The issuer, compared with `iss` in the callback. Default: `iss` is ignored.
    pub issuer: Option<String>,
    /// Whether a callback without `iss` is refused (RFC 9207). Needs the issuer. Default: no.
    pub iss_parameter_supported: bool,
    /// How the token endpoint wants its body. Default: a form.
    pub token_encoding: TokenEncoding,
}

impl AuthConfig {
    /// An app of Basic, which asks for `profile`.
    ///
    /// The redirect URI is the registered one, character for character; where it is a path, the
    /// origin of the page is put before it.
    #[must_use]
    pub fn new(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            scope: None,
            store: SessionStore::default(),
            server: Server::default(),
            api_origins: Vec::new(),
            adjust: None,
        }
    }

    /// What is asked for, separated by spaces. Default: `profile`.
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// Where the session is kept. Default: `localStorage`.
    #[must_use]
    pub fn store(self, store: SessionStore) -> Self {
        Self { store, ..self }
    }

    /// The origin of a server that speaks as Basic does.
    #[must_use]
    pub fn server(self, origin: impl Into<String>) -> Self {
        Self { server: Server::BasicAt(origin.into()), ..self }
    }

    /// Any other server.
    #[must_use]
    pub fn endpoints(self, endpoints: Endpoints) -> Self {
        Self { server: Server::Other(endpoints), ..self }
    }

    /// One more origin that may be given the access token.
    #[must_use]
    pub fn api_origin(mut self, origin: impl Into<String>) -> Self {
        self.api_origins.push(origin.into());
        self
    }

    /// Changes anything else about the validated configuration, in the browser.
    ///
    /// # Example: hearing of every step
    /// ```
    /// use std::rc::Rc;
    /// use basic_oauth::ui::AuthConfig;
    ///
    /// let config = AuthConfig::new("your-client-id", "/callback").adjust(|config| {
    ///     config.on_event = Some(Rc::new(|event| println!("{}", event.as_str())));
    /// });
    /// ```
    #[must_use]
    pub fn adjust(self, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        Self { adjust: Some(Adjust(Arc::new(adjust))), ..self }
    }
}

#[cfg(any(test, target_arch = "wasm32"))]
impl AuthConfig {
    /// Judges everything; `origin` is that of the page.
    pub(crate) fn validate(&self, parser: &impl UrlParser, origin: &str) -> Result<Config> {
        let server = match &self.server {
            Server::Basic => AuthorizationServer::basic(parser)?,
            Server::BasicAt(origin) => AuthorizationServer::basic_at(parser, origin)?,
            Server::Other(endpoints) => endpoints.validate(parser)?,
        };
        let is_path = self.redirect_uri.starts_with('/');
        let before = if is_path { origin } else { "" };
        let redirect_uri = RedirectUri::parse(parser, &[before, &self.redirect_uri].concat())?;
        let mut config = Config::new(Registration::new(server, &self.client_id, redirect_uri)?);
        if let Some(scope) = &self.scope {
            config.scope = Scope::parse(scope)?;
        }
        config.store = self.store;
        for origin in &self.api_origins {
            config.api_origins.push(Origin::parse(parser, origin)?);
        }
        if let Some(Adjust(adjust)) = &self.adjust {
            adjust(&mut config);
        }
        Ok(config)
    }
}

#[cfg(any(test, target_arch = "wasm32"))]
impl Endpoints {
    fn validate(&self, parser: &impl UrlParser) -> Result<AuthorizationServer> {
        let optional = |url: &Option<String>, name| match url {
            Some(url) => Endpoint::parse(parser, url, name).map(Some),
            None => Ok(None),
        };
        let authorization =
            Endpoint::parse(parser, &self.authorization_endpoint, "authorization_endpoint")?;
        let token = Endpoint::parse(parser, &self.token_endpoint, "token_endpoint")?;
        let mut server = AuthorizationServer::new(authorization, token);
        server.userinfo_endpoint = optional(&self.userinfo_endpoint, "userinfo_endpoint")?;
        server.revocation_endpoint = optional(&self.revocation_endpoint, "revocation_endpoint")?;
        if let Some(issuer) = &self.issuer {
            server.issuer = Some(Issuer::parse(parser, issuer)?);
        }
        server.iss_parameter_supported = self.iss_parameter_supported;
        server.token_encoding = self.token_encoding;
        Ok(server)
    }
}

impl fmt::Debug for AuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthConfig")
    }
}

#[derive(Clone)]
struct Adjust(#[cfg_attr(not(any(test, target_arch = "wasm32")), allow(dead_code))] Adjusting);

type Adjusting = Arc<dyn Fn(&mut Config) + Send + Sync>;

/// Two closures are the same if they are one.
impl PartialEq for Adjust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::Native;

    const ORIGIN: &str = "https://app.example";

    fn refused(config: &AuthConfig) -> ErrorCode {
        config.validate(&Native, ORIGIN).expect_err("refused").code()
    }

    #[test]
    fn a_path_is_a_redirect_uri_of_this_origin() {
        let validated = |uri: &str| AuthConfig::new("id", uri).validate(&Native, ORIGIN);
        let path = validated("/callback").expect("sound");
        assert_eq!(path.registration.redirect_uri.as_str(), "https://app.example/callback");
        let whole = validated("https://app.example:8443/cb").expect("sound");
        assert_eq!(whole.registration.redirect_uri.as_str(), "https://app.example:8443/cb");
        assert_eq!(refused(&AuthConfig::new("id", "callback")), ErrorCode::InvalidRedirectUri);
    }

    #[test]
    fn every_value_is_validated() {
        let sound = AuthConfig::new("id", "/cb");
        assert_eq!(refused(&AuthConfig::new("", "/cb")), ErrorCode::InvalidOption);
        assert_eq!(refused(&sound.clone().scope("a,b")), ErrorCode::InvalidScope);
        assert_eq!(
            refused(&sound.clone().api_origin("http://a.example")),
            ErrorCode::InvalidApiOrigin
        );
        assert_eq!(refused(&sound.clone().server("http://a.example")), ErrorCode::InvalidEndpoint);
        assert_eq!(refused(&sound.endpoints(Endpoints::default())), ErrorCode::InvalidEndpoint);
    }

    #[test]
    fn any_server_is_a_matter_of_its_endpoints() {
        let config = AuthConfig::new("id", "/cb").endpoints(Endpoints {
            authorization_endpoint: "https://as.example/a".into(),
            token_endpoint: "https://as.example/t".into(),
            issuer: Some("https://as.example".into()),
            iss_parameter_supported: true,
            ..Endpoints::default()
        });
        let config = config.adjust(|config| config.load_user = false);
        let validated = config.validate(&Native, ORIGIN).expect("sound");
        assert_eq!(validated.registration.server.token_endpoint.as_str(), "https://as.example/t");
        assert_eq!(validated.registration.server.issuer_text(), "https://as.example");
        assert!(validated.registration.server.iss_parameter_supported);
        assert!(!validated.load_user);
    }

    #[test]
    fn one_configuration_equals_its_clone() {
        let config = AuthConfig::new("id", "/cb").adjust(|_| {});
        assert!(config == config.clone());
        assert!(config != config.clone().adjust(|_| {}));
    }
}
