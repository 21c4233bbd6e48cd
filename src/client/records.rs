//! The records of one client at one server: the session in the store that the app chose, and the
//! transactions in `localStorage`.
//!
//! Transactions live in `localStorage` whichever store has the session. The callback may arrive in
//! another tab, and a lock makes a record single-use only in a store that all tabs share. (A popup
//! inherits a copy of `sessionStorage`; two copies are two uses.)

use std::rc::Rc;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::platform::{Platform, SessionStore, Store};
use crate::protocol::callback::{AuthorizationResponse, StateOwner};
#[cfg(feature = "openid")]
use crate::protocol::openid::logout;
use crate::protocol::other_client::OtherClient;
use crate::protocol::registration::{self, Registration};
use crate::protocol::state::State;
use crate::protocol::transaction::{self, Transaction};
use crate::secret::SecretText;
use crate::session::signed_out::SignedOut;
use crate::session::{Session, SignedOutReason, attempts};
use crate::time::UnixTime;

/// Reads and writes the records of one namespace.
pub(crate) struct Records<S> {
    registration: Registration,
    namespace: String,
    session_key: String,
    kind: SessionStore,
    session_store: S,
    transaction_store: S,
    /// For records of one tab alone. Tabs that a browser restores all at once are no sign-in loop.
    tab_store: Option<S>,
}

impl<S: Store> Records<S> {
    pub(crate) fn open<P: Platform<Store = S>>(platform: &P, config: &Config) -> Result<Self> {
        let namespace = config.registration.namespace();
        Ok(Self {
            registration: config.registration.clone(),
            session_key: [&namespace, ".session"].concat(),
            namespace,
            kind: config.store,
            session_store: platform.store(config.store)?,
            transaction_store: platform.store(SessionStore::Local)?,
            tab_store: platform.left_store(SessionStore::Session),
        })
    }

    /// Returns the full name of a key, lock or channel of this client.
    pub(crate) fn namespaced(&self, name: &str) -> String {
        [&self.namespace, ".", name].concat()
    }

    /// Returns the channel between the tabs of this client.
    pub(crate) fn channel(&self) -> String {
        self.namespaced("")
    }

    /// Returns whether there is a record. It may be invalid.
    pub(crate) fn has_session(&self) -> bool {
        matches!(self.session_store.read(&self.session_key), Ok(Some(_)))
    }

    pub(crate) fn load_session(&self, platform: &impl Platform) -> Result<Option<Rc<Session>>> {
        let text = self.session_store.read(&self.session_key)?.map(SecretText::new);
        let session =
            text.and_then(|text| Session::from_record(platform, &self.registration, text.expose()));
        Ok(session.map(Rc::new))
    }

    /// Removes the session from each store that this client used before: a refresh token must not stay
    /// behind. If `is_wanted`, moves it into the store that the client uses now, unless that has one.
    pub(crate) fn take_left_session<P: Platform<Store = S>>(&self, platform: &P, is_wanted: bool) {
        for kind in [SessionStore::Cookie, SessionStore::Local, SessionStore::Session] {
            let store = platform.left_store(kind).filter(|_| kind != self.kind);
            let Some(store) = store else { continue };
            let text = store.read(&self.session_key).ok().flatten().map(SecretText::new);
            let Some(text) = text else { continue };
            let _ = store.remove(&self.session_key);
            let left = Session::from_record(platform, &self.registration, text.expose());
            if let (true, Some(left), Ok(None)) = (is_wanted, left, self.load_session(platform)) {
                let _ = self.save_session(platform, &left);
            }
        }
    }

    /// Stores the session. If that fails, removes the older record: its refresh token is one that the
    /// server has replaced.
    pub(crate) fn save_session(&self, platform: &impl Platform, session: &Session) -> Result<()> {
        let saved = self.update_session(platform, session);
        if saved.is_err() {
            let _ = self.remove_session();
        }
        saved
    }

    /// Stores a session whose tokens are stored already.
    pub(crate) fn update_session(&self, platform: &impl Platform, session: &Session) -> Result<()> {
        let text = session.to_record(platform, &self.registration, self.kind.fits_user());
        self.session_store.write(&self.session_key, text.expose())
    }

    pub(crate) fn remove_session(&self) -> Result<()> {
        self.session_store.remove(&self.session_key)
    }

    /// Replaces the session's record by the reason why it ended, for the clients that share its store.
    ///
    /// It is one write of one record: Firefox shows a change of a cookie to other tabs before a change of
    /// `localStorage` that was made earlier, so a reason in another record could come too late.
    pub(crate) fn end_session(&self, signed_out: &SignedOut) {
        let written = self.session_store.write(&self.session_key, signed_out.to_record().expose());
        if written.is_err() {
            // A client that finds no reason takes the end for a sign-out.
            let _ = self.remove_session();
        }
    }

