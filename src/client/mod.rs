//! The client: carries out what `protocol` and `session` decide, in order.
//!
//! Those two never wait. This module waits for them: for the network, for locks, and for time. No rule
//! of the protocol belongs here. (`js` and `ui` wait as well, but only for this client.)

mod callback;
#[cfg(feature = "openid")]
mod discovery;
#[cfg(feature = "openid")]
mod id_token;
#[cfg(feature = "openid")]
mod provider_sign_out;
mod records;
mod refresh;
mod sign_in;
mod sign_out;
mod start;
mod subscribers;
mod sync;
mod tab_copies;
mod token;
mod user;

pub use self::subscribers::Subscription;

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;
use std::time::Duration;

use self::records::Records;
pub(crate) use self::subscribers::Subscribers;
use crate::config::Config;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::{InFlight, Locked, Operation, PageEvents, Platform, Shared, Task};
use crate::protocol::registration::Registration;
use crate::protocol::token_extras::TokenExtras;
use crate::protocol::transaction::Transaction;
use crate::session::refresh::{self as rules, RefreshPlan};
use crate::session::signed_out::SignedOut;
use crate::session::{AuthState, RefreshStatus, Session, SignedOutReason};
use crate::time::UnixTime;

/// Signs users in and keeps their session: one client of one authorization server.
///
/// Clones are the same client. It listens to events of the page until the last clone is dropped or
/// [`close`](Self::close) is called.
///
/// # Example: the token for a request of your own
/// ```
/// use basic_oauth::{BasicAuth, Options, Platform, Result};
///
/// /// In a browser: `authorization(basic_oauth::Browser)`.
/// async fn authorization<P: Platform>(platform: P) -> Result<String> {
///     let options = Options::new("your-client-id", "/callback");
///     let auth = BasicAuth::start(platform, options).await?;
///     Ok(["Bearer ", auth.token().await?.expose()].concat())
/// }
/// ```
pub struct BasicAuth<P: Platform>(Rc<Inner<P>>);

struct Inner<P: Platform> {
    platform: P,
    config: Config,
    records: Records<P::Store>,
    shared: Rc<Shared>,
    state: RefCell<ClientState>,
    snapshot: RefCell<Rc<AuthState>>,
    subscribers: Rc<Subscribers>,
    page_events: RefCell<Option<P::PageEvents>>,
    /// Answers copies of this tab, and the identifier of the session that they may have copied.
    copies: RefCell<Option<(String, P::PageEvents)>>,
    /// The keys of the server, read in this page.
    #[cfg(feature = "openid")]
    keys: RefCell<id_token::Keys>,
}

/// The lock around the session's record. With it, tabs take turns to refresh and to store.
const SESSION_LOCK: &str = "lock";

/// What the client keeps in memory. Never borrowed across an `await`.
struct ClientState {
    session: Option<Rc<Session>>,
    /// The reason of the last sign-out. Only meaningful while no user is signed in.
    signed_out: SignedOutReason,
    refresh_plan: RefreshPlan,
    error: Option<Error>,
    /// Why the user could not be read last time. A refresh does not clear it, as it clears `error`.
    user_error: Option<Error>,
    /// The store could not take the session, so its content says nothing about ours.
    is_unsaved: bool,
    is_loading: bool,
    is_closed: bool,
    /// The session that the user has signed out of here. A record of it that another tab stores late is
    /// not adopted.
    signed_out_session: Option<String>,
    /// The start has given the app its state, and has more to do.
    is_start_unfinished: bool,
    /// The stores that this client used before have been emptied.
    has_taken_left: bool,
    refreshes_at: Option<UnixTime>,
    /// The page was sent to the authorization server, and is expected to be gone at this time.
    redirect_until: Option<UnixTime>,
    rejected_at: Option<UnixTime>,
}

impl<P: Platform> BasicAuth<P> {
    fn new(platform: P, config: Config, records: Records<P::Store>) -> Self {
        // Clients of different stores keep different sessions.
        let name = records.namespaced(config.store.as_str());
        let shared = platform.page().shared(&name);
        Self(Rc::new(Inner {
            shared,
            platform,
            config,
            records,
            state: RefCell::new(ClientState {
                session: None,
                signed_out: SignedOutReason::Never,
                refresh_plan: RefreshPlan::default(),
                error: None,
                user_error: None,
                is_unsaved: false,
                is_loading: true,
                is_closed: false,
                signed_out_session: None,
                is_start_unfinished: false,
                has_taken_left: false,
                refreshes_at: None,
                redirect_until: None,
                rejected_at: None,
            }),
            snapshot: RefCell::default(),
            subscribers: Rc::default(),
            page_events: RefCell::new(None),
            copies: RefCell::new(None),
            #[cfg(feature = "openid")]
            keys: RefCell::default(),
        }))
    }

