//! The two seams: everything this crate needs of its surroundings.
//!
//! [`Platform`] is the page (clock, randomness, network, locks, address bar), [`Store`] is where
//! records live. The browser is behind both; the scripted platform stands in for it in tests.

#[cfg(target_arch = "wasm32")]
pub mod browser;
mod page;
mod single_flight;

pub use self::page::{Page, Shared};
pub use self::single_flight::{InFlight, Operation, SingleFlight};

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use crate::codec::{JsonCodec, Url, UrlParser};
use crate::error::{Error, Result};
use crate::protocol::http::{Request, Response};
use crate::secret::AccessToken;
use crate::time::UnixTime;

/// Work that a platform does. Boxed, because each kind of future that is built into another costs a
/// visitor its code once more.
pub type Task<T> = Pin<Box<dyn Future<Output = T>>>;

/// The page an app runs in.
#[allow(clippy::missing_errors_doc, reason = "each names the only kind it may return")]
pub trait Platform: JsonCodec + UrlParser + 'static {
    /// Where records live.
    type Store: Store;
    /// A held lock; dropping it releases it.
    type Lock;
    /// The page's signals, until dropped.
    type PageEvents: PageEvents;
    /// A request of the app to its own API.
    type ApiRequest;
    /// The answer to it.
    type ApiResponse;
    /// Its failure, as the platform's users know it.
    type ApiError: From<Error>;

    /// What kind of page this is.
    fn environment(&self) -> Environment;

    /// Whether a person has just pressed something here; false where the browser does not tell.
    fn is_user_active(&self) -> bool;

    /// What all clients of this page share.
    fn page(&self) -> Rc<Page>;

    /// The time on the wall clock.
    fn now(&self) -> UnixTime;

    /// Fills `bytes` from a cryptographically secure source; fails as `no-secure-random`.
    fn random(&self, bytes: &mut [u8]) -> Result<()>;

    /// Opens a store; fails as `storage-unavailable`.
    fn store(&self, kind: SessionStore) -> Result<Self::Store>;

    /// Opens a store that records may have been left in, to read and remove them. It is not tried whether
    /// the store takes new ones, which for cookies means to write one.
    fn left_store(&self, kind: SessionStore) -> Option<Self::Store>;

    /// The keys of `localStorage`, which all tabs share, that begin with `prefix`. Asked of the page,
    /// so that no visitor downloads how the other stores list theirs.
    fn shared_keys(&self, prefix: &str) -> Result<Vec<String>>;

    /// Sends a request without cookies, referrer and cache, follows no redirect, and reads at most
    /// [`MAX_BODY_BYTES`](crate::protocol::http::MAX_BODY_BYTES); fails with the kind `Network` or as
    /// `response-too-large`.
    fn fetch(&self, request: Request) -> Task<Result<Response>>;

    /// Waits for the lock of this name, which all tabs of this origin share, at most for `wait`.
    fn lock(&self, name: &str, wait: Duration) -> Task<Locked<Self::Lock>>;

    /// Waits on the page's timers.
    fn sleep(&self, duration: Duration) -> Task<()>;

    /// Runs a task to its end without anybody waiting for it.
    fn spawn(&self, task: Task<()>);

    /// Listens to the page, and to the other tabs on `channel`.
    fn listen(&self, channel: &str, handler: Rc<dyn Fn(PageEvent)>) -> Self::PageEvents;

    /// The address of this page.
    fn location(&self) -> Option<Url>;

    /// Replaces the address without a navigation and without a new history entry.
    fn replace_location(&self, url: &str);

    /// Replaces the address as above, and tells the app's router.
    fn return_to(&self, path: &str);

    /// Loads another page in place of this one, without a new history entry.
    fn load(&self, path: &str);

    /// Leaves this page for another.
    fn navigate(&self, url: &str);

    /// Where a request of the app goes.
    fn api_url(&self, request: &Self::ApiRequest) -> Option<Url>;

    /// Sends a request of the app with this token in its `Authorization` header, following no redirect.
    fn api_send(
        &self,
        request: &Self::ApiRequest,
        token: AccessToken,
    ) -> Task<Result<Self::ApiResponse, Self::ApiError>>;

    /// Ends when the app cancels a request, with what the request then fails with.
    fn api_cancelled(&self, request: &Self::ApiRequest) -> Task<Self::ApiError>;

    /// The HTTP status of an answer.
    fn api_status(&self, response: &Self::ApiResponse) -> u16;
}

/// A place for records: text under a key.
///
/// A write happens whole or not at all. Keys begin with the namespace of one client at one server;
/// a store never touches another key.
#[allow(clippy::missing_errors_doc, reason = "every method fails with the kind `Storage` alone")]
pub trait Store {
    /// The record of this key.
    fn read(&self, key: &str) -> Result<Option<String>>;

    /// Writes the record of this key.
    fn write(&self, key: &str, value: &str) -> Result<()>;

    /// Removes the record of this key, if there is one.
    fn remove(&self, key: &str) -> Result<()>;

    /// All keys that begin with `prefix`.
    fn keys(&self, prefix: &str) -> Result<Vec<String>>;
}

/// The page's signals and its voice to the other tabs.
pub trait PageEvents {
    /// Asks for one [`PageEvent::Timer`] at this time; replaces what was asked for before.
    fn wake_at(&self, at: Option<UnixTime>);

    /// Tells the other tabs that the store has changed. No token is ever in a message.
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

/// Where the session is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionStore {
    /// Cookies of this origin: shared by its tabs, and sent to its server with every request.
    Cookie,
    /// `localStorage`: shared by the tabs of this origin, and kept until sign-out.
    #[default]
    Local,
    /// This page's memory: gone with the page.
    Memory,
    /// `sessionStorage`: this tab's, and gone with it.
    Session,
}

impl SessionStore {
    /// The stable name, as in JavaScript's `store` option.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Local => "local",
            Self::Memory => "memory",
            Self::Session => "session",
        }
    }

    /// The kind of this stable name.
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

    /// Whether all tabs of the origin share it.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Cookie | Self::Local)
    }

    /// Whether a tab may hear of a change before its browser lets it see it: of cookies, in Firefox.
    #[must_use]
    pub const fn visibility_lags(self) -> bool {
        matches!(self, Self::Cookie)
    }

    /// Whether there is room for more than the tokens.
    #[must_use]
    pub const fn fits_user(self) -> bool {
        !matches!(self, Self::Cookie)
    }
}

/// What came of waiting for a lock.
#[derive(Debug)]
pub enum Locked<L> {
    /// It is held.
    Held(L),
    /// Somebody else held it all the time.
    TimedOut,
    /// This platform has no locks.
    Unavailable,
}

/// Something happened to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// The page is being left, or put into the back-forward cache.
    Left,
    /// The network came back.
    Online,
    /// The page came out of the back-forward cache.
    Restored,
    /// Another tab changed the store.
    StoreChanged,
    /// The time asked for has come.
    Timer,
    /// The page became visible.
    Visible,
}
