//! Codecs: text to values and back. They know formats, and no rule of the protocol.

pub(crate) mod base64url;
#[cfg(any(feature = "openid", target_arch = "wasm32"))]
pub mod cookies;
pub mod json;
pub mod query;
pub mod record;
pub(crate) mod text;
pub mod url;

pub use self::json::{Json, JsonCodec};
pub use self::url::{Url, UrlParser};
