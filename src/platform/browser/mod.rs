//! The browser's side of the seams: one file for each facility, and no rule of the protocol.

mod api;
mod clock;
mod cookie;
mod error;
pub(crate) mod fetch;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod history;
mod json;
mod lock;
mod memory;
mod navigation;
mod page_events;
pub(crate) mod prototype;
#[cfg(feature = "openid")]
mod signature;
mod storage;
mod url;

#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) use self::history::came_by_history;
pub use self::json::{json_from_js, json_to_js};
pub use self::lock::LockGuard;
pub use self::page_events::BrowserPageEvents;
pub use self::storage::BrowserStore;
pub use super::api::{ApiError, Browser};

use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Window;

use crate::codec::{Json, JsonCodec, Url, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Environment, Locked, Page, PageEvent, Platform, SessionStore, Task};
use crate::protocol::http::{Request, Response};
#[cfg(feature = "openid")]
use crate::protocol::openid::{jwks::VerificationKey, jwt::Algorithm};
use crate::secret::AccessToken;
use crate::time::UnixTime;

impl Platform for Browser {
    type Store = BrowserStore;
    type Lock = LockGuard;
    type PageEvents = BrowserPageEvents;
    type ApiRequest = web_sys::Request;
    type ApiResponse = web_sys::Response;
    type ApiError = ApiError;

    fn environment(&self) -> Environment {
        navigation::environment()
    }

    fn is_user_active(&self) -> bool {
        navigation::is_user_active()
    }

    fn page(&self) -> Rc<Page> {
        thread_local!(static PAGE: Rc<Page> = Rc::default());
        PAGE.with(Rc::clone)
    }

    fn now(&self) -> UnixTime {
        clock::now()
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|_| Error::new(ErrorCode::NoSecureRandom))
    }

    fn store(&self, kind: SessionStore) -> Result<BrowserStore> {
        BrowserStore::open(kind)
    }

    fn left_store(&self, kind: SessionStore) -> Option<BrowserStore> {
        // A page that was loaded just now has nothing in its memory.
        (kind != SessionStore::Memory).then(|| BrowserStore::untried(kind))
    }

    fn shared_keys(&self, prefix: &str) -> Result<Vec<String>> {
        storage::keys(SessionStore::Local, prefix)
    }

    fn fetch(&self, request: Request) -> Task<Result<Response>> {
        fetch::send(&request)
    }

    #[cfg(feature = "openid")]
    fn verify_signature(
        &self,
        key: &VerificationKey,
        algorithm: Algorithm,
        message: String,
        signature: Vec<u8>,
    ) -> Task<Result<bool>> {
        signature::check(key, algorithm, message, signature)
    }

    fn lock(&self, name: &str, wait: Duration) -> Task<Locked<LockGuard>> {
        lock::acquire(name, wait)
    }

    fn sleep(&self, duration: Duration) -> Task<()> {
        clock::sleep(duration)
    }

    fn spawn(&self, task: Task<()>) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn listen(&self, channel: &str, handler: Rc<dyn Fn(PageEvent)>) -> BrowserPageEvents {
        BrowserPageEvents::start(channel, handler)
    }

    fn location(&self) -> Option<Url> {
        navigation::location()
    }

    fn replace_location(&self, url: &str) {
        navigation::replace(url);
    }

    fn return_to(&self, path: &str) {
        navigation::return_to(path);
    }

    fn load(&self, path: &str) {
        navigation::load(path);
    }

    fn navigate(&self, url: &str) {
        navigation::navigate(url);
    }

    fn api_url(&self, request: &web_sys::Request) -> Option<Url> {
        self.parse_url(&request.url(), None)
    }

    fn api_send(
        &self,
        request: &web_sys::Request,
        token: AccessToken,
    ) -> Task<Result<web_sys::Response, ApiError>> {
        api::send(request, &token)
    }

    fn api_cancelled(&self, request: &web_sys::Request) -> Task<ApiError> {
        api::cancelled(request)
    }

    fn api_status(&self, response: &web_sys::Response) -> u16 {
        response.status()
    }

    #[cfg(feature = "openid")]
    fn api_challenge(&self, response: &web_sys::Response) -> Option<String> {
        response.headers().get("www-authenticate").ok().flatten()
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Option<Window>;
}

/// Returns the window, by its name. Test environments such as jsdom give the global object of Node
/// the members of a window, but not its class, which `web_sys::window` asks for.
fn window() -> Option<Window> {
    WINDOW.with(Clone::clone)
}

impl UrlParser for Browser {
    fn parse_url(&self, input: &str, base: Option<&str>) -> Option<Url> {
        url::parse(input, base)
    }
}

impl JsonCodec for Browser {
    fn parse_json(&self, text: &str) -> Option<Json> {
        // A record without a user has an empty field. The parser throws then, and an exception takes a
        // millisecond, most of it for its stack.
        if text.is_empty() {
            return None;
        }
        json_from_js(&js_sys::JSON::parse(text).ok()?)
    }

    fn write_json(&self, value: &Json) -> String {
        js_sys::JSON::stringify(&json_to_js(value)).map_or_else(|_| String::new(), Into::into)
    }
}
