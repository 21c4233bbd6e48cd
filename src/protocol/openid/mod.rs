//! OpenID Connect: the server's metadata, its key set, and ID tokens.
//!
//! The metadata may narrow what is accepted, and never widens it.

pub mod id_token;
pub mod jwks;
pub mod jwt;
pub mod metadata;

use crate::error::{Error, ErrorCode};

/// Returns the error of an ID token. `detail` names the claim or the part at fault.
fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorCode::InvalidIdToken).with_detail(detail)
}
