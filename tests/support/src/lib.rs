//! What the tests of `basic-oauth` share.
//!
//! [`World`] is a browser that lives in a test: a virtual clock, a scripted network and several tabs.
//! [`Native`] parses JSON and URLs as a browser does. [`flow`] has the steps of a sign-in, and
//! [`store_suite`] the contract of every store.
#![allow(
    clippy::expect_used,
    clippy::missing_errors_doc,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a failure in here is the failure of a test, and most names say it all"
)]

#[cfg(not(target_arch = "wasm32"))]
pub mod flow;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod rng;
#[cfg(not(target_arch = "wasm32"))]
mod scripted;
#[cfg(not(target_arch = "wasm32"))]
mod signature;
pub mod signature_suite;
#[cfg(not(target_arch = "wasm32"))]
mod signing;
pub mod store_suite;

#[cfg(not(target_arch = "wasm32"))]
pub use self::native::Native;
pub use self::rng::Rng;
#[cfg(not(target_arch = "wasm32"))]
pub use self::scripted::*;
#[cfg(not(target_arch = "wasm32"))]
pub use self::signature::is_signature;
#[cfg(not(target_arch = "wasm32"))]
pub use self::signing::{SigningKey, at_hash};
