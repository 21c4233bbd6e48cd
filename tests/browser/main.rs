//! The browser behind the seams, as a page in each engine sees it. What an engine refuses is found
//! by trying, never by its name.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod address;
mod api;
mod cookies;
mod fetch;
mod fuzz;
mod locks;
mod page;
mod random;
mod secrets;
mod signals;
mod signatures;
mod stores;
mod urls;
mod values;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
