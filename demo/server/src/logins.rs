//! Who is signed in at this server itself. A client that skips the consent page also skips the
//! sign-in here while the earlier one is good enough.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::grants::AuthorizationRequest;
use crate::users::User;

/// A sign-in at this server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login {
    /// `auth_time` of ID tokens.
    pub(crate) at: Duration,
    /// How it was done, one of [`ACRS`].
    acr: &'static str,
}

/// The sign-ins of each client and user name.
#[derive(Default)]
pub(crate) struct Logins {
    inner: Mutex<HashMap<(String, &'static str), Login>>,
}

impl Logins {
    /// Returns the earlier sign-in if it is what the request asks for.
    pub(crate) fn earlier(
        &self,
        request: &AuthorizationRequest,
        user: &'static User,
        now: Duration,
    ) -> Option<Login> {
        let logins = self.inner.lock();
        let login = *logins.get(&(request.client_id.clone(), user.username))?;
        let is_recent = request.max_age.is_none_or(|age| now.saturating_sub(login.at) < age);
        let wanted = request.acr.unwrap_or(ACRS[0]);
        (is_recent && !request.wants_login && rank(login.acr) >= rank(wanted)).then_some(login)
    }

    /// Returns whether the user has signed in before.
    pub(crate) fn knows(&self, client_id: &str, user: &User) -> bool {
        let logins = self.inner.lock();
        logins.keys().any(|(client, name)| client == client_id && *name == user.username)
    }

    /// Signs the user in now, as the request asks for it.
    pub(crate) fn sign_in(
        &self,
        request: &AuthorizationRequest,
        user: &'static User,
        now: Duration,
    ) -> Login {
        let login = Login { at: now, acr: request.acr.unwrap_or(ACRS[0]) };
        self.inner.lock().insert((request.client_id.clone(), user.username), login);
        login
    }

    /// Signs a user out.
    pub(crate) fn sign_out(&self, client_id: &str, user: &User) {
        self.inner.lock().retain(|(client, name), _| client != client_id || *name != user.username);
    }
}

/// Returns the first of some requested values of `acr` that this server knows.
pub(crate) fn known_acr(requested: &str) -> Option<&'static str> {
    requested.split(' ').find_map(|wanted| ACRS.into_iter().find(|known| *known == wanted))
}

fn rank(acr: &str) -> Option<usize> {
    ACRS.iter().position(|known| *known == acr)
}

/// The values of `acr`, the weakest first.
pub(crate) const ACRS: [&str; 2] = ["password", "mfa"];
