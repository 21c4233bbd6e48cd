//! Options as an app writes them, and their validation.

#[cfg(feature = "yew")]
use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use super::{Config, OnEvent, OnReturn, ServerOptions};
use crate::codec::{Url, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::SessionStore;
use crate::protocol::authorization::ExtraParameters;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::server::{AuthorizationServer, BASIC_ORIGIN};
use crate::protocol::{Origin, RedirectUri};

/// From a millisecond to some thirty years.
const DURATIONS: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(1_000_000_000);

/// Parameters of a request. A name that occurs several times is sent once for each value.
pub(super) type Parameters = Vec<(String, String)>;

/// What an app says about itself, not validated yet.
///
/// Plain data: options can be written on a server as well as in a browser, and need no platform.
/// The client validates them when it starts. Names are those of JavaScript's options, in snake case.
///
/// # Example: the fewest options, and a few more
/// ```
/// use basic_oauth::{Options, SessionStore};
///
/// let options = Options::new("your-client-id", "/callback");
/// let options = options.scope("profile email").store(SessionStore::Session);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    client_id: String,
    redirect_uri: String,
    pub(super) server: Server,
    pub(super) scope: Option<String>,
    pub(super) store: SessionStore,
    pub(super) authorization_params: Parameters,
    pub(super) token_params: Parameters,
    pub(super) api_origins: Vec<String>,
    pub(super) request_timeout: Duration,
    pub(super) transaction_lifetime: Duration,
    pub(super) default_token_lifetime: Duration,
    pub(super) fallback_return_to: Option<String>,
    pub(super) load_user: bool,
    pub(super) on_event: Option<Listener>,
    pub(super) on_return: OnReturn,
    #[cfg(feature = "openid")]
    pub(super) handles: bool,
    #[cfg(feature = "openid")]
    pub(super) post_logout_redirect_uri: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Server {
    /// One that speaks as Basic does, at this origin.
    Basic(String),
    Other(ServerOptions),
}

impl Options {
    /// Returns the options of an app of Basic that asks for `profile`.
    ///
    /// The redirect URI is the registered one, character for character. If it is relative, it is
    /// resolved against the origin of the page, never against the page's own path: `/callback` and
    /// `callback` are `https://app.example/callback` on every page of `https://app.example`. The
    /// server always gets the absolute one.
    ///
    /// # Example: one build for development and production
    /// ```
    /// use basic_oauth::Options;
    ///
    /// // `http://localhost:5173/callback` here, `https://app.example/callback` there.
    /// let options = Options::new("your-client-id", "/callback");
    /// ```
    #[must_use]
    pub fn new(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            server: Server::Basic(BASIC_ORIGIN.into()),
            scope: None,
            store: SessionStore::default(),
            authorization_params: Parameters::new(),
            token_params: Parameters::new(),
            api_origins: Vec::new(),
            request_timeout: Duration::from_secs(10),
            transaction_lifetime: Duration::from_secs(15 * 60),
            default_token_lifetime: Duration::from_secs(60 * 60),
            fallback_return_to: None,
            load_user: true,
            on_event: None,
            on_return: OnReturn::default(),
            #[cfg(feature = "openid")]
            handles: false,
            #[cfg(feature = "openid")]
            post_logout_redirect_uri: None,
        }
    }

    /// Sets the scope to ask for, its names separated by spaces. Default: `profile`. An empty scope is
    /// not sent; Basic requires one.
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// Sets where the session is kept. Default: `localStorage`.
    #[must_use]
    pub fn store(self, store: SessionStore) -> Self {
        Self { store, ..self }
    }

    /// Sets the origin of a server that speaks as Basic does. Default: `https://api.basic.tech`.
    #[must_use]
    pub fn server(self, origin: impl Into<String>) -> Self {
        Self { server: Server::Basic(origin.into()), ..self }
    }

    /// Sets any other server, by its issuer. Its endpoints are found at the first sign-in (OpenID Connect
    /// Discovery 1.0, RFC 8414). The same as `server_options(ServerOptions::discovered(issuer))`.
    ///
    /// # Example: a provider of OpenID Connect
    /// ```
    /// use basic_oauth::Options;
    ///
    /// let options = Options::new("your-client-id", "/callback")
    ///     .issuer("https://as.example")
    ///     .scope("openid profile");
    /// ```
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.server_options(ServerOptions::discovered(issuer))
    }

    /// Sets whether a sign-in may name a handle of Basic. The handle's own server is found then.
    /// Default: no.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn handles(self, handles: bool) -> Self {
        Self { handles, ..self }
    }

    /// Sets where the user comes back to after a sign-out at the provider: a URI of this origin that is
    /// registered there, or a path of this page's origin. Default: the redirect URI.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn post_logout_redirect_uri(self, uri: impl Into<String>) -> Self {
        Self { post_logout_redirect_uri: Some(uri.into()), ..self }
    }

    /// Sets any other server, by its endpoints.
    #[must_use]
    pub fn server_options(self, server: ServerOptions) -> Self {
        Self { server: Server::Other(server), ..self }
    }

    /// Adds a parameter of every authorization request, such as `prompt`. A name that is added again
    /// is sent once for each value. A name that the protocol uses itself is refused when the client
    /// starts. Default: none.
    #[must_use]
    pub fn authorization_param(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.authorization_params.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter of every token request, at the exchange and at each refresh, such as
    /// `resource` (RFC 8707) or `audience`; see
    /// [`authorization_param`](Self::authorization_param). Default: none.
    #[must_use]
    pub fn token_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.token_params.push((name.into(), value.into()));
        self
    }

    /// Adds an origin that [`fetch`](crate::BasicAuth::fetch) may send the access token to. `self` is
    /// the origin of this page. The origins of the server's token and user information endpoints need
    /// not be added.
    ///
    /// # Example: the API of the app's own server, and another one
    /// ```
    /// use basic_oauth::Options;
    ///
    /// let options = Options::new("your-client-id", "/callback")
    ///     .api_origin("self")
    ///     .api_origin("https://api.app.example");
    /// ```
    #[must_use]
    pub fn api_origin(mut self, origin: impl Into<String>) -> Self {
        self.api_origins.push(origin.into());
        self
    }

    /// Sets how long one request to the server may take. Default: 10 seconds.
    #[must_use]
    pub fn request_timeout(self, request_timeout: Duration) -> Self {
        Self { request_timeout, ..self }
    }

    /// Sets how long a user may take at the server. Default: 15 minutes.
    #[must_use]
    pub fn transaction_lifetime(self, transaction_lifetime: Duration) -> Self {
        Self { transaction_lifetime, ..self }
    }

    /// Sets the lifetime of an access token if the server names none and there is a refresh token.
    /// Without a refresh token, such a token does not expire. Default: one hour.
    #[must_use]
    pub fn default_token_lifetime(self, default_token_lifetime: Duration) -> Self {
        Self { default_token_lifetime, ..self }
    }

    /// Sets where the user goes after a sign-in if no better place is known: a path of this origin.
    /// Another origin is refused when the client starts. Default: the folder of the redirect URI.
    #[must_use]
    pub fn fallback_return_to(self, path: impl Into<String>) -> Self {
        Self { fallback_return_to: Some(path.into()), ..self }
    }

    /// Sets whether the user information is read as soon as a user is signed in. Default: yes.
    #[must_use]
    pub fn load_user(self, load_user: bool) -> Self {
        Self { load_user, ..self }
    }

    /// Sets a function that receives each event, for a log. No event holds a secret.
    ///
    /// The `AuthProvider` of Yew compares options, and starts another client for others. Functions do not
    /// count there: the client is kept, and calls the function of the last render.
    ///
    /// # Example: a log
    /// ```
    /// use basic_oauth::Options;
    ///
    /// let options = Options::new("your-client-id", "/callback")
    ///     .on_event(|event| println!("{}", event.as_str()));
    /// ```
    #[must_use]
    pub fn on_event(self, on_event: impl Fn(&Event) + 'static) -> Self {
        Self { on_event: Some(Listener(Rc::new(on_event))), ..self }
    }

    /// Sets how the user gets back to where the sign-in began. Default: [`OnReturn::Router`].
    #[must_use]
    pub fn on_return(self, on_return: OnReturn) -> Self {
        Self { on_return, ..self }
    }

    /// Returns whether a client of these options is one of `other` as well: at most the functions differ.
    #[cfg(feature = "yew")]
    pub(crate) fn is_same_client(&self, other: &Self) -> bool {
        let (on_event, on_return) = (self.on_event.clone(), self.on_return.clone());
        self.on_event.is_some() == other.on_event.is_some()
            && mem::discriminant(&self.on_return) == mem::discriminant(&other.on_return)
            && *self == Self { on_event, on_return, ..other.clone() }
    }

    /// Returns these options with functions that call those of `latest`, which may change.
    #[cfg(feature = "yew")]
    pub(crate) fn following(mut self, latest: &Rc<RefCell<Self>>) -> Self {
        if self.on_event.is_some() {
            let latest = latest.clone();
            self = self.on_event(move |event| {
                let on_event = latest.borrow().on_event.clone();
                if let Some(Listener(on_event)) = on_event {
                    on_event(event);
                }
            });
        }
        if matches!(self.on_return, OnReturn::Call(_)) {
            let latest = latest.clone();
            self.on_return = OnReturn::Call(Rc::new(move |path| {
                let on_return = latest.borrow().on_return.clone();
                if let OnReturn::Call(on_return) = on_return {
                    on_return(path);
                }
            }));
        }
        self
    }

    /// Validates every option, and what they say together.
    ///
    /// A relative redirect URI is resolved against `origin`. If that is empty, it is refused.
    ///
    /// # Errors
    /// The kind `Configuration`. Its [`detail`](Error::detail) is the option's name in JavaScript.
    #[doc(hidden)] // `BasicAuth::start` validates. It needs the internals, and returns one of them.
    pub fn validate(mut self, parser: &impl UrlParser, origin: &str) -> Result<Config> {
        let redirect_uri = self::redirect_uri(parser, origin, &self.redirect_uri)?;
        #[cfg(feature = "openid")]
        let post_logout_redirect_uri = match &self.post_logout_redirect_uri {
            None => redirect_uri.clone(),
            Some(uri) => self::redirect_uri(parser, origin, uri)
                .ok()
                .filter(|uri| uri.shares_origin(&redirect_uri))
                .ok_or_else(|| invalid("postLogoutRedirectUri"))?,
        };
        let server = match &self.server {
            Server::Basic(origin) => AuthorizationServer::basic_at(parser, origin)?,
            Server::Other(server) => server.validate(parser)?,
        };
        // Made early and filled, because each value that an error must drop by itself adds code.
        let mut config = Config {
            registration: Registration::new(server, &self.client_id, redirect_uri)?,
            scope: Scope::default(),
            authorization_params: ExtraParameters::default(),
            token_params: ExtraParameters::default(),
            store: self.store,
            api_origins: Vec::new(),
            request_timeout: self.request_timeout,
            transaction_lifetime: self.transaction_lifetime,
            default_token_lifetime: self.default_token_lifetime,
            fallback_return_to: String::new(),
            load_user: self.load_user,
            on_event: self.on_event.take().map(|Listener(on_event)| on_event),
            on_return: mem::take(&mut self.on_return),
            #[cfg(feature = "openid")]
            handles: self.handles,
            #[cfg(feature = "openid")]
            post_logout_redirect_uri,
        };
        let Registration { server, redirect_uri, .. } = &config.registration;
        config.scope = Scope::parse(self.scope.as_deref().unwrap_or("profile"))?;
        server.validate()?;
        server.validate_scope(&config.scope)?;
        if matches!(config.on_return, OnReturn::Load) && self.store == SessionStore::Memory {
            return Err(invalid("onReturn"));
        }
        for allowed in &self.api_origins {
            let allowed = if allowed == "self" { origin } else { allowed };
            config.api_origins.push(Origin::parse(parser, allowed)?);
        }
        let fallback = self.fallback_return_to.as_deref().unwrap_or(redirect_uri.folder());
        if !redirect_uri.shares_origin_with_path(parser, fallback) {
            return Err(invalid("fallbackReturnTo"));
        }
        config.fallback_return_to = fallback.into();
        let durations = [
            (self.request_timeout, "requestTimeoutSeconds"),
            (self.transaction_lifetime, "transactionLifetimeSeconds"),
            (self.default_token_lifetime, "defaultTokenLifetimeSeconds"),
        ];
        for (duration, name) in &durations {
            if !DURATIONS.contains(duration) {
                return Err(invalid(name));
            }
        }
        let params = mem::take(&mut self.authorization_params);
        config.authorization_params = ExtraParameters::parse(params)?;
        config.token_params = ExtraParameters::parse(mem::take(&mut self.token_params))?;
        Ok(config)
    }
}

