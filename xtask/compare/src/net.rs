//! Serving on loopback. A handler can close the connection without a response, which axum cannot.

use std::io;
use std::net::Ipv4Addr;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

/// The socket is closed instead of sending a response with this extension.
#[derive(Clone, Copy)]
struct Disconnect;

/// Returns a response that closes the socket.
pub(crate) fn disconnect() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(Disconnect);
    response
}

/// A port that is served until this is dropped.
pub(crate) struct Serving {
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds a free port of 127.0.0.1.
pub(crate) async fn listen() -> Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Serves the routes until the result is dropped.
pub(crate) fn serve(listener: TcpListener, router: Router) -> Serving {
    Serving { task: tokio::spawn(accept(listener, router)) }
}

async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve_connection(stream, router.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    // Small responses should be sent at once.
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            match response.extensions().get::<Disconnect>() {
                Some(_) => Err(io::Error::other("disconnected on purpose")),
                None => Ok(response),
            }
        }
    });
    // A browser that goes away is no failure.
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}
