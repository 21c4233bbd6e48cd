//! Requests to the authorization server.

use std::time::Duration;

use gloo_net::http::Headers;
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader};

use crate::error::{Error, ErrorCode, Result};
use crate::platform::Task;
use crate::protocol::http::{MAX_BODY_BYTES, Request, Response};
use crate::secret::{AccessToken, SecretText};
use crate::time::UnixTime;

#[wasm_bindgen]
extern "C" {
    // A page may have replaced `fetch`, and the replacement may throw instead of rejecting.
    #[wasm_bindgen(catch)]
    pub(super) fn fetch(resource: &JsValue, init: &JsValue) -> Result<Promise, JsValue>;
}

pub(super) fn send(request: &Request) -> Task<Result<Response>> {
    let signal = timeout(request.timeout);
    let response = fetch(&request.endpoint.as_str().into(), &init(request, &signal));
    Box::pin(async move {
        match read(response).await {
            Ok(response) => response.ok_or_else(|| Error::new(ErrorCode::ResponseTooLarge)),
            // By the signal, because WebKit reports a timeout like any other abort.
            Err(_) if signal.aborted() => Err(Error::new(ErrorCode::Timeout)),
            Err(_) => Err(Error::new(ErrorCode::NetworkError)),
        }
    })
}

/// Builds the options as a plain object. gloo's `RequestBuilder` brings the formatting machinery,
/// and each setter of web-sys a binding and a table of names.
fn init(request: &Request, signal: &AbortSignal) -> Object {
    let headers = bare();
    set(&headers, "accept", "application/json".into());
    if let Some(token) = &request.bearer {
        set(&headers, "authorization", bearer(token).expose().into());
    }
    let init = bare();
    if let Some(body) = &request.body {
        set(&headers, "content-type", body.content_type.into());
        set(&init, "method", "POST".into());
        set(&init, "body", body.text.expose().into());
    }
    for (name, value) in &[
        ("cache", "no-store"),
        ("credentials", "omit"),
        ("redirect", "error"),
        ("referrerPolicy", "no-referrer"),
    ] {
        set(&init, name, (*value).into());
    }
    set(&init, "headers", headers.into());
    set(&init, "signal", signal.into());
    init
}

/// Returns a signal that aborts after this time.
pub(super) fn timeout(wait: Duration) -> AbortSignal {
    let millis = UnixTime::default().plus(wait).as_millis();
    AbortSignal::timeout_with_u32(u32::try_from(millis).unwrap_or(u32::MAX))
}

/// Returns the value of an `Authorization` header.
pub(super) fn bearer(token: &AccessToken) -> SecretText {
    SecretText::new(["Bearer ", token.expose()].concat())
}

/// Returns an object that inherits nothing, so that a polluted prototype adds no option.
pub(crate) fn bare() -> Object {
    Object::create(JsValue::NULL.unchecked_ref())
}

/// Sets a member. A new object that is not frozen takes each.
pub(crate) fn set(object: &Object, name: &str, value: JsValue) {
    let _ = Reflect::set(object, &name.into(), &value);
}

/// Returns the member of this name; `undefined` if it does not exist, or the value is no object.
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Returns a promise and the function that fulfils it.
pub(super) fn deferred() -> (Promise, Function) {
    let mut fulfil = JsValue::UNDEFINED;
    let promise = Promise::new(&mut |resolve, _| fulfil = resolve.into());
    // A promise calls its function at once, with two functions.
    (promise, fulfil.unchecked_into())
}

/// Reads the decoded body; `None` if it is larger than the limit. An endless body, or one that
/// unpacks to gigabytes, must not fill the page's memory.
async fn read(response: Result<Promise, JsValue>) -> Result<Option<Response>, JsValue> {
    let response: web_sys::Response = JsFuture::from(response?).await?.unchecked_into();
    let mut chunks: Vec<Uint8Array> = Vec::new();
    let mut length = 0;
    if let Some(body) = response.body() {
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        loop {
            let chunk = JsFuture::from(reader.read()).await?;
            let Ok(value) = get(&chunk, "value").dyn_into::<Uint8Array>() else { break };
            length += value.length() as usize;
            if length > MAX_BODY_BYTES {
                // The response is refused, so the outcome of the cancellation does not matter.
                drop(reader.cancel());
                return Ok(None);
            }
            chunks.push(value);
        }
    }
    let headers = Headers::from_raw(response.headers());
    Ok(Some(Response {
        status: response.status(),
        content_type: headers.get("content-type"),
        retry_after: headers.get("retry-after"),
        body: join(&chunks, length),
    }))
}

/// Joins the chunks. The buffer has its full length from the start, because growing it would leave
/// copies of a token behind.
fn join(chunks: &[Uint8Array], length: usize) -> SecretText {
    let mut bytes = vec![0; length];
    let mut rest = bytes.as_mut_slice();
    for chunk in chunks {
        let (part, after) = rest.split_at_mut(chunk.length() as usize);
        chunk.copy_to(part);
        rest = after;
    }
    // Text that is not UTF-8 is not JSON either. It becomes empty, and parsing that fails.
    String::from_utf8(bytes).map(SecretText::new).unwrap_or_default()
}
