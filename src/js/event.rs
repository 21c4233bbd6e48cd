//! Events as JavaScript sees them.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsValue;

use super::millis;
use crate::config::OnEvent;
use crate::event::Event;

/// A listener that hands each event on: its name, and the name and value of what it carries.
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
        // What the app throws is not ours: it must not stop the client.
        let _ = callback.call3(&JsValue::UNDEFINED, &event.as_str().into(), &name.into(), &value);
    })
}