    /// Returns this client at the server of a session.
    #[cfg(feature = "openid")]
    fn registration_of<'a>(&'a self, session: &'a Session) -> &'a Registration {
        session.openid.registration.as_deref().unwrap_or(&self.0.config.registration)
    }

    #[cfg(not(feature = "openid"))]
    fn registration_of(&self, _: &Session) -> &Registration {
        &self.0.config.registration
    }

    /// Returns this client at the server of a sign-in.
    #[cfg(feature = "openid")]
    fn registration_of_sign_in<'a>(&'a self, transaction: &'a Transaction) -> &'a Registration {
        transaction.openid.registration.as_deref().unwrap_or(&self.0.config.registration)
    }

    #[cfg(not(feature = "openid"))]
    fn registration_of_sign_in(&self, _: &Transaction) -> &Registration {
        &self.0.config.registration
    }

    /// Returns what an app sees. It is the same `Rc` until something that a user sees has changed.
    #[must_use]
    pub fn state(&self) -> Rc<AuthState> {
        self.0.snapshot.borrow().clone()
    }

    /// Calls `listener` with each new state, until the subscription is dropped.
    pub fn subscribe(&self, listener: impl Fn(&Rc<AuthState>) + 'static) -> Subscription {
        self.0.subscribers.add(Rc::new(listener))
    }

