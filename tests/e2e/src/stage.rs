//! What a scenario plays on: the authorization server, and an app on an origin of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use demo_server::{
    AppHost, AppOptions, AuthorizationServer, Client, Control, Document, Endpoint, Fault,
    Injection, Lifetimes, LoggedRequest, Mount, Options, strict_csp,
};
use serde_json::{Value, json};

use crate::browser::Browser;

/// The `client_id` of the app.
pub const CLIENT: &str = "app";

/// An authorization server that can be made to misbehave, and an app that signs in at it.
pub struct Stage {
    /// The server's switches and its log.
    pub control: Control,
    /// The app's host.
    pub app: AppHost,
    server: AuthorizationServer,
    issued: Issued,
}

type Issued = Arc<Mutex<Vec<String>>>;

impl Stage {
    /// The demo app as it is, with a consent page at the server. Access tokens live so long.
    ///
    /// # Errors
    ///
    /// When a server does not start, or the npm package is not built.
    pub async fn demo(access_token: Duration) -> Result<Self> {
        let spa = workspace("demo/spa");
        // The recorder goes ahead of the app's own script: it has to be there first.
        let theme = std::fs::read_to_string(spa.join("theme.js"))?;
        let stage = Self::start(|options| options.mounts.push(Mount::new("/", spa).spa())).await?;
        stage.app.publish(Document::script("/theme.js", format!("{{{RECORDER}}}\n{theme}")));
        stage.configure_demo(access_token);
        Ok(stage)
    }

    /// The demo app in a framework of Rust, otherwise as [`Self::demo`].
    ///
    /// # Errors
    ///
    /// When a server does not start, or the demo is not built.
    pub async fn rust_demo(framework: &str, access_token: Duration) -> Result<Self> {
        let stage = Self::rust_folder("target/demo", "/", framework, |_| {}).await?;
        stage.configure_demo(access_token);
        Ok(stage)
    }

    /// The small app of `tests/apps` in a framework of Rust. `changes` replaces parts of its
    /// configuration, and the path of `redirectUri` is registered. The server consents by itself.
    ///
    /// # Errors
    ///
    /// As [`Self::rust_demo`].
    pub async fn rust_app(framework: &str, changes: Value) -> Result<Self> {
        let stage = Self::rust_folder("target/tests/apps", "/", framework, |_| {}).await?;
        stage.configure_app(changes);
        Ok(stage)
    }

    /// The same app, whose pages a server renders: `change` sets `pages` of the host's options. The
    /// elements of the server are in `rendered`.
    ///
    /// # Errors
    ///
    /// As [`Self::rust_demo`].
    pub async fn rust_server(
        framework: &str,
        changes: Value,
        change: impl FnOnce(&mut AppOptions),
    ) -> Result<Self> {
        let stage = Self::rust_folder("target/tests/apps", "/pkg/", framework, change).await?;
        stage.configure_app(changes);
        Ok(stage)
    }

    /// A built app in Rust, with the recorder ahead of its own script.
    async fn rust_folder(
        folder: &str,
        path: &str,
        framework: &str,
        change: impl FnOnce(&mut AppOptions),
    ) -> Result<Self> {
        let folder = workspace(folder).join(framework);
        let start = std::fs::read_to_string(folder.join("start.js"))
            .context("build the apps with `cargo xtask test --only e2e`")?;
        let start = start.replace("./", path);
        let policy = std::fs::read(workspace("demo/leptos/policy.js"))?;
        let stage = Self::start(|options| {
            options.mounts.push(Mount::new(path, folder).spa());
            options.documents.push(Document::script("/policy.js", policy));
            change(options);
        })
        .await?;
        let script = format!("{{{RECORDER}}}\n{RENDERED}\n{start}");
        stage.app.publish(Document::script("/start.js", script));
        Ok(stage)
    }

    fn configure_app(&self, changes: Value) {
        let path = changes["redirectUri"].as_str().unwrap_or("/callback").to_owned();
        let mut config = json!({
            "clientId": CLIENT,
            "notes": format!("{}/api/notes", self.origin()),
            "redirectUri": path,
            "server": self.origin(),
        });
        self.control.register(Client::new(CLIENT, self.url(&path)).auto_consent());
        if let (Value::Object(config), Value::Object(changes)) = (&mut config, changes) {
            config.extend(changes);
        }
        self.app.publish(Document::json("/config.json", &config));
    }

    /// What the demo's own program does.
    fn configure_demo(&self, access_token: Duration) {
        let config = json!({
            "server": self.origin(),
            "clientId": CLIENT,
            "redirectUri": self.redirect_uri(),
            "scope": "profile",
            "resource": format!("{}/api/notes", self.origin()),
            "accessTokenSeconds": access_token.as_secs(),
        });
        self.app.publish(Document::json("/config.json", &config));
        let client = Client::new(CLIENT, self.redirect_uri()).named("Demo app");
        self.control.register(Client { lifetimes: lifetimes(access_token), ..client });
    }