/// Parses a redirect URI. If it is relative, it is resolved against the origin of the page.
fn redirect_uri(parser: &impl UrlParser, origin: &str, uri: &str) -> Result<RedirectUri> {
    let resolved = match parser.parse_url(uri, None) {
        Some(_) => None,
        None => parser.parse_url(uri, Some(origin)),
    };
    RedirectUri::parse(parser, resolved.as_ref().map_or(uri, Url::href))
}

pub(super) fn invalid(name: &'static str) -> Error {
    Error::new(ErrorCode::InvalidOption).with_detail(name)
}

#[derive(Clone)]
pub(super) struct Listener(pub(super) OnEvent);

/// Two functions are equal if they are the same one.
impl PartialEq for Listener {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    const ORIGIN: &str = "https://app.example";

    fn options() -> Options {
        Options::new("id", "/cb")
    }

    fn server() -> ServerOptions {
        ServerOptions::new("https://as.example/a", "https://as.example/t")
    }

    fn refused(options: Options) -> (ErrorCode, Option<&'static str>) {
        let error = options.validate(&Native, ORIGIN).expect_err("refused");
        (error.code(), error.detail())
    }

    #[test]
    fn r7_a_relative_redirect_uri_is_resolved_against_the_origin_and_an_absolute_one_is_kept() {
        for (uri, expected) in [
            ("/callback", "https://app.example/callback"),
            ("./callback", "https://app.example/callback"),
            ("callback?x=1", "https://app.example/callback?x=1"),
            ("../callback", "https://app.example/callback"),
            ("", "https://app.example/"),
            ("https://app.example:8443/cb?x=%7e", "https://app.example:8443/cb?x=%7e"),
            ("https://App.example:443/cb", "https://App.example:443/cb"),
        ] {
            let config = Options::new("id", uri).validate(&Native, ORIGIN).expect("valid options");
            assert_eq!(config.registration.redirect_uri.as_str(), expected, "{uri:?}");
        }
        for uri in ["/callback#x", "/callback?state=1", "//user@app.example/cb", "app:/cb"] {
            assert_eq!(refused(Options::new("id", uri)).0, ErrorCode::InvalidRedirectUri, "{uri}");
        }
        assert!(options().validate(&Native, "").is_err(), "no origin is known");
    }

