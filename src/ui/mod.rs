//! What the components for Yew and Leptos share: one connection to the client, the decision of a
//! guard, and the button. No protocol rule lives here.
//!
//! On a server no client is started. The state stays [`AuthState::Loading`](crate::AuthState) until the
//! page runs in the browser.

mod button;
mod callback;
#[cfg(target_arch = "wasm32")]
mod connection;
#[cfg(not(target_arch = "wasm32"))]
mod connection_ssr;
mod debug;
#[cfg(feature = "testing")]
pub(crate) mod fake;
mod guard;
mod link;
mod request;
mod sentence;
mod typed_json;

pub use self::button::{ButtonShape, ButtonSize, ButtonTheme, SignedInAction};
pub use self::request::{ApiFailure, ApiRequest};

#[cfg(target_arch = "wasm32")]
pub(crate) use self::button::Button;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::button::Room;
pub(crate) use self::button::{ButtonEvent, ButtonProps, OnButtonEvent, emit_events};
pub(crate) use self::callback::{after_return, has_returned};
#[cfg(target_arch = "wasm32")]
pub(crate) use self::connection::{Connection, report_once};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::connection_ssr::{Button, Connection, report_once};
pub use self::debug::EventLog;
pub(crate) use self::debug::{debug_rows, every_second};
pub(crate) use self::guard::{Guard, came_by_history, redirect};
pub(crate) use self::link::{Press, current_path};
pub(crate) use self::sentence::sentence;

/// Reports a component or a hook that has no provider around it, once. Without a word it would load
/// forever.
pub(crate) fn report_outside(name: &str, provider: &str) {
    report_once(&["`", name, "` stays loading: it is outside ", provider].concat());
}
