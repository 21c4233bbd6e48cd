//! Refreshes the tokens: takes the lock, decides, sends the request, and stores the outcome.

use std::rc::Rc;

use super::{BasicAuth, SESSION_LOCK};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::event::Event;
use crate::platform::{InFlight, Locked, Operation, Platform};
use crate::protocol::token::{self, TokenResponse};
use crate::session::refresh::{self as rules, LockedDecision};
use crate::session::{Session, SignedOutReason, Stored};
use crate::time::UnixTime;

impl<P: Platform> BasicAuth<P> {
    /// Begins a refresh, or joins the one that is under way in this page.
    pub(super) fn start_refresh(&self) -> InFlight {
        self.run_once(Operation::Refresh, Box::pin(self.clone().refresh()))
    }

    /// Waits for a refresh, and takes over its result.
    pub(super) async fn refresh_and_sync(&self) -> Result<()> {
        let outcome = self.start_refresh().await;
        // The refresh may have been another client's of this page.
        self.sync_with_store();
        outcome
    }

    /// Takes the lock, sends the refresh request if it is still needed, and stores the outcome.
    async fn refresh(self) -> Result<()> {
        let platform = &self.0.platform;
        let before = self.require_session()?;
        self.client_state_mut().refresh_plan.attempted(platform.now());
        let wait = self.0.config.request_timeout * 2;
        let lock = self.lock(SESSION_LOCK, wait).await;
        let mine = match self.session_to_refresh(&before) {
            Ok(Some(session)) => session,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Storage => {
                return Err(self.refresh_failed(error));
            }
            Err(error) => return Err(error),
        };
        if matches!(lock, Locked::TimedOut) {
            return Err(self.refresh_failed(Error::new(ErrorCode::Timeout)));
        }
        let Some(refresh_token) = &mine.refresh_token else {
            if mine.is_valid(platform.now()) {
                return Ok(());
            }
            self.end_session(SignedOutReason::Expired, None);
            return Err(rules::sign_in_required(SignedOutReason::Expired));
        };

        self.emit(Event::RefreshStarted);
        let requested_at = platform.now();
        self.client_state_mut().refresh_plan.attempted(requested_at);
        let config = &self.0.config;
        let request = token::refresh_request(
            platform,
            self.registration_of(&mine),
            refresh_token,
            &config.token_params,
            config.request_timeout,
        );
        let response = platform.fetch(request);
        #[cfg(feature = "openid")]
        let keys = self.start_reading_unknown_keys(&mine);
        // While the server works. Before, it would have delayed the request.
        self.finish_start();
        let response = response.await;
        let outcome = response
            .and_then(|response| token::process_response(platform, &response, platform.now()));
        #[cfg(feature = "openid")]
        let outcome = match outcome {
            Ok(tokens) => self.validate_refreshed_id_token(&mine, tokens, keys).await,
            Err(error) => Err(error),
        };
        // The lock is held until the new refresh token is stored: the next tab must not use the old.
        let outcome = self.conclude(&mine, requested_at, outcome);
        self.release(lock);
        outcome
    }

    /// Returns the session to refresh, once the lock is held. `None` if another tab was faster.
    fn session_to_refresh(&self, before: &Session) -> Result<Option<Rc<Session>>> {
        let mine = self.require_session()?;
        let now = self.0.platform.now();
        // Another tab's message may have arrived while this one waited for the lock.
        if rules::is_newer(&mine, before) && mine.is_valid(now) {
            return Ok(None);
        }
        match rules::decide_locked(&mine, self.stored_session()?) {
            LockedDecision::Refresh => Ok(Some(mine)),
            LockedDecision::SignedOutElsewhere => {
                Err(rules::sign_in_required(self.adopt_sign_out()))
            }
            LockedDecision::Adopt(stored) => {
                let is_good = stored.is_valid(now);
                self.set_session(stored.clone());
                self.emit(Event::Adopted);
                self.load_missing_user();
                if is_good {
                    self.tick();
                    return Ok(None);
                }
                Ok(Some(stored))
            }
        }
    }

