//! The settings that the demo server publishes. Your own app would have them in its code.

use basic_oauth::Options;
use serde::Deserialize;

/// The client id and the addresses.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    client_id: String,
    redirect_uri: String,
    server: String,
    resource: String,
}

impl Settings {
    /// Returns the options for the SDK.
    pub(crate) fn auth(&self) -> Options {
        Options::new(&self.client_id, &self.redirect_uri).server(&self.server)
    }

    /// Returns the address of the notes.
    pub(crate) fn notes(&self) -> &str {
        &self.resource
    }
}

/// Reads the settings, then starts the app.
pub(crate) fn load(start: impl FnOnce(Settings) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let response = gloo_net::http::Request::get("/config.json").send().await;
        let Ok(response) = response else { return start(Settings::default()) };
        start(response.json().await.unwrap_or_default());
    });
}
