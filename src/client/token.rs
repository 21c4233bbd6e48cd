//! Valid tokens for the app: handed out, or sent with its requests.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::BasicAuth;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Operation, Platform, Task};
use crate::secret::AccessToken;
use crate::session::Session;
use crate::session::refresh::{self as rules, Decision, Trigger};

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
}

/// Waits for `work`, or for what ends it early.
async fn race<T, E>(mut work: Task<T>, ended: &mut Task<E>) -> Result<T, E> {
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => ended.as_mut().poll(context).map(Err),
    })
    .await
}
