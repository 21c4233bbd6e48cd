//! The seams.
#[cfg(any(test, feature = "scripted"))]
pub mod native;
