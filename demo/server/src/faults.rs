//! The ways in which the server can be made to misbehave, and which request each one meets.
//! How they are carried out is in `fault_layer.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

/// What a request asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// `/auth/authorize`: the request and the decision on its page.
    Authorize,
    /// `/.well-known/openid-configuration`, at the root and below `/auth`.
    Discovery,
    /// `/.well-known/jwks.json`, at the root and below `/auth`.
    Jwks,
    /// `/api/...`.
    Resource,
    /// `/auth/revoke`.
    Revocation,
    /// `/auth/session`.
    Session,
    /// `/auth/token`, every grant but a refresh.
    TokenCode,
    /// `/auth/token` with a refresh token.
    TokenRefresh,
    /// `/auth/userinfo`.
    Userinfo,
}

/// Names and values of a query, in order; a name may repeat.
pub type Parameters = Vec<(String, String)>;

/// One misbehaviour. Several that meet one request are carried out in the order of injection.
#[derive(Clone)]
pub enum Fault {
    /// Waits before the request is processed.
    Delay(Duration),
    /// Processes the request, then waits before answering.
    DelayAnswer(Duration),
    /// Closes the socket; the request is processed first.
    DropAfter,
    /// Closes the socket; the request is not processed.
    DropBefore,
    /// Changes a JSON answer.
    Edit(Arc<dyn Fn(&mut Value) + Send + Sync>),
    /// Changes the whole `Location` of a redirect.
    EditLocation(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// Changes the parameters of a redirect. Waits for the redirect, not for the page before it.
    EditRedirect(Arc<dyn Fn(&mut Parameters) + Send + Sync>),
    /// Follows the answer with bytes that never end.
    EndlessBody,
    /// Answers with so many spaces, gzipped.
    GzipBomb(u64),
    /// Adds a header; an equal one stays beside it only for `set-cookie`.
    Header(String, String),
    /// Sends the head of the answer, then nothing.
    HeadersThenSilence,
    /// Holds the request before it is processed.
    Hold(Gate),
    /// Processes the request, then holds the answer.
    HoldAnswer(Gate),
    /// Processes the request and never answers.
    NeverAnswer,
    /// Leaves the CORS headers out.
    NoCors,
    /// Answers so after processing the request.
    Replace(Reply),
    /// Answers so instead of processing the request.
    Respond(Reply),
    /// Changes the text of the answer, for what JSON tools cannot write.
    Rewrite(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// Sends one byte per interval.
    SlowDrip(Duration),
    /// Answers as usual, with another status.
    Status(u16),
}

impl Fault {
    /// [`Self::Edit`] with a closure.
    pub fn edit(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }

    /// [`Self::EditRedirect`] with a closure.
    pub fn edit_redirect(edit: impl Fn(&mut Parameters) + Send + Sync + 'static) -> Self {
        Self::EditRedirect(Arc::new(edit))
    }

    /// [`Self::EditLocation`] with a closure.
    pub fn edit_location(edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::EditLocation(Arc::new(edit))
    }

    /// [`Self::Rewrite`] with a closure.
    pub fn rewrite(rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(rewrite))
    }

    /// Adds a header.
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Header(name.into(), value.into())
    }

    /// Sets a member of a JSON answer.
    pub fn set(member: impl Into<String>, value: impl Into<Value>) -> Self {
        let (member, value) = (member.into(), value.into());
        Self::edit(move |json| {
            if let Value::Object(members) = json {
                members.insert(member.clone(), value.clone());
            }
        })
    }

    /// Leaves a member out of a JSON answer.
    pub fn omit(member: impl Into<String>) -> Self {
        let member = member.into();
        Self::edit(move |json| {
            if let Value::Object(members) = json {
                members.remove(&member);
            }
        })
    }

    /// Refuses in the OAuth shape, without processing.
    pub fn oauth_error(status: u16, error: &str) -> Self {
        let body = serde_json::json!({ "error": error, "error_description": "refused by a test" });
        Self::Respond(Reply::json(status, &body))
    }

    /// Redirects elsewhere, without processing.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::Respond(Reply::status(status).header("location", location))
    }

    /// Whether it can only be carried out on a redirect.
    pub(crate) fn is_for_redirects(&self) -> bool {
        matches!(self, Self::EditLocation(_) | Self::EditRedirect(_))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Fault")
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers; CORS headers are added to them.
    pub headers: Vec<(String, String)>,
    /// The body, as it stands.
    pub body: Bytes,
}

impl Reply {
    /// A status with nothing else.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// A body with its media type.
    pub fn body(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::status(status) }.header("content-type", media_type)
    }

    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::body(status, "application/json", body.to_string())
    }

    /// HTML, as a proxy's error page is.
    pub fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::body(status, "text/html", body)
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A barrier for requests: they wait at it until it is released. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    is_open: watch::Sender<bool>,
    arrived: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { is_open: watch::Sender::new(false), arrived: watch::Sender::new(0) }
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets all through, now and later.
    pub fn release(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until so many requests have come to the gate since it was made.
    pub async fn arrived(&self, count: usize) {
        self.arrived.subscribe().wait_for(|arrived| *arrived >= count).await.ok();
    }

    pub(crate) async fn pass(&self) {
        self.arrived.send_modify(|arrived| *arrived += 1);
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.ok();
    }
}

/// A fault with the requests it is meant for.
#[derive(Clone, Debug)]
pub struct Injection {
    endpoint: Endpoint,
    fault: Fault,
    client_id: Option<String>,
    left: Option<usize>,
    passed_over: usize,
}

impl Injection {
    /// For every request to the endpoint, of any client, until cleared.
    pub fn new(endpoint: Endpoint, fault: Fault) -> Self {
        Self { endpoint, fault, client_id: None, left: None, passed_over: 0 }
    }

    /// Only for this client.
    #[must_use]
    pub fn client(self, client_id: impl Into<String>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// Only for the next so many requests.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self { left: Some(count), ..self }
    }

    /// Only for the next request.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Not for the first so many requests.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self { passed_over: count, ..self }
    }

    /// Whether the fault is due on this request; counts it if so.
    fn strike(&mut self, endpoint: Endpoint, client_id: Option<&str>) -> bool {
        let is_meant = self.endpoint == endpoint
            && self.client_id.as_deref().is_none_or(|wanted| Some(wanted) == client_id);
        if !is_meant || self.left == Some(0) {
            return false;
        }
        if self.passed_over > 0 {
            self.passed_over -= 1;
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

/// Names an injection, to clear it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InjectionId(u64);

#[derive(Default)]
pub(crate) struct Faults {
    inner: Mutex<(u64, Vec<(InjectionId, Injection)>)>,
}

impl Faults {
    pub(crate) fn inject(&self, injection: Injection) -> InjectionId {
        let (last, injections) = &mut *self.inner.lock();
        *last += 1;
        injections.push((InjectionId(*last), injection));
        InjectionId(*last)
    }

    pub(crate) fn clear(&self, id: Option<InjectionId>) {
        self.inner.lock().1.retain(|(other, _)| id.is_some_and(|id| id != *other));
    }

    /// The faults due on this request.
    pub(crate) fn due(
        &self,
        endpoint: Endpoint,
        client_id: Option<&str>,
        is_redirect: bool,
    ) -> Vec<Fault> {
        let mut inner = self.inner.lock();
        inner
            .1
            .iter_mut()
            .filter(|(_, injection)| injection.fault.is_for_redirects() == is_redirect)
            .filter_map(|(_, injection)| {
                injection.strike(endpoint, client_id).then(|| injection.fault.clone())
            })
            .collect()
    }
}
