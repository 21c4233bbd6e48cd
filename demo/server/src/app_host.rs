//! Hosting for single-page apps: directories and made-up documents on an origin of their own,
//! with the headers a careful site sends.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::request_log::{self, LoggedRequest, RequestLog};
use crate::serve::{self, Serving};

/// How an [`AppHost`] is started.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// The host name in the origin; the default, `localhost`, is another site than 127.0.0.1.
    pub host: String,
    /// Directories; the longest matching path wins.
    pub mounts: Vec<Mount>,
    /// Documents from memory; they come before directories.
    pub documents: Vec<Document>,
    /// The `Content-Security-Policy`; `report-uri` is added. `None` sends none.
    pub csp: Option<String>,
    /// Further headers of every answer.
    pub headers: Vec<(String, String)>,
    /// Keeps every request for [`AppHost::requests`].
    pub records_requests: bool,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            port: 0,
            host: "localhost".into(),
            mounts: Vec::new(),
            documents: Vec::new(),
            csp: None,
            headers: Vec::new(),
            records_requests: true,
        }
    }
}

/// A directory below a path.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Begins and ends with a slash.
    pub path: String,
    /// Read at each request, so it may be built later.
    pub directory: PathBuf,
    /// Answers paths without a file extension with `index.html`, as a router in a page needs.
    pub is_spa: bool,
    /// Replaces the host's policy; empty sends none.
    pub csp: Option<String>,
}

impl Mount {
    /// Files as they are.
    pub fn new(path: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), directory: directory.into(), is_spa: false, csp: None }
    }

    /// With the fallback to `index.html`.
    #[must_use]
    pub fn spa(self) -> Self {
        Self { is_spa: true, ..self }
    }

    /// With a policy of its own.
    #[must_use]
    pub fn csp(self, csp: impl Into<String>) -> Self {
        Self { csp: Some(csp.into()), ..self }
    }
}

/// One answer from memory.
#[derive(Clone, Debug)]
pub struct Document {
    /// The exact path.
    pub path: String,
    /// `text/html; charset=utf-8`, `application/json`...
    pub media_type: String,
    /// The content.
    pub body: Bytes,
    /// Replaces the host's policy; empty sends none.
    pub csp: Option<String>,
}

impl Document {
    /// A document of any type.
    pub fn new(path: &str, media_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { path: path.into(), media_type: media_type.into(), body, csp: None }
    }

    /// A page.
    pub fn html(path: &str, body: impl Into<Bytes>) -> Self {
        Self::new(path, "text/html; charset=utf-8", body)
    }

    /// A script.
    pub fn script(path: &str, body: impl Into<Bytes>) -> Self {
        Self::new(path, "text/javascript; charset=utf-8", body)
    }

    /// A JSON document.
    pub fn json(path: &str, body: &Value) -> Self {
        Self::new(path, "application/json", body.to_string())
    }
}

/// The policy that a page using this project's package lives under (R122), stricter where it can
/// be. `server` is the origin of the authorization server, for calls and for portraits.
pub fn strict_csp(server: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: {server}; connect-src 'self' {server}; \
         require-trusted-types-for 'script'; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'"
    )
}

/// A running host; it stops when dropped.
pub struct AppHost {
    origin: String,
    host: Arc<Host>,
    is_online: watch::Sender<bool>,
    _serving: Serving,
}

impl AppHost {
    /// Starts on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the port cannot be used.
    pub async fn start(options: AppOptions) -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(options.port).await?;
        let origin = format!("http://{}:{}", options.host, address.port());
        let host = Arc::new(Host::new(options));
        let router = Router::new().fallback(answer).with_state(host.clone());
        let (is_online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router, watched);
        Ok(Self { origin, host, is_online, _serving: serving })
    }

    /// `http://localhost:<port>`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Adds a document, or replaces the one at its path.
    pub fn publish(&self, document: Document) {
        self.host.documents.write().insert(document.path.clone(), document);
    }

    /// Every request so far, policy reports included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.host.log.all()
    }

    /// Empties the log and the policy reports.
    pub fn clear_requests(&self) {
        self.host.log.clear();
        self.host.csp_reports.lock().clear();
    }

    /// What browsers said was against the policy.
    pub fn csp_reports(&self) -> Vec<Value> {
        self.host.csp_reports.lock().clone()
    }

    /// Closes all connections, and every new one as it comes.
    pub fn take_offline(&self) {
        self.is_online.send_replace(false);
    }

    /// Ends [`Self::take_offline`].
    pub fn bring_online(&self) {
        self.is_online.send_replace(true);
    }
}

