//! The state on its way to JavaScript: values in a row, which the facade names.

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::platform::browser::json_to_js;
use crate::session::AuthState;

/// Status, reason or state of the refresh, error, scope, user.
pub(super) fn to_js(state: &AuthState) -> Array {
    let (status, detail, scope, user) = match state {
        AuthState::Loading => ("loading", "", None, None),
        AuthState::SignedOut { reason, .. } => ("signed-out", reason.as_str(), None, None),
        AuthState::SignedIn { user, scope, refresh, .. } => {
            ("signed-in", refresh.as_str(), Some(scope), user.as_ref())
        }
    };
    let values = Array::new();
    values.push(&status.into());
    values.push(&detail.into());
    values.push(&state.error().map_or(JsValue::UNDEFINED, |error| error.clone().into()));
    values.push(&scope.map(|scope| scope.as_str()).into());
    values.push(&user.map_or(JsValue::UNDEFINED, |user| json_to_js(user.as_json())));
    values
}