    #[test]
    fn r48_a_fallback_of_another_origin_is_refused() {
        for hostile in ["https://other.example", "//other.example/", "/\\other.example", "data:,x"]
        {
            let options = options().fallback_return_to(hostile);
            let expected = (ErrorCode::InvalidOption, Some("fallbackReturnTo"));
            assert_eq!(refused(options), expected, "{hostile}");
        }
        for own in ["/home?x=1#y", "home", "https://app.example/home", ""] {
            assert!(options().fallback_return_to(own).validate(&Native, ORIGIN).is_ok(), "{own}");
        }
    }

    #[test]
    fn two_options_are_enough() {
        let config = options().validate(&Native, ORIGIN).expect("valid options");
        assert_eq!(config.scope.as_str(), "profile");
        assert_eq!(config.store, SessionStore::Local);
        assert_eq!(config.request_timeout, Duration::from_secs(10));
        assert_eq!(config.fallback_return_to, "/");
        assert!(config.load_user && config.on_event.is_none());
        assert_eq!(config.registration.server.token_endpoint.origin().as_str(), BASIC_ORIGIN);
        assert!(config.api_origins.is_empty(), "none besides the server's own");
    }

    #[test]
    fn every_value_is_validated() {
        assert_eq!(refused(Options::new("", "/cb")), (ErrorCode::InvalidOption, Some("clientId")));
        assert_eq!(refused(options().scope("a,b")).0, ErrorCode::InvalidScope);
        let insecure = "http://a.example";
        assert_eq!(refused(options().api_origin(insecure)).0, ErrorCode::InvalidApiOrigin);
        assert_eq!(refused(options().server(insecure)).0, ErrorCode::InvalidEndpoint);
        assert_eq!(
            refused(options().server_options(ServerOptions::new("", ""))),
            (ErrorCode::InvalidEndpoint, Some("authorizationEndpoint"))
        );
        assert_eq!(
            refused(options().request_timeout(Duration::ZERO)),
            (ErrorCode::InvalidOption, Some("requestTimeoutSeconds"))
        );
        assert_eq!(
            refused(options().transaction_lifetime(Duration::MAX)),
            (ErrorCode::InvalidOption, Some("transactionLifetimeSeconds"))
        );
        let reserved = options().token_param("code_verifier", "x");
        assert_eq!(refused(reserved).0, ErrorCode::ReservedParameter);
    }

