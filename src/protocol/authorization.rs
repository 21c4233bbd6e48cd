//! The authorization request: the URL a browser is sent to.
//!
//! RFC 6749 [section 4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1),
//! RFC 7636 [section 4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3).

use crate::codec::{query, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::parameters::is_reserved;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::redirect_uri::RedirectUri;
use crate::protocol::scope::Scope;
use crate::protocol::server::AuthorizationServer;
use crate::protocol::state::State;
use crate::secret::SecretText;

/// Extra parameters of a request, such as `prompt`, `login_hint` or `audience`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraParameters(Vec<(String, String)>);

impl ExtraParameters {
    /// Validates the parameters that an app adds: pairs of a name and a value. A name that occurs
    /// several times, such as `audience`, is sent once for each value.
    ///
    /// # Errors
    /// [`ErrorCode::ReservedParameter`] if the protocol uses a name itself.
    pub fn parse(pairs: Vec<(String, String)>) -> Result<Self> {
        if pairs.iter().any(|(name, _)| is_reserved(name)) {
            return Err(Error::new(ErrorCode::ReservedParameter));
        }
        Ok(Self(pairs))
    }

    /// Returns the parameters in the order in which they were added.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the first value of the parameter of this name.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// Sets a parameter that is not reserved, in place of one of the same name.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.retain(|(own, _)| own != name);
        self.0.push((name.into(), value));
    }

    /// Adds a parameter.
    ///
    /// # Errors
    /// [`ErrorCode::ReservedParameter`] if the protocol uses the name itself, or if it has been
    /// added (only `resource` may repeat, RFC 8707).
    pub fn add(&mut self, name: &str, value: &str) -> Result<()> {
        let is_repeated = name != "resource" && self.has(name);
        if is_reserved(name) || is_repeated {
            return Err(Error::new(ErrorCode::ReservedParameter));
        }
        self.0.push((name.into(), value.into()));
        Ok(())
    }
}

/// Everything that goes into one authorization request.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// The redirect URI, at which the response arrives.
    pub redirect_uri: &'a RedirectUri,
    /// The scope to ask for. An empty scope is not sent.
    pub scope: &'a Scope,
    /// The state, which names this sign-in.
    pub state: &'a State,
    /// The nonce, if an ID token is asked for (OpenID Connect Core
    /// [section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
    pub nonce: Option<&'a SecretText>,
    /// The code verifier. Its challenge is sent.
    pub verifier: &'a CodeVerifier,
    /// The app's own parameters: first those of its configuration, then those of this sign-in.
    pub extra: [&'a ExtraParameters; 2],
}

