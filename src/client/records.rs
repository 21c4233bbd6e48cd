//! The records of one client at one server: the session in the store the app chose, and the
//! transactions in `localStorage`.
//!
//! Transactions live in `localStorage` whichever store holds the session: the callback may arrive in
//! another tab, and only a store that all tabs share lets a lock make a record single-use. (A popup
//! inherits a copy of `sessionStorage`; two copies are two uses.)

use std::time::Duration;

use crate::config::Config;
use crate::error::Result;
use crate::platform::{Platform, Store, StoreKind};
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::protocol::transaction::{self, Transaction};
use crate::secret::SecretText;
use crate::session::Session;
use crate::time::UnixTime;

/// Reads and writes the records of one namespace.
pub(crate) struct Records<S> {
    namespace: String,
    kind: StoreKind,
    session_store: S,
    transaction_store: S,
}

impl<S: Store> Records<S> {
    pub(crate) fn open<P: Platform<Store = S>>(platform: &P, config: &Config) -> Result<Self> {
        Ok(Self {
            namespace: config.registration.namespace(),
            kind: config.store,
            session_store: platform.store(config.store)?,
            transaction_store: platform.store(StoreKind::Local)?,
        })
    }

    /// What tells this client's work, locks and messages from others'.
    pub(crate) fn name(&self, purpose: &str) -> String {
        [&self.namespace, ".", purpose].concat()
    }

    pub(crate) fn load_session(&self, platform: &impl Platform) -> Result<Option<Session>> {
        let Some(text) = self.session_store.read(&self.name("session"))? else { return Ok(None) };
        let text = SecretText::new(text);
        Ok(platform.parse_json(text.expose()).and_then(Session::from_json))
    }

    /// Stores the session, or removes what is there: an older record left behind would hold a
    /// refresh token that the server has replaced.
    pub(crate) fn save_session(&self, platform: &impl Platform, session: &Session) -> Result<()> {
        let text = SecretText::new(platform.write_json(&session.to_json(self.kind.is_roomy())));
        let saved = self.session_store.write(&self.name("session"), text.expose());
        if saved.is_err() {
            let _ = self.remove_session();
        }
        saved
    }

    pub(crate) fn remove_session(&self) -> Result<()> {
        self.session_store.remove(&self.name("session"))
    }

    pub(crate) fn save_transaction(
        &self,
        platform: &impl Platform,
        registration: &Registration,
        transaction: &Transaction,
    ) -> Result<()> {
        let text = SecretText::new(platform.write_json(&transaction.to_json(registration)));
        self.transaction_store.write(&self.transaction_key(&transaction.state), text.expose())
    }

    /// Takes a transaction out for good: from here on its state is unknown.
    pub(crate) fn take_transaction(
        &self,
        platform: &impl Platform,
        registration: &Registration,
        state: &State,
    ) -> Result<Option<Transaction>> {
        let key = self.transaction_key(state);
        let taken = self.read_transaction(platform, registration, &key)?;
        self.transaction_store.remove(&key)?;
        Ok(taken.filter(|transaction| transaction.state == *state))
    }

    /// Drops what is stale, and says whether a sign-in is pending.
    pub(crate) fn sweep_transactions(
        &self,
        platform: &impl Platform,
        registration: &Registration,
        now: UnixTime,
        lifetime: Duration,
    ) -> Result<bool> {
        let keys = self.transaction_store.keys(&self.name("tx."))?;
        let found = keys.len();
        let mut records = Vec::with_capacity(found);
        for key in keys {
            let transaction = self.read_transaction(platform, registration, &key)?;
            records.push((key, transaction));
        }
        let stale = transaction::stale(records, now, lifetime);
        for key in &stale {
            self.transaction_store.remove(key)?;
        }
        Ok(stale.len() < found)
    }

    fn read_transaction(
        &self,
        platform: &impl Platform,
        registration: &Registration,
        key: &str,
    ) -> Result<Option<Transaction>> {
        let Some(text) = self.transaction_store.read(key)? else { return Ok(None) };
        let text = SecretText::new(text);
        let json = platform.parse_json(text.expose());
        Ok(json.and_then(|json| Transaction::from_json(json, registration)))
    }

    fn transaction_key(&self, state: &State) -> String {
        self.name(&["tx.", state.as_str()].concat())
    }
}
