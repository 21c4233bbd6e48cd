//! The connection while a server renders: the state is loading, and every call fails, because there
//! is no browser. It has no content, so that no user can see another user's data.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::button::ButtonProps;
use super::typed_json;
use crate::client::BasicAuth;
use crate::codec::Json;
#[cfg(feature = "openid")]
use crate::config::SignOutOptions;
use crate::config::{Options, SignInOptions};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::browser::Browser;
use crate::secret::AccessToken;
use crate::session::AuthState;
use crate::time::UnixTime;

#[derive(Clone, PartialEq)]
pub(crate) struct Connection;

#[allow(clippy::unused_async, clippy::unused_self, reason = "same signatures as in a browser")]
impl Connection {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn start(&self, _: Options, _: impl Fn(&Rc<AuthState>) + 'static) {}

    pub(crate) fn close(&self) {}

    // Leptos keeps the state in a signal.
    #[cfg(feature = "yew")]
    pub(crate) fn state(&self) -> Rc<AuthState> {
        Rc::default()
    }

    pub(crate) async fn client(&self) -> Result<BasicAuth<Browser>> {
        Err(no_browser())
    }

    pub(crate) async fn sign_in(self, _: SignInOptions) {}

    pub(crate) async fn sign_out(self) {}

    #[cfg(feature = "openid")]
    pub(crate) async fn sign_out_with(self, _: SignOutOptions) {}

    #[cfg(feature = "openid")]
    pub(crate) fn id_token_claims<T: DeserializeOwned>(&self) -> Option<T> {
        None
    }

    #[cfg(feature = "openid")]
    pub(crate) fn did(&self) -> Option<String> {
        None
    }

    pub(crate) fn expires_at(&self) -> Option<UnixTime> {
        None
    }

    pub(crate) fn latest_token(&self) -> Option<AccessToken> {
        None
    }

    pub(crate) fn missing_scopes(&self) -> Vec<String> {
        Vec::new()
    }

    pub(crate) async fn token(&self) -> Result<AccessToken> {
        Err(no_browser())
    }

    pub(crate) async fn user_as<T: DeserializeOwned>(&self) -> Result<T> {
        Err(no_browser())
    }

    pub(crate) fn claims<T: DeserializeOwned>(user: &Json) -> Option<T> {
        typed_json::value_or_report(user)
    }

    pub(crate) fn spawn(_: impl Future<Output = ()> + 'static) {}
}

/// Reports nothing: a server has no console of a page.
pub(crate) fn report_once(_: &str) {}

/// A server has no element to attach a button to.
pub(crate) struct Button;

impl Button {
    pub(crate) fn set_props(&self, _: ButtonProps) {}
}

fn no_browser() -> Error {
    Error::new(ErrorCode::NotInBrowser)
}
