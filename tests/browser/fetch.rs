//! Requests to the authorization server, through a `fetch` that the tests answer for.

use std::time::Duration;

use basic_oauth::platform::Platform as _;
use basic_oauth::protocol::Endpoint;
use basic_oauth::protocol::http::{Body, MAX_BODY_BYTES, Request, Response};
use basic_oauth::{AccessToken, Browser, ErrorCode, Result, SecretText};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Stub, assert_js, js, until};

/// Answers by the body of a function, which sees `url` and `init`; its arguments stay in `calls`.
fn answering(body: &str) -> Stub {
    js("globalThis.calls = []");
    let fetch = format!("async (url, init) => {{ calls.push([url, init]); {body} }}");
    Stub::new("globalThis", "fetch", &format!("{{ value: {fetch} }}"))
}

fn post() -> Request {
    let endpoint = Endpoint::parse(&Browser, "https://as.example/token?tenant=1", "tokenEndpoint");
    let text = SecretText::new("grant_type=authorization_code&code=1".into());
    Request {
        endpoint: endpoint.expect("a valid URL"),
        body: Some(Body { content_type: "application/x-www-form-urlencoded", text }),
        bearer: None,
        timeout: Duration::from_secs(60),
    }
}

fn get() -> Request {
    Request { body: None, bearer: AccessToken::parse("canary".into()), ..post() }
}

async fn sent(answer: &str) -> Result<Response> {
    let _stub = answering(answer);
    let outcome = Browser.fetch(post()).await;
    assert_js("calls.length === 1");
    outcome
}

/// The headers of the first call, in alphabetical order.
fn headers() -> JsValue {
    js("[...new Headers(calls[0][1].headers)].map(it => it.join('=')).join('&')")
}

async fn failure(answer: &str) -> ErrorCode {
    sent(answer).await.expect_err(answer).code()
}

#[wasm_bindgen_test]
async fn r43_r53_r54_r55_a_request_sends_no_cookie_or_referrer_and_follows_no_redirect() {
    let _stub = answering("return new Response('{}')");
    for request in [post(), get()] {
        Browser.fetch(request).await.expect("an answer");
    }
    assert_js("calls.length === 2");
    for member in [
        "redirect === 'error'",
        "credentials === 'omit'",
        "cache === 'no-store'",
        "referrerPolicy === 'no-referrer'",
        "signal instanceof AbortSignal",
    ] {
        assert_js(&format!("calls.every(([url, init]) => init.{member})"));
    }
    // The engine reads the members as they are meant.
    assert_js(
        "calls.map(call => new Request(...call)).every(it =>
            it.redirect === 'error' && it.credentials === 'omit' && it.cache === 'no-store'
            && it.referrerPolicy === 'no-referrer' && it.mode === 'cors')",
    );
}

#[wasm_bindgen_test]
async fn r52_a_body_is_posted_with_its_media_type() {
    let _stub = answering("return new Response('{}')");
    Browser.fetch(post()).await.expect("an answer");
    assert_js("calls[0][0] === 'https://as.example/token?tenant=1'");
    assert_js("calls[0][1].method === 'POST'");
    assert_js("calls[0][1].body === 'grant_type=authorization_code&code=1'");
    assert_eq!(headers(), "accept=application/json&content-type=application/x-www-form-urlencoded");
}

#[wasm_bindgen_test]
async fn r101_a_token_goes_into_the_header_and_nowhere_else() {
    let _stub = answering("return new Response('{}')");
    Browser.fetch(get()).await.expect("an answer");
    assert_js("(calls[0][1].method ?? 'GET') === 'GET' && calls[0][1].body === undefined");
    assert_js("!calls[0][0].includes('canary')");
    assert_eq!(headers(), "accept=application/json&authorization=Bearer canary");
}

#[wasm_bindgen_test]
async fn a_response_arrives_with_status_headers_and_body() {
    let answer = sent(
        "return new Response('{\"a\":\"\u{e9}\"}', {
            status: 429,
            headers: { 'Content-Type': 'application/json; charset=utf-8', 'Retry-After': '7' },
        })",
    )
    .await
    .expect("an answer");
    assert_eq!(answer.status, 429);
    assert_eq!(answer.content_type.as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(answer.retry_after.as_deref(), Some("7"));
    assert_eq!(answer.body.expose(), "{\"a\":\"\u{e9}\"}");
}

#[wasm_bindgen_test]
async fn a_response_without_body_or_headers_is_valid() {
    let answer = sent("return new Response(null, { status: 204 })").await.expect("an answer");
    assert_eq!((answer.status, answer.body.expose()), (204, ""));
    assert_eq!((answer.content_type, answer.retry_after), (None, None));
    assert_eq!(sent("return new Response('')").await.expect("an answer").body.expose(), "");
}

#[wasm_bindgen_test]
async fn a_character_cut_in_two_by_the_network_stays_whole() {
    let answer = sent(
        "const bytes = new TextEncoder().encode('\u{1f980}\u{e9}');
        return new Response(new ReadableStream({
            start(it) { bytes.forEach(byte => it.enqueue(Uint8Array.of(byte))); it.close() },
        }))",
    )
    .await
    .expect("an answer");
    assert_eq!(answer.body.expose(), "\u{1f980}\u{e9}");
}

