//! Hosts the pages of one peer on an origin of their own, compressed as a good server does it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use parking_lot::Mutex;
use serde_json::Value;

use crate::net::{self, Serving};

/// A running host. Every path without a file is the page. It stops when dropped.
pub(crate) struct Host {
    origin: String,
    shared: Arc<Shared>,
    _serving: Serving,
}

struct Shared {
    files: HashMap<String, File>,
    page: Mutex<String>,
    /// A part of the address of every script. A new one makes the caches of no use.
    place: Mutex<usize>,
}

struct File {
    media_type: &'static str,
    brotli: Bytes,
}

impl Host {
    /// Serves the files of a bundle. The page is empty until [`Self::configure`].
    pub(crate) async fn start(bundle: &Path) -> Result<Self> {
        let (listener, port) = net::listen().await?;
        let shared = Arc::new(Shared {
            files: read(bundle)?,
            page: Mutex::default(),
            place: Mutex::default(),
        });
        let router = Router::new().fallback(respond).with_state(shared.clone());
        let serving = net::serve(listener, router);
        Ok(Self { origin: format!("http://localhost:{port}"), shared, _serving: serving })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Sets what the page gives to the client, and by how much its clock is ahead.
    pub(crate) fn configure(&self, config: &Value, ahead_ms: u128) {
        *self.shared.page.lock() =
            PAGE.replace("AHEAD", &ahead_ms.to_string()).replace("CONFIG", &config.to_string());
    }

    /// Moves the scripts to an address that no cache knows.
    pub(crate) fn move_scripts(&self, place: usize) {
        *self.shared.place.lock() = place;
    }
}

fn read(bundle: &Path) -> Result<HashMap<String, File>> {
    let mut files = HashMap::new();
    let folder = fs::read_dir(bundle).with_context(|| bundle.display().to_string())?;
    for entry in folder {
        let path = entry?.path();
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        let is_module = name.ends_with(".wasm");
        let media_type =
            if is_module { "application/wasm" } else { "text/javascript; charset=utf-8" };
        let content = fs::read(&path)?;
        let mut compressed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
        brotli::BrotliCompress(&mut content.as_slice(), &mut compressed, &parameters)?;
        files.insert(name, File { media_type, brotli: compressed.into() });
    }
    Ok(files)
}

async fn respond(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    if let Some(File { media_type, brotli }) = shared.files.get(name) {
        let headers = [
            (header::CONTENT_TYPE, *media_type),
            (header::CONTENT_ENCODING, "br"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        return (headers, brotli.clone()).into_response();
    }
    if uri.path().contains('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    let place = shared.place.lock().to_string();
    let page = Html(shared.page.lock().replace("PLACE", &place));
    ([(header::CACHE_CONTROL, "no-store")], page).into_response()
}

const PAGE: &str = include_str!("page.html");
