//! The records of one client at one server: the session in the store the app chose, and the
//! transactions in `localStorage`.
//!
//! Transactions live in `localStorage` whichever store holds the session: the callback may arrive in
//! another tab, and only a store that all tabs share lets a lock make a record single-use. (A popup
//! inherits a copy of `sessionStorage`; two copies are two uses.)

use std::rc::Rc;

use crate::config::Config;
use crate::error::Result;
use crate::platform::{Platform, Store, StoreKind};
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::protocol::transaction::{self, Transaction};
use crate::secret::SecretText;
use crate::session::{Session, attempts};
use crate::time::UnixTime;

/// Reads and writes the records of one namespace.
pub(crate) struct Records<S> {
    namespace: String,
    session_key: String,
    kind: StoreKind,
    session_store: S,
    transaction_store: S,
    /// Of this tab alone: tabs that a browser restores all at once are no loop.
    attempt_store: Option<S>,
}

impl<S: Store> Records<S> {
    pub(crate) fn open<P: Platform<Store = S>>(platform: &P, config: &Config) -> Result<Self> {
        let namespace = config.registration.namespace();
        Ok(Self {
            session_key: [&namespace, ".session"].concat(),
            namespace,
            kind: config.store,
            session_store: platform.store(config.store)?,
            transaction_store: platform.store(StoreKind::Local)?,
            attempt_store: platform.store(StoreKind::Session).ok(),
        })
    }

    /// What tells this client's work, locks and messages from others'.
    pub(crate) fn name(&self, purpose: &str) -> String {
        [&self.namespace, ".", purpose].concat()
    }

    pub(crate) fn load_session(&self, platform: &impl Platform) -> Result<Option<Rc<Session>>> {
        let text = self.session_store.read(&self.session_key)?.map(SecretText::new);
        let session = text.and_then(|text| Session::from_record(platform, text.expose()));
        Ok(session.map(Rc::new))
    }

    /// Stores the session, or removes what is there: an older record left behind would hold a
    /// refresh token that the server has replaced.
    pub(crate) fn save_session(&self, platform: &impl Platform, session: &Session) -> Result<()> {
        let saved = self.update_session(platform, session);
        if saved.is_err() {
            let _ = self.remove_session();
        }
        saved
    }

    /// Stores a session whose tokens are those already stored.
    pub(crate) fn update_session(&self, platform: &impl Platform, session: &Session) -> Result<()> {
        let text = session.to_record(platform, self.kind.is_roomy());
        self.session_store.write(&self.session_key, text.expose())
    }

    pub(crate) fn remove_session(&self) -> Result<()> {
        self.session_store.remove(&self.session_key)
    }

    pub(crate) fn save_transaction(
        &self,
        registration: &Registration,
        transaction: &Transaction,
    ) -> Result<()> {
        let text = transaction.to_record(registration);
        self.transaction_store.write(&self.transaction_key(&transaction.state), text.expose())
    }

    /// Takes a transaction out for good: from here on its state is unknown.
    pub(crate) fn take_transaction(
        &self,
        registration: &Registration,
        state: &State,
    ) -> Result<Option<Box<Transaction>>> {
        let key = self.transaction_key(state);
        let taken = self.read_transaction(registration, &key)?;
        self.transaction_store.remove(&key)?;
        Ok(taken.filter(|transaction| transaction.state == *state))
    }

    /// Notes that the code of this sign-in is being exchanged.
    pub(crate) fn begin_exchange(&self, state: &State, now: UnixTime) -> Result<()> {
        self.transaction_store.write(&self.exchange_key(state), &now.to_decimal())
    }

    /// Ends the note; false where a sign-out, here or in another tab, has taken it away.
    pub(crate) fn end_exchange(&self, state: &State) -> Result<bool> {
        let key = self.exchange_key(state);
        let is_wanted = self.transaction_store.read(&key)?.is_some();
        self.transaction_store.remove(&key)?;
        Ok(is_wanted)
    }

    /// Forgets every sign-in that is under way.
    pub(crate) fn forget_sign_ins(&self, platform: &impl Platform) {
        for purpose in &["tx.", "exchange."] {
            for key in self.keys(platform, purpose) {
                let _ = self.transaction_store.remove(&key);
            }
        }
        self.forget_attempts();
    }

    /// Notes a sign-in that the app starts by itself; false where that would go on with a loop.
    pub(crate) fn begin_attempt(&self, now: UnixTime) -> bool {
        let Some(store) = &self.attempt_store else { return true };
        let key = self.name("attempts");
        let record = store.read(&key).ok().flatten().unwrap_or_default();
        let longer = attempts::one_more(&record, now);
        if let Some(longer) = &longer {
            // What cannot be kept stops nobody.
            let _ = store.write(&key, longer.expose());
        }
        longer.is_some()
    }

    /// Somebody has signed in: whatever follows is no loop.
    pub(crate) fn forget_attempts(&self) {
        if let Some(store) = &self.attempt_store {
            let _ = store.remove(&self.name("attempts"));
        }
    }

    /// A store that cannot be read holds none; whoever needs it learns why from the next call.
    fn keys(&self, platform: &impl Platform, purpose: &str) -> Vec<String> {
        platform.shared_keys(&self.name(purpose)).unwrap_or_default()
    }

    /// Drops what is stale, and says whether a sign-in is pending.
    pub(crate) fn sweep(&self, platform: &impl Platform, config: &Config) -> bool {
        let now = platform.now();
        let mut is_pending = false;
        for purpose in &["exchange.", "tx."] {
            is_pending = false;
            let keys = self.keys(platform, purpose);
            let begun: Vec<_> = keys.iter().map(|key| self.begun(key)).collect();
            for (index, key) in keys.iter().enumerate() {
                if transaction::is_stale(index, &begun, now, config.transaction_lifetime) {
                    let _ = self.transaction_store.remove(key);
                } else {
                    is_pending = true;
                }
            }
        }
        is_pending
    }

    /// When a record was begun, where it tells.
    fn begun(&self, key: &str) -> Option<UnixTime> {
        let text = self.read(key).ok().flatten()?;
        transaction::begun(text.expose())
    }

    fn read_transaction(
        &self,
        registration: &Registration,
        key: &str,
    ) -> Result<Option<Box<Transaction>>> {
        let text = self.read(key)?;
        let read = text.and_then(|text| Transaction::from_record(text.expose(), registration));
        // Boxed, because it is handed on several times.
        Ok(read.map(Box::new))
    }

    fn read(&self, key: &str) -> Result<Option<SecretText>> {
        Ok(self.transaction_store.read(key)?.map(SecretText::new))
    }

    fn exchange_key(&self, state: &State) -> String {
        [&self.namespace, ".exchange.", state.as_str()].concat()
    }

    fn transaction_key(&self, state: &State) -> String {
        [&self.namespace, ".tx.", state.as_str()].concat()
    }
}