    /// Pages that start the SDK and lay it open as `auth`, `events`, `failure` and `ready`, on
    /// `/`, `/callback`, `/other` and `/shop`. The server consents by itself.
    ///
    /// # Errors
    ///
    /// As [`Self::demo`].
    pub async fn pages() -> Result<Self> {
        Self::pages_with(|_| {}).await
    }

    /// As [`Self::pages`], with the host's options changed.
    ///
    /// # Errors
    ///
    /// As [`Self::demo`].
    pub async fn pages_with(change: impl FnOnce(&mut AppOptions)) -> Result<Self> {
        let stage = Self::start(change).await?;
        for path in ["/", "/callback", "/other", "/shop"] {
            stage.add_page(path);
        }
        stage.app.publish(Document::script("/clock.js", CLOCK));
        stage.app.publish(Document::script("/probe.js", PROBE));
        stage.set_options(json!({}));
        stage.control.register(Client::new(CLIENT, stage.redirect_uri()).auto_consent());
        Ok(stage)
    }

    /// The server, and a host with the npm package and the recorder under the strict policy.
    ///
    /// # Errors
    ///
    /// As [`Self::demo`].
    pub async fn start(change: impl FnOnce(&mut AppOptions)) -> Result<Self> {
        let server = AuthorizationServer::start(Options::default()).await?;
        let mut options = AppOptions {
            mounts: vec![Mount::new("/basic-oauth/", npm_package()?)],
            documents: vec![Document::script("/recorder.js", RECORDER)],
            csp: Some(strict_csp(server.origin())),
            ..AppOptions::default()
        };
        change(&mut options);
        let app = AppHost::start(options).await?;
        let control = server.control();
        let issued = Issued::default();
        for endpoint in [Endpoint::TokenCode, Endpoint::TokenRefresh] {
            let issued = issued.clone();
            control.inject(Injection::new(endpoint, keep_tokens(issued)).client(CLIENT));
        }
        Ok(Self { control, app, server, issued })
    }

    /// Returns the folder of the npm package.
    ///
    /// # Errors
    ///
    /// If the package is not built.
    pub fn npm_folder() -> Result<PathBuf> {
        npm_package()
    }

