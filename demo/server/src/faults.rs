//! The faults that tests can inject, and the requests that each one applies to.
//! `fault_layer.rs` applies them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

use crate::id_token_faults::IdTokenFault;
use crate::observe::RequestInfo;

/// The endpoint that a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// `/auth/authorize`: the request, and the decision on the consent page.
    Authorize,
    /// `did.json`, at any path.
    DidDocument,
    /// The metadata of an issuer: `/.well-known/openid-configuration` and
    /// `/.well-known/oauth-authorization-server`, at all their paths.
    Discovery,
    /// `/auth/end-session`.
    EndSession,
    /// `/.well-known/jwks.json`, at the root and below `/auth`.
    Jwks,
    /// `/api/...`.
    Resource,
    /// `/auth/revoke`.
    Revocation,
    /// `/auth/session`.
    Session,
    /// `/auth/token`, except for refreshes.
    TokenCode,
    /// `/auth/token` with the grant type `refresh_token`.
    TokenRefresh,
    /// `/auth/userinfo`.
    Userinfo,
}

/// Names and values of a query, in order. A name may repeat.
pub type Parameters = Vec<(String, String)>;

/// A fault. Several faults of one request are applied in the order of injection.
#[derive(Clone)]
pub enum Fault {
    /// Waits before the request is processed.
    Delay(Duration),
    /// Processes the request, then waits before the response.
    DelayAnswer(Duration),
    /// Processes the request, then closes the socket.
    DropAfter,
    /// Closes the socket without processing the request.
    DropBefore,
    /// Changes a JSON response.
    Edit(Arc<dyn Fn(&mut Value) + Send + Sync>),
    /// Changes the `Location` of a redirect.
    EditLocation(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// Changes the query of a redirect. Skips responses that are no redirects, such as the consent
    /// page.
    EditRedirect(Arc<dyn Fn(&mut Parameters) + Send + Sync>),
    /// Sends a body that never ends.
    EndlessBody,
    /// Sends this many spaces, compressed with gzip.
    GzipBomb(u64),
    /// Sets a header. `set-cookie` is added to those already set.
    Header(String, String),
    /// Sends the headers of the response, and a body that never comes.
    HeadersThenSilence,
    /// Changes the ID token of a token response.
    IdToken(IdTokenFault),
    /// Holds the request at the gate before it is processed.
    Hold(Gate),
    /// Processes the request, then holds the response at the gate.
    HoldAnswer(Gate),
    /// Processes the request and never responds.
    NeverAnswer,
    /// Leaves out the CORS headers.
    NoCors,
    /// Processes the request, then sends this response.
    Replace(Reply),
    /// Sends this response without processing the request.
    Respond(Reply),
    /// Rotates the keys of the server before the request is processed.
    RotateKeys,
    /// Changes the text of the response, for bodies that are no valid JSON.
    Rewrite(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// Sends the body one byte per interval.
    SlowDrip(Duration),
    /// Changes the status of the response.
    Status(u16),
}

impl Fault {
    /// Returns [`Self::Edit`] with a closure.
    pub fn edit(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }

    /// Returns [`Self::EditRedirect`] with a closure.
    pub fn edit_redirect(edit: impl Fn(&mut Parameters) + Send + Sync + 'static) -> Self {
        Self::EditRedirect(Arc::new(edit))
    }

    /// Returns [`Self::EditLocation`] with a closure.
    pub fn edit_location(edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::EditLocation(Arc::new(edit))
    }

    /// Returns [`Self::Rewrite`] with a closure.
    pub fn rewrite(rewrite: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(rewrite))
    }

    /// Sets a header of the response.
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Header(name.into(), value.into())
    }

    /// Sets a member of a JSON response.
    pub fn set(member: impl Into<String>, value: impl Into<Value>) -> Self {
        let (member, value) = (member.into(), value.into());
        Self::edit(move |json| {
            if let Value::Object(members) = json {
                members.insert(member.clone(), value.clone());
            }
        })
    }

    /// Removes a member of a JSON response.
    pub fn omit(member: impl Into<String>) -> Self {
        let member = member.into();
        Self::edit(move |json| {
            if let Value::Object(members) = json {
                members.remove(&member);
            }
        })
    }

    /// Responds with an OAuth error, without processing the request.
    pub fn oauth_error(status: u16, error: &str) -> Self {
        let body = serde_json::json!({ "error": error, "error_description": "injected by a test" });
        Self::Respond(Reply::json(status, &body))
    }

