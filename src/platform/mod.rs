//! The seams: everything this crate needs of its surroundings.
//!
//! There are five. [`Platform`] is the page (clock, randomness, network, locks, address bar),
//! [`Store`] keeps records, and [`PageEvents`] connects to the page's events and to other tabs.
//! [`JsonCodec`] and [`UrlParser`] are the platform's parsers. The browser implements all five; in
//! tests, a scripted platform does.

mod api;
#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(not(target_arch = "wasm32"))]
#[path = "no_browser.rs"]
pub mod browser;
mod page;
mod single_flight;

pub use self::page::{Page, Shared};
pub use self::single_flight::{InFlight, Operation, SingleFlight};

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use crate::codec::{JsonCodec, Url, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::http::{Request, Response};
#[cfg(feature = "openid")]
use crate::protocol::openid::{jwks::VerificationKey, jwt::Algorithm};
use crate::secret::AccessToken;
use crate::time::UnixTime;

/// Work that a platform does. It is boxed, because each kind of future that is part of another
/// repeats its code in the module.
pub type Task<T> = Pin<Box<dyn Future<Output = T>>>;

/// The page an app runs in. Apps use [`Browser`](crate::Browser).
///
/// A name for generic code. Its methods are internals: an implementation of your own is not covered
/// by semantic versioning.
#[allow(clippy::missing_errors_doc, reason = "each names the only kind it may return")]
pub trait Platform: JsonCodec + UrlParser + 'static {
    /// A place for records.
    type Store: Store;
    /// A lock that is held. Dropping it releases it.
    type Lock;
    /// The subscription to the page's events. Dropping it ends it.
    type PageEvents: PageEvents;
    /// A request of the app to its own API.
    type ApiRequest;
    /// The response to it.
    type ApiResponse;
    /// The failure of such a request.
    type ApiError: From<Error>;

    /// Returns what kind of page this is.
    fn environment(&self) -> Environment;

    /// Returns whether the user has just pressed something here. False if the browser does not say.
    fn is_user_active(&self) -> bool;

    /// Returns what all clients of this page share.
    fn page(&self) -> Rc<Page>;

    /// Returns the time on the wall clock.
    fn now(&self) -> UnixTime;

    /// Fills `bytes` from a cryptographically secure source. Fails as `no-secure-random`.
    fn random(&self, bytes: &mut [u8]) -> Result<()>;

    /// Opens a store. Fails as `storage-unavailable`.
    fn store(&self, kind: SessionStore) -> Result<Self::Store>;

    /// Opens a store without testing it: a test of cookies writes one, and the first access to
    /// `sessionStorage` takes a millisecond. `None` if it cannot have a record of an earlier page.
    fn left_store(&self, kind: SessionStore) -> Option<Self::Store>;

    /// Returns the keys of `localStorage`, which all tabs share, that begin with `prefix`. A method
    /// of the page, so that the module needs no code to list the other stores.
    fn shared_keys(&self, prefix: &str) -> Result<Vec<String>>;

    /// Sends a request without cookies, referrer and cache, follows no redirect, and reads at most
    /// [`MAX_BODY_BYTES`](crate::protocol::http::MAX_BODY_BYTES). Fails with the kind `Network` or
    /// as `response-too-large`.
    fn fetch(&self, request: Request) -> Task<Result<Response>>;

    /// Returns whether this is a signature of the message with this key. A key that cannot be one
    /// verifies none. Fails as `unsupported-algorithm`.
    #[cfg(feature = "openid")]
    fn verify_signature(
        &self,
        key: &VerificationKey,
        algorithm: Algorithm,
        message: String,
        signature: Vec<u8>,
    ) -> Task<Result<bool>>;

    /// Waits at most for `wait` for the lock of this name. All tabs of this origin share it.
    fn lock(&self, name: &str, wait: Duration) -> Task<Locked<Self::Lock>>;

    /// Waits for this duration.
    fn sleep(&self, duration: Duration) -> Task<()>;

    /// Runs a task to its end in the background.
    fn spawn(&self, task: Task<()>);

    /// Subscribes to the page's events, and to the other tabs on `channel`.
    fn listen(&self, channel: &str, handler: Rc<dyn Fn(PageEvent)>) -> Self::PageEvents;

    /// Returns the address of this page.
    fn location(&self) -> Option<Url>;

    /// Replaces the address without a navigation and without a new history entry.
    fn replace_location(&self, url: &str);

    /// Replaces the address like `replace_location`, and notifies the app's router.
    fn return_to(&self, path: &str);

    /// Loads another page in place of this one, without a new history entry. `url` may be a path.
    fn load(&self, url: &str);

    /// Leaves this page for another one.
    fn navigate(&self, url: &str);

    /// Returns the URL of a request of the app.
    fn api_url(&self, request: &Self::ApiRequest) -> Option<Url>;

    /// Sends a request of the app with this token in its `Authorization` header. Follows no
    /// redirect.
    fn api_send(
        &self,
        request: &Self::ApiRequest,
        token: AccessToken,
    ) -> Task<Result<Self::ApiResponse, Self::ApiError>>;

    /// Ends when the app cancels a request, with the error of that request.
    fn api_cancelled(&self, request: &Self::ApiRequest) -> Task<Self::ApiError>;

    /// Returns the HTTP status of a response.
    fn api_status(&self, response: &Self::ApiResponse) -> u16;

    /// Returns the `WWW-Authenticate` header of a response, if the page may read it.
    #[cfg(feature = "openid")]
    fn api_challenge(&self, response: &Self::ApiResponse) -> Option<String>;
}

