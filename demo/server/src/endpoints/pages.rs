//! What all pages share: style, images, headers. And the front page.

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, html};

use crate::state::SharedState;
use crate::users::User;

/// The policy of a page. A page with a form must add `form-action`.
pub(crate) const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'; ";
const CSP_WITHOUT_FORMS: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

pub(crate) fn router() -> Router<SharedState> {
    let pages = Router::new().route("/", get(front)).layer(from_fn(protect));
    Router::new()
        .route("/consent.css", get(|| async { file("text/css", include_str!("consent.css")) }))
        .route("/mark.svg", get(|| async { file("image/svg+xml", include_str!("mark.svg")) }))
        .route("/users/{name}", get(portrait))
        .merge(pages)
}

/// Adds the security headers of a page.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CSP_WITHOUT_FORMS));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address of the consent page contains the app's state and challenge.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Returns a page of this server: the head, the name of the server, and `content`.
pub(crate) fn document(title: &str, content: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Basic demo server" }
                link rel="icon" href="/mark.svg" type="image/svg+xml";
                link rel="stylesheet" href="/consent.css";
            }
            body {
                main {
                    p.brand {
                        img src="/mark.svg" alt="" width="24" height="24";
                        "Basic demo server"
                    }
                    (content)
                }
            }
        }
    };
    Html(page.into_string())
}

async fn front() -> impl IntoResponse {
    let content = html! {
        h1 { "Nothing to see here" }
        p {
            "Apps send their users here to sign in. Start from an app, or read the "
            a href="/.well-known/openid-configuration" { "metadata" }
            " of this server."
        }
    };
    document("Welcome", &content)
}

async fn portrait(Path(name): Path<String>) -> Response {
    let user = name.strip_suffix(".svg").and_then(User::by_username);
    let Some(user) = user else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = file("image/svg+xml", user.portrait());
    // Apps of other origins show the portrait.
    let cross_origin = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert("cross-origin-resource-policy", cross_origin);
    response
}

fn file(media_type: &'static str, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body).into_response()
}
