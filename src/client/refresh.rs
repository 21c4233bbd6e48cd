//! Tokens that are good now: handed out, refreshed, and sent with requests of the app.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::{BasicAuth, SESSION_LOCK};
use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::event::Event;
use crate::platform::{InFlight, Locked, Operation, Platform, Task};
use crate::protocol::token::{self, TokenResponse};
use crate::secret::AccessToken;
use crate::session::refresh::{self as rules, Decision, LockedDecision, Trigger};
use crate::session::{Session, SignedOutReason};
use crate::time::UnixTime;

impl<P: Platform> BasicAuth<P> {
    /// An access token that has not expired, refreshed first if need be.
    ///
    /// # Errors
    /// The kind `SignInRequired` where there is no session; `Network` and others where a refresh was
    /// needed and failed, in which case the session is kept.
    pub async fn token(&self) -> Result<AccessToken> {
        Ok(self.clone().fresh_session().await?.access_token.clone())
    }

    /// The session with an access token that has not expired, refreshed first if need be.
    pub(super) async fn fresh_session(self) -> Result<Rc<Session>> {
        // A refresh may hand out a token that lives shorter than its way here: twice, no more.
        for _ in 0..2 {
            let session = self.session_or_reason()?;
            let now = self.0.platform.now();
            let decision =
                rules::decide(&session, &self.client_state().refresh_plan, now, Trigger::Demand);
            let is_valid = session.is_valid(now);
            let is_under_way = self.0.shared.single_flight.in_flight(Operation::Refresh).is_some();
            match decision {
                Decision::End(reason) => self.end_session(reason, None),
                Decision::BackOff(_) if !is_valid && !is_under_way => break,
                _ if !is_valid => self.refresh_and_sync().await?,
                Decision::Refresh => {
                    drop(self.start_refresh());
                    return Ok(session);
                }
                Decision::Wait(_) | Decision::BackOff(_) => return Ok(session),
            }
        }
        self.session_or_reason()?;
        let known = self.client_state().error.clone();
        Err(known.unwrap_or_else(|| Error::new(ErrorCode::ServerUnavailable)))
    }

    /// Sends a request of the app with the access token, to configured origins only. An answer of 401
    /// leads to one refresh and one repetition.
    ///
    /// A request belongs to the session that it began with: if another user signs in while it waits, it
    /// is not sent with their token. A request that the app cancels ends at once, whatever it waits for;
    /// the refresh goes on for others.
    ///
    /// # Errors
    /// [`ErrorCode::OriginNotAllowed`], those of [`token`](Self::token), and what the request itself fails
    /// with.
    pub async fn fetch(&self, request: P::ApiRequest) -> Result<P::ApiResponse, P::ApiError> {
        let platform = &self.0.platform;
        let url = platform.api_url(&request);
        let is_allowed = url
            .is_some_and(|url| self.0.config.api_origins.iter().any(|origin| origin.holds(&url)));
        if !is_allowed {
            return Err(Error::new(ErrorCode::OriginNotAllowed).into());
        }
        let begun_with = self.session_or_reason()?.id.clone();
        let mut cancelled = platform.api_cancelled(&request);
        let mut is_repeated = false;
        loop {
            let session = race(Box::pin(self.clone().fresh_session()), &mut cancelled).await??;
            if session.id != begun_with {
                return Err(Error::new(ErrorCode::NotSignedIn).into());
            }
            let response = platform.api_send(&request, session.access_token.clone()).await?;
            let is_refused = platform.api_status(&response) == 401;
            if is_repeated || !is_refused {
                return Ok(response);
            }
            let refreshed = Box::pin(self.clone().refresh_after_rejection(session));
            if !race(refreshed, &mut cancelled).await? {
                return Ok(response);
            }
            is_repeated = true;
        }
    }

    /// Whether this session has another token after a server refused the one it had. Nothing is done
    /// about a token that cannot be refreshed: only its expiry ends its session.
    pub(super) async fn refresh_after_rejection(self, refused: Rc<Session>) -> bool {
        let has_other = |client: &Self| {
            client.session().is_some_and(|session| {
                session.id == refused.id && session.access_token != refused.access_token
            })
        };
        if has_other(&self) {
            return true;
        }
        if refused.refresh_token.is_none() || !self.is_current_session(&refused) {
            return false;
        }
        // Whoever is refused while a refresh is under way waits for it.
        if self.0.shared.single_flight.in_flight(Operation::Refresh).is_none() {
            let now = self.0.platform.now();
            let mut state = self.client_state_mut();
            if !rules::may_follow_rejection(state.rejected_at, now) {
                return false;
            }
            state.rejected_at = Some(now);
        }
        self.refresh_and_sync().await.is_ok() && has_other(&self)
    }

    /// Refreshes, or joins the refresh that is under way in this page.
    pub(super) fn start_refresh(&self) -> InFlight {
        self.run_once(Operation::Refresh, Box::pin(self.clone().refresh()))
    }

