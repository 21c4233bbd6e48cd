//! Requests of the app to its own API.

use basic_oauth::platform::Platform as _;
use basic_oauth::{AccessToken, Browser};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, Response};

use crate::page::{Stub, assert_js, js};

/// Answers 201; what was asked stays in `seen`.
fn api() -> Stub {
    js("globalThis.seen = []");
    Stub::new(
        "globalThis",
        "fetch",
        "{ value: async request => {
            const { url, method, redirect, mode, credentials } = request;
            const headers = [...request.headers].map(it => it.join('=')).join('&');
            seen.push({ url, method, redirect, mode, credentials, headers, text: await request.text() });
            return new Response('made', { status: 201 });
        } }",
    )
}

fn request(script: &str) -> Request {
    js(script).unchecked_into()
}

fn token(text: &str) -> AccessToken {
    AccessToken::parse(text.into()).expect("a valid token")
}

async fn send(request: &Request, text: &str) -> Result<Response, JsValue> {
    Ok(Browser.api_send(request, token(text)).await?)
}

#[wasm_bindgen_test]
async fn r101_a_request_of_the_app_goes_out_with_the_token_in_its_header() {
    let _stub = api();
    let request = request(
        "new Request('https://api.example/notes?x=1', {
            method: 'PUT', body: 'text', credentials: 'include',
            headers: { 'Authorization': 'Basic own', 'X-Own': '1', 'Content-Type': 'text/plain' },
        })",
    );
    let response = send(&request, "canary").await.expect("an answer");
    assert_eq!(Browser.api_status(&response), 201);
    assert_eq!(
        js("seen[0].headers"),
        "authorization=Bearer canary&content-type=text/plain&x-own=1"
    );
    assert_js("seen[0].url === 'https://api.example/notes?x=1'");
    assert_js("seen[0].method === 'PUT' && seen[0].text === 'text'");
    assert_js("seen[0].credentials === 'include' && seen[0].mode === 'cors'");
}

#[wasm_bindgen_test]
async fn r103_the_same_request_can_be_sent_once_more() {
    let _stub = api();
    let request = request("new Request('https://api.example/', { method: 'POST', body: 'text' })");
    for text in ["first", "second"] {
        send(&request, text).await.expect("an answer");
    }
    assert_js("seen.length === 2 && seen.every(it => it.text === 'text' && it.method === 'POST')");
    assert_js("seen[0].headers.includes('Bearer first')");
    assert_js("seen[1].headers.includes('Bearer second') && !seen[1].headers.includes('first')");
    assert!(!request.body_used());
    assert_eq!(request.headers().get("authorization"), Ok(None));
}

#[wasm_bindgen_test]
async fn r102_a_token_follows_no_redirect() {
    let _stub = api();
    for (given, sent) in [("follow", "error"), ("error", "error"), ("manual", "manual")] {
        js("seen.length = 0");
        let script = format!("new Request('https://api.example/', {{ redirect: '{given}' }})");
        send(&request(&script), "canary").await.expect("an answer");
        assert_eq!(js("seen[0].redirect"), sent, "{given}");
    }
}

#[wasm_bindgen_test]
async fn an_abort_of_the_app_reaches_the_request() {
    js("globalThis.controller = new AbortController()");
    let _stub = Stub::new(
        "globalThis",
        "fetch",
        "{ value: request => new Promise((_, reject) => {
            request.signal.addEventListener('abort', () => reject(request.signal.reason));
            controller.abort('by the app');
        }) }",
    );
    let request = request("new Request('https://api.example/', { signal: controller.signal })");
    assert_eq!(send(&request, "canary").await.expect_err("aborted"), "by the app");
}

#[wasm_bindgen_test]
async fn a_failure_of_the_app_arrives_as_it_was_thrown() {
    for thrown in ["new TypeError('Failed to fetch')", "'offline'", "undefined"] {
        js(&format!("globalThis.thrown = {thrown}"));
        let _stub = Stub::new("globalThis", "fetch", "{ value: async () => { throw thrown } }");
        let request = request("new Request('https://api.example/')");
        assert_eq!(send(&request, "canary").await.expect_err("failed"), js("thrown"), "{thrown}");
    }
}

#[wasm_bindgen_test]
async fn r134_a_request_whose_body_was_read_is_an_error_and_no_panic() {
    let _stub = api();
    let request = request(
        "(() => {
            const it = new Request('https://api.example/', { method: 'POST', body: 'x' });
            it.text();
            return it;
        })()",
    );
    let thrown = send(&request, "canary").await.expect_err("used up");
    assert!(thrown.is_instance_of::<js_sys::TypeError>());
    assert_js("seen.length === 0");
}

#[wasm_bindgen_test]
fn r102_the_address_of_a_request_is_the_one_it_goes_to() {
    let url = Browser.api_url(&request("new Request('HTTPS://API.example:443/a/../b')"));
    assert_eq!(url.expect("a URL").href(), "https://api.example/b");
    let url = Browser.api_url(&request("new Request('/own')")).expect("a URL");
    assert_eq!(js("location.origin"), url.origin());
}
