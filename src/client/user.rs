//! Who is signed in.

use std::rc::Rc;

use super::BasicAuth;
use crate::error::{Code, Error, Result};
use crate::event::Event;
use crate::platform::{Flight, Locked, Platform, Purpose, Task};
use crate::protocol::http::Response;
use crate::protocol::userinfo::{self, User};
use crate::secret::AccessToken;
use crate::session::Session;

impl<P: Platform> BasicAuth<P> {
    /// The person who is signed in, read from the server once.
    ///
    /// # Errors
    /// Those of [`token`](Self::token); the kinds `TokenEndpoint` and `InvalidResponse` where the
    /// server does not say who it is; `Configuration` where it has no user information endpoint.
    pub async fn user(&self) -> Result<User> {
        let session = self.session_or_reason()?;
        if let Some(user) = &session.user {
            return Ok(user.clone());
        }
        self.loading_user().await?;
        self.catch_up();
        self.session_or_reason()?.user.clone().ok_or_else(|| Error::new(Code::NotSignedIn))
    }

    pub(super) fn load_user_if_wanted(&self) {
        let has_endpoint = self.0.config.registration.server.userinfo_endpoint.is_some();
        let is_unknown = self.session().is_some_and(|session| session.user.is_none());
        if self.0.config.load_user && has_endpoint && is_unknown {
            drop(self.loading_user());
        }
    }

    fn loading_user(&self) -> Flight {
        self.share(Purpose::User, Box::pin(self.clone().load_user()))
    }

    async fn load_user(self) -> Result<()> {
        let platform = &self.0.platform;
        let mut is_repeated = false;
        let (session, user) = loop {
            let token = self.token().await?;
            let session = self.session_or_reason()?;
            let answer = self.ask_who(&token)?.await;
            let user = answer
                .and_then(|response| userinfo::judge(platform, &response, session.user.as_ref()));
            let is_refused = user.as_ref().is_err_and(|error| error.status() == Some(401));
            if is_repeated || !is_refused || !self.renewed_after_rejection(&token).await {
                break (session, user?);
            }
            is_repeated = true;
        };
        if !self.holds(&session) {
            return Err(Error::new(Code::NotSignedIn));
        }
        self.change(|held| {
            if let Some(session) = &mut held.session {
                *session = Rc::new(session.with_user(Some(user.clone())));
            }
        });
        self.tell(Event::UserLoaded);
        // Nobody waits for the store: another tab may hold its lock.
        platform.spawn(Box::pin(self.clone().remember(session, user)));
        Ok(())
    }

    fn ask_who(&self, token: &AccessToken) -> Result<Task<Result<Response>>> {
        let config = &self.0.config;
        let endpoint = &config.registration.server.userinfo_endpoint;
        let endpoint = endpoint
            .as_ref()
            .ok_or_else(|| Error::about(Code::InvalidOption, "userinfoEndpoint"))?;
        Ok(self.0.platform.fetch(userinfo::request(endpoint, token, config.request_timeout)))
    }

    /// Stores the person beside the tokens. Under the lock, so that the record written back is never
    /// older than the one that another tab is writing.
    async fn remember(self, session: Rc<Session>, user: User) {
        if !self.0.config.store.is_roomy() {
            return;
        }
        let platform = &self.0.platform;
        let lock = self.lock("lock", self.0.config.request_timeout).await;
        if matches!(lock, Locked::TimedOut) {
            return;
        }
        if let Ok(Some(stored)) = self.0.records.load_session(platform)
            && stored.id == session.id
        {
            let stored = stored.with_user(Some(user));
            // Too little room for the person is no reason to lose the tokens.
            let _ = self.0.records.update_session(platform, &stored);
            self.announce();
            self.release(lock);
        }
    }
}
