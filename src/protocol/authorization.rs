//! The authorization request: the URL a browser is sent to.
//!
//! RFC 6749 [section 4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1),
//! RFC 7636 [section 4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3).

use crate::error::{Code, Error, Result};
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::query;
use crate::protocol::scope::Scope;
use crate::protocol::server::AuthorizationServer;
use crate::protocol::state::State;
use crate::protocol::url::RedirectUri;

/// What the protocol sends or receives itself; an extra parameter of such a name could undo a check.
const RESERVED: [&str; 17] = [
    "access_token",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "nonce",
    "password",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "username",
];

/// What an authorization server adds to the redirect URI.
const CALLBACK: [&str; 7] =
    ["code", "error", "error_description", "error_uri", "iss", "response", "state"];

/// Whether an extra parameter may not have this name.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || is_callback_parameter(name)
}

/// Whether a callback parameter has this name.
#[must_use]
pub fn is_callback_parameter(name: &str) -> bool {
    CALLBACK.contains(&name)
}

/// Extra parameters of the authorization request, such as `prompt` or `login_hint`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraParameters(Vec<(String, String)>);

impl ExtraParameters {
    /// Adds a parameter.
    ///
    /// # Errors
    /// [`Code::ReservedParameter`] where the protocol uses the name itself, or where it is there
    /// already (only `resource` may repeat, RFC 8707).
    pub fn add(&mut self, name: &str, value: &str) -> Result<()> {
        let is_repeated = name != "resource" && self.0.iter().any(|(own, _)| own == name);
        if is_reserved(name) || is_repeated {
            return Err(Error::new(Code::ReservedParameter));
        }
        self.0.push((name.into(), value.into()));
        Ok(())
    }
}

/// Everything that goes into one authorization request.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// The public client's identifier.
    pub client_id: &'a str,
    /// Where the answer goes.
    pub redirect_uri: &'a RedirectUri,
    /// What is asked for.
    pub scope: &'a Scope,
    /// The name of this sign-in.
    pub state: &'a State,
    /// The verifier whose challenge is sent.
    pub verifier: &'a CodeVerifier,
    /// The app's own parameters: those of its configuration, then those of this sign-in.
    pub extra: [&'a ExtraParameters; 2],
}

impl AuthorizationRequest<'_> {
    /// The URL to send the browser to. The endpoint's own query is kept.
    #[must_use]
    pub fn url(&self, server: &AuthorizationServer) -> String {
        let challenge = self.verifier.challenge();
        let mut url = String::from(server.authorization_endpoint.as_str());
        if url.bytes().all(|b| b != b'?') {
            url.push('?');
        }
        query::push(&mut url, "response_type", "code");
        query::push(&mut url, "client_id", self.client_id);
        query::push(&mut url, "redirect_uri", self.redirect_uri.as_str());
        query::push(&mut url, "scope", self.scope.as_str());
        query::push(&mut url, "state", self.state.as_str());
        query::push(&mut url, "code_challenge", &challenge);
        query::push(&mut url, "code_challenge_method", "S256");
        let [configured, now] = self.extra;
        for (name, value) in &configured.0 {
            if name == "resource" || now.0.iter().all(|(other, _)| other != name) {
                query::push(&mut url, name, value);
            }
        }
        for (name, value) in &now.0 {
            query::push(&mut url, name, value);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Native;
    use crate::protocol::url::Endpoint;

    fn sent(
        endpoint: &str,
        configured: &ExtraParameters,
        now: &ExtraParameters,
    ) -> Vec<(String, String)> {
        let endpoint = Endpoint::parse(&Native, endpoint, "authorizationEndpoint").expect("sound");
        let server = AuthorizationServer::new(endpoint.clone(), endpoint);
        let url = AuthorizationRequest {
            client_id: "app 1",
            redirect_uri: &RedirectUri::parse(&Native, "https://app.example/cb").expect("sound"),
            scope: &Scope::parse("profile app:db").expect("sound"),
            state: &State::from_random(&[1; 32]),
            verifier: &CodeVerifier::from_random(&[2; 32]),
            extra: [configured, now],
        }
        .url(&server);
        query::parse(url.split_once('?').expect("a query").1)
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
            assert_eq!(error.code(), Code::ReservedParameter);
        }
        let mut extra = ExtraParameters::default();
        extra.add("prompt", "login").expect("free");
        assert!(extra.add("prompt", "none").is_err(), "once each");
        extra.add("resource", "https://a.example").expect("free");
        extra.add("resource", "https://b.example").expect("C11: may repeat");
    }

    #[test]
    fn an_extra_of_this_sign_in_replaces_the_configured_one() {
        let (mut configured, mut now) = Default::default();
        ExtraParameters::add(&mut configured, "prompt", "login").expect("free");
        ExtraParameters::add(&mut now, "prompt", "consent").expect("free");
        let pairs = sent("https://as.example/authorize", &configured, &now);
        let prompts: Vec<_> = pairs.iter().filter(|(name, _)| name == "prompt").collect();
        assert_eq!(prompts, [&("prompt".into(), "consent".into())]);
    }
}
