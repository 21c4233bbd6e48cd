//! Serving on loopback. Two things that axum's own `serve` cannot do: close a connection without
//! a response, and go offline without losing the port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

/// The socket is closed instead of sending a response with this extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disconnect;

/// Returns a response that closes the socket.
pub(crate) fn disconnect() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(Disconnect);
    response
}

/// A port that is being served, until this is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds a port of 127.0.0.1. 0 lets the system choose.
pub(crate) async fn listen(port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("port {port} on 127.0.0.1 cannot be used. Is it in use?"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until the result is dropped. While `is_online` is false, every new connection is closed.
pub(crate) fn serve(
    listener: TcpListener,
    router: Router,
    is_online: watch::Receiver<bool>,
) -> Serving {
    Serving { task: tokio::spawn(accept(listener, router, is_online)) }
}

async fn accept(listener: TcpListener, router: Router, is_online: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if *is_online.borrow() => {
                    connections.spawn(serve_connection(stream, router.clone(), is_online.clone()));
                }
                Ok(_) => {}
                // The likely cause is too many open files. Let other connections finish.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router, mut is_online: watch::Receiver<bool>) {
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
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        _ = is_online.wait_for(|is_online| !is_online) => {}
    }
}
