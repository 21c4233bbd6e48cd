//! A server that accepts and records every request. Tests use it to detect leaks.

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

use crate::request_log::{LoggedRequest, RequestLog};
use crate::serve::{self, Serving};

/// A running collector. It stops when dropped.
pub struct Collector {
    origin: String,
    log: RequestLog,
    _is_online: watch::Sender<bool>,
    _serving: Serving,
}

impl Collector {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If no port can be used.
    pub async fn start() -> anyhow::Result<Self> {
        let (listener, address) = serve::listen(0).await?;
        let log = RequestLog::new(true);
        // CORS must not stop a leak, so all of it is allowed, credentials included.
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::mirror_request())
            .allow_methods(AllowMethods::mirror_request())
            .allow_headers(AllowHeaders::mirror_request())
            .allow_credentials(true);
        let router = Router::new()
            .fallback(|| async { Json(json!({ "collected": true })) })
            .layer(cors)
            .layer(from_fn_with_state(log.clone(), collect));
        let (is_online, watched) = watch::channel(true);
        let serving = serve::serve(listener, router, watched);
        Ok(Self {
            origin: format!("http://{address}"),
            log,
            _is_online: is_online,
            _serving: serving,
        })
    }

    /// Returns the origin, `http://127.0.0.1:<port>`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns all requests so far, preflights included.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.all()
    }
}

async fn collect(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let entry = log.add(LoggedRequest::new(&parts, &body, None, None));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    log.set_status(entry, response.status().as_u16());
    response
}

const MAX_BODY_BYTES: usize = 1024 * 1024;
