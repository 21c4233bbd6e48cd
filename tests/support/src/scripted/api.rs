//! What an app asks its own API, as the scripted platform has it.

use super::network::Gate;
use basic_oauth::SecretText;

/// A request of an app to its own API.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Its URL; may be relative to the page.
    pub url: String,
    /// What it sends.
    pub body: SecretText,
    /// The app cancels the request when this gate opens.
    pub cancelled: Option<Gate>,
}

impl ApiRequest {
    /// A request that only reads.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self { method: "GET".into(), url: url.into(), body: SecretText::default(), cancelled: None }
    }
}

/// The answer of an API.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The `WWW-Authenticate` header.
    pub challenge: Option<String>,
}
