//! States that a test sets, and a connection that does nothing.

use std::rc::Rc;

use super::Connection;
use crate::error::Error;
use crate::protocol::scope::Scope;
use crate::protocol::userinfo::User;
use crate::session::{AuthState, RefreshStatus};

pub(crate) fn signed_in(user: Option<User>) -> AuthState {
    let (scope, refresh) = (Scope::default(), RefreshStatus::Ok);
    AuthState::SignedIn { user, scope, refresh, error: None }
}

pub(crate) fn with_scope(mut state: AuthState, granted: Scope) -> AuthState {
    if let AuthState::SignedIn { scope, .. } = &mut state {
        *scope = granted;
    }
    state
}

pub(crate) fn with_error(mut state: AuthState, shown: Error) -> AuthState {
    match &mut state {
        AuthState::Loading => {}
        AuthState::SignedOut { error, .. } | AuthState::SignedIn { error, .. } => {
            *error = Some(shown);
        }
    }
    state
}

/// Returns a connection without a client, in this state for good.
#[cfg(target_arch = "wasm32")]
pub(crate) fn connection(state: &Rc<AuthState>) -> Connection {
    Connection::fixed(state.clone())
}

/// The buttons that a server renders do not ask a connection.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn connection(_: &Rc<AuthState>) -> Connection {
    Connection::new()
}
