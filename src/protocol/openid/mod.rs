//! OpenID Connect and what builds on it: the server's metadata, its key set, ID tokens, sign-out at the
//! provider, handles, and the challenges of an API.
//!
//! The metadata may narrow what is accepted, and never widens it.

pub mod challenge;
pub mod found_server;
pub mod handle;
pub mod id_token;
pub mod jwks;
pub mod jwt;
pub mod logout;
pub mod metadata;
pub mod transaction;

use crate::error::{Error, ErrorCode};

/// Returns the error of an ID token. `detail` names the claim or the part at fault.
fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorCode::InvalidIdToken).with_detail(detail)
}