struct Host {
    mounts: Vec<Mount>,
    documents: RwLock<HashMap<String, Document>>,
    csp: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    log: RequestLog,
    csp_reports: Mutex<Vec<Value>>,
}

impl Host {
    fn new(options: AppOptions) -> Self {
        let mut mounts = options.mounts;
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.len()));
        let documents = options.documents.into_iter().map(|it| (it.path.clone(), it)).collect();
        let headers = options.headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value).ok()?))
        });
        Self {
            mounts,
            documents: RwLock::new(documents),
            csp: options.csp,
            headers: headers.collect(),
            log: RequestLog::new(options.records_requests),
            csp_reports: Mutex::default(),
        }
    }

    /// The answer without the host's headers, and the policy that replaces the host's.
    async fn content(&self, request: Request) -> (Response, Option<String>) {
        let path = request.uri().path().to_owned();
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return (StatusCode::METHOD_NOT_ALLOWED.into_response(), None);
        }
        if let Some(document) = self.documents.read().get(&path).cloned() {
            let headers = [(header::CONTENT_TYPE, document.media_type)];
            return ((headers, document.body).into_response(), document.csp);
        }
        let found = self.mounts.iter().find_map(|mount| {
            let rest = path.strip_prefix(mount.path.trim_end_matches('/'))?;
            rest.starts_with('/').then(|| (mount, rest.to_owned()))
        });
        match found {
            Some((mount, rest)) => (mount.file(request, &rest).await, mount.csp.clone()),
            None => (StatusCode::NOT_FOUND.into_response(), None),
        }
    }

    fn add_headers(&self, response: &mut Response, csp: Option<String>) {
        let headers = response.headers_mut();
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let csp = csp.as_ref().or(self.csp.as_ref()).filter(|csp| !csp.is_empty());
        if let Some(csp) = csp {
            let reported = format!("{csp}; report-uri {REPORTS}");
            if let Ok(value) = HeaderValue::from_str(&reported) {
                headers.insert(header::CONTENT_SECURITY_POLICY, value);
            }
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }
}

impl Mount {
    async fn file(&self, request: Request, path: &str) -> Response {
        let file = self.lookup(request.method(), path).await;
        let is_route = path.rsplit('/').next().is_some_and(|name| !name.contains('.'));
        if file.status() == StatusCode::NOT_FOUND && self.is_spa && is_route {
            return self.lookup(request.method(), "/index.html").await;
        }
        file
    }

    /// Asks without the request's headers: everything is served whole and fresh.
    async fn lookup(&self, method: &Method, path: &str) -> Response {
        let Ok(uri) = path.parse::<Uri>() else { return StatusCode::NOT_FOUND.into_response() };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        let Ok(response) = ServeDir::new(&self.directory).oneshot(request).await;
        response.map(Body::new)
    }
}

async fn answer(State(host): State<Arc<Host>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let place = host.log.add(request_log::entry(&parts, &body, None, None));
    let (mut response, csp) = if parts.uri.path() == REPORTS && parts.method == Method::POST {
        host.csp_reports.lock().push(serde_json::from_slice(&body).unwrap_or_default());
        (StatusCode::NO_CONTENT.into_response(), None)
    } else {
        host.content(Request::from_parts(parts, Body::from(body))).await
    };
    host.add_headers(&mut response, csp);
    host.log.answered(place, response.status().as_u16());
    response
}

const REPORTS: &str = "/csp-report";
const LONGEST_BODY: usize = 1024 * 1024;
