//! Signs users in with Basic from any browser app: the OAuth 2.0 authorization-code flow with PKCE.
//!
//! ```no_run
//! use basic_oauth::{BasicAuth, Browser, Options, Result, SignInOptions};
//!
//! async fn notes() -> Result<()> {
//!     let options = Options::new("your-client-id", "/callback").scope("profile email");
//!     let auth = BasicAuth::start(Browser, options).await?;
//!
//!     if !auth.state().is_signed_in() {
//!         // Leaves the page. The user comes back signed in, to where the sign-in began.
//!         auth.sign_in(SignInOptions::default()).await?;
//!         return Ok(());
//!     }
//!     let token = auth.token().await?; // Refreshed first if it has expired.
//!     let authorization = ["Bearer ", token.expose()].concat();
//! #   let _ = authorization;
//!     Ok(())
//! }
//! ```
//!
//! Call [`BasicAuth::start`] once, on every page and on the callback page too. It completes a
//! sign-in that comes back, or restores the stored session, and then keeps it fresh. In a browser,
//! `wasm_bindgen_futures::spawn_local` runs such a function. Futures of this crate are not
//! [`Send`]: a page has one thread, and what the client shares is in an `Rc`.
//!
//! # Where to go
//!
//! - **Yew** (feature `yew`): the module `yew` has a provider, a guard and the button.
//! - **Leptos** (feature `leptos`): the module `leptos` has the same.
//! - **JavaScript, TypeScript, React**: the npm package `basic-oauth`, built from this crate.
//! - **A server that is not Basic's**: [`ServerOptions`].
//! - **What can go wrong**: [`Error`], its [kinds](ErrorKind) and its [codes](ErrorCode).
//!
//! # How it is built
//!
//! ```text
//!      yew      leptos      js (npm)            adapters: subscribe and translate
//!        └─────────┼───────────┘
//!              BasicAuth                        the client: waits, carries out, has no rule
//!         ┌────────┴────────┐
//!      session           protocol               the rules: no clock, no browser, no waiting
//!         └────────┬────────┘
//!                codec                          text to values and back
//! ───── Platform · Store · PageEvents · JsonCodec · UrlParser ─────   the five seams
//!               Browser                         or a scripted one, in tests
//! ```
//!
//! Each floor knows only those below it. All of it builds natively too, for a server that renders
//! pages and for tests. There is no page then, so [`Browser`] starts no client.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
// The byte policy of clippy.toml. Tests are not downloaded.
#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

mod client;
mod config;
mod error;
mod event;
#[cfg(all(feature = "js", target_arch = "wasm32"))]
mod js;
#[cfg(feature = "leptos")]
pub mod leptos;
mod secret;
#[cfg(test)]
mod testing;
mod time;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod ui;
#[cfg(feature = "yew")]
#[allow(clippy::disallowed_macros, reason = "Yew's own macros write with core::fmt")]
pub mod yew;

// Internals. They are public for the crate that tests them, and not under semantic versioning.
#[doc(hidden)]
pub mod codec;
#[doc(hidden)]
pub mod platform;
#[doc(hidden)]
pub mod protocol;
#[doc(hidden)]
pub mod session;
#[doc(hidden)]
pub use self::{
    config::Config,
    protocol::server::{AuthorizationServer, Issuer},
    secret::{AuthorizationCode, RefreshToken, SecretText},
};

pub use self::client::{BasicAuth, Subscription};
pub use self::codec::Json;
#[cfg(feature = "openid")]
pub use self::config::SignOutOptions;
pub use self::config::{OnEvent, OnReturn, Options, ServerOptions, SignInOptions};
pub use self::error::{Error, ErrorCode, ErrorKind, OAuthError, Result};
pub use self::event::Event;
pub use self::platform::browser::{ApiError, Browser};
pub use self::platform::{Platform, SessionStore};
pub use self::protocol::authorization::ExtraParameters;
#[cfg(feature = "openid")]
pub use self::protocol::openid::challenge::Challenge;
pub use self::protocol::scope::Scope;
pub use self::protocol::server::TokenEncoding;
pub use self::protocol::token_extras::TokenExtras;
pub use self::protocol::userinfo::User;
pub use self::secret::AccessToken;
pub use self::session::{AuthState, RefreshStatus, SignedOutReason};
pub use self::time::UnixTime;

#[cfg(all(doctest, feature = "leptos", feature = "yew"))]
#[doc = include_str!("../README.md")]
struct Readme;
