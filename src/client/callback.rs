//! Completes a sign-in after the redirect back. The address has been cleaned already.

use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use crate::codec::Url;
use crate::config::OnReturn;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::platform::{InFlight, Operation, Platform};
use crate::protocol::callback::{AuthorizationResponse, Expected};
use crate::protocol::return_to::ReturnTo;
use crate::protocol::state::State;
use crate::protocol::token;
use crate::protocol::transaction::Transaction;
use crate::secret::AuthorizationCode;
#[cfg(feature = "openid")]
use crate::session::openid::OpenIdSession;
use crate::session::{Session, SignedOutReason};
use crate::time::UnixTime;

/// Consuming a transaction takes a moment.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// What came of an exchange that the server accepted.
enum Exchanged {
    SignedIn,
    /// The user signed out, here or in another tab, before the answer came.
    Superseded,
}

impl<P: Platform> BasicAuth<P> {
    /// Completes the sign-in. All clients that start in this page meanwhile wait for it.
    pub(super) fn handle_callback(&self, response: AuthorizationResponse, here: Url) -> InFlight {
        self.emit(Event::CallbackReceived);
        self.run_once(Operation::Callback, Box::pin(self.clone().complete_sign_in(response, here)))
    }

    async fn complete_sign_in(self, response: AuthorizationResponse, here: Url) -> Result<()> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        // Each sign-in has its own lock. If all shared one and a slow tab kept it, two tabs with this
        // callback would both go on when their wait is over.
        let state = response.states().next();
        let name = ["callback.", state.as_ref().map_or("", State::as_str)].concat();
        let lock = self.lock(&name, LOCK_WAIT).await;
        let transaction = self.consume_transactions(&response)?;
        self.release_later(lock);
        let requested_at = platform.now();
        let expected = Expected {
            transaction: transaction.as_deref(),
            other_clients: &self.0.records.other_clients(platform),
            arrived_at: &here,
            now: requested_at,
            lifetime: config.transaction_lifetime,
        };
        let registration = match &transaction {
            Some(transaction) => self.registration_of_sign_in(transaction),
            None => &config.registration,
        };
        let code = response.validate(platform, registration, expected);
        let Some(transaction) = transaction else {
            return self.reject_unknown_callback(&response, &here, code.err());
        };
        let outcome = match code {
            Ok(code) => self.exchange(&transaction, &code, requested_at).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(Exchanged::SignedIn) => self.send_back(&[&transaction.return_to], &here, None),
            Ok(Exchanged::Superseded) => return self.abandon_exchange(),
            Err(error) => {
                self.emit(Event::SignInFailed(error.code()));
                // The error is in the state before the app's router gets the path: a guard there can show
                // the error and the button.
                self.restore_session(Some(error.clone()))?;
                self.send_back(&[&transaction.return_to], &here, Some(&error));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Drops a sign-in that a sign-out has cancelled. If the store has a session now, it stays: a later
    /// sign-in stored it, or it is this tab's alone.
    fn abandon_exchange(&self) -> Result<()> {
        if self.0.records.load_session(&self.0.platform)?.is_none() {
            self.end_session(SignedOutReason::SignedOutElsewhere, None);
        }
        Ok(())
    }

    /// Consumes every transaction that the response names, before anything is sent. Two tabs with the same
    /// callback take turns, and only the first finds the record.
    fn consume_transactions(
        &self,
        response: &AuthorizationResponse,
    ) -> Result<Option<Box<Transaction>>> {
        let mut first = None;
        for state in response.states() {
            let taken = self.0.records.take_transaction(&self.0.platform, &state)?;
            first = first.or(taken);
        }
        Ok(first)
    }

    /// Rejects a response that belongs to no sign-in under way: an old bookmark, a reload, or an attack.
    ///
    /// A user who is signed in sees no error. If the response is the one that began their session, they
    /// are taken to the fallback; any other response navigates nowhere.
    fn reject_unknown_callback(
        &self,
        response: &AuthorizationResponse,
        here: &Url,
        error: Option<Error>,
    ) -> Result<()> {
        if let Some(session) = self.load_session()? {
            self.emit(Event::CallbackIgnored);
            if response.states().any(|state| state.session_id() == session.id) {
                self.restore_session(None)?;
                self.send_back(&[], here, None);
            }
            return Ok(());
        }
        let Some(error) = error else { return Ok(()) };
        self.emit(Event::SignInFailed(error.code()));
        Err(error)
    }

    /// Exchanges the code for tokens and begins the session. The code is sent once: it is spent then,
    /// even if the answer is lost.
    async fn exchange(
        &self,
        transaction: &Transaction,
        code: &AuthorizationCode,
        requested_at: UnixTime,
    ) -> Result<Exchanged> {
        let (platform, config, records) = (&self.0.platform, &self.0.config, &self.0.records);
        records.mark_exchange(&transaction.state, platform.now())?;
        self.emit(Event::ExchangeStarted);
        let registration = self.registration_of_sign_in(transaction);
        let request = token::exchange_request(
            platform,
            registration,
            transaction,
            code,
            &config.token_params,
            config.request_timeout,
        );
        let response = platform.fetch(request);
        // The keys are read while the server works.
        #[cfg(feature = "openid")]
        let keys = self.start_reading_keys(transaction);
        let tokens = response
            .await
            .and_then(|response| token::process_response(platform, &response, platform.now()));
        #[cfg(feature = "openid")]
        let openid = match &tokens {
            Ok(tokens) => self.validate_id_token(transaction, tokens, keys).await,
            Err(_) => Ok(OpenIdSession::default()),
        };
        let is_wanted = records.unmark_exchange(&transaction.state)?;
        let tokens = tokens?;
        if !is_wanted {
            self.revoke(registration, &tokens.access_token, tokens.refresh_token.as_ref());
            return Ok(Exchanged::Superseded);
        }
        #[cfg(feature = "openid")]
        let openid = openid.inspect_err(|_| {
            self.revoke(registration, &tokens.access_token, tokens.refresh_token.as_ref());
        })?;
        let id = transaction.state.session_id();
        let lifetime = config.default_token_lifetime;
        let session = Session::begin(id, tokens, &transaction.scope, requested_at, lifetime);
        #[cfg(feature = "openid")]
        let session = Session { openid, ..session };
        if let Err(error) = records.save_session(platform, &session) {
            self.revoke(registration, &session.access_token, session.refresh_token.as_ref());
            return Err(error);
        }
        self.set_session(Rc::new(session));
        self.emit(Event::SignedIn);
        Ok(Exchanged::SignedIn)
    }

    /// Takes the user to the first of `candidates` that is valid, or to the fallback. `error` is the
    /// failure of the sign-in, stored for the next page if one is loaded.
    pub(super) fn send_back(&self, candidates: &[&str], here: &Url, error: Option<&Error>) {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let return_to = ReturnTo::resolve(
            platform,
            candidates,
            &config.fallback_return_to,
            here,
            &config.registration.redirect_uri,
        );
        let path = return_to.as_str();
        let current = platform.location().unwrap_or_default();
        match &config.on_return {
            OnReturn::Call(on_return) => on_return(path),
            OnReturn::Load if !current.is_same_document(path) => {
                if let Some(error) = error {
                    self.0.records.save_error_for_next_page(error.clone());
                }
                platform.load(path);
            }
            OnReturn::Load | OnReturn::Router => platform.return_to(path),
        }
    }
}
