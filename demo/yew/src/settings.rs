//! What the demo's server tells its app. An app of your own writes this down instead.

use basic_oauth::Options;
use serde::Deserialize;
use yew::{AttrValue, Properties};

/// The app's identifier, and where everything is.
#[derive(Clone, Default, Deserialize, PartialEq, Properties)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    client_id: String,
    redirect_uri: String,
    server: String,
    resource: String,
}

impl Settings {
    /// For a client of the demo's server.
    pub(crate) fn auth(&self) -> Options {
        Options::new(&self.client_id, &self.redirect_uri).server(&self.server)
    }

    /// The address of the notes.
    pub(crate) fn notes(&self) -> AttrValue {
        self.resource.clone().into()
    }
}

/// Reads the settings, then starts the app.
pub(crate) fn load(start: impl FnOnce(Settings) + 'static) {
    yew::platform::spawn_local(async move {
        let answer = gloo_net::http::Request::get("/config.json").send().await;
        let Ok(answer) = answer else { return start(Settings::default()) };
        start(answer.json().await.unwrap_or_default());
    });
}