    /// Returns when the access token expires. `None` if no user is signed in, or if it never expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.client_state().session.as_ref().and_then(|session| session.expires_at)
    }

    /// Returns what else the server sent with the tokens, such as `instance_url`: at most 2,048 bytes,
    /// never a token. With the cookie store it is lost when the page is left.
    #[must_use]
    pub fn token_extras(&self) -> TokenExtras {
        self.client_state()
            .session
            .as_ref()
            .map(|session| session.extras.clone())
            .unwrap_or_default()
    }

    /// Returns when the next refresh, or the next attempt at one, is scheduled.
    #[must_use]
    pub fn refreshes_at(&self) -> Option<UnixTime> {
        self.client_state().refreshes_at
    }

    /// Returns whether the session was granted `scope`, as [`Scope::grants`](crate::Scope::grants) does.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.client_state().session.as_ref().is_some_and(|session| session.scope.grants(scope))
    }

    /// Returns the names of the configured scope that the session was not granted, by the rule of
    /// [`has_scope`](Self::has_scope). All of them if no user is signed in. `openid` is granted if the
    /// server sent an ID token, whether it names that scope or not.
    #[must_use]
    pub fn missing_scopes(&self) -> Vec<String> {
        let scope = &self.0.config.scope;
        let is_missing = |name: &&str| !self.has_scope(name);
        #[cfg(feature = "openid")]
        let has_openid = self.session().is_some_and(|session| self.has_openid(&session));
        #[cfg(feature = "openid")]
        let is_missing = |name: &&str| is_missing(name) && !(has_openid && *name == "openid");
        scope.names().filter(is_missing).map(Into::into).collect()
    }

    /// Returns whether the server has granted `openid`, which it may leave out of the scope that it names.
    /// An ID token shows it, or in a store that has no room for one, the subject.
    #[cfg(feature = "openid")]
    fn has_openid(&self, session: &Session) -> bool {
        let is_asked_for = || self.0.config.scope.names().any(|name| name == "openid");
        session.openid.id_token.is_some() || (!session.openid.subject.is_empty() && is_asked_for())
    }

    /// Stops refreshing, and drops all listeners. The session stays in its store.
    pub fn close(&self) {
        self.client_state_mut().is_closed = true;
        self.0.page_events.replace(None);
        self.release_tab();
        self.0.subscribers.clear();
    }

    /// Sets a session whose tokens are new.
    fn set_session(&self, session: Rc<Session>) {
        self.reset_refresh_plan();
        self.update_state(|state| {
            state.session = Some(session);
            state.error = None;
            state.is_unsaved = false;
            state.is_loading = false;
        });
        self.claim_tab();
    }

    /// Ends a session that the user did not end, here and in the other tabs.
    fn end_session(&self, reason: SignedOutReason, error: Option<Error>) {
        // Without a session here, the record may say why another client has ended it.
        if self.session().is_some() {
            self.0.records.end_session(&SignedOut { reason, error: error.clone() });
        }
        self.0.records.resume_attempts();
        self.set_signed_out(reason, error);
        self.broadcast_change();
    }

    /// Ends the session here because another client has ended it and its record is gone. Returns why.
    fn adopt_sign_out(&self) -> SignedOutReason {
        let (reason, error) = match self.0.records.load_signed_out() {
            Some(signed_out) => (signed_out.reason, signed_out.error),
            None => (SignedOutReason::SignedOutElsewhere, None),
        };
        self.set_signed_out(reason, error);
        reason
    }

    /// Drops a session whose record is gone, and emits the new state.
    fn set_signed_out(&self, reason: SignedOutReason, error: Option<Error>) {
        self.update_state(|state| {
            state.session = None;
            state.signed_out = reason;
            state.error = error;
            state.user_error = None;
            state.is_unsaved = false;
            state.is_loading = false;
        });
        self.release_tab();
        self.schedule(None);
        self.emit(Event::SignedOut(reason));
    }

    /// Begins an operation, or joins it if it is under way in this page.
    ///
    /// It runs as a task of its own, so that a caller that stops waiting does not stop it: a code or a
    /// refresh token is spent once it was sent.
    fn run_once(&self, operation: Operation, work: Task<Result<()>>) -> InFlight {
        if let Some(in_flight) = self.0.shared.single_flight.in_flight(operation) {
            return in_flight;
        }
        let in_flight = self.0.shared.single_flight.begin(operation);
        let client = self.clone();
        self.0.platform.spawn(Box::pin(async move {
            client.0.shared.single_flight.finish(operation, work.await);
            // What became due meanwhile has joined this work, and nothing else would start it.
            client.tick();
        }));
        in_flight
    }

    /// Waits for the lock of this name among this client's locks.
    fn lock(&self, name: &str, wait: Duration) -> Task<Locked<P::Lock>> {
        self.0.platform.lock(&self.0.records.namespaced(name), wait)
    }

    /// Releases a lock a moment after the write that it was for. The next tab may get the lock before it
    /// can see that write: up to 20 milliseconds before, measured in all three engines.
    fn release_later(&self, lock: Locked<P::Lock>) {
        const SETTLE_TIME: Duration = Duration::from_millis(100);
        let settled = self.0.platform.sleep(SETTLE_TIME);
        self.0.platform.spawn(Box::pin(async move {
            settled.await;
            drop(lock);
        }));
    }

    /// Releases the lock around the session's record: at once in a store of this tab alone, whose writes
    /// no other tab waits to see. There, a hidden tab with slow timers would only delay the others.
    fn release(&self, lock: Locked<P::Lock>) {
        if self.0.config.store.is_shared() {
            self.release_later(lock);
        }
    }

    // Inlined, each borrow would bring its own panic code.
    #[inline(never)]
    fn client_state(&self) -> Ref<'_, ClientState> {
        self.0.state.borrow()
    }

    #[inline(never)]
    fn client_state_mut(&self) -> RefMut<'_, ClientState> {
        self.0.state.borrow_mut()
    }

    fn session(&self) -> Option<Rc<Session>> {
        self.client_state().session.clone()
    }

    /// Returns the session.
    ///
    /// # Errors
    /// [`ErrorCode::Closed`], or the reason why no user is signed in.
    fn require_session(&self) -> Result<Rc<Session>> {
        let state = self.client_state();
        match &state.session {
            _ if state.is_closed => Err(Error::new(ErrorCode::Closed)),
            Some(session) => Ok(session.clone()),
            None => Err(rules::sign_in_required(state.signed_out)),
        }
    }

    /// Returns whether this session is still the current one, perhaps with other tokens.
    fn is_current_session(&self, session: &Session) -> bool {
        self.client_state().session.as_ref().is_some_and(|current| current.id == session.id)
    }

    fn reset_refresh_plan(&self) {
        let jitter = self.random_fraction();
        let mut state = self.client_state_mut();
        state.refresh_plan = state.refresh_plan.refreshed(jitter);
    }

    fn random_fraction(&self) -> f64 {
        let mut bytes = [0; 4];
        // A client starts only if there is randomness. Without it, zero is still a valid fraction.
        let _ = self.0.platform.random(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    fn broadcast_change(&self) {
        if let Some(page_events) = &*self.0.page_events.borrow() {
            page_events.broadcast_change();
        }
    }

    fn emit(&self, event: Event) {
        if let Some(on_event) = &self.0.config.on_event {
            on_event(&event);
        }
    }

    /// Changes the state, and emits it if its snapshot differs.
    fn update_state(&self, change: impl FnOnce(&mut ClientState)) {
        change(&mut self.client_state_mut());
        self.emit_state();
    }

    fn emit_state(&self) {
        let state = self.client_state().snapshot();
        if **self.0.snapshot.borrow() == state {
            return;
        }
        let state = Rc::new(state);
        self.0.snapshot.replace(state.clone());
        self.0.subscribers.emit(&state);
    }
}

impl ClientState {
    fn snapshot(&self) -> AuthState {
        match &self.session {
            _ if self.is_loading => AuthState::Loading,
            None => AuthState::SignedOut { reason: self.signed_out, error: self.error.clone() },
            Some(session) => AuthState::SignedIn {
                user: session.user.clone(),
                scope: session.scope.clone(),
                refresh: match self.refresh_plan.is_failing() {
                    true => RefreshStatus::Failing,
                    false => RefreshStatus::Ok,
                },
                error: self.error.clone().or_else(|| self.user_error.clone()),
            },
        }
    }
}

impl<P: Platform> Clone for BasicAuth<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> std::fmt::Debug for BasicAuth<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BasicAuth")
    }
}