    #[test]
    fn r33_what_no_single_option_shows_is_validated() {
        let flag = server().iss_parameter_supported(true);
        let unnamed = options().server_options(flag.clone());
        assert_eq!(refused(unnamed), (ErrorCode::InvalidOption, Some("issuer")));
        let named = options().server_options(flag.issuer("https://as.example"));
        let config = named.validate(&Native, ORIGIN).expect("valid options");
        assert!(config.registration.server.iss_parameter_supported);
        assert_eq!(config.registration.server.issuer_text(), "https://as.example");
        assert_eq!(
            refused(options().scope("")),
            (ErrorCode::InvalidOption, Some("scope")),
            "Basic needs one"
        );
        let free = options().server_options(server()).scope("");
        assert!(free.validate(&Native, ORIGIN).is_ok());
        let lost = options().store(SessionStore::Memory).on_return(OnReturn::Load);
        assert_eq!(refused(lost), (ErrorCode::InvalidOption, Some("onReturn")));
    }

    #[test]
    fn r102_one_word_allows_the_origin_of_the_page_and_no_other_word_does() {
        let allowed = |origin, page| {
            let config = options().api_origin(origin).validate(&Native, page)?;
            Ok::<_, Error>(config.api_origins[0].as_str().to_owned())
        };
        let local = "http://localhost:8080";
        assert_eq!(allowed("self", ORIGIN).as_deref(), Ok(ORIGIN));
        assert_eq!(allowed("self", local).as_deref(), Ok(local));
        for wrong in ["Self", "'self'", "self ", "/", "", "*"] {
            let refused = allowed(wrong, ORIGIN).expect_err(wrong);
            assert_eq!(refused.code(), ErrorCode::InvalidApiOrigin, "{wrong}");
        }
        let absolute = Options::new("id", "https://app.example/cb").api_origin("self");
        assert!(absolute.validate(&Native, "").is_err(), "no origin is known");
    }

