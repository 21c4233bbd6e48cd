//! The scripted platform: a browser that lives in a test.
//!
//! A [`World`] is one origin with its tabs, a network with an authorization server, and time that
//! passes when the test says so. There is no real time, no real randomness, and no thread in it.
//! A [`Tab`] is a [`Platform`](basic_oauth::platform::Platform), so a client runs in it as in a browser.
//!
//! It must not be used outside tests: its random numbers are reproducible.
//!
//! # Example: a sign-in, an hour, and a sign-out
//! ```
//! use std::time::Duration;
//!
//! use basic_oauth_testing::World;
//! use basic_oauth::{BasicAuth, Options, SignInOptions};
//!
//! let options = Options::new("my-client-id", "/callback");
//! let world = World::new();
//!
//! let tab = world.open("https://app.example/");
//! let auth = world.run(BasicAuth::start(tab.clone(), options.clone()))?;
//! let _leaving = tab.call(async move { auth.sign_in(SignInOptions::default()).await });
//! world.settle();
//!
//! // The user consents at the server, which redirects to the callback.
//! let tab = world.authorize(&tab);
//! let auth = world.run(BasicAuth::start(tab, options))?;
//! assert!(auth.state().is_signed_in());
//!
//! world.advance(Duration::from_secs(3600));
//! assert_eq!(world.requests_to("/auth/token").len(), 2, "the exchange and one refresh");
//!
//! world.run(auth.sign_out())?;
//! assert!(!auth.state().is_signed_in());
//! # Ok::<(), basic_oauth::Error>(())
//! ```

mod api;
mod browser;
mod clock;
mod executor;
mod listener;
mod locks;
mod network;
mod page;
mod provider;
mod redirect;
mod server;
mod stores;
mod tab;
mod world;

pub use self::api::{ApiRequest, ApiResponse};
pub use self::listener::Listener;
pub use self::locks::Lock;
pub use self::network::{Answer, Fate, Gate, SentRequest, Traffic};
pub use self::page::TabId;
pub use self::provider::{Provider, WellKnown, did_document};
pub use self::redirect::Redirect;
pub use self::server::{Account, Server, Violation};
pub use self::stores::{StoreFault, TabStore};
pub use self::tab::{Call, Tab};
pub use self::world::{Effect, World};

#[cfg(test)]
mod tests;
