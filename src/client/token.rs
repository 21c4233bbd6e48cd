//! Valid tokens for the app: handed out, or sent with its requests.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::BasicAuth;
use crate::codec::Url;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Operation, Platform, Task};
#[cfg(feature = "openid")]
use crate::protocol::openid::challenge;
use crate::secret::AccessToken;
use crate::session::Session;
use crate::session::refresh::{self as rules, Decision, Trigger};

impl<P: Platform> BasicAuth<P> {
    /// Returns an access token that has not expired. Refreshes it first if needed.
    ///
    /// # Errors
    /// The kind `SignInRequired` if no user is signed in. `Network` and others if a refresh was needed and
    /// failed; the session is then kept.
    pub async fn token(&self) -> Result<AccessToken> {
        Ok(self.clone().fresh_session().await?.access_token.clone())
    }

    /// Returns the access token in memory, if it has not expired. For code that cannot wait.
    ///
    /// Prefer [`token`](Self::token). This starts no refresh, so there is none while an expired token is
    /// being refreshed. The server may have revoked it.
    ///
    /// # Example: a token for a connection that opens now
    /// ```
    /// use basic_oauth::{BasicAuth, Browser};
    ///
    /// fn protocols(auth: &BasicAuth<Browser>) -> Option<[String; 2]> {
    ///     let token = auth.latest_token()?;
    ///     Some(["bearer".to_owned(), token.expose().to_owned()])
    /// }
    /// ```
    #[must_use]
    pub fn latest_token(&self) -> Option<AccessToken> {
        let session = self.require_session().ok()?;
        session.is_valid(self.0.platform.now()).then(|| session.access_token.clone())
    }

    /// Returns the session with an access token that has not expired. Refreshes it first if needed.
    pub(super) async fn fresh_session(self) -> Result<Rc<Session>> {
        // A refresh may bring a token that has expired on its way here. Two attempts, no more.
        for _ in 0..2 {
            let session = self.require_session()?;
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
        self.require_session()?;
        let known = self.client_state().error.clone();
        Err(known.unwrap_or_else(|| Error::new(ErrorCode::ServerUnavailable)))
    }

    /// Sends a request of the app with the access token, to configured origins only. If the server
    /// answers 401, refreshes the token once and sends the request once more.
    ///
    /// A request belongs to the session that it began with: if another user signs in while it waits, it
    /// is not sent with their token. A request that the app cancels ends at once, even if it waits for a
    /// refresh; the refresh goes on for others.
    ///
    /// # Errors
    /// [`ErrorCode::OriginNotAllowed`], those of [`token`](Self::token), and the errors of the request
    /// itself. With the feature `openid`, also [`ErrorCode::InsufficientScope`] and
    /// [`ErrorCode::InsufficientUserAuthentication`](Error::challenge): the API asks for another sign-in.
    pub async fn fetch(&self, request: P::ApiRequest) -> Result<P::ApiResponse, P::ApiError> {
        let platform = &self.0.platform;
        self.require_allowed(&request)?;
        let begun_with = self.require_session()?.id.clone();
        let mut cancelled = platform.api_cancelled(&request);
        let send = |session: &Session| match session.id == begun_with {
            true => Ok(platform.api_send(&request, session.access_token.clone())),
            false => Err(Error::new(ErrorCode::NotSignedIn)),
        };
        let mut session: Task<_> = Box::pin(self.clone().fresh_session());
        let session = race(&mut session, &mut cancelled).await??;
        let response = self.unless_challenged(send(&session)?.await?)?;
        if platform.api_status(&response) != 401 {
            return Ok(response);
        }
        let mut refreshed: Task<_> = Box::pin(self.clone().session_after_rejection(session));
        match race(&mut refreshed, &mut cancelled).await?? {
            Some(session) => self.unless_challenged(send(&session)?.await?),
            None => Ok(response),
        }
    }

    fn require_allowed(&self, request: &P::ApiRequest) -> Result<()> {
        let url = self.0.platform.api_url(request).unwrap_or_default();
        if self.may_get_token(&url) {
            return Ok(());
        }
        let error = Error::new(ErrorCode::OriginNotAllowed);
        #[cfg(feature = "js")]
        let error = error.with_detail("apiOrigins");
        #[cfg(not(feature = "js"))]
        let error = error.with_explanation(["api_origin: ", url.origin()].concat());
        Err(error)
    }

    /// Returns whether the access token may go to this address: to the server of the session, whichever it
    /// is, and to the origins that the app names.
    fn may_get_token(&self, url: &Url) -> bool {
        let config = &self.0.config;
        let session = self.session();
        let server = match &session {
            Some(session) => &self.registration_of(session).server,
            None => &config.registration.server,
        };
        let endpoints = [Some(&server.token_endpoint), server.userinfo_endpoint.as_ref()];
        endpoints.into_iter().flatten().any(|endpoint| endpoint.origin().holds(url))
            || config.api_origins.iter().any(|origin| origin.holds(url))
    }

    /// Returns the response, unless it asks for more than the session has. A refresh would not help then.
    fn unless_challenged(&self, response: P::ApiResponse) -> Result<P::ApiResponse, P::ApiError> {
        #[cfg(feature = "openid")]
        if let Some(error) = self.challenge(&response) {
            return Err(error.into());
        }
        Ok(response)
    }

    /// Returns the error of such a response.
    #[cfg(feature = "openid")]
    fn challenge(&self, response: &P::ApiResponse) -> Option<Error> {
        let platform = &self.0.platform;
        match platform.api_status(response) {
            401 | 403 => challenge::error(&platform.api_challenge(response)?),
            _ => None,
        }
    }

    /// Returns the session to send a request with once more, after a server answered 401 to the token
    /// of `rejected`. `None` if there is no other token, so that the answer stands.
    pub(super) async fn session_after_rejection(
        self,
        rejected: Rc<Session>,
    ) -> Result<Option<Rc<Session>>> {
        let is_replaced = |client: &Self| {
            client.session().is_some_and(|session| {
                session.id == rejected.id && session.access_token != rejected.access_token
            })
        };
        if !is_replaced(&self) {
            // A token that cannot be refreshed ends its session only when it expires.
            if rejected.refresh_token.is_none() || !self.is_current_session(&rejected) {
                return Ok(None);
            }
            // A refresh that is under way is waited for, however soon it follows another.
            if self.0.shared.single_flight.in_flight(Operation::Refresh).is_none() {
                let now = self.0.platform.now();
                let mut state = self.client_state_mut();
                if !rules::may_follow_rejection(state.rejected_at, now) {
                    return Ok(None);
                }
                state.rejected_at = Some(now);
            }
            if self.refresh_and_sync().await.is_err() || !is_replaced(&self) {
                return Ok(None);
            }
        }
        self.fresh_session().await.map(Some)
    }
}

/// Waits for `work`, or for what ends it early.
pub(super) async fn race<T, E>(work: &mut Task<T>, ended: &mut Task<E>) -> Result<T, E> {
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => ended.as_mut().poll(context).map(Err),
    })
    .await
}
