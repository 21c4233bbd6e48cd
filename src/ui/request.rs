//! Requests of the app to its own API, with bodies and answers of the app's own types.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Connection, typed_json};
use crate::codec::Json;
use crate::error::{Error, Result};
use crate::platform::Task;

/// A request to an API of the app, with the access token. [`send`](Self::send) sends it.
///
/// The token goes to configured origins only, and no redirect is followed. If the API answers 401,
/// the token is refreshed once and the request sent once more. To abort the request, drop the future.
///
/// While a server renders, it fails as [`NotInBrowser`](crate::ErrorCode::NotInBrowser).
///
/// # Example: create a note
/// ```
/// # #[cfg(feature = "yew")]
/// # mod example {
/// use basic_oauth::yew::{ApiFailure, Auth};
///
/// #[derive(serde::Serialize)]
/// struct Draft { title: String }
///
/// #[derive(serde::Deserialize)]
/// struct Note { id: String }
///
/// #[derive(serde::Deserialize)]
/// struct Refusal { reason: String }
///
/// async fn create(auth: Auth, draft: Draft) -> Result<Note, String> {
///     let request = auth.request("POST", "https://api.app.example/notes").json(&draft);
///     request.send().await.map_err(|failure: ApiFailure| match failure.body::<Refusal>() {
///         Some(Refusal { reason }) => reason,
///         None => failure.error().message(),
///     })
/// }
/// # }
/// ```
#[must_use = "`send` sends it"]
pub struct ApiRequest {
    connection: Result<Connection>,
    content: Content,
    /// Why the body cannot be sent.
    refused: Option<Error>,
}

/// What goes out.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "nothing goes out"))]
struct Content {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl ApiRequest {
    pub(crate) fn new(connection: Result<Connection>, method: &str, url: &str) -> Self {
        let (method, url) = (method.to_owned(), url.to_owned());
        let content = Content { method, url, headers: Vec::new(), body: None };
        Self { connection, content, refused: None }
    }

    /// Sets a header. The header `Authorization` is always that of the access token, and without another
    /// `Accept` the request asks for JSON.
    ///
    /// # Example: a request that the API carries out once
    /// ```
    /// # #[cfg(feature = "yew")]
    /// # mod example {
    /// # use basic_oauth::yew::{ApiRequest, Auth};
    /// fn order(auth: &Auth, key: &str) -> ApiRequest {
    ///     auth.request("POST", "https://api.app.example/orders").header("Idempotency-Key", key)
    /// }
    /// # }
    /// ```
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.content.set_header(name, value);
        self
    }

    /// Sets a JSON body. A value that JSON cannot hold fails when the request is sent, as
    /// [`InvalidOption`](crate::ErrorCode::InvalidOption).
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        #[cfg(target_arch = "wasm32")]
        return match wire::json_text(value) {
            Ok(text) => self.body(text, "application/json"),
            Err(error) => Self { refused: Some(error), ..self },
        };
        // Without a browser the request is not sent.
        #[cfg(not(target_arch = "wasm32"))]
        return {
            let _ = value;
            self
        };
    }

    /// Sets a body of text, and its media type.
    pub fn body(mut self, text: impl Into<String>, content_type: &str) -> Self {
        self.content.body = Some(text.into());
        self.content.set_header("content-type", content_type);
        self
    }

    /// Sends the request, and returns the JSON of the answer as a type of the app. It may nest 32 values
    /// deep.
    ///
    /// # Errors
    /// Those of [`BasicAuth::fetch`](crate::BasicAuth::fetch);
    /// [`UnexpectedStatus`](crate::ErrorCode::UnexpectedStatus) for any status but 2xx, with the body of
    /// that answer; [`NotJson`](crate::ErrorCode::NotJson) if the answer does not fit the type, with the
    /// field and the reason in the message;
    /// [`InvalidOption`](crate::ErrorCode::InvalidOption) if the browser refuses the method, the address,
    /// a header or the body.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, ApiFailure> {
        Ok(typed_json::value(&self.exchange(true).await?)?)
    }

    /// Sends the request. The body of the answer is not read, unless the status is an error.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) but `NotJson`.
    pub async fn send_empty(self) -> Result<(), ApiFailure> {
        self.exchange(false).await?;
        Ok(())
    }

    /// Boxed, so that each type of answer adds no second copy of the exchange.
    fn exchange(self, reads_body: bool) -> Task<Result<Json, ApiFailure>> {
        Box::pin(async move {
            if let Some(error) = self.refused {
                return Err(error.into());
            }
            let client = self.connection?.client().await?;
            #[cfg(target_arch = "wasm32")]
            return wire::exchange(&client, &self.content, reads_body).await;
            #[cfg(not(target_arch = "wasm32"))]
            {
                let _ = (client, self.content, reads_body);
                Err(Error::new(crate::error::ErrorCode::NotInBrowser).into())
            }
        })
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiRequest")
    }
}

