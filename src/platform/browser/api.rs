//! Requests of the app to its own API, with the access token.

use js_sys::Promise;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use super::error::ApiError;
use super::fetch::{bare, bearer, fetch, get, set};
use crate::platform::Task;
use crate::secret::AccessToken;

pub(super) fn send(request: &Request, token: &AccessToken) -> Task<Result<Response, ApiError>> {
    let request = with_token(request, token);
    let answer = request.and_then(|request| fetch(&request, &JsValue::UNDEFINED));
    Box::pin(async move {
        let answer = JsFuture::from(answer.map_err(ApiError::Fetch)?).await;
        Ok(answer.map_err(ApiError::Fetch)?.unchecked_into())
    })
}

/// Ends with the reason when the request's own signal aborts.
pub(super) fn cancelled(request: &Request) -> Task<ApiError> {
    let signal = request.signal();
    let aborted = Promise::new(&mut |resolve, _| {
        if signal.aborted() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
        let _ = signal.add_event_listener_with_callback("abort", &resolve);
    });
    Box::pin(async move {
        let _ = JsFuture::from(aborted).await;
        ApiError::Fetch(get(&signal, "reason"))
    })
}

/// A clone, because the body of the original may be needed for a second try.
fn with_token(request: &Request, token: &AccessToken) -> Result<Request, JsValue> {
    let init = bare();
    if get(request, "redirect") == "follow" {
        // A redirect would take a body, and some headers, to an origin nobody allowed.
        set(&init, "redirect", "error".into());
    }
    let request = Request::new_with_request_and_init(&request.clone()?, init.unchecked_ref())?;
    request.headers().set("authorization", bearer(token).expose())?;
    Ok(request)
}
