//! stub docs
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
mod error;
pub mod platform;
pub mod protocol;
mod secret;
pub mod session;
mod time;
pub use self::error::{Code, Error, Kind, OAuthError, Result};
pub use self::protocol::scope::Scope;
pub use self::protocol::server::AuthorizationServer;