    /// Reads a file of the npm package.
    ///
    /// # Errors
    ///
    /// When the package is not built, or has no such file.
    pub fn npm_file(name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(npm_package()?.join(name))?)
    }

    /// The origin of the authorization server.
    pub fn origin(&self) -> &str {
        self.server.origin()
    }

    /// The app's only redirect URI.
    pub fn redirect_uri(&self) -> String {
        self.url("/callback")
    }

    /// An address of the app.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.origin())
    }

    /// Adds a page to those of [`Self::pages`].
    pub fn add_page(&self, path: &str) {
        self.app.publish(Document::html(path, PROBE_PAGE));
    }

    /// Replaces the options that the pages start the SDK with; `null` leaves one out.
    pub fn set_options(&self, changes: Value) {
        self.set_options_and(changes, "");
    }

    /// As [`Self::set_options`], with members in JavaScript for what JSON cannot hold.
    pub fn set_options_and(&self, changes: Value, members: &str) {
        let mut options = json!({
            "clientId": CLIENT,
            "redirectUri": self.redirect_uri(),
            "scope": "profile",
            "server": self.origin(),
        });
        if let (Value::Object(options), Value::Object(changes)) = (&mut options, changes) {
            options.extend(changes);
            options.retain(|_, value| !value.is_null());
        }
        let script = format!("export default {{ ...{options}, {members} }};");
        self.app.publish(Document::script("/options.js", script));
    }

    /// Gives the app's access tokens another lifetime.
    pub fn set_access_token_lifetime(&self, access_token: Duration) {
        let client = Client::new(CLIENT, self.redirect_uri()).auto_consent();
        self.control.register(Client { lifetimes: lifetimes(access_token), ..client });
    }

    /// Puts the clocks of the server and of all tabs ahead, as a laptop finds them that slept.
    ///
    /// # Errors
    ///
    /// When the current page is not one of [`Self::pages`].
    pub async fn jump(&self, browser: &Browser, by: Duration) -> Result<()> {
        self.control.advance(by);
        let body = "const ahead = Number(localStorage.getItem('test.ahead'));
            localStorage.setItem('test.ahead', ahead + args[0]);";
        browser.run(body, json!([by.as_millis()])).await?;
        Ok(())
    }

    /// Opens a page of [`Self::pages`] and waits until the SDK has started or failed to.
    ///
    /// # Errors
    ///
    /// When the page does not come that far.
    pub async fn visit(&self, browser: &Browser, path: &str) -> Result<()> {
        browser.open(&self.url(path)).await?;
        browser.until("window.ready === true").await
    }

    /// Presses the button of the current page, which calls `signIn`, and leaves it to the browser.
    ///
    /// # Errors
    ///
    /// When the page has no button.
    pub async fn leave_to_sign_in(&self, browser: &Browser, options: Value) -> Result<()> {
        browser.run("window.signInOptions = args[0] ?? undefined;", json!([options])).await?;
        browser.click("sign-in").await
    }

    /// Signs in on a page of [`Self::pages`], from `/`.
    ///
    /// # Errors
    ///
    /// If the user is not signed in after that.
    pub async fn sign_in(&self, browser: &Browser) -> Result<()> {
        self.visit(browser, "/").await?;
        self.leave_to_sign_in(browser, Value::Null).await?;
        browser.until("window.ready && auth.state.isSignedIn").await
    }

    /// Signs in as [`Self::sign_in`] does, and returns the `code` of the error that the page shows.
    ///
    /// # Errors
    ///
    /// When there is no error.
    pub async fn sign_in_in_vain(&self, browser: &Browser) -> Result<String> {
        self.visit(browser, "/").await?;
        self.leave_to_sign_in(browser, Value::Null).await?;
        browser.until("window.ready && Boolean(auth.state.error)").await?;
        let code = browser.eval("auth.state.error.code").await?;
        Ok(code.as_str().context("the error has no code")?.to_owned())
    }

    /// The code exchanges so far.
    pub fn exchanges(&self) -> Vec<LoggedRequest> {
        self.control.requests_to(Endpoint::TokenCode, Some(CLIENT))
    }

    /// The refreshes so far.
    pub fn refreshes(&self) -> Vec<LoggedRequest> {
        self.control.requests_to(Endpoint::TokenRefresh, Some(CLIENT))
    }

    /// All that must never be found lying about: tokens, codes and verifiers of this stage.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.issued.lock().map(|issued| issued.clone()).unwrap_or_default();
        for request in self.control.token_requests(CLIENT) {
            let members = ["code", "code_verifier", "refresh_token"];
            secrets.extend(members.iter().filter_map(|name| request.body_param(name)));
        }
        secrets.sort();
        secrets.dedup();
        secrets
    }

    /// Fails if a text holds a secret.
    ///
    /// # Errors
    ///
    /// When it does, or when there is no secret yet to look for.
    pub fn ensure_no_secret(&self, place: &str, text: &str) -> Result<()> {
        let secrets = self.secrets();
        ensure!(!secrets.is_empty(), "nothing secret has been seen yet");
        for secret in secrets {
            ensure!(!text.contains(&secret), "{place} holds {secret}: {text}");
        }
        Ok(())
    }

    /// Fails if a browser reported anything against the policy.
    ///
    /// # Errors
    ///
    /// With the reports.
    pub fn ensure_no_csp_report(&self) -> Result<()> {
        let reports = self.app.csp_reports();
        ensure!(reports.is_empty(), "against the policy: {}", Value::from(reports));
        Ok(())
    }
}

/// Changes nothing; remembers the tokens of an answer.
fn keep_tokens(issued: Issued) -> Fault {
    Fault::edit(move |answer| {
        let tokens = ["access_token", "refresh_token"]
            .iter()
            .filter_map(|name| answer.get(name).and_then(Value::as_str).map(str::to_owned));
        if let Ok(mut issued) = issued.lock() {
            issued.extend(tokens);
        }
    })
}

fn lifetimes(access_token: Duration) -> Option<Lifetimes> {
    Some(Lifetimes { access_token, ..Lifetimes::default() })
}

fn npm_package() -> Result<PathBuf> {
    let given = env::var_os("BASIC_OAUTH_NPM").map(PathBuf::from);
    let package = given.unwrap_or_else(|| workspace("target/npm"));
    let advice =
        "build the npm package with `cargo xtask build`, or name its folder in BASIC_OAUTH_NPM";
    ensure!(package.join("index.js").is_file(), "{advice}");
    Ok(package)
}

/// A path in the repository.
pub(crate) fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs after the page was parsed and before the app starts.
const RENDERED: &str = "window.rendered = [...document.body.querySelectorAll('*')];";
const CLOCK: &str = include_str!("pages/clock.js");
const RECORDER: &str = include_str!("pages/recorder.js");
const PROBE_PAGE: &str = include_str!("pages/probe.html");
const PROBE: &str = include_str!("pages/probe.js");
