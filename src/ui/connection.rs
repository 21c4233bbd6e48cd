//! The client of one provider, from before it has started until it is closed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::typed_json;
use crate::client::{BasicAuth, Subscribers, Subscription};
use crate::codec::Json;
#[cfg(feature = "openid")]
use crate::config::SignOutOptions;
use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::platform::browser::Browser;
use crate::platform::{Operation, Platform as _, SingleFlight, Task};
use crate::secret::AccessToken;
use crate::session::{AuthState, SignedOutReason};
use crate::time::UnixTime;

/// The handle of one provider's client. [`start`](Self::start) starts it.
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

    /// Returns a connection without a client, whose state never changes.
    #[cfg(feature = "testing")]
    pub(crate) fn fixed(state: Rc<AuthState>) -> Self {
        let connection = Self::new();
        connection.0.state.replace(state);
        connection.0.is_closed.set(true);
        connection
    }

    /// Starts the client, and calls `provider` with each new state.
    pub(crate) fn start(&self, options: Options, provider: impl Fn(&Rc<AuthState>) + 'static) {
        self.0.provider.replace(Some(self.subscribe(provider)));
        drop(self.0.single_flight.begin(Operation::Start));
        // The address is read and cleaned now, before a router of the app can leave it.
        let starting = BasicAuth::start(Browser, options);
        let this = self.clone();
        Browser.spawn(Box::pin(async move { this.finish_start(starting.await) }));
    }

    fn finish_start(&self, outcome: Result<BasicAuth<Browser>>) {
        let finished = match outcome {
            // The provider was closed before the client had started.
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
                self.show_error(&error);
                Err(error)
            }
        };
        self.0.single_flight.finish(Operation::Start, finished);
    }

    /// Closes the client. The session stays in its store.
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

    /// Returns the client, as soon as it has started.
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

    /// Redirects to sign in, and shows an error in the state. Ends only if the page stays.
    pub(crate) fn sign_in(self, options: SignInOptions) -> Task<()> {
        Box::pin(async move {
            let outcome = match self.client().await {
                Ok(client) => client.sign_in(options).await,
                Err(error) => Err(error),
            };
            self.show_outcome(outcome);
        })
    }

    /// Signs out, and shows an error in the state.
    pub(crate) fn sign_out(self) -> Task<()> {
        Box::pin(async move {
            let outcome = match self.client().await {
                Ok(client) => client.sign_out().await,
                Err(error) => Err(error),
            };
            self.show_outcome(outcome);
        })
    }

    /// Signs out, and at the provider too if the options say so. Shows an error in the state.
    #[cfg(feature = "openid")]
    pub(crate) fn sign_out_with(self, options: SignOutOptions) -> Task<()> {
        Box::pin(async move {
            let outcome = match self.client().await {
                Ok(client) => client.sign_out_with(options).await,
                Err(error) => Err(error),
            };
            self.show_outcome(outcome);
        })
    }

    /// Returns the claims of the ID token as a type of the app.
    #[cfg(feature = "openid")]
    pub(crate) fn id_token_claims<T: DeserializeOwned>(&self) -> Option<T> {
        let client = self.0.client.borrow();
        Self::claims(&client.as_ref()?.0.id_token_claims()?)
    }

    #[cfg(feature = "openid")]
    pub(crate) fn did(&self) -> Option<String> {
        self.0.client.borrow().as_ref()?.0.did()
    }

    pub(crate) fn expires_at(&self) -> Option<UnixTime> {
        self.0.client.borrow().as_ref()?.0.expires_at()
    }

    pub(crate) fn latest_token(&self) -> Option<AccessToken> {
        self.0.client.borrow().as_ref()?.0.latest_token()
    }

    pub(crate) fn missing_scopes(&self) -> Vec<String> {
        let client = self.0.client.borrow();
        client.as_ref().map(|(client, _)| client.missing_scopes()).unwrap_or_default()
    }

    fn show_outcome(&self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.show_error(&error);
        }
    }

    pub(crate) async fn token(&self) -> Result<AccessToken> {
        self.client().await?.token().await
    }

    pub(crate) async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        typed_json::value(self.client().await?.user().await?.as_json())
    }

    pub(crate) fn claims<T: DeserializeOwned>(user: &Json) -> Option<T> {
        typed_json::value_or_report(user)
    }

    /// Runs a task to its end in the background.
    pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
        Browser.spawn(Box::pin(task));
    }

    /// Shows an error in the state. The client's next state replaces it.
    fn show_error(&self, error: &Error) {
        if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Unsupported) {
            // The app's developer must see it: a user cannot correct it.
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

/// Reports a mistake of the app's developer in the console: each text once for the life of the page.
pub(crate) fn report_once(text: &str) {
    thread_local!(static REPORTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });
    let is_known = REPORTED.with_borrow_mut(|reported| {
        let is_known = reported.iter().any(|known| known == text);
        if !is_known {
            reported.push(text.to_owned());
        }
        is_known
    });
    if !is_known {
        report_error(&js_sys::Error::new(text));
    }
}

impl PartialEq for Connection {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
