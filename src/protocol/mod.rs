//! The protocol, sans-IO: requests are built, responses are processed.
//!
//! Nothing here reads a clock, draws randomness, waits, or knows a browser. Time, random bytes and
//! the two parsers every platform has ([`UrlParser`], [`JsonCodec`]) are arguments.

pub mod authorization;
pub mod callback;
pub mod http;
pub mod oauth_error;
pub mod pkce;
pub mod registration;
pub mod return_to;
pub mod revocation;
pub mod scope;
pub mod server;
pub mod state;
pub mod token;
pub mod token_extras;
pub mod transaction;
pub mod url;
pub mod userinfo;

pub use self::server::Issuer;
pub use self::url::{Endpoint, Origin, RedirectUri, Url, UrlParser};
