//! Requests of the app to its own API, with the access token.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use super::fetch::{bare, bearer, deferred, fetch, get, set};
use crate::platform::Task;
use crate::platform::api::ApiError;
use crate::secret::AccessToken;

pub(super) fn send(request: &Request, token: &AccessToken) -> Task<Result<Response, ApiError>> {
    let request = with_token(request, token);
    let response = request.and_then(|request| fetch(&request, &JsValue::UNDEFINED));
    Box::pin(async move {
        let response = JsFuture::from(response.map_err(ApiError::Fetch)?).await;
        Ok(response.map_err(ApiError::Fetch)?.unchecked_into())
    })
}

/// Ends when the request's own signal aborts, with the reason.
pub(super) fn cancelled(request: &Request) -> Task<ApiError> {
    let signal = request.signal();
    let (aborted, abort) = deferred();
    if signal.aborted() {
        let _ = abort.call0(&JsValue::UNDEFINED);
    }
    let _ = signal.add_event_listener_with_callback("abort", &abort);
    Box::pin(async move {
        let _ = JsFuture::from(aborted).await;
        ApiError::Fetch(get(&signal, "reason"))
    })
}

/// Clones the request, because a second try may need the body of the original.
fn with_token(request: &Request, token: &AccessToken) -> Result<Request, JsValue> {
    let init = bare();
    if get(request, "redirect") == "follow" {
        // A redirect would take the body, and some headers, to an origin that the app did not
        // allow.
        set(&init, "redirect", "error".into());
    }
    let request = Request::new_with_request_and_init(&request.clone()?, init.unchecked_ref())?;
    request.headers().set("authorization", bearer(token).expose())?;
    Ok(request)
}
