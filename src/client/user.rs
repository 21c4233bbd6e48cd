//! Reads and stores the information about the signed-in user.

use std::rc::Rc;

use super::{BasicAuth, SESSION_LOCK};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::{InFlight, Locked, Operation, Platform};
use crate::protocol::Endpoint;
use crate::protocol::userinfo::{self, User};
use crate::session::Session;

impl<P: Platform> BasicAuth<P> {
    /// Returns the user. Reads them from the server if they are not known yet.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); the kinds `TokenEndpoint` and `InvalidResponse` if the server does
    /// not return the user; `Configuration` if it has no user information endpoint.
    pub async fn user(&self) -> Result<User> {
        self.clone().read_user(false).await
    }

    /// Reads the user from the server again.
    ///
    /// # Errors
    /// Those of [`user`](Self::user).
    pub async fn reload_user(&self) -> Result<User> {
        self.clone().read_user(true).await
    }

    pub(crate) async fn read_user(self, is_reload: bool) -> Result<User> {
        let session = self.require_session()?;
        if let Some(user) = session.user.as_ref().filter(|_| !is_reload) {
            return Ok(user.clone());
        }
        self.start_reading_user()?.await?;
        self.sync_with_store();
        self.require_session()?.user.clone().ok_or_else(|| Error::new(ErrorCode::NotSignedIn))
    }

    /// Reads the user if they are not known or could not be read last time.
    pub(super) fn load_missing_user(&self) {
        let has_failed = self.client_state().user_error.is_some();
        self.load_user_if(|session| has_failed || session.user.is_none());
    }

    pub(super) fn load_user_if(&self, is_wanted: impl FnOnce(&Session) -> bool) {
        let is_wanted = self.session().is_some_and(|session| is_wanted(&session));
        if self.0.config.load_user && is_wanted {
            // Without a user information endpoint there is no user to read.
            drop(self.start_reading_user());
        }
    }

    fn start_reading_user(&self) -> Result<InFlight> {
        let session = self.require_session()?;
        self.userinfo_endpoint(&session)?;
        Ok(self.run_once(Operation::User, Box::pin(self.clone().load_user())))
    }

    /// Returns where the user of this session is read. Another session may have another server.
    fn userinfo_endpoint(&self, session: &Session) -> Result<Endpoint> {
        let endpoint = self.registration_of(session).server.userinfo_endpoint.clone();
        endpoint.ok_or_else(|| Error::new(ErrorCode::InvalidOption).with_detail("userinfoEndpoint"))
    }

    async fn load_user(self) -> Result<()> {
        let platform = &self.0.platform;
        let mut session = self.clone().fresh_session().await?;
        let mut user = self.request_user(&session).await;
        if user.as_ref().is_err_and(|error| error.status() == Some(401))
            && let Some(refreshed) = self.clone().session_after_rejection(session.clone()).await?
        {
            user = self.request_user(&refreshed).await;
            session = refreshed;
        }
        if !self.is_current_session(&session) {
            return Err(Error::new(ErrorCode::NotSignedIn));
        }
        let user = match user {
            Ok(user) => user,
            Err(error) => {
                // The session is still valid. The state says why the user is not known.
                self.update_state(|state| state.user_error = Some(error.clone()));
                self.emit(Event::UserFailed(error.code()));
                return Err(error);
            }
        };
        let now = platform.now();
        self.update_state(|state| {
            state.user_error = None;
            if let Some(session) = &mut state.session {
                *session = Rc::new(session.with_user(user.clone(), now));
            }
        });
        self.emit(Event::UserLoaded);
        // The caller does not wait for the store: another tab may hold its lock.
        platform.spawn(Box::pin(self.clone().store_user(session, user)));
        Ok(())
    }

    async fn request_user(&self, session: &Session) -> Result<User> {
        let platform = &self.0.platform;
        let endpoint = &self.userinfo_endpoint(session)?;
        let timeout = self.0.config.request_timeout;
        let request = userinfo::request(endpoint, &session.access_token, timeout);
        let response = platform.fetch(request).await?;
        userinfo::process_response(platform, &response, session.subject(), platform.now())
    }

    /// Stores the user with the tokens. Takes the lock, so that the record is never older than one that
    /// another tab is writing.
    async fn store_user(self, session: Rc<Session>, user: User) {
        if !self.0.config.store.fits_user() {
            return;
        }
        let platform = &self.0.platform;
        let lock = self.lock(SESSION_LOCK, self.0.config.request_timeout).await;
        if matches!(lock, Locked::TimedOut) {
            return;
        }
        if let Ok(Some(stored)) = self.0.records.load_session(platform)
            && stored.id == session.id
        {
            let stored = stored.with_user(user, platform.now());
            // If there is no room for the user, the tokens must stay.
            let _ = self.0.records.update_session(platform, &stored);
            self.broadcast_change();
            self.release(lock);
        }
    }
}