    /// Returns why the last session ended, if no user has signed in or out since.
    pub(crate) fn load_signed_out(&self) -> Option<SignedOut> {
        SignedOut::from_record(&self.session_store.read(&self.session_key).ok().flatten()?)
    }

    /// Stores the error of a sign-in for the page that is loaded next in this tab.
    pub(crate) fn save_error_for_next_page(&self, error: Error) {
        let reason = SignedOutReason::Never;
        let signed_out = SignedOut { reason, error: Some(error) };
        if let Some(store) = &self.tab_store {
            let _ = store.write(&self.namespaced("error"), signed_out.to_record().expose());
        }
    }

    /// Returns and removes the error that the page before this one has stored.
    pub(crate) fn take_error_of_last_page(&self) -> Option<Error> {
        let (store, key) = (self.tab_store.as_ref()?, self.namespaced("error"));
        let text = store.read(&key).ok().flatten()?;
        let _ = store.remove(&key);
        SignedOut::from_record(&text)?.error
    }

    /// Returns the mark of the page that uses the session of this tab.
    pub(crate) fn tab_mark(&self) -> Option<String> {
        self.tab_store.as_ref()?.read(&self.namespaced("page")).ok().flatten()
    }

    pub(crate) fn set_tab_mark(&self, mark: Option<&str>) {
        let (Some(store), key) = (&self.tab_store, self.namespaced("page")) else { return };
        let _ = match mark {
            Some(mark) => store.write(&key, mark),
            None => store.remove(&key),
        };
    }

    pub(crate) fn save_transaction(&self, transaction: &Transaction) -> Result<()> {
        let text = transaction.to_record(&self.registration);
        self.transaction_store.write(&self.transaction_key(&transaction.state), text.expose())
    }

    /// Returns and removes a transaction: its `state` is unknown from then on.
    pub(crate) fn take_transaction(
        &self,
        platform: &impl Platform,
        state: &State,
    ) -> Result<Option<Box<Transaction>>> {
        let key = self.transaction_key(state);
        let text = self.read(&key)?;
        let taken = text
            .and_then(|text| Transaction::from_record(platform, text.expose(), &self.registration));
        // Boxed, because it is passed on several times.
        let taken = taken.map(Box::new);
        self.transaction_store.remove(&key)?;
        Ok(taken.filter(|transaction| transaction.state == *state))
    }

    /// Records that the code of this sign-in is being exchanged.
    pub(crate) fn mark_exchange(&self, state: &State, now: UnixTime) -> Result<()> {
        self.transaction_store.write(&self.exchange_key(state), &now.to_decimal())
    }

    /// Removes that record. Returns whether it was there: a sign-out, here or in another tab, removes it.
    pub(crate) fn unmark_exchange(&self, state: &State) -> Result<bool> {
        let key = self.exchange_key(state);
        let is_wanted = self.transaction_store.read(&key)?.is_some();
        self.transaction_store.remove(&key)?;
        Ok(is_wanted)
    }

    /// Stores where the user wants to go after a sign-out at the provider.
    #[cfg(feature = "openid")]
    pub(crate) fn save_sign_out(
        &self,
        state: &State,
        return_to: &str,
        now: UnixTime,
    ) -> Result<()> {
        let key = [&self.namespace, ".sign-out.", state.as_str()].concat();
        self.transaction_store.write(&key, logout::to_record(return_to, now).expose())
    }

    /// Returns and removes where the user wanted to go after a sign-out at the provider, if this address is
    /// the way back from one.
    #[cfg(feature = "openid")]
    pub(crate) fn take_sign_out(&self, response: &AuthorizationResponse) -> Option<String> {
        for state in response.states() {
            let key = [&self.namespace, ".sign-out.", state.as_str()].concat();
            if let Some(text) = self.read(&key).ok().flatten() {
                let _ = self.transaction_store.remove(&key);
                return logout::from_record(text.expose()).map(Into::into);
            }
        }
        None
    }

    /// Returns the stored metadata of the server: when it was read, and what it said.
    #[cfg(feature = "openid")]
    pub(crate) fn load_metadata(&self) -> Option<String> {
        self.transaction_store.read(&self.namespaced("metadata")).ok().flatten()
    }

    #[cfg(feature = "openid")]
    pub(crate) fn save_metadata(&self, record: &str) {
        // Without it, the metadata is read again.
        let _ = self.transaction_store.write(&self.namespaced("metadata"), record);
    }

    /// Cancels every sign-in that is under way.
    pub(crate) fn cancel_sign_ins(&self, platform: &impl Platform) {
        for kind in &["tx.", "exchange."] {
            for key in self.record_keys(platform, kind) {
                let _ = self.transaction_store.remove(&key);
            }
        }
        // It is no secret, but it says which server the user has used.
        #[cfg(feature = "openid")]
        let _ = self.transaction_store.remove(&self.namespaced("metadata"));
        if let Some(store) = &self.tab_store {
            let _ = store.remove(&self.namespaced("attempts"));
        }
    }

