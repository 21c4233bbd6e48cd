//! Where the components keep what no signal may hold.

/// What belongs to the browser stays on its one thread.
#[cfg(target_arch = "wasm32")]
pub(super) type Place = leptos::prelude::LocalStorage;

/// On a server there is nothing of it, and one thread may begin a request and another end it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Place = leptos::prelude::SyncStorage;
