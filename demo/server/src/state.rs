//! What the handlers share: keys, clients, grants, faults and the log. Knows no handler.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderValue;
use parking_lot::RwLock;

use crate::clock::Clock;
use crate::did::DidDocuments;
use crate::faults::Faults;
use crate::grants::Grants;
use crate::keys::Keys;
use crate::logins::Logins;
use crate::options::{Client, Lifetimes, Options};
use crate::request_log::RequestLog;

pub(crate) type SharedState = Arc<ServerState>;

/// Everything that the handlers share.
pub(crate) struct ServerState {
    pub(crate) origin: String,
    pub(crate) clock: Clock,
    pub(crate) keys: Keys,
    pub(crate) grants: Grants,
    pub(crate) logins: Logins,
    pub(crate) dids: DidDocuments,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    pub(crate) announces_issuer: bool,
    lifetimes: Lifetimes,
    clients: RwLock<HashMap<String, Client>>,
    preflights_are_refused: AtomicBool,
}

impl ServerState {
    pub(crate) fn new(origin: String, keys: Keys, options: Options) -> Self {
        let clients = options.clients.into_iter().map(|client| (client.id.clone(), client));
        Self {
            dids: DidDocuments::new(&origin),
            origin,
            clock: Clock::default(),
            keys,
            grants: Grants::default(),
            logins: Logins::default(),
            faults: Faults::default(),
            log: RequestLog::new(options.records_requests),
            announces_issuer: options.announces_issuer,
            lifetimes: options.lifetimes,
            clients: RwLock::new(clients.collect()),
            preflights_are_refused: AtomicBool::new(false),
        }
    }

    /// Adds a client, or replaces the one with the same id.
    pub(crate) fn register(&self, client: Client) {
        self.clients.write().insert(client.id.clone(), client);
    }

    pub(crate) fn refuse_preflights(&self, refuse: bool) {
        self.preflights_are_refused.store(refuse, Ordering::Relaxed);
    }

    pub(crate) fn refuses_preflights(&self) -> bool {
        self.preflights_are_refused.load(Ordering::Relaxed)
    }

    pub(crate) fn client(&self, id: &str) -> Option<Client> {
        self.clients.read().get(id).cloned()
    }

    pub(crate) fn lifetimes(&self, client: &Client) -> Lifetimes {
        client.lifetimes.unwrap_or(self.lifetimes)
    }

    /// Returns whether a page of this origin may call the server with CORS.
    pub(crate) fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.clients.read().values().any(|client| client.allows_origin(origin))
    }
}
