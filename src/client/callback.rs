//! Coming back from the authorization server. The address has been cleaned already.

use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::BasicAuth;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::platform::{Platform, Purpose};
use crate::protocol::callback::AuthorizationResponse;
use crate::protocol::return_to::ReturnTo;
use crate::protocol::token;
use crate::protocol::transaction::Transaction;
use crate::protocol::url::Url;
use crate::secret::AuthorizationCode;
use crate::session::{Session, SignedOutReason};

/// Taking a record out is a matter of a moment.
const LOCK_WAIT: Duration = Duration::from_secs(2);

impl<P: Platform> BasicAuth<P> {
    /// Completes the sign-in; everybody in this page who starts meanwhile waits for it.
    pub(super) async fn handle_callback(
        &self,
        response: AuthorizationResponse,
        here: Url,
    ) -> Result<()> {
        self.tell(Event::CallbackReceived);
        let client = self.clone();
        let work = async move { client.complete(&response, &here).await };
        let outcome = self.share(Purpose::Callback, Box::pin(work)).await;
        if self.0.held.borrow().is_loading {
            return self.restore(outcome.err());
        }
        Ok(())
    }

    async fn complete(&self, response: &AuthorizationResponse, here: &Url) -> Result<()> {
        let transaction = self.take_transaction(response).await?;
        let (platform, config) = (&self.0.platform, &self.0.config);
        let judged = response.judge(
            platform,
            &config.registration,
            transaction.as_ref(),
            platform.now(),
            config.transaction_lifetime,
        );
        let Some(transaction) = transaction else {
            return self.refuse_stranger(judged.err());
        };
        let signed_in = match judged {
            Ok(code) => self.exchange(&transaction, &code).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(true) => {}
            Ok(false) => {
                self.end(SignedOutReason::SignedOutElsewhere, None);
                return Ok(());
            }
            Err(error) => {
                self.tell(Event::SignInFailed(error.code()));
                return Err(error);
            }
        }
        let wishes = &[transaction.return_to.as_str(), &config.fallback_return_to];
        let redirect_uri = &config.registration.redirect_uri;
        let return_to = ReturnTo::resolve(platform, wishes, here, redirect_uri);
        match &config.on_return {
            Some(take_back) => take_back(return_to.as_str()),
            None => platform.return_to(return_to.as_str()),
        }
        Ok(())
    }

    /// Consumes every transaction the response names, before anything is sent. Two tabs with one
    /// callback address take turns, and only the first finds the record.
    async fn take_transaction(
        &self,
        response: &AuthorizationResponse,
    ) -> Result<Option<Transaction>> {
        let (platform, records) = (&self.0.platform, &self.0.records);
        let lock = platform.lock(&self.name("callback"), LOCK_WAIT).await;
        let mut first = None;
        for state in response.states() {
            let registration = &self.0.config.registration;
            let taken = records.take_transaction(registration, &state)?;
            first = first.or(taken);
        }
        self.release_later(lock);
        Ok(first)
    }

    /// A response that belongs to no sign-in of ours: an old bookmark, a reload, or an attack.
    /// Somebody who is signed in does not hear of it.
    fn refuse_stranger(&self, error: Option<Error>) -> Result<()> {
        if self.0.records.load_session(&self.0.platform)?.is_some() {
            self.tell(Event::CallbackIgnored);
            return Ok(());
        }
        let Some(error) = error else { return Ok(()) };
        self.tell(Event::SignInFailed(error.code()));
        Err(error)
    }

    /// Trades the code for tokens, once: a code is spent when it was sent, whatever comes back. False
    /// where somebody signed out, here or in another tab, before the answer came.
    async fn exchange(&self, transaction: &Transaction, code: &AuthorizationCode) -> Result<bool> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let records = &self.0.records;
        records.begin_exchange(&transaction.state, platform.now())?;
        self.tell(Event::ExchangeStarted);
        let asked_at = platform.now();
        let timeout = config.request_timeout;
        let request =
            token::exchange_request(platform, &config.registration, transaction, code, timeout);
        let answer = platform.fetch(request).await;
        let is_wanted = records.end_exchange(&transaction.state)?;
        let tokens = token::judge(platform, &answer?)?;
        if !is_wanted {
            self.revoke(tokens.refresh_token.as_ref());
            return Ok(false);
        }
        let id = URL_SAFE_NO_PAD.encode(self.random::<12>()?);
        let lifetime = config.default_token_lifetime;
        let session = Session::begin(id, tokens, &transaction.scope, asked_at, lifetime);
        if let Err(error) = records.save_session(platform, &session) {
            self.revoke(session.refresh_token.as_ref());
            return Err(error);
        }
        records.forget_attempts();
        self.hold(Rc::new(session));
        self.tell(Event::SignedIn);
        Ok(true)
    }
}