    /// Reads what the store says of this tab's session.
    fn stored_session(&self) -> Result<Stored> {
        if self.client_state().is_unsaved {
            return Ok(Stored::Unknown);
        }
        let stored = self.0.records.load_session(&self.0.platform)?;
        Ok(stored.map_or(Stored::SignedOut, Stored::Session))
    }

    /// Processes the outcome of a refresh while the lock is still held.
    fn conclude(
        &self,
        mine: &Session,
        requested_at: UnixTime,
        outcome: Result<TokenResponse>,
    ) -> Result<()> {
        // A sign-out here or elsewhere, or another user's sign-in, wins over a late answer.
        if self.is_superseded(mine, requested_at, &outcome) {
            self.sync_with_store();
        }
        let is_current = self.session().is_some_and(|session| !rules::is_newer(&session, mine));
        match outcome {
            Ok(tokens) if is_current => {
                self.accept(mine, requested_at, tokens);
                Ok(())
            }
            Err(error) if is_current => Err(self.reject(error)),
            Ok(tokens) => {
                self.discard(mine, &tokens);
                self.require_session().map(drop)
            }
            Err(_) => self.require_session().map(drop),
        }
    }

    /// Whether what another tab has stored wins over this outcome.
    fn is_superseded(
        &self,
        mine: &Session,
        requested_at: UnixTime,
        outcome: &Result<TokenResponse>,
    ) -> bool {
        self.is_current_session(mine)
            && match self.stored_session() {
                Ok(Stored::Session(stored)) => {
                    rules::supersedes(&stored, mine, requested_at, outcome)
                }
                Ok(Stored::SignedOut) => true,
                // A store that fails right now says nothing, and is no reason to lose tokens that were
                // issued. Storing them fails next, and shows in the state.
                Ok(Stored::Unknown) | Err(_) => false,
            }
    }

    /// Makes the refreshed tokens those of the session.
    fn accept(&self, mine: &Session, requested_at: UnixTime, tokens: TokenResponse) {
        let lifetime = self.0.config.default_token_lifetime;
        self.persist(mine.refreshed(tokens, requested_at, lifetime));
        self.emit(Event::Refreshed);
        self.tick();
        self.load_missing_user();
    }

    /// Ends the session if the server refused for good; keeps it after any other failure.
    fn reject(&self, error: Error) -> Error {
        if !self.client_state().refresh_plan.ends_session(&error) {
            return self.refresh_failed(error);
        }
        #[cfg(feature = "openid")]
        let is_about_id_token = error.code() == ErrorCode::InvalidIdToken;
        #[cfg(not(feature = "openid"))]
        let is_about_id_token = false;
        let error = if is_about_id_token { error } else { error.into_invalid_grant() };
        self.end_session(SignedOutReason::Revoked, Some(error.clone()));
        Error::new(ErrorCode::SessionRevoked).with_source(error)
    }

    /// Revokes tokens that came too late, if their session has ended. A session that goes on with
    /// another tab's tokens must keep them: the server may have given both tabs the same ones, and a
    /// revocation ends the session as a whole.
    fn discard(&self, mine: &Session, tokens: &TokenResponse) {
        if !self.is_current_session(mine) {
            let registration = self.registration_of(mine);
            self.revoke(registration, &tokens.access_token, tokens.refresh_token.as_ref());
        }
    }

    /// Stores refreshed tokens before any caller gets them. If the store is full, the session goes on in
    /// this page, and the state has the error.
    fn persist(&self, mut session: Session) {
        // The user may have been read while the refresh was under way.
        if let Some(current) = self.session() {
            session = session.with_user_of(&current);
        }
        let saved = self.0.records.save_session(&self.0.platform, &session);
        self.set_session(Rc::new(session));
        match saved {
            Ok(()) => self.broadcast_change(),
            Err(error) => self.update_state(|state| {
                state.is_unsaved = true;
                state.error = Some(error);
            }),
        }
    }

    /// Schedules the next attempt after a failure that keeps the session.
    fn refresh_failed(&self, error: Error) -> Error {
        let now = self.0.platform.now();
        let jitter = self.random_fraction();
        self.update_state(|state| {
            state.refresh_plan.failed(now, &error, jitter);
            state.error = Some(error.clone());
        });
        self.emit(Event::RefreshFailed(error.code()));
        self.tick();
        error
    }
}
