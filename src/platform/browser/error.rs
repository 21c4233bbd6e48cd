//! Errors on their way to JavaScript.

use wasm_bindgen::JsValue;

use super::fetch::{bare, get, set};
use crate::error::{Error, ErrorCode};

/// Makes a record from which the facade makes a real `Error`. It has only what an error may show.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let record = bare();
        let set = |name: &str, value: JsValue| set(&record, name, value);
        set("name", "BasicAuthError".into());
        set("kind", error.kind().as_str().into());
        set("code", error.code().as_str().into());
        set("message", error.message().into());
        set("isRetryable", error.is_retryable().into());
        set("needsSignIn", error.needs_sign_in().into());
        if let Some(said) = error.oauth() {
            set("error", (&said.error).into());
            set("errorDescription", said.description.as_deref().into());
            set("errorUri", said.uri.as_deref().into());
        }
        if let Some(status) = error.status() {
            set("status", status.into());
        }
        if let Some(wait) = error.retry_after() {
            set("retryAfterSeconds", wait.as_secs_f64().into());
        }
        #[cfg(feature = "openid")]
        if let Some(challenge) = error.challenge() {
            set("acrValues", challenge.acr_values.as_deref().into());
            set("maxAgeSeconds", challenge.max_age.map(|seconds| seconds as f64).into());
            set("scope", challenge.scope.as_deref().into());
        }
        if let Some(cause) = error.cause() {
            set("cause", cause.clone().into());
        }
        record.into()
    }
}

/// Returns the `name` of a thrown value, which may be an `Error` or not.
pub(super) fn name_of(thrown: &JsValue) -> Option<String> {
    get(thrown, "name").as_string()
}

/// Returns the error of a store that the browser blocks.
pub(super) fn unavailable() -> Error {
    Error::new(ErrorCode::StorageUnavailable)
}
