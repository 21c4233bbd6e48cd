//! Signs out: at once in this browser, then at the server.

use std::future::Future;

use super::{BasicAuth, SESSION_LOCK};
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::platform::Platform;
use crate::protocol::http::Request;
use crate::protocol::registration::Registration;
use crate::protocol::revocation;
use crate::secret::{AccessToken, RefreshToken};
use crate::session::SignedOutReason;

impl<P: Platform> BasicAuth<P> {
    /// Signs out. Memory, store, timers and other tabs are cleared before this returns. The future revokes
    /// the tokens if the server supports it, and succeeds even if that fails.
    ///
    /// # Errors
    /// The kind `Storage` if the record could not be removed, and [`ErrorCode::Closed`].
    pub fn sign_out(&self) -> impl Future<Output = Result<()>> + use<P> {
        let session = self.session();
        let is_closed = self.client_state().is_closed;
        let mut removed = Ok(());
        if !is_closed {
            removed = self.0.records.remove_session();
            self.client_state_mut().signed_out_session =
                session.as_ref().map(|session| session.id.clone());
            self.0.records.cancel_sign_ins(&self.0.platform);
            self.set_signed_out(SignedOutReason::SignedOut, None);
            self.broadcast_change();
        }
        let client = self.clone();
        async move {
            if is_closed {
                return Err(Error::new(ErrorCode::Closed));
            }
            if let Some(session) = session {
                client.remove_late_record(&session.id).await;
                let registration = client.registration_of(&session);
                let refresh_token = session.refresh_token.as_ref();
                if let Some(request) =
                    client.revocation_request(registration, &session.access_token, refresh_token)
                {
                    client.clone().send_revocation(request).await;
                }
            }
            removed
        }
    }

    /// Removes a record that another tab stored after the sign-out, because it was refreshing at that
    /// moment. Waits for that tab to release the lock.
    async fn remove_late_record(&self, id: &str) {
        let wait = self.0.config.request_timeout;
        let _lock = self.lock(SESSION_LOCK, wait).await;
        let stored = self.0.records.load_session(&self.0.platform);
        if stored.is_ok_and(|stored| stored.is_some_and(|stored| stored.id == id)) {
            let _ = self.0.records.remove_session();
            self.broadcast_change();
        }
    }

    /// Revokes tokens that will not be used, without waiting for the server.
    pub(super) fn revoke(
        &self,
        registration: &Registration,
        access_token: &AccessToken,
        refresh_token: Option<&RefreshToken>,
    ) {
        if let Some(request) = self.revocation_request(registration, access_token, refresh_token) {
            self.0.platform.spawn(Box::pin(self.clone().send_revocation(request)));
        }
    }

    fn revocation_request(
        &self,
        registration: &Registration,
        access_token: &AccessToken,
        refresh_token: Option<&RefreshToken>,
    ) -> Option<Request> {
        let timeout = self.0.config.request_timeout;
        revocation::request(registration, access_token, refresh_token, timeout)
    }

    async fn send_revocation(self, request: Request) {
        let platform = &self.0.platform;
        let response = platform.fetch(request).await;
        let outcome = response
            .and_then(|response| revocation::process_response(platform, &response, platform.now()));
        if let Err(error) = outcome {
            self.emit(Event::RevocationFailed(error.code()));
        }
    }
}
