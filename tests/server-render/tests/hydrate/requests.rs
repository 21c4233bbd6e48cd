//! Requests of an app with bodies and answers of its own types. They are here, because `tests/browser`
//! builds the module for npm, which has no components.

use std::future::poll_fn;
use std::task::Poll;

use basic_oauth::leptos::{ApiFailure, Auth, provide_auth};
use basic_oauth::{Browser, Error, ErrorCode, Options};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::Owner;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const API: &str = "https://api.app.example";

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Note {
    title: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Refusal {
    reason: String,
}

/// A user who is signed in, and an API behind `fetch`.
struct App {
    auth: Auth,
    owner: Owner,
}

impl App {
    fn new() -> Self {
        js("globalThis.ownFetch ??= globalThis.fetch;
            globalThis.seen = [];
            globalThis.isAborted = false;
            globalThis.fetch = async (input) => {
                const url = new URL(input.url ?? input);
                if (url.pathname === '/auth/token') {
                    return Response.json({
                        access_token: 'second', token_type: 'Bearer', expires_in: 3600,
                        refresh_token: 'next',
                    });
                }
                const header = (name) => input.headers.get(name);
                const token = header('authorization').slice('Bearer '.length);
                seen.push([
                    input.method, url.pathname, token, header('accept'), header('content-type'),
                    await input.clone().text(),
                ].join(' '));
                switch (url.pathname) {
                    case '/stale': return token === 'first'
                        ? new Response('', { status: 401 })
                        : Response.json({ title: 'ours' });
                    case '/misfit': return Response.json([{ title: 'a' }, { titel: 'canary' }]);
                    case '/text': return new Response('canary');
                    case '/empty': return new Response(null, { status: 204 });
                    case '/refused': return Response.json({ reason: 'taken' },
                        { status: 409, headers: { 'retry-after': '7' } });
                    default: return new Promise((_, reject) => {
                        input.signal.addEventListener('abort', () => {
                            isAborted = true;
                            reject(input.signal.reason);
                        });
                    });
                }
            };");
        let options = Options::new("requests", "/callback").load_user(false).api_origin(API);
        let origin = js("location.origin").as_string().unwrap();
        let config = options.clone().validate(&Browser, &origin).unwrap();
        let now = js("String(Date.now())").as_string().unwrap();
        let later = js("String(Date.now() + 3600_000)").as_string().unwrap();
        let registration = &config.registration;
        let fields = [
            "session 4",
            registration.server.issuer_text(),
            registration.server.token_endpoint_text(),
            registration.redirect_uri.as_str(),
            "id",
            "first",
            "refresh",
            "profile",
            &now,
            &later,
            r#"{"sub":"canary"}"#,
            &now,
        ];
        let record = [&fields[..], &[""; 6]].concat().join("\n");
        let key = [&registration.namespace(), ".session"].concat();
        let storage = web_sys::window().unwrap().local_storage().unwrap().unwrap();
        storage.set_item(&key, &record).unwrap();
        let owner = Owner::new();
        Self { auth: owner.with(|| provide_auth(options)), owner }
    }

    fn url(path: &str) -> String {
        [API, path].concat()
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, ApiFailure> {
        self.auth.request("GET", &Self::url(path)).send().await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.owner.cleanup();
        js("localStorage.clear(); globalThis.fetch = ownFetch");
    }
}

fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

fn seen() -> Vec<String> {
    let seen: js_sys::Array = js("seen").unchecked_into();
    seen.iter().map(|line| line.as_string().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_body_of_a_type_is_sent_and_once_more_after_a_401() {
    let app = App::new();
    let draft = Note { title: "mine".to_owned() };
    let request = app.auth.request("PUT", &App::url("/stale")).json(&draft);
    assert_eq!(request.send::<Note>().await.unwrap(), Note { title: "ours".to_owned() });
    let line = |token: &str| {
        format!(r#"PUT /stale {token} application/json application/json {{"title":"mine"}}"#)
    };
    assert_eq!(seen(), [line("first"), line("second")]);
    assert_eq!(app.auth.latest_token().unwrap().expose(), "second");
}

#[wasm_bindgen_test]
async fn headers_and_text_are_those_of_the_app() {
    let app = App::new();
    let request = app.auth.request("POST", &App::url("/empty")).header("Accept", "text/csv");
    request.body("a;b", "text/csv").send_empty().await.unwrap();
    assert_eq!(seen(), ["POST /empty first text/csv text/csv a;b"]);
}

#[wasm_bindgen_test]
async fn a_refusal_has_its_status_and_its_body_as_a_type() {
    let app = App::new();
    let failure = app.get::<Note>("/refused").await.unwrap_err();
    assert_eq!(failure.status(), Some(409));
    assert_eq!(failure.body(), Some(Refusal { reason: "taken".to_owned() }));
    assert_eq!(failure.error().retry_after().unwrap().as_secs(), 7);
    assert_eq!(Error::from(failure).code(), ErrorCode::UnexpectedStatus);
}

#[wasm_bindgen_test]
async fn an_answer_that_does_not_fit_names_the_field_and_no_value() {
    let app = App::new();
    let error = app.auth.fetch_json::<Vec<Note>>(&App::url("/misfit")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotJson);
    let message = error.message();
    assert!(
        message.contains("[1]: missing field `title`") && message.contains("Note"),
        "{message}"
    );
    assert!(!message.contains("canary"), "{message}");
    let failure = app.get::<Note>("/text").await.unwrap_err();
    assert_eq!(failure.error().code(), ErrorCode::NotJson);
}

#[wasm_bindgen_test]
async fn claims_that_do_not_fit_are_reported_once() {
    #[derive(Debug, Deserialize)]
    struct Claims {
        #[allow(dead_code, reason = "the user has none")]
        nickname: String,
    }
    let app = App::new();
    app.auth.client().await.unwrap();
    js("globalThis.ownReport ??= globalThis.reportError;
        globalThis.reported = [];
        globalThis.reportError = (error) => reported.push(error.message);");
    for _ in 0..3 {
        assert!(app.auth.claims::<Claims>().is_none());
    }
    let reported = js("globalThis.reportError = ownReport; reported.join('\\n')");
    let reported = reported.as_string().unwrap();
    assert!(reported.contains("missing field `nickname`"), "{reported}");
    assert!(reported.ends_with("Claims)") && !reported.contains("canary"), "{reported}");
    assert!(!reported.contains('\n'), "more than once: {reported}");
}

#[wasm_bindgen_test]
async fn a_request_that_no_one_waits_for_is_aborted() {
    let app = App::new();
    let mut sending = Box::pin(app.get::<()>("/slow"));
    for _ in 0..200 {
        poll_fn(|context| {
            assert!(sending.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        if !seen().is_empty() {
            break;
        }
        TimeoutFuture::new(10).await;
    }
    assert_eq!(seen().len(), 1);
    assert!(js("!isAborted").is_truthy());
    drop(sending);
    assert!(js("isAborted").is_truthy());
}

#[wasm_bindgen_test]
async fn what_the_browser_refuses_is_an_error_of_the_developer() {
    let app = App::new();
    let with_body = app.auth.request("GET", &App::url("/notes")).json(&1);
    let odd_header = app.auth.request("GET", &App::url("/notes")).header("a b", "1");
    let odd_body = app.auth.request("POST", &App::url("/notes")).json(&u64::MAX);
    for request in [with_body, odd_header, odd_body, app.auth.request("GET", "https://")] {
        let failure = request.send_empty().await.unwrap_err();
        assert_eq!(failure.error().code(), ErrorCode::InvalidOption, "{failure}");
    }
    let elsewhere = app.auth.request("GET", "https://other.example/").send_empty().await;
    let message = elsewhere.unwrap_err().error().message();
    assert!(message.ends_with("(api_origin: https://other.example)"), "{message}");
    assert!(seen().is_empty());
}

#[wasm_bindgen_test]
fn an_error_is_an_error_of_javascript() {
    fn fails() -> Result<(), JsValue> {
        Err(Error::new(ErrorCode::NotSignedIn))?;
        Ok(())
    }
    let thrown = fails().unwrap_err();
    let error: &js_sys::Error = thrown.dyn_ref().unwrap();
    assert_eq!(error.name(), "BasicAuthError");
    assert_eq!(error.message(), Error::new(ErrorCode::NotSignedIn).message());
    let member = |name: &str| js_sys::Reflect::get(&thrown, &name.into()).unwrap();
    assert_eq!(member("code"), "not-signed-in");
    assert_eq!(member("kind"), "sign-in-required");
    let shown = String::from(error.to_string());
    assert!(shown.starts_with("BasicAuthError: No user is signed in."), "{shown}");
}
