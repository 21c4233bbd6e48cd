//! JSON as values of the app's own types, read by the browser's own parser.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;

use crate::client::BasicAuth;
use crate::codec::Json;
use crate::error::{Error, ErrorCode, Result};
use crate::platform::browser::{ApiError, Browser, json_to_js};

/// Requests JSON with the access token.
pub(super) async fn fetch<T: DeserializeOwned>(auth: &BasicAuth<Browser>, url: &str) -> Result<T> {
    let request = Request::new_with_str(url).map_err(|_| no_network())?;
    request.headers().set("accept", "application/json").map_err(|_| no_network())?;
    let response = auth.fetch(request).await.map_err(to_error)?;
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

/// Converts a value of the core.
pub(super) fn value<T: DeserializeOwned>(json: &Json) -> Result<T> {
    read(json_to_js(json))
}

fn read<T: DeserializeOwned>(value: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(value).map_err(|_| not_json())
}

fn to_error(error: ApiError) -> Error {
    match error {
        ApiError::Auth(error) => error,
        ApiError::Fetch(_) => no_network(),
    }
}

fn no_network() -> Error {
    Error::new(ErrorCode::NetworkError)
}

fn not_json() -> Error {
    Error::new(ErrorCode::NotJson)
}
