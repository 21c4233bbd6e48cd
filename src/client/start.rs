//! Starts a client: what comes before its first wait, what the app waits for, and what comes later.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use super::records::Records;
use crate::codec::Url;
use crate::config::{Config, OnReturn, Options};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::{Environment, InFlight, Operation, Platform};
use crate::protocol::callback::{AuthorizationResponse, StateOwner};
use crate::session::Session;

/// A client before its first wait.
struct Started<P: Platform> {
    client: BasicAuth<P>,
    /// The sign-in that this page completes, if it is a callback.
    callback: Option<InFlight>,
    /// Where the user wanted to go after a sign-out at the provider, and where they came back to.
    #[cfg(feature = "openid")]
    signed_out_to: Option<(String, Url)>,
}

impl<P: Platform> BasicAuth<P> {
    /// Completes the sign-in if this page is its callback, otherwise restores the stored session. Then
    /// keeps the tokens fresh.
    ///
    /// The address is read and cleaned when this is called, before the future is awaited, so that no
    /// router can lose it. A sign-in that failed is no error of this call: it shows in the state.
    ///
    /// # Errors
    /// The kinds `Unsupported` and `Storage`; `Configuration` if an option is invalid or the redirect URI
    /// belongs to another origin. [`ErrorCode::NotInBrowser`] if there is no page, as in a worker.
    pub fn start(platform: P, options: Options) -> impl Future<Output = Result<Self>> + use<P> {
        let here = platform.location();
        let config = match &here {
            Some(here) => options.validate(&platform, here.origin()),
            None => Err(Error::new(ErrorCode::NotInBrowser)),
        };
        let started = config.map(|config| Self::start_at(platform, config, here, false));
        async move { started?.await }
    }

    /// Does the same as [`start`](Self::start) with options that have been validated.
    #[doc(hidden)]
    pub fn start_with_config(
        platform: P,
        config: Config,
    ) -> impl Future<Output = Result<Self>> + use<P> {
        let here = platform.location();
        Self::start_at(platform, config, here, false)
    }

    /// Does the same as [`start`](Self::start) for a page that was loaded at the address `here`. The app's
    /// router may have changed the address while the module was loading.
    ///
    /// `was_signed_in` says that the app has already shown a session of the store. If the session is gone
    /// now, the state says why it ended.
    pub(crate) fn start_at(
        platform: P,
        config: Config,
        here: Option<Url>,
        was_signed_in: bool,
    ) -> impl Future<Output = Result<Self>> + use<P> {
        let started = Self::open(platform, config, here);
        async move {
            #[cfg(not(feature = "openid"))]
            let Started { client, callback } = started?;
            #[cfg(feature = "openid")]
            let Started { client, callback, signed_out_to } = started?;
            // Another client in this page may be processing a callback: nothing is restored meanwhile.
            let single_flight = &client.0.shared.single_flight;
            let callback = callback.or_else(|| single_flight.in_flight(Operation::Callback));
            let is_callback = callback.is_some();
            let error = match callback {
                Some(callback) => callback.await.err(),
                None => {
                    client.remove_copied_session().await;
                    None
                }
            };
            if client.client_state().is_loading {
                client.restore_session(error)?;
                if was_signed_in && client.session().is_none() {
                    client.adopt_sign_out();
                }
            }
            client.listen();
            #[cfg(feature = "openid")]
            if let Some((path, here)) = signed_out_to {
                client.send_back(&[&path], &here, None);
            }
            if is_callback {
                // Another tab may have changed the store since the callback was processed.
                client.sync_with_store();
                // A browser tells the other tabs nothing of a change of cookies.
                client.broadcast_change();
            }
            client.finish_start_later();
            // A token that has expired is refreshed at once.
            client.tick();
            Ok(client)
        }
    }

