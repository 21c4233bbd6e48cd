//! Members of an object as its class defines them.
//!
//! Elements of a page can hide members of a document or a form, methods too: an `<img name=cookie>`
//! is `document.cookie`, and an `<input name=lang>` is the `lang` of its form. They cannot hide
//! what the class defines.

use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    // js-sys has no `get` with a receiver, and its `set` takes two more values.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get_for(class: &Object, name: &str, receiver: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Reflect, js_name = set, catch)]
    fn set_for(
        class: &Object,
        name: &str,
        value: &str,
        receiver: &JsValue,
    ) -> Result<bool, JsValue>;
}

/// Reads a member; `undefined` if it is not there or cannot be read.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    get_for(&Object::get_prototype_of(object), name, object).unwrap_or_default()
}

/// Writes a member. Returns whether the browser allowed it.
pub(super) fn set(object: &JsValue, name: &str, value: &str) -> bool {
    set_for(&Object::get_prototype_of(object), name, value, object).unwrap_or_default()
}
