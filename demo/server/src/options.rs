//! What a server is started with: lifetimes and registered apps.

use std::time::Duration;

use url::Url;

/// How an [`AuthorizationServer`](crate::AuthorizationServer) is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Lifetimes for clients that bring none of their own.
    pub lifetimes: Lifetimes,
    /// Apps known from the start; more may be registered while the server runs.
    pub clients: Vec<Client>,
    /// Keeps every request for [`Control::requests`](crate::Control::requests). Off in the demo:
    /// the log holds codes and tokens.
    pub records_requests: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            lifetimes: Lifetimes::default(),
            clients: Vec::new(),
            records_requests: true,
        }
    }
}

/// How long what the server issues stays good.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Access tokens; also the `expires_in` of a token answer. Default 60 s.
    pub access_token: Duration,
    /// Each refresh token, counted from its issue. Default 30 days.
    pub refresh_token: Duration,
    /// Authorization codes. Default 10 minutes.
    pub code: Duration,
    /// How long a used refresh token still yields the same successor. Default zero: strict.
    pub refresh_grace: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: Duration::from_secs(60),
            refresh_token: Duration::from_secs(30 * 24 * 60 * 60),
            code: Duration::from_secs(10 * 60),
            refresh_grace: Duration::ZERO,
        }
    }
}

/// A registered app: public, so without a secret.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The name the consent page shows.
    pub name: String,
    /// Compared byte for byte. Their origins may call the server with CORS.
    pub redirect_uris: Vec<String>,
    /// Further origins that may call the server with CORS.
    pub origins: Vec<String>,
    /// Answers the authorization request at once, as `default_user`, without a page.
    pub auto_consent: bool,
    /// Adds `iss` to the redirect ([RFC 9207](https://www.rfc-editor.org/rfc/rfc9207)).
    pub sends_issuer: bool,
    /// User name of the user chosen in advance: `ada` or `alan`.
    pub default_user: String,
    /// Lifetimes that replace the server's.
    pub lifetimes: Option<Lifetimes>,
}

impl Client {
    /// An app with one redirect URI, the consent page, and no `iss`.
    pub fn new(id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            redirect_uris: vec![redirect_uri.into()],
            origins: Vec::new(),
            auto_consent: false,
            sends_issuer: false,
            default_user: "ada".into(),
            lifetimes: None,
        }
    }

    /// Returns whether a page of this origin may call the server with CORS.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
            || self.redirect_uris.iter().any(|uri| origin_of(uri).as_deref() == Some(origin))
    }

    /// The same app, answered without a page.
    #[must_use]
    pub fn auto_consent(self) -> Self {
        Self { auto_consent: true, ..self }
    }

    /// The same app under a name for people.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

/// Returns the origin of an absolute URL.
pub(crate) fn origin_of(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}