impl Content {
    fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Returns whether the app has named this header.
    #[cfg(any(test, target_arch = "wasm32"))]
    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }
}

/// Why a request to an API of the app failed.
///
/// # Example: a status that the app expects
/// ```
/// # #[cfg(feature = "yew")]
/// # mod example {
/// use basic_oauth::Result;
/// use basic_oauth::yew::Auth;
///
/// #[derive(serde::Deserialize)]
/// struct Note { title: String }
///
/// async fn title(auth: Auth, url: &str) -> Result<Option<String>> {
///     match auth.request("GET", url).send::<Note>().await {
///         Ok(note) => Ok(Some(note.title)),
///         Err(failure) if failure.status() == Some(404) => Ok(None),
///         Err(failure) => Err(failure.into()),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ApiFailure {
    error: Error,
    body: Option<Json>,
}

impl ApiFailure {
    /// Returns the error.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the HTTP status of the answer, if its status is the error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.error.status()
    }

    /// Returns the JSON of an answer whose status is an error, as a type of the app. `None` if it has
    /// none, or if it does not fit.
    #[must_use]
    pub fn body<E: DeserializeOwned>(&self) -> Option<E> {
        typed_json::value(self.body.as_ref()?).ok()
    }
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl std::error::Error for ApiFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<Error> for ApiFailure {
    fn from(error: Error) -> Self {
        Self { error, body: None }
    }
}

impl From<ApiFailure> for Error {
    fn from(failure: ApiFailure) -> Self {
        failure.error
    }
}

#[cfg(target_arch = "wasm32")]
mod wire {
    //! The request in the browser.

    use std::any::type_name;

