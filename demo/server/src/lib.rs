//! A Basic-compatible authorization server, and hosting for the apps that use it.
//!
//! The demo runs it as a binary, in which `--fail` switches on a [`NamedFault`]. End-to-end tests run
//! it in their own process and make it misbehave through [`Control`]. The binary never creates a
//! `Control`.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use demo_server::{AppHost, AppOptions, AuthorizationServer, Client, Mount, Options};
//! use demo_server::{Endpoint, Fault, Injection, strict_csp};
//!
//! let server = AuthorizationServer::start(Options::default()).await?;
//! let app = AppHost::start(AppOptions {
//!     mounts: vec![Mount::new("/", "demo/spa").spa()],
//!     csp: Some(strict_csp(server.origin())),
//!     ..AppOptions::default()
//! })
//! .await?;
//! let control = server.control();
//! control.register(Client::new("app", format!("{}/callback", app.origin())).auto_consent());
//! let unavailable = Fault::oauth_error(503, "temporarily_unavailable");
//! control.inject(Injection::new(Endpoint::TokenRefresh, unavailable).client("app").times(3));
//! # Ok(())
//! # }
//! ```

mod app_host;
mod authorization_server;
mod bearer;
mod clock;
mod collector;
mod control;
mod did;
mod endpoints;
mod error;
mod fault_layer;
mod faults;
mod grants;
mod id_token;
mod id_token_faults;
mod issuer;
mod key_faults;
mod keys;
mod logins;
mod named_fault;
mod observe;
mod options;
mod params;
mod random;
mod request_log;
mod router;
mod scope;
mod serve;
mod state;
mod users;
mod weak_key;

pub use app_host::{AppHost, AppOptions, Document, Mount, strict_csp};
pub use authorization_server::AuthorizationServer;
pub use collector::Collector;
pub use control::Control;
pub use faults::{Endpoint, Fault, Gate, Injection, InjectionId, Parameters, Reply};
pub use id_token_faults::{IdTokenFault, Signer};
pub use keys::SigningAlgorithm;
pub use named_fault::NamedFault;
pub use options::{Client, Lifetimes, Options};
pub use request_log::LoggedRequest;