/// A place for records: text under a key.
///
/// A write happens whole or not at all. Keys begin with the namespace of one client at one server.
/// A store never touches another key.
#[allow(clippy::missing_errors_doc, reason = "every method fails with the kind `Storage` alone")]
pub trait Store {
    /// Reads the record of this key.
    fn read(&self, key: &str) -> Result<Option<String>>;

    /// Writes the record of this key.
    fn write(&self, key: &str, value: &str) -> Result<()>;

    /// Removes the record of this key, if there is one.
    fn remove(&self, key: &str) -> Result<()>;

    /// Returns all keys that begin with `prefix`.
    fn keys(&self, prefix: &str) -> Result<Vec<String>>;
}

/// A subscription to the page's events, with a timer and a channel to the other tabs.
pub trait PageEvents {
    /// Sets the time of the next [`PageEvent::Timer`], instead of the one set before.
    fn wake_at(&self, at: Option<UnixTime>);

    /// Notifies the other tabs that the store has changed. A message never holds a token.
    fn broadcast_change(&self);
}

/// What kind of page this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether the browser calls it a secure context.
    pub is_secure_context: bool,
    /// Whether it is inside a frame.
    pub is_framed: bool,
}

/// The place of the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionStore {
    /// Cookies of this origin: shared by its tabs, and sent to its server with every request.
    Cookie,
    /// `localStorage`: shared by the tabs of this origin, and kept until sign-out.
    #[default]
    Local,
    /// This page's memory: lost with the page.
    Memory,
    /// `sessionStorage`: of this tab alone, and lost with it.
    Session,
}

impl SessionStore {
    /// Returns the stable name, as in JavaScript's `store` option.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Local => "local",
            Self::Memory => "memory",
            Self::Session => "session",
        }
    }

    /// Returns the store of this stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "cookie" => Some(Self::Cookie),
            "local" => Some(Self::Local),
            "memory" => Some(Self::Memory),
            "session" => Some(Self::Session),
            _ => None,
        }
    }

    /// Returns whether all tabs of the origin share it.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Cookie | Self::Local)
    }

    /// Returns whether a tab may get the event of a change before it can read the change. In
    /// Firefox, cookies do that.
    #[must_use]
    pub const fn visibility_lags(self) -> bool {
        matches!(self, Self::Cookie)
    }

    /// Returns whether there is room for the user information besides the tokens.
    #[must_use]
    pub const fn fits_user(self) -> bool {
        !matches!(self, Self::Cookie)
    }
}

impl fmt::Display for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SessionStore {
    type Err = Error;

    /// Reads a stable name. Fails as [`ErrorCode::InvalidOption`].
    fn from_str(name: &str) -> Result<Self> {
        Self::parse(name).ok_or_else(|| Error::new(ErrorCode::InvalidOption).with_detail("store"))
    }
}

/// The outcome of waiting for a lock.
#[derive(Debug)]
pub enum Locked<L> {
    /// The lock is held.
    Held(L),
    /// Another tab held it all the time.
    TimedOut,
    /// This platform has no locks.
    Unavailable,
}

/// What happened to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// The user leaves the page, or it goes into the back-forward cache.
    Left,
    /// The network came back.
    Online,
    /// The page came out of the back-forward cache.
    Restored,
    /// Another tab changed the store.
    StoreChanged,
    /// The time that was set has come.
    Timer,
    /// The page became visible.
    Visible,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_found_by_its_name() {
        for name in ["cookie", "local", "memory", "session"] {
            assert_eq!(name.parse::<SessionStore>().map(|it| it.to_string()), Ok(name.into()));
        }
        let error = "Local".parse::<SessionStore>().expect_err("refused");
        assert_eq!((error.code(), error.detail()), (ErrorCode::InvalidOption, Some("store")));
    }
}
