//! A client that sends plain HTTP, so that the server is tested without this project's SDK.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, missing_docs)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_server::{AuthorizationServer, Client, Control, Options};
use reqwest::{Response, StatusCode, redirect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

pub(crate) const REDIRECT_URI: &str = "http://localhost:9/callback";
pub(crate) const APP: &str = "http://localhost:9";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The encoding of a token request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding {
    Form,
    Json,
}

pub(crate) struct Stage {
    pub(crate) server: AuthorizationServer,
    pub(crate) control: Control,
    pub(crate) http: reqwest::Client,
}

impl Stage {
    /// Starts a server with one app, `app`, that skips the consent page.
    pub(crate) async fn new() -> Self {
        Self::with(Client::new("app", REDIRECT_URI).auto_consent()).await
    }

    pub(crate) async fn with(client: Client) -> Self {
        let options = Options { clients: vec![client], ..Options::default() };
        let server = AuthorizationServer::start(options).await.unwrap();
        let control = server.control();
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { server, control, http }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.origin())
    }

    /// Sends an authorization request with some parameters replaced. `None` leaves one out.
    pub(crate) async fn authorize(&self, changes: &[(&str, Option<&str>)]) -> Response {
        let challenge = challenge(VERIFIER);
        let mut query = vec![
            ("client_id", "app"),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "profile"),
            ("state", "the-state"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            query.retain(|(key, _)| key != name);
            query.extend(value.map(|value| (*name, value)));
        }
        self.http.get(self.url("/auth/authorize")).query(&query).send().await.unwrap()
    }

    pub(crate) async fn code(&self) -> String {
        param(&self.authorize(&[]).await, "code").unwrap()
    }

    pub(crate) async fn token(
        &self,
        encoding: Encoding,
        body: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let request = self.http.post(self.url("/auth/token"));
        let request = match encoding {
            Encoding::Form => request.form(body),
            Encoding::Json => {
                let members = body.iter().map(|(name, value)| ((*name).into(), json!(value)));
                request.json(&Value::Object(members.collect()))
            }
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn exchange(&self, encoding: Encoding, code: &str) -> (StatusCode, Value) {
        self.exchange_with(encoding, code, VERIFIER, REDIRECT_URI).await
    }

    pub(crate) async fn exchange_with(
        &self,
        encoding: Encoding,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> (StatusCode, Value) {
        let body = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", "app"),
            ("code_verifier", verifier),
        ];
        self.token(encoding, &body).await
    }

    /// Signs in, and returns the token response.
    pub(crate) async fn sign_in(&self) -> Value {
        let (status, tokens) = self.exchange(Encoding::Json, &self.code().await).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> (StatusCode, Value) {
        let body = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", "app"),
        ];
        self.token(Encoding::Json, &body).await
    }

    /// Signs in with `openid` and further changes of the request, and returns the token response.
    pub(crate) async fn sign_in_with(&self, changes: &[(&str, Option<&str>)]) -> Value {
        let changes: Vec<_> =
            [("scope", Some("openid profile"))].iter().chain(changes).copied().collect();
        let code = param(&self.authorize(&changes).await, "code").unwrap();
        let (status, tokens) = self.exchange(Encoding::Json, &code).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// Returns the JSON document at a path or an address.
    pub(crate) async fn json(&self, address: &str) -> Value {
        let url = if address.starts_with('/') { self.url(address) } else { address.into() };
        let response = self.http.get(&url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        response.json().await.unwrap()
    }

    pub(crate) async fn bearer(&self, path: &str, tokens: &Value) -> (StatusCode, Value) {
        let token = text(tokens, "access_token");
        let response = self.http.get(self.url(path)).bearer_auth(token).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

pub(crate) fn text<'a>(json: &'a Value, member: &str) -> &'a str {
    json[member].as_str().unwrap_or_else(|| panic!("no {member} in {json}"))
}

/// Returns the JSON of a part of a token: 0 is the header, 1 the claims.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Returns a query parameter of a redirect.
pub(crate) fn param(response: &Response, name: &str) -> Option<String> {
    let location = location(response)?;
    let found = location.query_pairs().find(|(key, _)| key == name)?;
    Some(found.1.into_owned())
}

pub(crate) fn location(response: &Response) -> Option<Url> {
    Url::parse(response.headers().get("location")?.to_str().unwrap()).ok()
}
