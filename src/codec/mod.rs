//! Codecs: text to values and back. They know the formats and no rule of the protocol.

pub(crate) mod base64url;
pub mod json;
pub mod query;
pub mod record;
pub(crate) mod text;

pub use self::json::{Json, JsonCodec};
