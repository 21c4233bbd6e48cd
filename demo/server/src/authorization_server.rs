//! Starts the authorization server: binds the port, makes the key, serves the routes.

use std::sync::Arc;

use tokio::sync::watch;

use crate::control::Control;
use crate::faults::Injection;
use crate::keys::Keys;
use crate::options::{Client, Options};
use crate::router::router;
use crate::serve::{self, Serving};
use crate::state::{ServerState, SharedState};

/// A running authorization server. It stops when dropped.
pub struct AuthorizationServer {
    server: SharedState,
    is_online: watch::Sender<bool>,
    _serving: Serving,
}

impl AuthorizationServer {
    /// Starts on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If the port cannot be used, or the signing key cannot be generated.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(options.port).await?;
        let keys = tokio::task::spawn_blocking(Keys::generate).await??;
        let state = ServerState::new(format!("http://{address}"), keys, options);
        let server = Arc::new(state);
        let (is_online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router(&server), watched);
        Ok(Self { server, is_online, _serving: serving })
    }

    /// Returns the issuer, `http://127.0.0.1:<port>`. Every endpoint begins with it.
    pub fn origin(&self) -> &str {
        &self.server.origin
    }

    /// Adds an app, or replaces the one with the same id.
    pub fn register(&self, client: Client) {
        self.server.register(client);
    }

    /// Injects a fault for as long as the server runs.
    pub fn inject(&self, injection: Injection) {
        self.server.faults.inject(injection);
    }

    /// Returns the controls for tests.
    pub fn control(&self) -> Control {
        Control::new(self.server.clone(), self.is_online.clone())
    }
}