impl AuthorizationRequest<'_> {
    /// Builds the URL to send the browser to. The endpoint's own query is kept. A parameter that
    /// the app gives too is sent once, with the app's value.
    #[must_use]
    pub fn url(&self, server: &AuthorizationServer) -> String {
        let challenge = self.verifier.challenge();
        let [configured, now] = self.extra;
        let (endpoint, own) = text::cut(server.authorization_endpoint.as_str(), b'?');
        let own =
            query::without(own.unwrap_or_default(), |name| configured.has(name) || now.has(name));
        let mut url = [endpoint, &own].concat();
        if own.is_empty() {
            url.push('?');
        }
        query::push(&mut url, "response_type", "code");
        query::push(&mut url, "client_id", self.client_id);
        query::push(&mut url, "redirect_uri", self.redirect_uri.as_str());
        if !self.scope.as_str().is_empty() {
            query::push(&mut url, "scope", self.scope.as_str());
        }
        query::push(&mut url, "state", self.state.as_str());
        if let Some(nonce) = self.nonce {
            query::push(&mut url, "nonce", nonce.expose());
        }
        query::push(&mut url, "code_challenge", &challenge);
        query::push(&mut url, "code_challenge_method", "S256");
        for (name, value) in configured.pairs() {
            if name == "resource" || !now.has(name) {
                query::push(&mut url, name, value);
            }
        }
        for (name, value) in now.pairs() {
            query::push(&mut url, name, value);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::Endpoint;
    use crate::protocol::parameters::{CALLBACK, RESERVED};
    use crate::testing::Native;

    fn sent(
        endpoint: &str,
        configured: &ExtraParameters,
        now: &ExtraParameters,
    ) -> Vec<(String, String)> {
        let endpoint =
            Endpoint::parse(&Native, endpoint, "authorizationEndpoint").expect("a valid endpoint");
        let server = AuthorizationServer::new(endpoint.clone(), endpoint);
        let url = AuthorizationRequest {
            client_id: "app 1",
            redirect_uri: &RedirectUri::parse(&Native, "https://app.example/cb")
                .expect("a valid URI"),
            scope: &Scope::parse("profile app:db").expect("a valid URI"),
            state: &State::from_random(&[1; 32]),
            nonce: None,
            verifier: &CodeVerifier::from_random(&[2; 32]),
            extra: [configured, now],
        }
        .url(&server);
        query::parse(url.split_once('?').expect("a query").1)
    }

    fn extras(pairs: &[(&str, &str)]) -> ExtraParameters {
        let mut extra = ExtraParameters::default();
        pairs.iter().for_each(|(name, value)| extra.add(name, value).expect("a free name"));
        extra
    }

    #[test]
    fn r8_a_parameter_of_the_endpoint_and_the_sign_in_is_sent_once_as_the_sign_in_wants() {
        let endpoint = "https://as.example/authorize?tenant=1&prompt=login&ui=dark";
        let pairs = sent(endpoint, &extras(&[("ui", "light")]), &extras(&[("prompt", "none")]));
        let values = |wanted: &str| -> Vec<_> {
            pairs
                .iter()
                .filter(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
                .collect()
        };
        assert_eq!(values("tenant"), ["1"]);
        assert_eq!(values("prompt"), ["none"]);
        assert_eq!(values("ui"), ["light"]);
        let pairs = sent(
            "https://as.example/authorize?prompt=login",
            &extras(&[("prompt", "none")]),
            &extras(&[]),
        );
        assert_eq!(pairs[0].0, "response_type", "{pairs:?}");
    }

    #[test]
    fn r8_an_empty_scope_is_not_sent_and_a_nonce_is_sent_once() {
        let endpoint =
            Endpoint::parse(&Native, "https://as.example/a", "test").expect("a valid endpoint");
        let server = AuthorizationServer::new(endpoint.clone(), endpoint);
        let none = ExtraParameters::default();
        let url = AuthorizationRequest {
            client_id: "app",
            redirect_uri: &RedirectUri::parse(&Native, "https://app.example/cb")
                .expect("a valid URI"),
            scope: &Scope::default(),
            state: &State::from_random(&[1; 32]),
            nonce: Some(&SecretText::new("n-1".into())),
            verifier: &CodeVerifier::from_random(&[2; 32]),
            extra: [&none, &none],
        }
        .url(&server);
        assert!(!url.contains("scope="), "{url}");
        assert_eq!(url.matches("nonce=n-1").count(), 1, "{url}");
    }

    #[test]
    fn a_parameter_with_several_values_is_sent_once_for_each() {
        let parse = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            ExtraParameters::parse(pairs.collect())
        };
        for name in RESERVED.into_iter().chain(CALLBACK) {
            assert!(parse(&[("ui", "x"), (name, "x")]).is_err(), "{name}");
        }
        let extra = parse(&[("audience", "a"), ("audience", "b")]).expect("free names");
        let pairs = sent("https://as.example/a?audience=own", &extra, &ExtraParameters::default());
        let audiences: Vec<_> = pairs.iter().filter(|(name, _)| name == "audience").collect();
        assert_eq!(audiences, [&("audience".into(), "a".into()), &("audience".into(), "b".into())]);
    }

    #[test]
    fn r1_r2_r5_r8_every_parameter_is_sent_once() {
        let none = ExtraParameters::default();
        let pairs = sent("https://as.example/authorize?tenant=1", &none, &none);
        let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "tenant",
                "response_type",
                "client_id",
                "redirect_uri",
                "scope",
                "state",
                "code_challenge",
                "code_challenge_method"
            ]
        );
        let value = |wanted: &str| &pairs.iter().find(|(name, _)| name == wanted).expect("sent").1;
        assert_eq!(value("response_type"), "code");
        assert_eq!(value("client_id"), "app 1");
        assert_eq!(value("scope"), "profile app:db");
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(value("code_challenge").len(), 43);
    }

    #[test]
    fn r8_r9_reserved_names_are_refused_as_extras() {
        for name in RESERVED.into_iter().chain(CALLBACK) {
            let error = ExtraParameters::default().add(name, "x").expect_err(name);
            assert_eq!(error.code(), ErrorCode::ReservedParameter);
        }
        let mut extra = ExtraParameters::default();
        extra.add("prompt", "login").expect("a free name");
        assert!(extra.add("prompt", "none").is_err(), "once each");
        extra.add("resource", "https://a.example").expect("a free name");
        extra.add("resource", "https://b.example").expect("C11: may repeat");
    }

    #[test]
    fn an_extra_of_this_sign_in_replaces_the_configured_one() {
        let (mut configured, mut now) = Default::default();
        ExtraParameters::add(&mut configured, "prompt", "login").expect("a free name");
        ExtraParameters::add(&mut now, "prompt", "consent").expect("a free name");
        let pairs = sent("https://as.example/authorize", &configured, &now);
        let prompts: Vec<_> = pairs.iter().filter(|(name, _)| name == "prompt").collect();
        assert_eq!(prompts, [&("prompt".into(), "consent".into())]);
    }
}
