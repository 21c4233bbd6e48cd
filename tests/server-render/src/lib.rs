//! One small app in each framework: what a server renders, and what a browser makes of it.

pub mod leptos_app;
pub mod yew_app;

/// Must never be in what a server sends.
pub const CLIENT_ID: &str = "a-client-id-of-the-tests";