    /// Responds with 404, without processing the request.
    pub fn not_found() -> Self {
        Self::Respond(Reply::status(404))
    }

    /// Responds as a protected resource that demands something, without processing the request
    /// ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
    pub fn challenge(status: u16, error: &str, parameters: &[(&str, &str)]) -> Self {
        let mut challenge = format!("Bearer error=\"{error}\"");
        for (name, value) in parameters {
            challenge.push_str(&format!(", {name}=\"{value}\""));
        }
        let reply = Reply::json(status, &serde_json::json!({ "error": error }));
        Self::Respond(reply.header("www-authenticate", challenge))
    }

    /// Responds with 403, and demands this scope.
    pub fn insufficient_scope(scope: &str) -> Self {
        Self::challenge(403, "insufficient_scope", &[("scope", scope)])
    }

    /// Responds with 401, and demands a better or newer sign-in
    /// ([RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)): `acr_values` and `max_age` as given.
    pub fn insufficient_user_authentication(parameters: &[(&str, &str)]) -> Self {
        Self::challenge(401, "insufficient_user_authentication", parameters)
    }

    /// Redirects, without processing the request.
    pub fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::Respond(Reply::status(status).header("location", location))
    }

    /// Returns whether the fault applies to redirects only.
    pub(crate) fn is_for_redirects(&self) -> bool {
        matches!(self, Self::EditLocation(_) | Self::EditRedirect(_))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Fault")
    }
}

/// A complete response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers. CORS headers are added to them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// Returns a response without headers and body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// Returns a response with a body of this media type.
    pub fn body(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::status(status) }.header("content-type", media_type)
    }

    /// Returns a JSON response.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::body(status, "application/json", body.to_string())
    }

    /// Returns an HTML response, such as the error page of a proxy.
    pub fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::body(status, "text/html", body)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A gate that requests wait at until it is released. Clones are the same gate.
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
    /// Returns a closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the gate for all requests, now and later.
    pub fn release(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until this many requests have reached the gate since its creation.
    pub async fn arrived(&self, count: usize) {
        self.arrived.subscribe().wait_for(|arrived| *arrived >= count).await.ok();
    }

    pub(crate) async fn pass(&self) {
        self.arrived.send_modify(|arrived| *arrived += 1);
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.ok();
    }
}

/// A fault and the requests that it applies to.
#[derive(Clone, Debug)]
pub struct Injection {
    endpoint: Endpoint,
    fault: Fault,
    client_id: Option<String>,
    path: Option<String>,
    remaining: Option<usize>,
    skipped: usize,
}

impl Injection {
    /// Applies a fault to every request to the endpoint, of any client, until it is cleared.
    pub fn new(endpoint: Endpoint, fault: Fault) -> Self {
        Self { endpoint, fault, client_id: None, path: None, remaining: None, skipped: 0 }
    }

    /// Limits the fault to this client.
    #[must_use]
    pub fn client(self, client_id: impl Into<String>) -> Self {
        Self { client_id: Some(client_id.into()), ..self }
    }

    /// Limits the fault to this path, such as that of one issuer's metadata.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Limits the fault to this many requests.
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self { remaining: Some(count), ..self }
    }

    /// Limits the fault to the next request.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Skips this many requests first.
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self { skipped: count, ..self }
    }

    /// Returns whether the fault applies to this request, and counts the request if so.
    fn applies_to(&mut self, request: &RequestInfo) -> bool {
        let client_id = request.client_id.as_deref();
        let matches = self.endpoint == request.endpoint
            && self.client_id.as_deref().is_none_or(|wanted| Some(wanted) == client_id)
            && self.path.as_deref().is_none_or(|wanted| wanted == request.path);
        if !matches || self.remaining == Some(0) {
            return false;
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        self.remaining = self.remaining.map(|count| count - 1);
        true
    }
}

/// Identifies an injection, for [`Control::clear`](crate::Control::clear).
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

    /// Returns the faults that apply to this request.
    pub(crate) fn matching(&self, request: &RequestInfo, is_redirect: bool) -> Vec<Fault> {
        let mut inner = self.inner.lock();
        inner
            .1
            .iter_mut()
            .filter(|(_, injection)| injection.fault.is_for_redirects() == is_redirect)
            .filter_map(|(_, injection)| {
                injection.applies_to(request).then(|| injection.fault.clone())
            })
            .collect()
    }
}