    #[test]
    fn a_parameter_that_is_added_again_is_sent_once_more() {
        let options = options()
            .authorization_param("audience", "a")
            .authorization_param("prompt", "login")
            .authorization_param("audience", "b");
        let config = options.validate(&Native, ORIGIN).expect("valid options");
        let pairs: Vec<_> = config.authorization_params.pairs().collect();
        assert_eq!(pairs, [("audience", "a"), ("prompt", "login"), ("audience", "b")]);
    }

    #[test]
    fn options_equal_their_clone() {
        let listening = options().on_event(|_| {});
        assert_eq!(listening, listening.clone());
        assert_ne!(listening, options().on_event(|_| {}));
        let returning = |on_return| options().on_return(on_return);
        let call = OnReturn::Call(Rc::new(|_| {}));
        assert_eq!(returning(call.clone()), returning(call.clone()));
        assert_ne!(returning(call), returning(OnReturn::Load));
    }

    #[cfg(feature = "yew")]
    #[test]
    fn options_that_differ_in_functions_only_are_of_the_same_client() {
        let listening = || options().on_event(|_| {});
        let calling = || options().on_return(OnReturn::Call(Rc::new(|_| {})));
        assert!(listening().is_same_client(&listening()));
        assert!(calling().is_same_client(&calling()));
        for other in [
            listening(),
            calling(),
            options().scope("email"),
            options().on_return(OnReturn::Load),
            Options::new("other", "/cb"),
        ] {
            assert!(!options().is_same_client(&other) && !other.is_same_client(&options()));
        }
        assert!(!listening().is_same_client(&listening().store(SessionStore::Session)));
    }

    #[cfg(feature = "yew")]
    #[test]
    fn functions_that_follow_call_the_latest_ones() {
        let called = Rc::new(RefCell::new(Vec::new()));
        let options = |name: &'static str| {
            let (events, paths) = (called.clone(), called.clone());
            options()
                .on_event(move |event| events.borrow_mut().push([name, event.as_str()].concat()))
                .on_return(OnReturn::Call(Rc::new(move |path| {
                    paths.borrow_mut().push([name, path].concat());
                })))
        };
        let latest = Rc::new(RefCell::new(options("a ")));
        let config = options("a ").following(&latest).validate(&Native, ORIGIN).expect("valid");
        let emit = || {
            config.on_event.as_ref().expect("a listener")(&Event::Refreshed);
            match &config.on_return {
                OnReturn::Call(call) => call("/x"),
                other => panic!("{other:?}"),
            }
        };
        emit();
        latest.replace(options("b "));
        emit();
        assert_eq!(*called.borrow(), ["a refreshed", "a /x", "b refreshed", "b /x"]);
        let without = self::tests::options().following(&latest);
        assert_eq!(without, self::tests::options(), "there is nothing to follow");
    }
}
