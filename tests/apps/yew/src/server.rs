//! The server of the app: renders each page anew.

use axum::Router;
use axum::http::Uri;
use axum::response::Html;
use yew::ServerRenderer;

use crate::{App, AppProps, Config};

/// Returns the pages of the app. All paths are pages; the router of the app selects what they show.
pub fn pages() -> Router {
    Router::new().fallback(page)
}

async fn page(address: Uri) -> Html<String> {
    let path = address.path().to_owned();
    let app = ServerRenderer::<App>::with_props(move || AppProps {
        // No option of the SDK is in what a server renders.
        config: Config::default(),
        path: path.into(),
    });
    Html([HEAD, &app.render().await, "</body></html>"].concat())
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">
<script type="module" src="/start.js"></script></head><body>"#;
