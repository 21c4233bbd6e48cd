//! Whole flows of a client on the scripted platform: one module for each thing a user can do.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod authorization;
mod callback;
mod callback_owner;
mod duplicated_tabs;
mod exchange;
mod hostile_input;
mod openid;
mod refresh;
mod refresh_across_tabs;
mod refresh_time;
mod return_to;
mod secrets;
mod servers;
mod session_end;
mod sign_in_loops;
mod sign_out;
mod signatures;
mod start;
mod stores;
mod tokens;
mod transaction;
