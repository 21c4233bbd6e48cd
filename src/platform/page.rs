//! What all clients in one page share, one set for each namespace.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::single_flight::SingleFlight;
use crate::protocol::other_client::OtherClient;

/// The clients of this page, and what those of the same namespace share.
#[derive(Debug, Default)]
pub struct Page {
    shared: RefCell<Vec<(String, Rc<Shared>)>>,
    clients: RefCell<Vec<(String, OtherClient)>>,
}

/// What all clients of one namespace share in this page.
#[derive(Debug, Default)]
pub struct Shared {
    /// The work under way: a second client waits for the first instead of doing it again.
    pub single_flight: SingleFlight,
    /// How many clients of this page use the session of its tab.
    pub tab_claims: Cell<u32>,
    /// The mark in `sessionStorage` that says that this page uses it.
    pub tab_mark: RefCell<String>,
}

impl Page {
    /// Returns what all clients of this namespace share.
    #[must_use]
    pub fn shared(&self, namespace: &str) -> Rc<Shared> {
        let mut all = self.shared.borrow_mut();
        if let Some((_, shared)) = all.iter().find(|(own, _)| own == namespace) {
            return shared.clone();
        }
        let shared = Rc::<Shared>::default();
        all.push((namespace.into(), shared.clone()));
        shared
    }

    /// Adds a client of this page.
    pub fn add_client(&self, namespace: &str, client: OtherClient) {
        self.clients.borrow_mut().push((namespace.into(), client));
    }

    /// Returns the clients of this page that have another namespace.
    #[must_use]
    pub fn other_clients(&self, namespace: &str) -> Vec<OtherClient> {
        let clients = self.clients.borrow();
        let others = clients.iter().filter(|(own, _)| own != namespace);
        others.map(|(_, client)| client.clone()).collect()
    }
}
