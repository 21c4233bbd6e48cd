//! Values on their way from JavaScript.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::codec::Json;
use crate::platform::browser::json_from_js;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Request, extends = web_sys::Request)]
    type AppRequest;

    #[wasm_bindgen(constructor, js_class = "Request", catch)]
    fn new(input: &JsValue, init: &JsValue) -> Result<AppRequest, JsValue>;
}

/// Returns the request that `fetch(input, init)` would send.
pub(super) fn request(input: &JsValue, init: &JsValue) -> Result<web_sys::Request, JsValue> {
    AppRequest::new(input, init).map(wasm_bindgen::JsCast::unchecked_into)
}

/// Converts options to a plain value; `Null` if JSON cannot hold them.
pub(super) fn read(options: &JsValue) -> Json {
    json_from_js(options).unwrap_or(Json::Null)
}
