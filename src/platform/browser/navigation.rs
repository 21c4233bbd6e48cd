//! The address bar, and what kind of page this is.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{PopStateEvent, Window};

use super::fetch::{bare, get, set};
use super::{url, window};
use crate::codec::Url;
use crate::platform::Environment;

pub(super) fn environment() -> Environment {
    let Some(window) = window() else { return Environment::default() };
    let is_top = window.parent().is_ok_and(|parent| parent.is_some_and(|it| it == window));
    Environment { is_secure_context: window.is_secure_context(), is_framed: !is_top }
}

/// Reads the members by name, because their bindings in web-sys are unstable.
pub(super) fn is_user_active() -> bool {
    let Some(window) = window() else { return false };
    get(&get(&window.navigator(), "userActivation"), "isActive").is_truthy()
}

pub(super) fn location() -> Option<Url> {
    url::parse(&window()?.location().href().ok()?, None)
}

/// Replaces the address without a new history entry, so that Back never leads to a callback. The
/// app's own history state is kept.
pub(super) fn replace(address: &str) {
    let Some(window) = window() else { return };
    let Ok(history) = window.history() else { return };
    let state = history.state().unwrap_or_default();
    let _ = history.replace_state_with_url(&state, "", Some(address));
}

pub(super) fn return_to(path: &str) {
    replace(path);
    if let Some(window) = window() {
        notify_router(&window);
    }
}

/// Dispatches `popstate`, the event that routers listen for. The browser itself sends it only for
/// Back and Forward.
fn notify_router(window: &Window) {
    let init = bare();
    let state = window.history().and_then(|history| history.state());
    set(&init, "state", state.unwrap_or(JsValue::NULL));
    if let Ok(event) = PopStateEvent::new_with_event_init_dict("popstate", init.unchecked_ref()) {
        let _ = window.dispatch_event(&event);
    }
}

/// Loads a page in place of this one, so that Back does not lead to this one.
pub(super) fn load(path: &str) {
    if let Some(window) = window() {
        let _ = window.location().replace(path);
    }
}

pub(super) fn navigate(address: &str) {
    if let Some(window) = window() {
        let _ = window.location().assign(address);
    }
}
