//! [`Browser`] on a target that has no browser, such as that of a server.
//!
//! Nothing here calls JavaScript, which would panic. No client can start, because there is no page.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsValue;

pub use super::api::{ApiError, Browser};
use crate::codec::{Json, JsonCodec, Url, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{
    Environment, Locked, Page, PageEvent, PageEvents, Platform, SessionStore, Store, Task,
};
use crate::protocol::http::{Request, Response};
#[cfg(feature = "openid")]
use crate::protocol::openid::{jwks::VerificationKey, jwt::Algorithm};
use crate::secret::AccessToken;
use crate::time::UnixTime;

impl Platform for Browser {
    type Store = Infallible;
    type Lock = Infallible;
    type PageEvents = NoEvents;
    type ApiRequest = web_sys::Request;
    type ApiResponse = web_sys::Response;
    type ApiError = ApiError;

    fn environment(&self) -> Environment {
        Environment::default()
    }

    fn is_user_active(&self) -> bool {
        false
    }

    fn page(&self) -> Rc<Page> {
        Rc::default()
    }

    fn now(&self) -> UnixTime {
        UnixTime::default()
    }

    fn random(&self, _: &mut [u8]) -> Result<()> {
        Err(Error::new(ErrorCode::NoSecureRandom))
    }

    fn store(&self, _: SessionStore) -> Result<Infallible> {
        Err(Error::new(ErrorCode::StorageUnavailable))
    }

    fn left_store(&self, _: SessionStore) -> Option<Infallible> {
        None
    }

    fn shared_keys(&self, _: &str) -> Result<Vec<String>> {
        Err(Error::new(ErrorCode::StorageUnavailable))
    }

    fn fetch(&self, _: Request) -> Task<Result<Response>> {
        Box::pin(ready(Err(not_in_browser())))
    }

    #[cfg(feature = "openid")]
    fn verify_signature(
        &self,
        _: &VerificationKey,
        _: Algorithm,
        _: String,
        _: Vec<u8>,
    ) -> Task<Result<bool>> {
        Box::pin(ready(Err(Error::new(ErrorCode::UnsupportedAlgorithm))))
    }

    fn lock(&self, _: &str, _: Duration) -> Task<Locked<Infallible>> {
        Box::pin(ready(Locked::Unavailable))
    }

    fn sleep(&self, _: Duration) -> Task<()> {
        Box::pin(ready(()))
    }

    fn spawn(&self, _: Task<()>) {}

    fn listen(&self, _: &str, _: Rc<dyn Fn(PageEvent)>) -> NoEvents {
        NoEvents
    }

    fn location(&self) -> Option<Url> {
        None
    }

    fn replace_location(&self, _: &str) {}

    fn return_to(&self, _: &str) {}

    fn load(&self, _: &str) {}

    fn navigate(&self, _: &str) {}

    fn api_url(&self, _: &web_sys::Request) -> Option<Url> {
        None
    }

    fn api_send(
        &self,
        _: &web_sys::Request,
        _: AccessToken,
    ) -> Task<Result<web_sys::Response, ApiError>> {
        Box::pin(ready(Err(not_in_browser().into())))
    }

    fn api_cancelled(&self, _: &web_sys::Request) -> Task<ApiError> {
        Box::pin(pending())
    }

    fn api_status(&self, _: &web_sys::Response) -> u16 {
        0
    }

    #[cfg(feature = "openid")]
    fn api_challenge(&self, _: &web_sys::Response) -> Option<String> {
        None
    }
}

impl UrlParser for Browser {
    fn parse_url(&self, _: &str, _: Option<&str>) -> Option<Url> {
        None
    }
}

impl JsonCodec for Browser {
    fn parse_json(&self, _: &str) -> Option<Json> {
        None
    }

    fn write_json(&self, _: &Json) -> String {
        String::new()
    }
}

/// There is no store, so no method can be called.
impl Store for Infallible {
    fn read(&self, _: &str) -> Result<Option<String>> {
        match *self {}
    }

    fn write(&self, _: &str, _: &str) -> Result<()> {
        match *self {}
    }

    fn remove(&self, _: &str) -> Result<()> {
        match *self {}
    }

    fn keys(&self, _: &str) -> Result<Vec<String>> {
        match *self {}
    }
}

/// A subscription to events that never come.
#[derive(Debug)]
pub struct NoEvents;

impl PageEvents for NoEvents {
    fn wake_at(&self, _: Option<UnixTime>) {}

    fn broadcast_change(&self) {}
}

/// There are no JavaScript values here: it is `undefined`.
impl From<Error> for JsValue {
    fn from(_: Error) -> Self {
        Self::UNDEFINED
    }
}

fn not_in_browser() -> Error {
    Error::new(ErrorCode::NotInBrowser)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::BasicAuth;
    use crate::config::Options;
    use crate::testing::{Native, now_or_never};

    fn options() -> Options {
        Options::new("id", "https://app.example/cb")
    }

    #[test]
    fn a_start_without_a_page_fails_as_not_in_browser() {
        let started = now_or_never(BasicAuth::start(Browser, options())).expect("ended at once");
        assert_eq!(started.expect_err("refused").code(), ErrorCode::NotInBrowser);
        // The option is invalid too, but there is no page to correct it for.
        let started = now_or_never(BasicAuth::start(Browser, Options::new("", "")));
        let error = started.expect("ended at once").expect_err("refused");
        assert_eq!(error.code(), ErrorCode::NotInBrowser);
        let config = options().validate(&Native, "").expect("valid options");
        let started = now_or_never(BasicAuth::start_with_config(Browser, config));
        assert!(started.expect("ended at once").is_err());
    }

    #[test]
    fn no_call_of_the_platform_panics_without_a_browser() {
        let browser = Browser;
        assert!(!browser.is_user_active() && !browser.environment().is_secure_context);
        assert!(browser.random(&mut [0; 4]).is_err());
        for kind in [SessionStore::Cookie, SessionStore::Local, SessionStore::Memory] {
            assert!(browser.store(kind).is_err() && browser.left_store(kind).is_none());
        }
        assert!(browser.shared_keys("").is_err() && browser.location().is_none());
        browser.listen("", Rc::new(|_| {})).broadcast_change();
        browser.spawn(browser.sleep(Duration::from_secs(1)));
        browser.replace_location("/");
        browser.return_to("/");
        browser.load("/");
        browser.navigate("/");
        let lock = now_or_never(browser.lock("", Duration::ZERO));
        assert!(matches!(lock, Some(Locked::Unavailable)));
        assert_eq!(browser.parse_url("https://app.example/", None), None);
        assert_eq!(browser.parse_json("{}"), None);
        assert_eq!(browser.write_json(&Json::Null), "");
        drop(JsValue::from(ApiError::from(not_in_browser())));
    }
}
