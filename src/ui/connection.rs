//! The client of this page, from before it has started until it is closed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::typed_json;
use crate::client::{BasicAuth, Subscribers, Subscription};
use crate::codec::Json;
use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::platform::browser::Browser;
use crate::platform::{Operation, Platform as _, SingleFlight, Task};
use crate::secret::AccessToken;
use crate::session::{AuthState, SignedOutReason};

/// One for each provider. Making it touches nothing; [`begin`](Self::begin) does.
#[derive(Clone)]
pub(crate) struct Connection(Rc<Inner>);

struct Inner {
    state: RefCell<Rc<AuthState>>,
    client: RefCell<Option<(BasicAuth<Browser>, Subscription)>>,
    subscribers: Rc<Subscribers>,
    provider: RefCell<Option<Subscription>>,
    single_flight: SingleFlight,
    is_closed: Cell<bool>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = reportError)]
    fn report_error(error: &JsValue);
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Inner {
            state: RefCell::default(),
            client: RefCell::default(),
            subscribers: Rc::default(),
            provider: RefCell::default(),
            single_flight: SingleFlight::default(),
            is_closed: Cell::new(false),
        }))
    }

    /// Starts the client, and tells the provider of each new state.
    pub(crate) fn begin(&self, options: Options, provider: impl Fn(&Rc<AuthState>) + 'static) {
        self.0.provider.replace(Some(self.subscribe(provider)));
        drop(self.0.single_flight.begin(Operation::Start));
        // The address is read and cleaned now, before a router of the app can leave it.
        let starting = BasicAuth::start(Browser, options);
        let this = self.clone();
        Browser.spawn(Box::pin(async move { this.started(starting.await) }));
    }

    fn started(&self, outcome: Result<BasicAuth<Browser>>) {
        let finished = match outcome {
            // Gone before it was there.
            Ok(client) if self.0.is_closed.get() => {
                client.close();
                Err(Error::new(ErrorCode::Closed))
            }
            Ok(client) => {
                let inner = Rc::downgrade(&self.0);
                let subscription = client.subscribe(move |state| {
                    if let Some(inner) = inner.upgrade() {
                        Self(inner).show(state.clone());
                    }
                });
                let state = client.state();
                self.0.client.replace(Some((client, subscription)));
                self.show(state);
                Ok(())
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        };
        self.0.single_flight.finish(Operation::Start, finished);
    }

    /// Ends everything; the session stays in its store.
    pub(crate) fn close(&self) {
        self.0.is_closed.set(true);
        self.0.provider.replace(None);
        self.0.subscribers.clear();
        if let Some((client, _)) = self.0.client.take() {
            client.close();
        }
    }

    pub(crate) fn state(&self) -> Rc<AuthState> {
        self.0.state.borrow().clone()
    }

    pub(crate) fn subscribe(&self, listener: impl Fn(&Rc<AuthState>) + 'static) -> Subscription {
        self.0.subscribers.add(Rc::new(listener))
    }

    /// The client, as soon as it has started.
    pub(crate) async fn client(&self) -> Result<BasicAuth<Browser>> {
        if let Some(starting) = self.0.single_flight.in_flight(Operation::Start) {
            starting.await?;
        }
        let known = self.0.client.borrow().as_ref().map(|(client, _)| client.clone());
        known.ok_or_else(|| {
            let error = self.state().error().cloned();
            error.unwrap_or_else(|| Error::new(ErrorCode::Closed))
        })
    }

    /// Leaves the page. Ends only where the page stays, and shows what went wrong.
    pub(crate) fn sign_in(self, options: SignInOptions) -> Task<()> {
        self.act(Some(options))
    }

    pub(crate) fn sign_out(self) -> Task<()> {
        self.act(None)
    }

    /// Signs in with these options, or out without.
    fn act(self, options: Option<SignInOptions>) -> Task<()> {
        Box::pin(async move {
            let outcome = match (self.client().await, options) {
                (Ok(client), Some(options)) => client.sign_in(options).await,
                (Ok(client), None) => client.sign_out().await,
                (Err(error), _) => Err(error),
            };
            if let Err(error) = outcome {
                self.failed(&error);
            }
        })
    }

    pub(crate) async fn token(&self) -> Result<AccessToken> {
        self.client().await?.token().await
    }

    pub(crate) async fn fetch_json<T: DeserializeOwned>(&self, url: &str) -> Result<T> {
        typed_json::fetch(&self.client().await?, url).await
    }

    pub(crate) async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        typed_json::value(self.client().await?.user().await?.as_json())
    }

    pub(crate) fn claims<T: DeserializeOwned>(user: &Json) -> Option<T> {
        typed_json::value(user).ok()
    }

    /// Runs what nobody waits for.
    pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
        Browser.spawn(Box::pin(task));
    }

    /// Shows an error that the client knows nothing of; its next state replaces it.
    fn failed(&self, error: &Error) {
        if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Unsupported) {
            // For the app's author, who would otherwise never learn what a visitor cannot mend.
            report_error(&js_sys::Error::new(&error.message()));
        }
        let mut state = (*self.state()).clone();
        match &mut state {
            AuthState::SignedOut { error: shown, .. }
            | AuthState::SignedIn { error: shown, .. } => *shown = Some(error.clone()),
            AuthState::Loading => {
                let reason = SignedOutReason::Never;
                state = AuthState::SignedOut { reason, error: Some(error.clone()) };
            }
        }
        self.show(Rc::new(state));
    }

    fn show(&self, state: Rc<AuthState>) {
        if self.0.is_closed.get() || **self.0.state.borrow() == *state {
            return;
        }
        self.0.state.replace(state.clone());
        self.0.subscribers.emit(&state);
    }
}

impl PartialEq for Connection {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
