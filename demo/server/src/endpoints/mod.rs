//! One module for each endpoint, and the pages that a user sees.

pub(crate) mod authorize;
mod consent;
pub(crate) mod did;
pub(crate) mod discovery;
pub(crate) mod end_session;
pub(crate) mod pages;
pub(crate) mod resource;
pub(crate) mod revocation;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod userinfo;
