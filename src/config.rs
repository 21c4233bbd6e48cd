//! The configuration: every value in it has been validated.

#[cfg(any(test, feature = "js"))]
pub(crate) mod options;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::codec::UrlParser;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::SessionStore;
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::server::AuthorizationServer;
use crate::protocol::{Origin, RedirectUri};

/// Hears of every step of the client.
pub type OnEvent = Rc<dyn Fn(&Event)>;

/// How the user gets back to where a sign-in began: a path of this origin, with query and fragment.
#[derive(Clone, Default)]
pub enum OnReturn {
    /// The address is replaced, and the app's router told by a `popstate` event.
    #[default]
    Router,
    /// The page is loaded, for a site whose pages are documents of their own. Impossible for a session
    /// that lives in the page's memory.
    Load,
    /// The app takes the user back itself.
    Call(Rc<dyn Fn(&str)>),
}

impl fmt::Debug for OnReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Router => "Router",
            Self::Load => "Load",
            Self::Call(_) => "Call",
        })
    }
}

/// What the client needs to know. Start from [`Config::basic`] or [`Config::new`] and change fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Who the app is, and at which server.
    pub registration: Registration,
    /// What is asked for. Default: `profile`. An empty scope is not sent; Basic requires one.
    pub scope: Scope,
    /// Extra parameters of every authorization request. Default: none.
    pub authorization_params: ExtraParameters,
    /// Extra parameters of every token request, at the exchange and at each refresh, such as `resource`
    /// (RFC 8707) or `audience`. Default: none.
    pub token_params: ExtraParameters,
    /// Where the session is kept. Default: `localStorage`.
    pub store: SessionStore,
    /// Where the access token may go with [`fetch`](crate::BasicAuth::fetch). Default: the origins of
    /// the server's token and user information endpoints.
    pub api_origins: Vec<Origin>,
    /// How long one request to the server may take. Default: 10 seconds.
    pub request_timeout: Duration,
    /// How long a person may take at the server. Default: 15 minutes.
    pub transaction_lifetime: Duration,
    /// The lifetime of an access token whose server names none. Default: one hour.
    pub default_token_lifetime: Duration,
    /// Where the user goes if no better place is known. Default: the folder of the redirect URI.
    pub fallback_return_to: String,
    /// Whether the user information is read as soon as somebody is signed in. Default: yes.
    pub load_user: bool,
    /// Hears of every step. Default: nobody.
    pub on_event: Option<OnEvent>,
    /// How the user gets back to where the sign-in began. Default: [`OnReturn::Router`].
    pub on_return: OnReturn,
}

impl Config {
    /// An app of Basic, which asks for `profile`.
    ///
    /// # Errors
    /// The kind `Configuration` where the client identifier or the redirect URI is not sound.
    ///
    /// # Example: the least there is to say
    /// ```
    /// use basic_oauth::Config;
    /// # use basic_oauth_testing::Native as Browser;
    ///
    /// let config = Config::basic(&Browser, "my-client-id", "https://app.example/callback")?;
    /// assert_eq!(config.scope.as_str(), "profile");
    /// # Ok::<(), basic_oauth::Error>(())
    /// ```
    pub fn basic(parser: &impl UrlParser, client_id: &str, redirect_uri: &str) -> Result<Self> {
        let server = AuthorizationServer::basic(parser)?;
        let redirect_uri = RedirectUri::parse(parser, redirect_uri)?;
        Ok(Self::new(Registration::new(server, client_id, redirect_uri)?))
    }

    /// An app of any server.
    #[must_use]
    pub fn new(registration: Registration) -> Self {
        let server = &registration.server;
        let mut api_origins = vec![server.token_endpoint.origin()];
        if let Some(endpoint) = &server.userinfo_endpoint {
            api_origins.push(endpoint.origin());
        }
        Self {
            fallback_return_to: registration.redirect_uri.folder().into(),
            registration,
            scope: Scope::granted("profile"),
            authorization_params: ExtraParameters::default(),
            token_params: ExtraParameters::default(),
            store: SessionStore::default(),
            api_origins,
            request_timeout: Duration::from_secs(10),
            transaction_lifetime: Duration::from_secs(15 * 60),
            default_token_lifetime: Duration::from_secs(60 * 60),
            load_user: true,
            on_event: None,
            on_return: OnReturn::default(),
        }
    }

    /// Validates what no single field shows.
    pub(crate) fn validate(&self) -> Result<()> {
        let server = &self.registration.server;
        server.validate()?;
        server.validate_scope(&self.scope)?;
        if matches!(self.on_return, OnReturn::Load) && self.store == SessionStore::Memory {
            return Err(Error::new(ErrorCode::InvalidOption).with_detail("onReturn"));
        }
        Ok(())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}
