//! Signs the user out at the provider too. The browser leaves for it after the sign-out here.

use std::future::Future;
use std::time::Duration;

use super::BasicAuth;
use super::records::Records;
use crate::config::SignOutOptions;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Platform, Task};
use crate::protocol::callback::AuthorizationResponse;
use crate::protocol::openid::logout;
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::secret::SecretText;

/// How long the page waits for the revocation before it leaves for the provider.
const REVOCATION_WAIT: Duration = Duration::from_secs(2);

/// How long the browser may take to leave the page.
const LEAVE_TIME: Duration = Duration::from_secs(10);

impl<P: Platform> BasicAuth<P> {
    /// Signs out as [`sign_out`](Self::sign_out) does, at once in this browser. If the options say
    /// `everywhere` and the server has an end-session endpoint, the browser then goes there, and the
    /// provider sends the user back. The future ends only if the page stays.
    ///
    /// # Errors
    /// Those of [`sign_out`](Self::sign_out), [`ErrorCode::Framed`] if a page in a frame would have to
    /// leave, and [`ErrorCode::InvalidOption`] if the return path leads to another origin: then the browser
    /// does not leave. The user is signed out here in any case.
    pub fn sign_out_with(
        &self,
        options: SignOutOptions,
    ) -> impl Future<Output = Result<()>> + use<P> {
        let session = self.session();
        let return_to = self.validate_return_to(options.return_to.as_deref());
        let signed_out = self.sign_out();
        let client = self.clone();
        async move {
            if !options.everywhere || return_to.is_err() || client.client_state().is_closed {
                signed_out.await?;
                return return_to;
            }
            let platform = &client.0.platform;
            // The server may be slow to revoke, and need not be waited for.
            let mut wait = platform.sleep(REVOCATION_WAIT);
            let mut signed_out: Task<Result<()>> = Box::pin(signed_out);
            match super::token::race(&mut signed_out, &mut wait).await {
                Ok(outcome) => outcome?,
                // The page may stay.
                Err(()) => platform.spawn(Box::pin(async move { drop(signed_out.await) })),
            }
            let found = match &session {
                Some(_) => None,
                None => client.found_without_a_session().await,
            };
            let registration = match (&session, &found) {
                (Some(session), _) => client.registration_of(session),
                (None, Some(found)) => found,
                (None, None) => &client.0.config.registration,
            };
            let id_token = session.as_ref().and_then(|session| session.openid.id_token.as_ref());
            let return_to = options.return_to.as_deref();
            if let Some(url) = client.provider_sign_out_url(registration, id_token, return_to)? {
                platform.navigate(&url);
                platform.sleep(LEAVE_TIME).await;
            }
            Ok(())
        }
    }

    /// Stores where the user wants to go, and returns the address of the provider. `None` if it has no
    /// end-session endpoint.
    fn provider_sign_out_url(
        &self,
        registration: &Registration,
        id_token: Option<&SecretText>,
        return_to: Option<&str>,
    ) -> Result<Option<String>> {
        let (platform, config) = (&self.0.platform, &self.0.config);
        let Some(endpoint) = &registration.server.end_session_endpoint else { return Ok(None) };
        if platform.environment().is_framed {
            return Err(Error::new(ErrorCode::Framed));
        }
        let mut octets = [0; 32];
        platform.random(&mut octets)?;
        let state = State::from_random(&octets);
        let return_to = self.return_to(return_to);
        // Without the record, the user comes back to the page that is registered, and stays there.
        let _ = self.0.records.save_sign_out(&state, return_to.as_str(), platform.now());
        let back = config.post_logout_redirect_uri.as_str();
        Ok(Some(logout::url(endpoint, registration, back, id_token, &state)))
    }

    /// Returns where the user wanted to go, if this page is the way back from the provider, and removes
    /// the answer from the address. It is no order to sign out: a session that is there stays.
    pub(super) fn take_sign_out_return(
        platform: &P,
        records: &Records<P::Store>,
        response: &AuthorizationResponse,
    ) -> Option<String> {
        let path = records.take_sign_out(response)?;
        let current = platform.location().unwrap_or_default();
        if let Some(cleaned) = response.cleaned_elsewhere(&current) {
            platform.replace_location(&cleaned);
        }
        Some(path)
    }
}
