//! Control over a running server, for end-to-end tests. The demo binary never creates one.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::faults::{Endpoint, Fault, Injection, InjectionId};
use crate::options::Client;
use crate::request_log::LoggedRequest;
use crate::state::SharedState;

/// Controls a running [`AuthorizationServer`](crate::AuthorizationServer). Clones control the same
/// server.
#[derive(Clone)]
pub struct Control {
    server: SharedState,
    is_online: watch::Sender<bool>,
}

impl Control {
    pub(crate) fn new(server: SharedState, is_online: watch::Sender<bool>) -> Self {
        Self { server, is_online }
    }

    /// Adds an app, or replaces the one with the same id.
    pub fn register(&self, client: Client) {
        self.server.register(client);
    }

    /// Publishes a DID document at a path that ends in `/did.json`, or replaces it. Such a path has
    /// one or two names ahead of that, or is `/.well-known/did.json`.
    pub fn publish_did(&self, path: &str, document: &Value) {
        self.server.dids.publish(path, document.clone());
    }

    /// Replaces all signing keys, and publishes only the new ones.
    pub fn rotate_keys(&self) {
        self.server.keys.rotate();
    }

    /// Stops publishing the metadata of an issuer at one of its paths. The result is for
    /// [`Self::clear`].
    pub fn hide_metadata(&self, path: &str) -> InjectionId {
        self.inject(Injection::new(Endpoint::Discovery, Fault::not_found()).path(path))
    }

    /// Injects a fault. The result is for [`Self::clear`].
    pub fn inject(&self, injection: Injection) -> InjectionId {
        self.server.faults.inject(injection)
    }

    /// Injects a fault for every request of one client to one endpoint.
    pub fn fault(&self, client_id: &str, endpoint: Endpoint, fault: Fault) -> InjectionId {
        self.inject(Injection::new(endpoint, fault).client(client_id))
    }

    /// Removes one fault.
    pub fn clear(&self, id: InjectionId) {
        self.server.faults.clear(Some(id));
    }

    /// Removes all faults and accepts preflights again.
    pub fn clear_all(&self) {
        self.server.faults.clear(None);
        self.server.refuse_preflights(false);
    }

    /// Sets whether every preflight gets a 403 without CORS headers.
    pub fn refuse_preflights(&self, refuse: bool) {
        self.server.refuse_preflights(refuse);
    }

    /// Returns all requests so far in order of arrival, preflights included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.log.all()
    }

    /// Returns the requests to one endpoint. `None` stands for any client.
    pub fn requests_to(&self, endpoint: Endpoint, client_id: Option<&str>) -> Vec<LoggedRequest> {
        let matches = |request: &LoggedRequest| {
            request.endpoint == Some(endpoint)
                && client_id.is_none_or(|wanted| request.client_id.as_deref() == Some(wanted))
        };
        self.requests().into_iter().filter(matches).collect()
    }

    /// Returns the requests of one client to the token endpoint: code exchanges and refreshes.
    pub fn token_requests(&self, client_id: &str) -> Vec<LoggedRequest> {
        let matches = |request: &LoggedRequest| {
            matches!(request.endpoint, Some(Endpoint::TokenCode | Endpoint::TokenRefresh))
                && request.client_id.as_deref() == Some(client_id)
        };
        self.requests().into_iter().filter(matches).collect()
    }

    /// Waits until the log satisfies a condition, and returns it. Has no timeout of its own.
    pub async fn until(&self, condition: impl Fn(&[LoggedRequest]) -> bool) -> Vec<LoggedRequest> {
        self.server.log.until(condition).await
    }

    /// Clears the log.
    pub fn clear_requests(&self) {
        self.server.log.clear();
    }

    /// Moves the server's clock forward, which ages codes and tokens.
    pub fn advance(&self, by: Duration) {
        self.server.clock.advance(by);
    }

    /// Returns the server's time since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.server.clock.now()
    }

    /// Closes all connections, and every new one as soon as it opens.
    pub fn take_offline(&self) {
        self.is_online.send_replace(false);
    }

    /// Ends [`Self::take_offline`].
    pub fn bring_online(&self) {
        self.is_online.send_replace(true);
    }

    /// Ends all sessions of a client, as its user can on an account page. Returns how many.
    pub fn revoke_sessions(&self, client_id: &str) -> usize {
        self.server.grants.revoke_all(client_id)
    }

    /// Returns how many sessions of a client have not ended.
    pub fn live_sessions(&self, client_id: &str) -> usize {
        self.server.grants.live_sessions(client_id)
    }
}
