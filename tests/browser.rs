//! The browser behind the seams, as a page in each engine sees it. What an engine refuses is found
//! by trying, never by its name.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "browser/address.rs"]
mod address;
#[path = "browser/api.rs"]
mod api;
#[path = "browser/cookies.rs"]
mod cookies;
#[path = "browser/fetch.rs"]
mod fetch;
#[path = "browser/locks.rs"]
mod locks;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/random.rs"]
mod random;
#[path = "browser/secrets.rs"]
mod secrets;
#[path = "browser/signals.rs"]
mod signals;
#[path = "support/store_suite.rs"]
mod store_suite;
#[path = "browser/stores.rs"]
mod stores;
#[path = "browser/urls.rs"]
mod urls;
#[path = "browser/values.rs"]
mod values;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
