//! A server that takes everything from everyone and remembers it: what arrives here has leaked.

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::watch;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use crate::request_log::{self, LoggedRequest, RequestLog};
use crate::serve::{self, Serving};

/// A running collector; it stops when dropped.
pub struct Collector {
    origin: String,
    log: RequestLog,
    _online: watch::Sender<bool>,
    _serving: Serving,
}

impl Collector {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port can be used.
    pub async fn start() -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(0).await?;
        let log = RequestLog::new(true);
        // As inviting as can be, cookies included.
        let welcome = CorsLayer::new()
            .allow_origin(AllowOrigin::mirror_request())
            .allow_methods(AllowMethods::mirror_request())
            .allow_headers(AllowHeaders::mirror_request())
            .allow_credentials(true);
        let router = Router::new()
            .fallback(|| async { Json(json!({ "collected": true })) })
            .layer(welcome)
            .layer(from_fn_with_state(log.clone(), collect));
        let (online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router, watched);
        Ok(Self { origin: format!("http://{address}"), log, _online: online, _serving: serving })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Everything that came, preflights included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.all()
    }
}

async fn collect(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let place = log.add(request_log::entry(&parts, &body, None, None));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    log.answered(place, response.status().as_u16());
    response
}

const LONGEST_BODY: usize = 1024 * 1024;