#[wasm_bindgen_test]
async fn r62_a_body_that_is_not_utf_8_is_refused() {
    let answer = sent("return new Response(Uint8Array.of(123, 0xff, 0xfe, 125), { status: 200 })");
    let answer = answer.await.expect("an answer");
    assert_eq!((answer.status, answer.body.expose()), (200, ""));
}

#[wasm_bindgen_test]
async fn r59_an_endless_answer_is_cut_off_at_a_mebibyte() {
    js("globalThis.asked = 0; globalThis.isCancelled = false");
    let endless = "return new Response(new ReadableStream({
        pull(it) { asked += 1; it.enqueue(new Uint8Array(1 << 16).fill(32)) },
        cancel() { isCancelled = true },
    }))";
    assert_eq!(failure(endless).await, ErrorCode::ResponseTooLarge);
    until("cancelled", async || js("isCancelled").is_truthy()).await;
    // What was read ahead into the queues of the stream and the reader may come on top.
    assert_js("asked >= 17 && asked <= 20");
}

#[wasm_bindgen_test]
async fn r59_a_mebibyte_is_read_and_one_byte_more_is_not() {
    let bytes = |count: usize| format!("return new Response(new Uint8Array({count}).fill(32))");
    let answer = sent(&bytes(MAX_BODY_BYTES)).await.expect("an answer");
    assert_eq!(answer.body.expose().len(), MAX_BODY_BYTES);
    assert_eq!(failure(&bytes(MAX_BODY_BYTES + 1)).await, ErrorCode::ResponseTooLarge);
}

/// A page's own `fetch` may reject with anything: gloo's builder panics at what is no `Error`.
#[wasm_bindgen_test]
async fn r134_any_rejection_of_fetch_is_a_network_error() {
    for thrown in [
        "new TypeError('Failed to fetch')",
        "new DOMException('aborted', 'AbortError')",
        "'offline'",
        "undefined",
        "null",
        "7",
        "Symbol('x')",
        "Object.create(null)",
        "{ name: 7 }",
        "{ get name() { throw 1 } }",
        "new Response('x', { status: 500 })",
    ] {
        assert_eq!(
            failure(&format!("throw ({thrown})")).await,
            ErrorCode::NetworkError,
            "{thrown}"
        );
    }
}

#[wasm_bindgen_test]
async fn r134_a_fetch_that_throws_is_a_network_error() {
    let _stub = Stub::new("globalThis", "fetch", "{ value: () => { throw 'gone' } }");
    let outcome = Browser.fetch(post()).await;
    assert_eq!(outcome.expect_err("thrown").code(), ErrorCode::NetworkError);
}

#[wasm_bindgen_test]
async fn r58_a_silent_server_is_a_timeout() {
    let silent = "return new Promise((_, reject) =>
        init.signal.addEventListener('abort', () => reject(init.signal.reason)))";
    let headers_only = "return new Response(new ReadableStream({
        start(it) { init.signal.addEventListener('abort', () => it.error(init.signal.reason)) },
    }))";
    // WebKit reports a timeout as any other abort.
    let aborted = "return new Promise((_, reject) => init.signal.addEventListener('abort',
        () => reject(new DOMException('aborted', 'AbortError'))))";
    for answer in [silent, headers_only, aborted] {
        let _stub = answering(answer);
        let request = Request { timeout: Duration::from_millis(20), ..post() };
        assert_eq!(Browser.fetch(request).await.expect_err("late").code(), ErrorCode::Timeout);
    }
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_is_a_network_error() {
    for thrown in ["new TypeError('network error')", "undefined", "'gone'"] {
        let answer = format!(
            "let asked = 0;
            return new Response(new ReadableStream({{
                pull(it) {{ asked++ ? it.error({thrown}) : it.enqueue(Uint8Array.of(123)) }},
            }}))"
        );
        assert_eq!(failure(&answer).await, ErrorCode::NetworkError, "{thrown}");
    }
}

#[wasm_bindgen_test]
async fn r70_r135_a_polluted_prototype_does_not_change_how_a_request_is_sent() {
    let _fetch = answering("return new Response('{}')");
    let stubs = [
        ("redirect", "follow"),
        ("credentials", "include"),
        ("cache", "force-cache"),
        ("method", "PUT"),
        ("body", "evil"),
        ("evil", "evil"),
    ]
    .map(|(name, value)| {
        let polluted = format!("{{ value: '{value}', enumerable: true, writable: true }}");
        Stub::new("Object.prototype", name, &polluted)
    });
    for request in [post(), get()] {
        Browser.fetch(request).await.expect("an answer");
    }
    // Looked at as the engine does, prototype and all.
    let requests = js("calls.map(call => new Request(...call))");
    drop(stubs);
    js("globalThis.check = requests => requests.map(it => [it.method, it.redirect, it.credentials,
        it.cache, it.mode, it.headers.has('evil')].join(' ')).join()");
    let check: js_sys::Function = js("check").unchecked_into();
    assert_eq!(
        check.call1(&JsValue::UNDEFINED, &requests).expect("checked"),
        "POST error omit no-store cors false,GET error omit no-store cors false"
    );
}
