//! Hosting for single-page apps: directories and in-memory documents on an origin of their own,
//! with strict security headers.

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

use crate::request_log::{LoggedRequest, RequestLog};
use crate::serve::{self, Serving};

/// The options of an [`AppHost`].
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// The host name in the origin. The default, `localhost`, is another site than 127.0.0.1.
    pub host: String,
    /// The directories to serve. The longest matching path wins.
    pub mounts: Vec<Mount>,
    /// Documents from memory, which take precedence over directories.
    pub documents: Vec<Document>,
    /// Answers what is in no directory and no document, as the server of an app does that renders its
    /// pages. A policy of an answer replaces the host's.
    pub pages: Option<Router>,
    /// The `Content-Security-Policy`. `report-uri` is added to it. `None`: no policy is sent.
    pub csp: Option<String>,
    /// Further headers of every response.
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
            pages: None,
            csp: None,
            headers: Vec::new(),
            records_requests: true,
        }
    }
}

/// A directory, served below a path.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The path. It must begin and end with a slash.
    pub path: String,
    /// The directory. Files are read at each request, so it may be built later.
    pub directory: PathBuf,
    /// Serves a path without a file extension from the file with `.html`, and from `index.html` if
    /// there is none, for a router in the page.
    pub is_spa: bool,
    /// Replaces the host's policy. Empty: no policy is sent.
    pub csp: Option<String>,
}

impl Mount {
    /// Serves the files of `directory` below `path`.
    pub fn new(path: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), directory: directory.into(), is_spa: false, csp: None }
    }

    /// Adds the fallback to the file with `.html`, then to `index.html`.
    #[must_use]
    pub fn spa(self) -> Self {
        Self { is_spa: true, ..self }
    }

    /// Sets the policy of this directory.
    #[must_use]
    pub fn csp(self, csp: impl Into<String>) -> Self {
        Self { csp: Some(csp.into()), ..self }
    }
}

/// A document from memory.
#[derive(Clone, Debug)]
pub struct Document {
    /// The exact path.
    pub path: String,
    /// The `Content-Type`, such as `text/html; charset=utf-8`.
    pub media_type: String,
    /// The content.
    pub body: Bytes,
    /// Replaces the host's policy. Empty: no policy is sent.
    pub csp: Option<String>,
}

impl Document {
    /// Creates a document of any type.
    pub fn new(path: &str, media_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { path: path.into(), media_type: media_type.into(), body, csp: None }
    }

    /// Creates an HTML page.
    pub fn html(path: &str, body: impl Into<Bytes>) -> Self {
        Self::new(path, "text/html; charset=utf-8", body)
    }

    /// Creates a script.
    pub fn script(path: &str, body: impl Into<Bytes>) -> Self {
        Self::new(path, "text/javascript; charset=utf-8", body)
    }

    /// Creates a JSON document.
    pub fn json(path: &str, body: &Value) -> Self {
        Self::new(path, "application/json", body.to_string())
    }
}

/// Returns the strictest policy under which the npm package works (R122). `server` is the origin
/// of the authorization server, for its endpoints and for portraits.
pub fn strict_csp(server: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: {server}; connect-src 'self' {server}; \
         require-trusted-types-for 'script'; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'"
    )
}

/// A running host. It stops when dropped.
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
    /// If the port cannot be used.
    pub async fn start(options: AppOptions) -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(options.port).await?;
        let origin = format!("http://{}:{}", options.host, address.port());
        let host = Arc::new(Host::new(options));
        let router = Router::new().fallback(serve_request).with_state(host.clone());
        let (is_online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router, watched);
        Ok(Self { origin, host, is_online, _serving: serving })
    }

    /// Returns the origin, `http://localhost:<port>` by default.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Adds a document, or replaces the one at its path.
    pub fn publish(&self, document: Document) {
        self.host.documents.write().insert(document.path.clone(), document);
    }

    /// Returns all requests so far, policy reports included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.host.log.all()
    }

    /// Clears the log and the policy reports.
    pub fn clear_requests(&self) {
        self.host.log.clear();
        self.host.csp_reports.lock().clear();
    }

    /// Returns the violations that browsers reported.
    pub fn csp_reports(&self) -> Vec<Value> {
        self.host.csp_reports.lock().clone()
    }

    /// Closes all connections, and every new one as soon as it opens.
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
    pages: Option<Router>,
    csp: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    log: RequestLog,
    csp_reports: Mutex<Vec<Value>>,
}

impl Host {
    fn new(options: AppOptions) -> Self {
        let mut mounts = options.mounts;
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.len()));
        let documents = options
            .documents
            .into_iter()
            .map(|document| (document.path.clone(), document))
            .collect();
        let headers = options.headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value).ok()?))
        });
        Self {
            mounts,
            documents: RwLock::new(documents),
            pages: options.pages,
            csp: options.csp,
            headers: headers.collect(),
            log: RequestLog::new(options.records_requests),
            csp_reports: Mutex::default(),
        }
    }

    /// Returns the response without the host's headers, and the policy that replaces the host's.
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
        match (found, &self.pages) {
            (Some((mount, rest)), _) => (mount.file(request, &rest).await, mount.csp.clone()),
            (None, Some(pages)) => Self::page(pages.clone(), request).await,
            (None, None) => (StatusCode::NOT_FOUND.into_response(), None),
        }
    }

    async fn page(pages: Router, request: Request) -> (Response, Option<String>) {
        let Ok(mut response) = pages.oneshot(request).await;
        let csp = response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
        (response, csp.and_then(|csp| csp.to_str().ok().map(str::to_owned)))
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
        if file.status() != StatusCode::NOT_FOUND || !self.is_spa || !is_route {
            return file;
        }
        let page = self.lookup(request.method(), &format!("{path}.html")).await;
        if page.status() != StatusCode::NOT_FOUND {
            return page;
        }
        self.lookup(request.method(), "/index.html").await
    }

    /// Drops the request's headers, so that every file is served whole and never from a cache.
    async fn lookup(&self, method: &Method, path: &str) -> Response {
        let Ok(uri) = path.parse::<Uri>() else { return StatusCode::NOT_FOUND.into_response() };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        let Ok(response) = ServeDir::new(&self.directory).oneshot(request).await;
        response.map(Body::new)
    }
}

async fn serve_request(State(host): State<Arc<Host>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let entry = host.log.add(LoggedRequest::new(&parts, &body, None, None));
    let (mut response, csp) = if parts.uri.path() == REPORTS && parts.method == Method::POST {
        host.csp_reports.lock().push(serde_json::from_slice(&body).unwrap_or_default());
        (StatusCode::NO_CONTENT.into_response(), None)
    } else {
        host.content(Request::from_parts(parts, Body::from(body))).await
    };
    host.add_headers(&mut response, csp);
    host.log.set_status(entry, response.status().as_u16());
    response
}

const REPORTS: &str = "/csp-report";
const MAX_BODY_BYTES: usize = 1024 * 1024;
