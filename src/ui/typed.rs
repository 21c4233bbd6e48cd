//! Values of the app's own types, out of the browser's own JSON parser.

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;

use crate::client::BasicAuth;
use crate::codec::Json;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::browser::{Browser, json_to_js};

/// Asks for JSON with the access token.
pub(super) async fn fetch<T: DeserializeOwned>(auth: &BasicAuth<Browser>, url: &str) -> Result<T> {
    let request = Request::new_with_str(url).map_err(|_| no_network())?;
    request.headers().set("accept", "application/json").map_err(|_| no_network())?;
    let response = auth.fetch(request).await.map_err(|thrown| said(&thrown))?;
    if !response.ok() {
        return Err(Error::from_response(
            ErrorCode::UnexpectedStatus,
            response.status(),
            None,
            None,
        ));
    }
    let body = response.json().map_err(|_| not_json())?;
    read(JsFuture::from(body).await.map_err(|_| not_json())?)
}

/// Reads a value of the core.
pub(super) fn value<T: DeserializeOwned>(json: &Json) -> Result<T> {
    read(json_to_js(json))
}

fn read<T: DeserializeOwned>(value: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(value).map_err(|_| not_json())
}

/// The error behind what a request was rejected with: one of ours, or the network's.
fn said(thrown: &JsValue) -> Error {
    let code = Reflect::get(thrown, &"code".into()).ok().and_then(|code| code.as_string());
    let known = code.and_then(|code| ErrorCode::ALL.iter().find(|it| it.as_str() == code));
    known.map_or_else(no_network, |code| Error::new(*code))
}

fn no_network() -> Error {
    Error::new(ErrorCode::NetworkError)
}

fn not_json() -> Error {
    Error::new(ErrorCode::NotJson)
}
