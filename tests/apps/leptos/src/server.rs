//! The server of the app: renders each page anew.

use axum::Router;
use axum::http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_to_stream};

use crate::{App, Config};

/// Returns the pages of the app. All paths are pages; the router of the app selects what they show.
/// `policy` is the `Content-Security-Policy`, to which the nonce of Leptos' own scripts is added.
pub fn pages(policy: &str) -> Router {
    // Fails if it is the second server of this process, whose executor is the same.
    _ = any_spawner::Executor::init_tokio();
    let policy = policy.to_owned();
    Router::new().fallback(render_app_to_stream(move || document(&policy)))
}

fn document(policy: &str) -> impl IntoView + use<> {
    // Leptos writes what it has loaded on the server into scripts inside the page.
    if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
        let source = ["script-src 'nonce-", &nonce, "' "].concat();
        let policy = policy.replace("script-src ", &source);
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="referrer" content="no-referrer" />
                <title>"A page"</title>
                <link rel="icon" href="data:," />
                <script src="/policy.js"></script>
                <script type="module" src="/start.js"></script>
            </head>
            // No option of the SDK is in what a server renders.
            <body><App config=Config::default() /></body>
        </html>
    }
}
