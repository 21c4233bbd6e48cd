//! What the components for Yew and Leptos share: the configuration as plain data, one connection to
//! the client, and the button. No protocol rule lives here.
//!
//! On a server nothing is started: there the state is [`AuthState::Loading`](crate::AuthState), and
//! the page takes over in the browser.

mod button;
mod config;
#[cfg(target_arch = "wasm32")]
mod connection;
mod guard;
#[cfg(not(target_arch = "wasm32"))]
mod server;
#[cfg(target_arch = "wasm32")]
mod typed;

pub use self::button::{ButtonShape, ButtonSize, ButtonTheme};
pub use self::config::{AuthConfig, Endpoints};

#[cfg(target_arch = "wasm32")]
pub(crate) use self::button::Button;
pub(crate) use self::button::ButtonProps;
#[cfg(target_arch = "wasm32")]
pub(crate) use self::connection::Connection;
pub(crate) use self::guard::Guard;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::server::{Button, Connection};
