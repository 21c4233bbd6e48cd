//! What varies between the tests.

use basic_oauth::Options;
use serde::Deserialize;

/// What varies between the tests.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    client_id: String,
    redirect_uri: String,
    server: String,
    /// The address of an API.
    pub(crate) notes: String,
    /// Whether the app forgets the provider.
    pub(crate) has_no_provider: bool,
    /// The path below which the router works.
    pub(crate) base: String,
    /// Whether a server has rendered the page.
    pub(crate) hydrates: bool,
}

impl Config {
    /// Returns the options for the SDK.
    pub(crate) fn auth(&self) -> Options {
        Options::new(&self.client_id, &self.redirect_uri)
            .server(&self.server)
            .scope("profile")
            .api_origin("self")
    }
}

/// Reads the configuration, then starts the app.
#[cfg(target_arch = "wasm32")]
pub(crate) fn load(start: impl FnOnce(Config) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let response = gloo_net::http::Request::get("/config.json").send().await;
        let Ok(response) = response else { return start(Config::default()) };
        start(response.json().await.unwrap_or_default());
    });
}

/// Writes a line to the console, which the tests read.
pub(crate) fn say(text: &str) {
    #[cfg(target_arch = "wasm32")]
    web_sys::console::log_1(&text.into());
    #[cfg(not(target_arch = "wasm32"))]
    let _ = text;
}
