//! How the user came to this page.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::fetch::get;
use super::navigation::is_user_active;

#[wasm_bindgen]
extern "C" {
    // web-sys has one class for each kind of entry, and an emulated page has no such method.
    #[wasm_bindgen(js_namespace = performance, js_name = getEntriesByType, catch)]
    fn entries_by_type(kind: &str) -> Result<JsValue, JsValue>;
}

/// Returns whether this page was loaded by Back or Forward, unless the user has just pressed something in
/// it.
pub(crate) fn came_by_history() -> bool {
    let entries = entries_by_type("navigation").unwrap_or_default();
    let kind = get(&get(&entries, "0"), "type").as_string();
    kind.as_deref() == Some("back_forward") && !is_user_active()
}
