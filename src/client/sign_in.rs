//! Sends the user to the authorization server.

use std::time::Duration;

use super::BasicAuth;
use crate::codec::base64url;
use crate::config::SignInOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::{InFlight, Operation, Platform};
use crate::protocol::authorization::AuthorizationRequest;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::return_to::ReturnTo;
use crate::protocol::state::State;
use crate::protocol::transaction::Transaction;
use crate::secret::SecretText;

/// How long the browser may take to leave the page, before the sign-in button works again.
const REDIRECT_TIMEOUT: Duration = Duration::from_secs(10);

impl<P: Platform> BasicAuth<P> {
    /// Sends the browser to the authorization server.
    ///
    /// A second call while the page is leaving joins the sign-in that has begun. The future ends only if
    /// the page stays: when it comes back out of the back-forward cache, or after ten seconds.
    ///
    /// # Errors
    /// [`ErrorCode::Framed`], the kind `Storage` if the transaction cannot be kept,
    /// [`ErrorCode::InvalidOption`] if the scope is empty and the server requires one,
    /// [`ErrorCode::SignInLoop`] if the app starts sign-ins by itself and five of them failed within two
    /// minutes, and [`ErrorCode::Closed`].
    pub async fn sign_in(&self, options: SignInOptions) -> Result<()> {
        self.start_redirect(&options)?.await
    }

    /// Sends the browser to the authorization server. The result ends only if the page stays.
    pub(crate) fn start_redirect(&self, options: &SignInOptions) -> Result<InFlight> {
        if self.client_state().is_closed {
            return Err(Error::new(ErrorCode::Closed));
        }
        if let Some(leaving) = self.0.shared.single_flight.in_flight(Operation::Redirect) {
            return Ok(leaving);
        }
        let url = self.prepare_redirect(options)?;
        let leaving = self.0.shared.single_flight.begin(Operation::Redirect);
        let until = self.0.platform.now().plus(REDIRECT_TIMEOUT);
        self.client_state_mut().redirect_until = Some(until);
        self.schedule(self.refreshes_at());
        self.emit(Event::SignInStarted);
        self.0.platform.navigate(&url);
        Ok(leaving)
    }

    /// Ends the sign-in that was to leave the page, because the page is still or again here.
    pub(super) fn redirect_cancelled(&self) {
        self.client_state_mut().redirect_until = None;
        self.0.shared.single_flight.finish(Operation::Redirect, Ok(()));
    }

    /// Stores the transaction, and returns the address of the authorization request.
    fn prepare_redirect(&self, options: &SignInOptions) -> Result<String> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let registration = &config.registration;
        if platform.environment().is_framed {
            return Err(Error::new(ErrorCode::Framed));
        }
        if !platform.is_user_active() && !self.0.records.admit_attempt(platform.now()) {
            return Err(self.reject_loop());
        }
        let here = platform.location().unwrap_or_default();
        let requested = options.return_to.as_deref().unwrap_or(here.path_query_fragment());
        let return_to = ReturnTo::resolve(
            platform,
            &[requested, here.path_query_fragment()],
            &config.fallback_return_to,
            &here,
            &registration.redirect_uri,
        );
        let scope = options.scope.as_ref().unwrap_or(&config.scope);
        registration.server.validate_scope(scope)?;
        let mut octets = [[0; 32]; 3];
        platform.random(octets.as_flattened_mut())?;
        let transaction = Transaction {
            state: State::from_random(&octets[0]),
            verifier: CodeVerifier::from_random(&octets[1]),
            // Several servers refuse to issue an ID token without one.
            nonce: scope
                .names()
                .any(|name| name == "openid")
                .then(|| SecretText::new(base64url::encode(&octets[2]))),
            scope: scope.clone(),
            return_to: return_to.as_str().into(),
            created_at: platform.now(),
        };
        self.0.records.sweep(platform, config, None);
        self.0.records.save_transaction(&transaction)?;
        let request = AuthorizationRequest {
            client_id: &registration.client_id,
            redirect_uri: &registration.redirect_uri,
            scope: &transaction.scope,
            state: &transaction.state,
            nonce: transaction.nonce.as_ref(),
            verifier: &transaction.verifier,
            extra: [&config.authorization_params, &options.authorization_params],
        };
        Ok(request.url(&registration.server))
    }

    /// Refuses to continue a sign-in loop. The error is in the state as well, because an app that starts
    /// sign-ins by itself may ignore the errors of the calls.
    fn reject_loop(&self) -> Error {
        let error = Error::new(ErrorCode::SignInLoop);
        self.update_state(|state| state.error = Some(error.clone()));
        self.emit(Event::SignInFailed(error.code()));
        error
    }
}
