//! The connection on a server: the state is loading, and every call says that this is no browser.
//! It holds nothing, so that nothing of one visitor can show up with another.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::button::ButtonProps;
use super::config::AuthConfig;
use crate::client::SignInOptions;
use crate::codec::Json;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::AccessToken;
use crate::session::AuthState;

#[derive(Clone, PartialEq)]
pub(crate) struct Connection;

#[allow(clippy::unused_async, clippy::unused_self, reason = "the twin of the one in a browser")]
impl Connection {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn begin(&self, _: &AuthConfig, _: impl Fn(&Rc<AuthState>) + 'static) {}

    pub(crate) fn close(&self) {}

    pub(crate) fn state(&self) -> Rc<AuthState> {
        Rc::default()
    }

    pub(crate) async fn sign_in(self, _: SignInOptions) {}

    pub(crate) async fn sign_out(self) {}

    pub(crate) async fn token(&self) -> Result<AccessToken> {
        Err(no_browser())
    }

    pub(crate) async fn fetch_json<T: DeserializeOwned>(&self, _: &str) -> Result<T> {
        Err(no_browser())
    }

    pub(crate) async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        Err(no_browser())
    }

    pub(crate) fn claims<T: DeserializeOwned>(_: &Json) -> Option<T> {
        None
    }

    pub(crate) fn spawn(_: impl Future<Output = ()> + 'static) {}
}

/// There is no element to make into a button.
pub(crate) struct Button;

impl Button {
    pub(crate) fn set_props(&self, _: ButtonProps) {}
}

fn no_browser() -> Error {
    Error::new(ErrorCode::InsecureContext)
}
