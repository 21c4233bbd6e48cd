//! Sends the user to the authorization server.

use std::time::Duration;

use super::BasicAuth;
#[cfg(feature = "openid")]
use super::discovery::Found;
use crate::codec::base64url;
use crate::config::SignInOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::{InFlight, Operation, Platform};
use crate::protocol::authorization::AuthorizationRequest;
#[cfg(feature = "openid")]
use crate::protocol::authorization::ExtraParameters;
#[cfg(feature = "openid")]
use crate::protocol::openid::transaction::OpenIdTransaction;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::return_to::ReturnTo;
#[cfg(feature = "openid")]
use crate::protocol::scope::Scope;
use crate::protocol::state::State;
use crate::protocol::transaction::Transaction;
use crate::secret::SecretText;
#[cfg(feature = "openid")]
use crate::time::decimal;

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
    /// [`ErrorCode::InvalidOption`] if the scope is empty and the server requires one, or if the return
    /// path leads to another origin,
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
        if self.0.platform.environment().is_framed {
            return Err(Error::new(ErrorCode::Framed));
        }
        self.validate_return_to(options.return_to.as_deref())?;
        // The user's press counts for a few seconds only, so it is asked for before any wait.
        let is_user_active = self.0.platform.is_user_active();
        #[cfg(feature = "openid")]
        if let Some(search) = self.search(options)? {
            return Ok(self.redirect_when_found(search, options.clone(), is_user_active));
        }
        #[cfg(feature = "openid")]
        let url = self.prepare_redirect(options, is_user_active, None)?;
        #[cfg(not(feature = "openid"))]
        let url = self.prepare_redirect(options, is_user_active)?;
        let leaving = self.0.shared.single_flight.begin(Operation::Redirect);
        self.leave_for(&url, options);
        Ok(leaving)
    }

    /// Leaves the page for the authorization server.
    pub(super) fn leave_for(&self, url: &str, options: &SignInOptions) {
        let until = self.0.platform.now().plus(REDIRECT_TIMEOUT);
        self.client_state_mut().redirect_until = Some(until);
        self.schedule(self.refreshes_at());
        self.emit(Event::SignInStarted);
        if options.replaces_page {
            self.0.platform.load(url);
        } else {
            self.0.platform.navigate(url);
        }
    }

    /// Ends the sign-in that was to leave the page, because the page is still or again here.
    pub(super) fn redirect_cancelled(&self) {
        self.client_state_mut().redirect_until = None;
        self.0.shared.single_flight.finish(Operation::Redirect, Ok(()));
    }

    /// Refuses a return path of another origin. Such a path is a mistake of the app, or an attacker chose
    /// it: the user must not be sent away first.
    pub(super) fn validate_return_to(&self, requested: Option<&str>) -> Result<()> {
        let (platform, redirect_uri) = (&self.0.platform, &self.0.config.registration.redirect_uri);
        match requested {
            Some(path) if !redirect_uri.shares_origin_with_path(platform, path) => {
                Err(Error::new(ErrorCode::InvalidOption).with_detail("returnTo"))
            }
            _ => Ok(()),
        }
    }

    /// Returns where the user comes back to: the requested path, or if it is not valid, where the user is.
    pub(super) fn return_to(&self, requested: Option<&str>) -> ReturnTo {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let here = platform.location().unwrap_or_default();
        let current = here.path_query_fragment();
        ReturnTo::resolve(
            platform,
            &[requested.unwrap_or(current), current],
            &config.fallback_return_to,
            &here,
            &config.registration.redirect_uri,
        )
    }

    /// Stores the transaction, and returns the address of the authorization request.
    ///
    /// While a user is signed in, a scope that the options name is asked for in addition to what was
    /// granted, so that the new session can do what this one can.
    pub(super) fn prepare_redirect(
        &self,
        options: &SignInOptions,
        is_user_active: bool,
        #[cfg(feature = "openid")] found: Option<Found>,
    ) -> Result<String> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let configured = &config.registration;
        #[cfg(feature = "openid")]
        let registration =
            found.as_ref().map_or(configured, |Found { registration, .. }| registration);
        #[cfg(not(feature = "openid"))]
        let registration = configured;
        if !is_user_active && !self.0.records.admit_attempt(platform.now()) {
            return Err(self.reject_loop());
        }
        let return_to = self.return_to(options.return_to.as_deref());
        let scope = match (&options.scope, self.session()) {
            (Some(scope), Some(session)) => session.scope.with(scope),
            (Some(scope), None) => scope.clone(),
            (None, _) => config.scope.clone(),
        };
        // A server may leave `openid` out of the scope that it grants.
        #[cfg(feature = "openid")]
        let scope = match self.session().is_some_and(|session| self.has_openid(&session)) {
            true => scope.with(&Scope::granted("openid")),
            false => scope,
        };
        registration.server.validate_scope(&scope)?;
        #[cfg(not(feature = "openid"))]
        let extra = &options.authorization_params;
        #[cfg(feature = "openid")]
        let extra = &with_hint(options);
        let mut octets = [[0; 32]; 3];
        platform.random(octets.as_flattened_mut())?;
        // Several servers refuse to issue an ID token without one.
        let nonce = scope
            .names()
            .any(|name| name == "openid")
            .then(|| SecretText::new(base64url::encode(&octets[2])));
        let transaction = Transaction {
            state: State::from_random(&octets[0]),
            verifier: CodeVerifier::from_random(&octets[1]),
            nonce,
            scope,
            return_to: return_to.as_str().into(),
            #[cfg(feature = "openid")]
            openid: asked(&[extra, &config.authorization_params], found.as_ref()),
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
            extra: [&config.authorization_params, extra],
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

/// Returns the parameters of this sign-in. A handle is also a hint for the server's own form.
#[cfg(feature = "openid")]
fn with_hint(options: &SignInOptions) -> ExtraParameters {
    let mut extra = options.authorization_params.clone();
    if let Some(handle) = options.handle.as_ref().filter(|_| extra.value("login_hint").is_none()) {
        extra.set("login_hint", handle.trim_ascii().into());
    }
    extra
}

/// Returns what the record keeps of the request beyond OAuth 2.0. The first of `extra` that has a
/// parameter counts, as in the request.
#[cfg(feature = "openid")]
fn asked(extra: &[&ExtraParameters], found: Option<&Found>) -> OpenIdTransaction {
    let value = |name| extra.iter().find_map(|extra| extra.value(name));
    OpenIdTransaction {
        registration: found.map(|found| found.registration.clone()),
        subject: found.map(|found| found.subject.clone()).unwrap_or_default(),
        max_age: value("max_age").and_then(decimal),
        acr_values: value("acr_values").unwrap_or_default().into(),
    }
}
