//! The switches that end-to-end tests pull. The demo binary never makes one.

use std::time::Duration;

use tokio::sync::watch;

use crate::faults::{Endpoint, Fault, Injection, InjectionId};
use crate::options::Client;
use crate::request_log::LoggedRequest;
use crate::state::SharedState;

/// Steers a running [`AuthorizationServer`](crate::AuthorizationServer). Clones are the same.
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

    /// Makes the server misbehave; the answer clears it again.
    pub fn inject(&self, injection: Injection) -> InjectionId {
        self.server.faults.inject(injection)
    }

    /// Makes every request of one client to one endpoint meet a fault.
    pub fn fault(&self, client_id: &str, endpoint: Endpoint, fault: Fault) -> InjectionId {
        self.inject(Injection::new(endpoint, fault).client(client_id))
    }

    /// Ends one misbehaviour.
    pub fn clear(&self, id: InjectionId) {
        self.server.faults.clear(Some(id));
    }

    /// Ends all misbehaviour, refused preflights too.
    pub fn clear_all(&self) {
        self.server.faults.clear(None);
        self.server.refuse_preflights(false);
    }

    /// Answers every preflight with 403 and no CORS headers.
    pub fn refuse_preflights(&self, refuse: bool) {
        self.server.refuse_preflights(refuse);
    }

    /// Every request so far, in order of arrival, preflights included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.log.all()
    }

    /// The requests to one endpoint; `None` stands for any client.
    pub fn requests_to(&self, endpoint: Endpoint, client_id: Option<&str>) -> Vec<LoggedRequest> {
        let is_meant = |request: &LoggedRequest| {
            request.endpoint == Some(endpoint)
                && client_id.is_none_or(|wanted| request.client_id.as_deref() == Some(wanted))
        };
        self.requests().into_iter().filter(is_meant).collect()
    }

    /// The POSTs of one client to the token endpoint, code exchanges and refreshes.
    pub fn token_requests(&self, client_id: &str) -> Vec<LoggedRequest> {
        let is_meant = |request: &LoggedRequest| {
            matches!(request.endpoint, Some(Endpoint::TokenCode | Endpoint::TokenRefresh))
                && request.client_id.as_deref() == Some(client_id)
        };
        self.requests().into_iter().filter(is_meant).collect()
    }

    /// Waits until the log satisfies a condition, and returns it. Put a timeout around it.
    pub async fn until(&self, condition: impl Fn(&[LoggedRequest]) -> bool) -> Vec<LoggedRequest> {
        self.server.log.until(condition).await
    }

    /// Empties the log.
    pub fn clear_requests(&self) {
        self.server.log.clear();
    }

    /// Puts the server's clock ahead; what it issued ages at once.
    pub fn advance(&self, by: Duration) {
        self.server.clock.advance(by);
    }

    /// The server's time since the Unix epoch.
    pub fn now(&self) -> Duration {
        self.server.clock.now()
    }

    /// Closes all connections, and every new one as it comes.
    pub fn take_offline(&self) {
        self.is_online.send_replace(false);
    }

    /// Ends [`Self::take_offline`].
    pub fn bring_online(&self) {
        self.is_online.send_replace(true);
    }

    /// Ends all sessions of a client, as its user would on an account page; says how many.
    pub fn revoke_sessions(&self, client_id: &str) -> usize {
        self.server.grants.revoke_all(client_id)
    }

    /// How many sessions of a client the server still honours.
    pub fn live_sessions(&self, client_id: &str) -> usize {
        self.server.grants.live_sessions(client_id)
    }
}
