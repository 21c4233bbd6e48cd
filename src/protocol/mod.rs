//! The protocol, sans-IO: it builds requests and processes responses.
//!
//! No code here reads a clock, draws random numbers, waits, or knows a browser. Time, random bytes
//! and the two parsers of the platform ([`UrlParser`](crate::codec::UrlParser),
//! [`JsonCodec`](crate::codec::JsonCodec)) are arguments.

pub mod authorization;
pub mod callback;
pub mod endpoint;
pub mod http;
pub mod oauth_error;
#[cfg(feature = "openid")]
pub mod openid;
pub mod origin;
pub mod other_client;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod registration;
pub mod return_to;
pub mod revocation;
pub mod scope;
pub mod server;
pub mod state;
pub mod token;
pub mod token_extras;
pub mod transaction;
pub mod userinfo;

pub use self::endpoint::Endpoint;
pub use self::origin::Origin;
pub use self::redirect_uri::RedirectUri;
pub use self::server::Issuer;