    /// Does all that comes before the first wait.
    fn open(platform: P, config: Config, here: Option<Url>) -> Result<Started<P>> {
        let Environment { is_secure_context, is_framed } = platform.environment();
        if !is_secure_context {
            return Err(Error::new(ErrorCode::InsecureContext));
        }
        let redirect_uri = &config.registration.redirect_uri;
        if let Some(here) = here.as_ref().filter(|here| !redirect_uri.is_of(here)) {
            let option = if cfg!(feature = "js") { "redirectUri: " } else { "redirect_uri: " };
            let both = [option, redirect_uri.origin(), ", this page: ", here.origin()].concat();
            return Err(Error::new(ErrorCode::InvalidRedirectUri).with_explanation(both));
        }
        let records = Records::open(&platform, &config);

        // The address is cleaned before anything is awaited and before anything can fail, so that no
        // script, sub-resource or bookmark sees the code.
        let here = here.unwrap_or_default();
        let response = AuthorizationResponse::read(&here);
        #[cfg(feature = "openid")]
        let signed_out_to = records
            .as_ref()
            .ok()
            .and_then(|records| Self::take_sign_out_return(&platform, records, &response))
            .map(|path| (path, here.clone()));
        let registration = &config.registration;
        let owner = match &records {
            Ok(records) => records.owner_of(&platform, &response),
            Err(_) => StateOwner::Unknown,
        };
        let is_pending = || {
            let records = records.as_ref().ok();
            records.is_some_and(|records| records.sweep(&platform, &config, Some(&response)))
        };
        let is_callback = !is_framed && response.is_for(&here, registration, owner, is_pending);
        if is_callback {
            let current = platform.location().unwrap_or_default();
            let cleaned = match current == here {
                true => Some(AuthorizationResponse::cleaned(&here, registration, owner)),
                false => response.cleaned_elsewhere(&current),
            };
            if let Some(cleaned) = cleaned {
                platform.replace_location(&cleaned);
            }
        }

        platform.random(&mut [0; 1])?;
        let client = Self::new(platform, config, records?);
        client.0.records.register_in_page(&client.0.platform);
        if is_callback {
            let callback = Some(client.handle_callback(response, here));
            return Ok(Started {
                client,
                callback,
                #[cfg(feature = "openid")]
                signed_out_to,
            });
        }
        // Before the first wait: if it is done later, the simulation loses sessions of tabs that change
        // their store.
        if !client.0.records.has_session() {
            client.take_left_session(true);
        }
        Ok(Started {
            client,
            callback: None,
            #[cfg(feature = "openid")]
            signed_out_to,
        })
    }

    /// Does the rest of the start in a later task, after the app has got the state.
    fn finish_start_later(&self) {
        /// How long the rest may wait for the request of a refresh, which it would delay.
        const REFRESH_WAIT: Duration = Duration::from_millis(100);
        self.client_state_mut().is_start_unfinished = true;
        let later = self.0.platform.sleep(Duration::ZERO);
        let client = Rc::downgrade(&self.0);
        self.0.platform.spawn(Box::pin(async move {
            later.await;
            let Some(this) = client.upgrade().map(Self) else { return };
            if this.0.shared.single_flight.in_flight(Operation::Refresh).is_some() {
                let waited = this.0.platform.sleep(REFRESH_WAIT);
                drop(this);
                waited.await;
            }
            if let Some(this) = client.upgrade().map(Self) {
                this.finish_start();
            }
        }));
    }

    /// Does the rest of the start, once: what no app waits for.
    pub(super) fn finish_start(&self) {
        let mut state = self.client_state_mut();
        if !std::mem::take(&mut state.is_start_unfinished) || state.is_closed {
            return;
        }
        drop(state);
        let (platform, records) = (&self.0.platform, &self.0.records);
        if self.session().is_some() {
            records.suspend_attempts();
        }
        let now = platform.now();
        self.load_user_if(|session| session.needs_user(now));
        self.take_left_session(false);
        records.sweep(platform, &self.0.config, None);
    }

    pub(super) fn restore_session(&self, error: Option<Error>) -> Result<()> {
        let session = self.load_session()?;
        let is_restored = session.is_some();
        // Only a page that was loaded for the user's return has one.
        let error = error.or_else(|| match self.0.config.on_return {
            OnReturn::Load => self.0.records.take_error_of_last_page(),
            OnReturn::Router | OnReturn::Call(_) => None,
        });
        self.update_state(|state| {
            state.session = session;
            state.error = error;
            state.is_loading = false;
        });
        if is_restored {
            self.reset_refresh_plan();
            self.claim_tab();
            self.emit(Event::Restored);
        }
        Ok(())
    }

    /// Returns the stored session. If there is none, it may be in a store that this client used before.
    pub(super) fn load_session(&self) -> Result<Option<Rc<Session>>> {
        let (platform, records) = (&self.0.platform, &self.0.records);
        let session = records.load_session(platform)?;
        if session.is_some() {
            return Ok(session);
        }
        self.take_left_session(true);
        records.load_session(platform)
    }

    /// Takes the session out of each store that this client used before, once.
    fn take_left_session(&self, is_wanted: bool) {
        let has_taken = std::mem::replace(&mut self.client_state_mut().has_taken_left, true);
        if !has_taken {
            self.0.records.take_left_session(&self.0.platform, is_wanted);
        }
    }
}