    /// Records a sign-in that the app starts by itself. Returns false if it would continue a loop.
    pub(crate) fn admit_attempt(&self, now: UnixTime) -> bool {
        self.update_attempts(|record| attempts::record_attempt(record, now))
    }

    /// Stops counting the attempts after a sign-in that succeeded.
    pub(crate) fn suspend_attempts(&self) {
        // After a user pressed the button there is no attempt to suspend.
        self.update_attempts(|record| (!record.is_empty()).then(|| attempts::suspend(record)));
    }

    /// Counts suspended attempts again, after the end of a session that the user did not end.
    pub(crate) fn resume_attempts(&self) {
        self.update_attempts(|record| Some(SecretText::new(attempts::resume(record).into())));
    }

    /// Changes the record of the sign-ins that the app starts by itself. Returns false if `change`
    /// refuses.
    fn update_attempts(&self, change: impl FnOnce(&str) -> Option<SecretText>) -> bool {
        let Some(store) = &self.tab_store else { return true };
        let key = self.namespaced("attempts");
        let record = store.read(&key).ok().flatten().unwrap_or_default();
        let Some(changed) = change(&record) else { return false };
        if changed.expose() != record {
            // A sign-in goes on even if its record cannot be written.
            let _ = store.write(&key, changed.expose());
        }
        true
    }

    /// Returns which client began the sign-in that the `state` of a response names.
    pub(crate) fn owner_of(
        &self,
        platform: &impl Platform,
        response: &AuthorizationResponse,
    ) -> StateOwner {
        let owner = |state: State| {
            if let Ok(Some(text)) = self.read(&self.transaction_key(&state)) {
                let is_other =
                    Transaction::is_of_other_redirect_uri(text.expose(), &self.registration);
                return if is_other { StateOwner::OtherClient } else { StateOwner::ThisClient };
            }
            let name = [".tx.", state.as_str()].concat();
            let keys = platform.shared_keys(registration::PREFIX).unwrap_or_default();
            match keys.iter().any(|key| key.ends_with(&name)) {
                true => StateOwner::OtherClient,
                false => StateOwner::Unknown,
            }
        };
        response.states().map(owner).min().unwrap_or(StateOwner::Unknown)
    }

    /// Returns the other clients that have records on this origin or have started in this page.
    pub(crate) fn other_clients(&self, platform: &impl Platform) -> Vec<OtherClient> {
        let mut clients = platform.page().other_clients(&self.namespace);
        for key in platform.shared_keys(registration::PREFIX).unwrap_or_default() {
            if !key.starts_with(&self.namespace)
                && let Ok(Some(text)) = self.read(&key)
            {
                clients.extend(OtherClient::from_record(text.expose()));
            }
        }
        clients
    }

    /// Adds this client to those of the page, for the others to find.
    pub(crate) fn register_in_page(&self, platform: &impl Platform) {
        let Registration { server, redirect_uri, .. } = &self.registration;
        let (issuer, redirect_uri) = (server.issuer_text().into(), redirect_uri.as_str().into());
        platform.page().add_client(&self.namespace, OtherClient { issuer, redirect_uri });
    }

    /// Returns the keys of one kind of record. Empty if the store cannot be read: the next call that needs
    /// a record returns the error.
    fn record_keys(&self, platform: &impl Platform, kind: &str) -> Vec<String> {
        platform.shared_keys(&self.namespaced(kind)).unwrap_or_default()
    }

    /// Removes stale records, and returns whether a sign-in is pending. The sign-in that `response` answers
    /// is kept, so that its callback can fail as expired.
    pub(crate) fn sweep(
        &self,
        platform: &impl Platform,
        config: &Config,
        response: Option<&AuthorizationResponse>,
    ) -> bool {
        let now = platform.now();
        let answered = response.and_then(|response| response.states().next());
        let answered = answered.map(|state| self.transaction_key(&state));
        let mut is_pending = false;
        #[cfg(feature = "openid")]
        let kinds = ["exchange.", "sign-out.", "tx."];
        #[cfg(not(feature = "openid"))]
        let kinds = ["exchange.", "tx."];
        for kind in &kinds {
            is_pending = false;
            let keys = self.record_keys(platform, kind);
            let begun: Vec<_> = keys.iter().map(|key| self.begun_at(key)).collect();
            for (index, key) in keys.iter().enumerate() {
                if transaction::is_stale(index, &begun, now, config.transaction_lifetime)
                    && answered.as_ref() != Some(key)
                {
                    let _ = self.transaction_store.remove(key);
                } else {
                    is_pending = true;
                }
            }
        }
        is_pending
    }

    /// Returns when the sign-in of a record began, if the record says so.
    fn begun_at(&self, key: &str) -> Option<UnixTime> {
        let text = self.read(key).ok().flatten()?;
        transaction::begun(text.expose())
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
