//! What an app names of the browser. It has the same form on every target, so that an app that is
//! rendered on a server needs no `cfg`.

use wasm_bindgen::JsValue;

use crate::error::Error;

/// The page this code runs in.
///
/// Outside a page, starting a client fails as [`ErrorCode::NotInBrowser`](crate::ErrorCode::NotInBrowser),
/// and changes nothing. That is so in a worker, on a server, and in any program for another target
/// than `wasm32-unknown-unknown`.
///
/// # Example: without a browser
/// ```
/// use basic_oauth::{BasicAuth, Browser, ErrorCode, Options};
///
/// async fn on_a_server() {
///     let started = BasicAuth::start(Browser, Options::new("your-client-id", "/callback")).await;
///     assert_eq!(started.unwrap_err().code(), ErrorCode::NotInBrowser);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser;

/// Why a request of the app to its own API failed.
///
/// # Example: the error of this crate, if it is one
/// ```
/// use basic_oauth::{ApiError, ErrorCode};
///
/// fn is_offline(error: &ApiError) -> bool {
///     matches!(error, ApiError::Auth(error) if error.code() == ErrorCode::NetworkError)
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// The client refused it, or has no token for it.
    Auth(Error),
    /// The browser's `fetch` rejected it, with this value or the reason of the request's own
    /// signal.
    Fetch(JsValue),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Auth(error)
    }
}

impl From<ApiError> for JsValue {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Auth(error) => error.into(),
            ApiError::Fetch(thrown) => thrown,
        }
    }
}
