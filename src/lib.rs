//! Sign in with Basic from any browser app: the OAuth 2.0 authorization-code flow with PKCE, in Rust.
//!
//! [`BasicAuth::start`] completes a sign-in or restores the session and keeps it fresh. The rules are
//! in [`protocol`] and [`session`], which wait for nothing and know no browser; everything they need
//! of one is behind the two seams of [`platform`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
// The byte policy of clippy.toml. Tests are not downloaded.
#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

mod client;
pub mod codec;
mod config;
mod error;
mod event;
#[cfg(all(feature = "js", target_arch = "wasm32"))]
mod js;
#[cfg(feature = "leptos")]
pub mod leptos;
pub mod platform;
pub mod protocol;
mod secret;
pub mod session;
#[cfg(test)]
mod testing;
mod time;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod ui;
#[cfg(feature = "yew")]
#[allow(clippy::disallowed_macros, reason = "Yew's own macros write with core::fmt")]
pub mod yew;

pub use self::client::{BasicAuth, Subscription};
pub use self::config::{Config, OnEvent, OnReturn, Options, ServerOptions, SignInOptions};
pub use self::error::{Error, ErrorCode, ErrorKind, OAuthError, Result};
pub use self::event::Event;
pub use self::protocol::scope::Scope;
pub use self::protocol::server::{AuthorizationServer, Issuer, TokenEncoding};
pub use self::protocol::token_extras::TokenExtras;
pub use self::protocol::userinfo::User;
pub use self::secret::{AccessToken, AuthorizationCode, RefreshToken, SecretText};
pub use self::session::{AuthState, RefreshStatus, SignedOutReason};
pub use self::time::UnixTime;

#[cfg(target_arch = "wasm32")]
pub use self::platform::browser::Browser;

#[cfg(all(doctest, feature = "leptos", feature = "yew"))]
#[doc = include_str!("../README.md")]
struct Readme;