    use serde::Serialize;
    use serde_wasm_bindgen::Serializer;
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortController, Request, Response};

    use super::{ApiFailure, Content};
    use crate::client::BasicAuth;
    use crate::codec::{Json, JsonCodec as _};
    use crate::error::{Error, ErrorCode, Result};
    use crate::platform::Platform as _;
    use crate::platform::browser::fetch::{bare, set};
    use crate::platform::browser::{ApiError, Browser};
    use crate::protocol::http;

    pub(super) fn json_text<T: Serialize + ?Sized>(value: &T) -> Result<String> {
        let refused = || refused(&["JSON cannot hold the body, ", type_name::<T>()]);
        let value = value.serialize(&Serializer::json_compatible()).map_err(|_| refused())?;
        let text = js_sys::JSON::stringify(&value).map_err(|_| refused())?;
        text.as_string().ok_or_else(refused)
    }

    pub(super) async fn exchange(
        client: &BasicAuth<Browser>,
        content: &Content,
        reads_body: bool,
    ) -> Result<Json, ApiFailure> {
        let refused = |_| refused(&["the browser refuses the method, address, header or body"]);
        let abort = AbortOnDrop(AbortController::new().map_err(refused)?);
        let request = request(content, &abort).map_err(refused)?;
        let response = client.fetch(request).await.map_err(to_error)?;
        if !response.ok() {
            return Err(ApiFailure {
                error: unexpected(&response),
                body: read(&response).await.ok(),
            });
        }
        match reads_body {
            true => Ok(read(&response).await?),
            false => Ok(Json::Null),
        }
    }

    /// Aborts the request when its future is dropped. What has ended is not affected.
    struct AbortOnDrop(AbortController);

    impl Drop for AbortOnDrop {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    fn request(content: &Content, abort: &AbortOnDrop) -> Result<Request, JsValue> {
        let headers = bare();
        if !content.has_header("accept") {
            set(&headers, "accept", "application/json".into());
        }
        for (name, value) in &content.headers {
            set(&headers, name, value.into());
        }
        let init = bare();
        set(&init, "method", (&content.method).into());
        set(&init, "headers", headers.into());
        if let Some(body) = &content.body {
            set(&init, "body", body.into());
        }
        set(&init, "signal", abort.0.signal().into());
        Request::new_with_str_and_init(&content.url, init.unchecked_ref())
    }

    async fn read(response: &Response) -> Result<Json> {
        let text = response.text().map_err(|_| no_network())?;
        let text = JsFuture::from(text).await.map_err(|_| no_network())?;
        let json = text.as_string().and_then(|text| Browser.parse_json(&text));
        json.ok_or_else(|| Error::new(ErrorCode::NotJson))
    }

    fn unexpected(response: &Response) -> Error {
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let wait = http::Response { retry_after, ..http::Response::default() }.wait(Browser.now());
        Error::from_response(ErrorCode::UnexpectedStatus, response.status(), wait, None)
    }

    fn to_error(error: ApiError) -> Error {
        match error {
            ApiError::Auth(error) => error,
            ApiError::Fetch(_) => no_network(),
        }
    }

    fn no_network() -> Error {
        Error::new(ErrorCode::NetworkError)
    }

    fn refused(reason: &[&str]) -> Error {
        Error::new(ErrorCode::InvalidOption).with_explanation(reason.concat())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::now_or_never;

    fn request() -> ApiRequest {
        ApiRequest::new(Ok(Connection::new()), "POST", "https://api.app.example/notes")
    }

    #[test]
    fn the_last_header_of_a_name_counts() {
        let request = request().header("X-Own", "1").body("a", "text/plain").header("x-own", "2");
        assert!(request.content.has_header("X-OWN") && !request.content.has_header("accept"));
        let request = request.header("Content-Type", "text/csv");
        let pairs: Vec<_> =
            request.content.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("x-own", "2"), ("Content-Type", "text/csv")]);
        assert_eq!(request.content.body.as_deref(), Some("a"));
    }

    #[test]
    fn a_request_without_a_browser_says_so() {
        let sent = now_or_never(request().json(&["a"]).send::<()>()).expect("ended at once");
        let failure = sent.expect_err("refused");
        assert_eq!(failure.error().code(), ErrorCode::NotInBrowser);
        assert_eq!((failure.status(), failure.body::<()>()), (None, None));
        let sent = now_or_never(request().send_empty()).expect("ended at once");
        assert_eq!(Error::from(sent.expect_err("refused")).code(), ErrorCode::NotInBrowser);
        let closed = ApiRequest::new(Err(Error::new(ErrorCode::Closed)), "GET", "/");
        let sent = now_or_never(closed.send::<()>()).expect("ended at once");
        assert_eq!(sent.expect_err("refused").error().code(), ErrorCode::Closed);
    }

    #[test]
    fn a_failure_has_the_body_as_a_type_and_shows_none_of_it() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Refusal {
            reason: String,
        }
        let error = Error::from_response(ErrorCode::UnexpectedStatus, 409, None, None);
        let body = Some(Json::object([("reason", "canary".into())]));
        let failure = ApiFailure { error, body };
        assert_eq!(failure.status(), Some(409));
        assert_eq!(failure.body(), Some(Refusal { reason: "canary".into() }));
        assert_eq!(failure.body::<u8>(), None);
        assert!(!format!("{failure} {failure:?} {:?}", request()).contains("canary"));
    }
}
