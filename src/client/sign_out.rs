//! Signing out: here and now, then at the server.

use std::future::Future;

use super::BasicAuth;
use crate::error::{Code, Error, Result};
use crate::event::Event;
use crate::platform::Platform;
use crate::protocol::revocation;
use crate::secret::RefreshToken;
use crate::session::SignedOutReason;

impl<P: Platform> BasicAuth<P> {
    /// Signs out. Memory, store, timers and other tabs are done when this returns; the future tells
    /// the server where it offers revocation, and ends well even if that fails.
    ///
    /// # Errors
    /// The kind `Storage` where the record could not be removed, and [`Code::Closed`].
    pub fn sign_out(&self) -> impl Future<Output = Result<()>> + use<P> {
        let session = self.session();
        let is_closed = self.held().is_closed;
        let mut removed = Ok(());
        if !is_closed {
            removed = self.0.records.remove_session();
            self.0.records.forget_sign_ins(&self.0.platform);
            self.ended(SignedOutReason::SignedOut, None);
        }
        let client = self.clone();
        async move {
            if is_closed {
                return Err(Error::new(Code::Closed));
            }
            if let Some(session) = session {
                client.sweep_late_record(&session.id).await;
                if let Some(token) = session.refresh_token.clone() {
                    client.clone().revoked(token).await;
                }
            }
            removed
        }
    }

    /// Another tab that was storing a renewal at the very moment of the sign-out may have stored it
    /// after; once it lets go of the lock, what it left is removed.
    async fn sweep_late_record(&self, id: &str) {
        let wait = self.0.config.request_timeout;
        let _lock = self.lock("lock", wait).await;
        let stored = self.0.records.load_session(&self.0.platform);
        if stored.is_ok_and(|stored| stored.is_some_and(|stored| stored.id == id)) {
            let _ = self.0.records.remove_session();
            self.announce();
        }
    }

    /// Revokes a refresh token that nobody will use, without waiting for it.
    pub(super) fn revoke(&self, token: Option<&RefreshToken>) {
        let Some(token) = token.cloned() else { return };
        self.0.platform.spawn(Box::pin(self.clone().revoked(token)));
    }

    async fn revoked(self, token: RefreshToken) {
        let config = &self.0.config;
        let request = revocation::request(&config.registration, &token, config.request_timeout);
        let Some(request) = request else { return };
        let platform = &self.0.platform;
        let answer = platform.fetch(request).await;
        if let Err(error) = answer.and_then(|response| revocation::judge(platform, &response)) {
            self.tell(Event::RevocationFailed(error.code()));
        }
    }
}
