//! The options of a server: its lifetimes and its registered apps.

use std::time::Duration;

use url::Url;

use crate::keys::SigningAlgorithm;

/// The options of an [`AuthorizationServer`](crate::AuthorizationServer).
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// Lifetimes for clients without their own.
    pub lifetimes: Lifetimes,
    /// Apps registered at the start. More can be registered while the server runs.
    pub clients: Vec<Client>,
    /// Adds `iss` to every redirect and says so in the metadata
    /// ([RFC 9207](https://www.rfc-editor.org/rfc/rfc9207)). Off by default, as at Basic.
    pub announces_issuer: bool,
    /// Keeps every request for [`Control::requests`](crate::Control::requests). Off in the demo,
    /// because the log contains codes and tokens.
    pub records_requests: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            lifetimes: Lifetimes::default(),
            clients: Vec::new(),
            announces_issuer: false,
            records_requests: true,
        }
    }
}

/// How long codes and tokens stay valid.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Access tokens, and `expires_in` in a token response. Default: 60 s.
    pub access_token: Duration,
    /// Each refresh token, from the time it is issued. Default: 30 days.
    pub refresh_token: Duration,
    /// Authorization codes. Default: 10 minutes.
    pub code: Duration,
    /// How long a used refresh token still returns the same successor. Default: zero, not at all.
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

/// A registered app. It is a public client, so it has no secret.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The name the consent page shows.
    pub name: String,
    /// The registered redirect URIs. A request must match one byte for byte. Their origins may call
    /// the server with CORS.
    pub redirect_uris: Vec<String>,
    /// Where a user may be taken after a sign-out at this server, besides the redirect URIs.
    pub post_logout_redirect_uris: Vec<String>,
    /// Further origins that may call the server with CORS.
    pub origins: Vec<String>,
    /// Signs in `default_user` at once, without the consent page.
    pub auto_consent: bool,
    /// Adds `iss` to the redirect ([RFC 9207](https://www.rfc-editor.org/rfc/rfc9207)), also if
    /// the metadata does not announce it.
    pub sends_issuer: bool,
    /// Name of the user that the consent page preselects: `ada` or `alan`. Default: `ada`.
    pub default_user: String,
    /// What signs its ID tokens. Default: RS256.
    pub id_token_algorithm: SigningAlgorithm,
    /// Lifetimes that replace those of the server.
    pub lifetimes: Option<Lifetimes>,
}

impl Client {
    /// Returns an app with one redirect URI that shows the consent page and gets no `iss`.
    pub fn new(id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            redirect_uris: vec![redirect_uri.into()],
            post_logout_redirect_uris: Vec::new(),
            origins: Vec::new(),
            auto_consent: false,
            sends_issuer: false,
            default_user: "ada".into(),
            id_token_algorithm: SigningAlgorithm::default(),
            lifetimes: None,
        }
    }

    /// Returns whether a page of this origin may call the server with CORS.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
            || self.redirect_uris.iter().any(|uri| origin_of(uri).as_deref() == Some(origin))
    }

    /// Returns whether a user may be taken there after a sign-out.
    pub(crate) fn allows_return_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().chain(&self.post_logout_redirect_uris).any(|known| known == uri)
    }

    /// Skips the consent page.
    #[must_use]
    pub fn auto_consent(self) -> Self {
        Self { auto_consent: true, ..self }
    }

    /// Adds an address that a user may be taken to after a sign-out.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Sets what signs its ID tokens.
    #[must_use]
    pub fn id_tokens_signed_with(self, algorithm: SigningAlgorithm) -> Self {
        Self { id_token_algorithm: algorithm, ..self }
    }

    /// Sets the name that the consent page shows.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

/// Returns the origin of an absolute URL.
pub(crate) fn origin_of(uri: &str) -> Option<String> {
    Url::parse(uri).ok().map(|url| url.origin().ascii_serialization())
}
