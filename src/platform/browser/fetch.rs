//! Requests to the authorization server.

use gloo_net::http::Headers;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, RequestRedirect,
};
use zeroize::Zeroizing;

use super::error::name_of;
use crate::error::{Code, Error, Result};
use crate::protocol::http::{MAX_BODY_BYTES, Request, Response};
use crate::secret::SecretText;

pub(super) async fn send(request: Request) -> Result<Response> {
    let window = web_sys::window().ok_or_else(|| Error::new(Code::NetworkError))?;
    let answer = window.fetch_with_str_and_init(request.endpoint.as_str(), &init(&request));
    let answer: web_sys::Response = JsFuture::from(answer).await.map_err(failed)?.unchecked_into();
    let body = read(&answer).await?;
    let answer = gloo_net::http::Response::from(answer);
    let headers = answer.headers();
    Ok(Response {
        status: answer.status(),
        content_type: headers.get("content-type"),
        retry_after: headers.get("retry-after"),
        body,
    })
}

/// Not gloo's `RequestBuilder`: it brings the formatting machinery, and its `send` panics when a
/// page's own `fetch` rejects with something other than an `Error`.
fn init(request: &Request) -> RequestInit {
    let millis = u32::try_from(request.timeout.as_millis()).unwrap_or(u32::MAX);
    let headers = Headers::new();
    headers.append("accept", "application/json");
    if let Some(token) = &request.bearer {
        headers.append("authorization", &["Bearer ", token.expose()].concat());
    }
    let init = RequestInit::new();
    if let Some(body) = &request.body {
        headers.append("content-type", body.content_type);
        init.set_method("POST");
        init.set_body(&body.text.expose().into());
    }
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_headers(&headers.into_raw());
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(millis)));
    init
}

/// Reads what was decoded, and no more than the limit: neither an endless answer nor one that
/// unpacks to gigabytes may fill the page's memory.
async fn read(answer: &web_sys::Response) -> Result<SecretText> {
    let Some(body) = answer.body() else { return Ok(SecretText::default()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(failed)?;
        let value = Reflect::get(&chunk, &"value".into()).unwrap_or_default();
        let Some(value) = value.dyn_ref::<Uint8Array>() else { break };
        if bytes.len() + value.length() as usize > MAX_BODY_BYTES {
            // The answer is refused whatever becomes of its rest.
            drop(reader.cancel());
            return Err(Error::new(Code::ResponseTooLarge));
        }
        bytes.extend(value.to_vec());
    }
    // Text that is not UTF-8 is no JSON either; what is missing will be missed.
    Ok(std::str::from_utf8(&bytes).map(|text| SecretText::new(text.into())).unwrap_or_default())
}

fn failed(thrown: JsValue) -> Error {
    Error::new(match name_of(&thrown).as_deref() {
        Some("TimeoutError") => Code::Timeout,
        _ => Code::NetworkError,
    })
}
