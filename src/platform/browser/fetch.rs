//! Requests to the authorization server.

use std::time::Duration;

use gloo_net::http::Headers;
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::protocol::http::{MAX_BODY_BYTES, Request, Response};
use crate::secret::{AccessToken, SecretText};
use crate::time::UnixTime;

#[wasm_bindgen]
extern "C" {
    // A page's own `fetch` may throw where the browser's rejects.
    #[wasm_bindgen(catch)]
    pub(super) fn fetch(resource: &JsValue, init: &JsValue) -> Result<Promise, JsValue>;
}

pub(super) async fn send(request: Request) -> Result<Response> {
    let signal = timeout(request.timeout);
    // By the signal, because WebKit tells of a timeout as of any other abort.
    let failed = |_| Error::new(if signal.aborted() { Code::Timeout } else { Code::NetworkError });
    let init = init(&request, &signal);
    let answer = fetch(&request.endpoint.as_str().into(), &init).map_err(failed)?;
    let answer: web_sys::Response = JsFuture::from(answer).await.map_err(failed)?.unchecked_into();
    let body = read(&answer, failed).await?;
    let status = answer.status();
    let headers = Headers::from_raw(answer.headers());
    Ok(Response {
        status,
        content_type: headers.get("content-type"),
        retry_after: headers.get("retry-after"),
        body,
    })
}

/// A plain object: gloo's `RequestBuilder` brings the formatting machinery, and web-sys's setters a
/// binding and a table of names for each.
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
    for (name, value) in [
        ("cache", "no-store"),
        ("credentials", "omit"),
        ("redirect", "error"),
        ("referrerPolicy", "no-referrer"),
    ] {
        set(&init, name, value.into());
    }
    set(&init, "headers", headers.into());
    set(&init, "signal", signal.into());
    init
}

/// A signal that aborts when this much time has passed.
pub(super) fn timeout(wait: Duration) -> AbortSignal {
    let millis = UnixTime::default().plus(wait).as_millis();
    AbortSignal::timeout_with_u32(u32::try_from(millis).unwrap_or(u32::MAX))
}

/// The value of an `Authorization` header.
pub(super) fn bearer(token: &AccessToken) -> SecretText {
    SecretText::new(["Bearer ", token.expose()].concat())
}

/// An object that inherits nothing: a polluted prototype adds no option.
pub(super) fn bare() -> Object {
    Object::create(JsValue::NULL.unchecked_ref())
}

/// A new, unfrozen object refuses no member.
pub(super) fn set(object: &Object, name: &str, value: JsValue) {
    let _ = Reflect::set(object, &name.into(), &value);
}

/// Reads what was decoded, and no more than the limit: neither an endless answer nor one that
/// unpacks to gigabytes may fill the page's memory.
async fn read(answer: &web_sys::Response, failed: impl Fn(JsValue) -> Error) -> Result<SecretText> {
    let Some(body) = answer.body() else { return Ok(SecretText::default()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut chunks = Vec::new();
    let mut length = 0;
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(&failed)?;
        let value = Reflect::get(&chunk, &"value".into()).unwrap_or_default();
        let Some(value) = value.dyn_ref::<Uint8Array>() else { break };
        length += value.length() as usize;
        if length > MAX_BODY_BYTES {
            // The answer is refused whatever becomes of its rest.
            drop(reader.cancel());
            return Err(Error::new(Code::ResponseTooLarge));
        }
        chunks.push(Zeroizing::new(value.to_vec()));
    }
    let mut bytes = Vec::with_capacity(length);
    for chunk in chunks {
        bytes.extend_from_slice(&chunk);
    }
    // Text that is not UTF-8 is no JSON either; what is missing will be missed.
    Ok(String::from_utf8(bytes).map(SecretText::new).unwrap_or_default())
}