    pub(super) async fn refresh_and_sync(&self) -> Result<()> {
        let outcome = self.start_refresh().await;
        // The refresh may have been another client's of this page.
        self.sync_with_store();
        outcome
    }

    async fn refresh(self) -> Result<()> {
        let platform = &self.0.platform;
        let before = self.session_or_reason()?;
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
        let asked_at = platform.now();
        self.client_state_mut().refresh_plan.attempted(asked_at);
        let config = &self.0.config;
        let request = token::refresh_request(
            platform,
            &config.registration,
            refresh_token,
            &config.token_params,
            config.request_timeout,
        );
        let answer = platform.fetch(request).await;
        let outcome = answer
            .and_then(|response| token::process_response(platform, &response, platform.now()));
        // The lock is held until the new refresh token is stored: the next tab must not use the old.
        let outcome = self.conclude(&mine, asked_at, outcome);
        self.release(lock);
        outcome
    }

    /// The session to refresh, after another tab had its chance; `None` where it was faster.
    fn session_to_refresh(&self, before: &Session) -> Result<Option<Rc<Session>>> {
        let mine = self.session_or_reason()?;
        let now = self.0.platform.now();
        // Another tab's message may have arrived while this one waited for the lock.
        if rules::is_newer(&mine, before) && mine.is_valid(now) {
            return Ok(None);
        }
        match rules::decide_locked(&mine, self.stored()?) {
            LockedDecision::Refresh => Ok(Some(mine)),
            LockedDecision::SignedOutElsewhere => {
                Err(rules::sign_in_required(self.end_session_elsewhere()))
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

    /// What the store holds; `None` where it could not keep ours and so says nothing.
    fn stored(&self) -> Result<Option<Option<Rc<Session>>>> {
        if self.client_state().is_unsaved {
            return Ok(None);
        }
        self.0.records.load_session(&self.0.platform).map(Some)
    }

    fn conclude(
        &self,
        mine: &Session,
        asked_at: UnixTime,
        outcome: Result<TokenResponse>,
    ) -> Result<()> {
        // A sign-out here or elsewhere, or another person's sign-in, wins over a late answer.
        if self.is_current_session(mine) {
            // A store that fails right now says nothing, and is no reason to lose tokens that were
            // issued: storing them fails next, and that is told.
            if let Some(stored) = self.stored().unwrap_or_default()
                && stored
                    .as_ref()
                    .is_none_or(|stored| rules::supersedes(stored, mine, asked_at, &outcome))
            {
                self.sync_with_store();
            }
        }
        let is_current = self.session().is_some_and(|now| !rules::is_newer(&now, mine));
        match outcome {
            Ok(tokens) if is_current => {
                let lifetime = self.0.config.default_token_lifetime;
                self.persist(mine.refreshed(tokens, asked_at, lifetime));
                self.emit(Event::Refreshed);
                self.tick();
                self.load_missing_user();
                Ok(())
            }
            Ok(tokens) => {
                // Of a session that goes on with another tab's tokens, nothing may be revoked: the
                // server may have given both tabs the same ones, and revokes the session as a whole.
                if !self.is_current_session(mine) {
                    self.revoke(&tokens.access_token, tokens.refresh_token.as_ref());
                }
                self.session_or_reason().map(drop)
            }
            Err(_) if !is_current => self.session_or_reason().map(drop),
            Err(error) if self.client_state().refresh_plan.is_last(&error) => {
                let error = error.as_invalid_grant();
                self.end_session(SignedOutReason::Revoked, Some(error.clone()));
                Err(Error::new(ErrorCode::SessionRevoked).with_source(error))
            }
            Err(error) => Err(self.refresh_failed(error)),
        }
    }

    /// Stores refreshed tokens before anybody gets them. Where the store takes no more, the session
    /// goes on in this page, and says so.
    fn persist(&self, mut session: Session) {
        // The user may have been read while the refresh was under way.
        if let Some(current) = self.session() {
            session = session.with_user_of(&current);
        }
        let saved = self.0.records.save_session(&self.0.platform, &session);
        self.set_session(Rc::new(session));
        match saved {
            Ok(()) => self.broadcast_change(),
            Err(error) => self.change(|state| {
                state.is_unsaved = true;
                state.error = Some(error);
            }),
        }
    }

    fn refresh_failed(&self, error: Error) -> Error {
        let now = self.0.platform.now();
        let jitter = self.random_fraction();
        self.change(|state| {
            state.refresh_plan.failed(now, &error, jitter);
            state.error = Some(error.clone());
        });
        self.emit(Event::RefreshFailed(error.code()));
        self.tick();
        error
    }
}

/// Waits for `work`, or for what ends it early.
async fn race<T, E>(mut work: Task<T>, ended: &mut Task<E>) -> Result<T, E> {
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => ended.as_mut().poll(context).map(Err),
    })
    .await
}
