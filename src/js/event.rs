//! Events on their way to JavaScript.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::millis;
use crate::config::OnEvent;
use crate::event::Event;

/// Returns a listener that calls `callback` with each event: its name, and the name and value of its
/// detail.
pub(super) fn listener(callback: Function) -> OnEvent {
    Rc::new(move |event| {
        let (name, value): (&str, JsValue) = match event {
            Event::RefreshFailed(code)
            | Event::RevocationFailed(code)
            | Event::SignInFailed(code)
            | Event::UserFailed(code) => ("code", code.as_str().into()),
            Event::RefreshScheduled(at) => ("dueAt", millis(*at).into()),
            Event::SignedOut(reason) => ("reason", reason.as_str().into()),
            _ => ("", JsValue::UNDEFINED),
        };
        // What the app throws must not stop the client.
        let _ = callback.call3(&JsValue::UNDEFINED, &event.as_str().into(), &name.into(), &value);
    })
}
