//! A user signs in to an app that a toolchain has built. The step `toolchains` of the test command
//! installs and builds the app, and names it in the environment. The scenarios are the same for all.

#![allow(missing_docs, reason = "the names of the scenarios say what they prove")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demo_server::{
    AppHost, AppOptions, AuthorizationServer, Client, Control, Endpoint, Mount, Options, strict_csp,
};
use e2e::{Browser, Process, in_every_engine, wait_at_most};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio::process::Command;

in_every_engine! { @ chromium Chromium
    a_user_signs_in_stays_signed_in_and_signs_out
    a_user_who_declines_sees_the_app_and_can_sign_in_after_all
    a_guarded_page_asks_once_and_the_user_comes_back_to_it
}

async fn a_user_signs_in_stays_signed_in_and_signs_out(browser: &Browser) -> Result<()> {
    in_app(browser, sign_in_and_out).await
}

async fn sign_in_and_out(browser: &Browser, app: &App) -> Result<()> {
    browser.open(&app.url("/")).await?;
    press_sign_in(browser).await?;
    browser.click_css("#allow").await?;
    until_signed_in(browser).await?;
    // The router of Next writes the address of its first render once more, and then leaves it.
    browser.until("location.pathname + location.search + location.hash === '/'").await?;

    browser.reload().await?;
    until_signed_in(browser).await?;
    assert_eq!(app.visits(), 1, "the stored session needs no second visit to the server");

    browser.click_css("#sign-out").await?;
    until_signed_out(browser).await?;
    browser.reload().await?;
    until_signed_out(browser).await?;
    assert_eq!(browser.eval("Object.keys(localStorage)").await?, json!([]));
    Ok(())
}

async fn a_user_who_declines_sees_the_app_and_can_sign_in_after_all(
    browser: &Browser,
) -> Result<()> {
    in_app(browser, decline_and_sign_in).await
}

async fn decline_and_sign_in(browser: &Browser, app: &App) -> Result<()> {
    browser.open(&app.url("/")).await?;
    press_sign_in(browser).await?;
    browser.click_css("#deny").await?;
    until_signed_out(browser).await?;
    assert_eq!(app.visits(), 1, "a refusal leads to no second question");

    press_sign_in(browser).await?;
    browser.click_css("#allow").await?;
    until_signed_in(browser).await?;
    Ok(())
}

async fn a_guarded_page_asks_once_and_the_user_comes_back_to_it(browser: &Browser) -> Result<()> {
    in_app(browser, ask_on_a_guarded_page).await
}

async fn ask_on_a_guarded_page(browser: &Browser, app: &App) -> Result<()> {
    const PRIVATE: &str = "/private?x=1";
    browser.open(&app.url(PRIVATE)).await?;
    browser.click_css("#deny").await?;
    // What the app shows now is its own matter, as long as there is something to press.
    let is_settled = "document.readyState === 'complete' && !document.querySelector('#private') \
        && [...document.querySelectorAll('button, basic-sign-in')].some((it) => it.checkVisibility())";
    let origin = app.origin.clone();
    browser.until(&format!("location.origin === {} && {is_settled}", json!(origin))).await?;
    assert_eq!(app.visits(), 1, "a refusal leads to no second question");

    // A guard may remember the refusal as long as the tab lives.
    browser.new_tab().await?;
    browser.open(&app.url(PRIVATE)).await?;
    browser.click_css("#allow").await?;
    browser.until("document.querySelector('#private')?.textContent.trim() === 'private'").await?;
    assert_eq!(address(browser).await?, PRIVATE);

    browser.click_css("#sign-out").await?;
    until_signed_out(browser).await?;
    browser.until("!document.querySelector('#private')").await?;
    assert_eq!(app.visits(), 2, "a user who has just signed out is not asked");
    Ok(())
}

/// Plays a scenario, and shows what the console said and the app's program printed if it fails.
/// The console and the policy must be silent if it does not.
async fn in_app(
    browser: &Browser,
    scenario: impl AsyncFnOnce(&Browser, &App) -> Result<()>,
) -> Result<()> {
    let app = App::start().await?;
    let outcome = match scenario(browser, &app).await {
        Ok(()) => app.check_page(browser).await,
        failed => failed,
    };
    let complaints = app.complaints(browser).await?;
    outcome.with_context(|| format!("complaints: {complaints:#}"))?;
    ensure!(complaints == json!([]), "the app works, with complaints: {complaints:#}");
    Ok(())
}

/// Presses `#sign-in` once. A button that is still inactive would lose the press.
async fn press_sign_in(browser: &Browser) -> Result<()> {
    until_signed_out(browser).await?;
    browser.click_css("#sign-in").await
}

async fn until_signed_out(browser: &Browser) -> Result<()> {
    let is_signed_out = format!(
        "(() => {{
           const button = document.querySelector('#sign-in');
           if (!button?.checkVisibility() || button.disabled || {USER} !== '') return false;
           return button.localName === 'button' || button.status === 'signed-out';
         }})()"
    );
    browser.until(&is_signed_out).await
}

async fn until_signed_in(browser: &Browser) -> Result<()> {
    browser.until(&format!("{USER} === 'Ada Lovelace'")).await
}

const USER: &str = "(document.querySelector('#user')?.textContent ?? '').trim()";

async fn address(browser: &Browser) -> Result<Value> {
    browser.eval("location.pathname + location.search + location.hash").await
}

/// The app to test, as `xtask/src/test/toolchains.rs` describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    folder: PathBuf,
    /// The folder of the files to serve. Either this or `serve` is given.
    output: Option<PathBuf>,
    /// The command that serves the app on the port in `PORT`.
    serve: Option<String>,
    /// The folder of the package's files that another origin serves.
    package: Option<PathBuf>,
    /// Whether the page has scripts of the build in it, whose hashes the policy needs.
    inline_scripts: bool,
    /// Directives of the policy that take the place of the strict ones.
    policy: BTreeMap<String, String>,
    /// The character set that the browser takes for the page, if it is not UTF-8.
    charset: Option<String>,
    client_id: String,
    /// The port of the authorization server. Its origin is in the app's code.
    server_port: u16,
    package_port: u16,
    app_port: u16,
}

struct App {
    origin: String,
    control: Control,
    host: Option<AppHost>,
    log: Option<PathBuf>,
    client_id: String,
    charset: String,
    _server: AuthorizationServer,
    _package: Option<AppHost>,
    _program: Option<Process>,
}

impl App {
    async fn start() -> Result<Self> {
        let project = env::var("BASIC_OAUTH_TOOLCHAIN")
            .context("`cargo xtask test --only toolchains` runs this test")?;
        let project: Project = serde_json::from_str(&project)?;

        let options = Options { port: project.server_port, ..Options::default() };
        let server = AuthorizationServer::start(options).await?;
        let package = match project.package.clone() {
            Some(folder) => Some(serve_package(folder, project.package_port).await?),
            None => None,
        };
        let (host, program) = match (project.output.clone(), &project.serve) {
            (Some(folder), None) => {
                (Some(serve_output(&project, folder, &server, package.as_ref()).await?), None)
            }
            (None, Some(command)) => (None, Some(run_program(&project, command).await?)),
            _ => anyhow::bail!("a project has either `output` or `serve`"),
        };
        let origin = match &host {
            Some(host) => host.origin().to_owned(),
            None => format!("http://localhost:{}", project.app_port),
        };
        server.register(Client::new(&project.client_id, format!("{origin}/callback")));
        Ok(Self {
            origin,
            control: server.control(),
            host,
            log: program.is_some().then(|| project.folder.join(LOG)),
            client_id: project.client_id,
            charset: project.charset.unwrap_or_else(|| "UTF-8".into()),
            _server: server,
            _package: package,
            _program: program,
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How often the user was sent to the authorization server.
    fn visits(&self) -> usize {
        let requests = self.control.requests_to(Endpoint::Authorize, Some(&self.client_id));
        requests.iter().filter(|request| request.method == "GET").count()
    }

    /// Checks that the page is what the test is about: a program sends its own policy, and without one
    /// no report would mean nothing.
    async fn check_page(&self, browser: &Browser) -> Result<()> {
        let policy = "fetch('/').then((it) => it.headers.get('content-security-policy'))";
        let policy = browser.eval(policy).await?;
        let is_strict = policy.as_str().is_some_and(|it| {
            it.contains("default-src 'none'") && it.contains("require-trusted-types-for 'script'")
        });
        ensure!(is_strict, "the app's policy is {policy}");
        let charset = browser.eval("document.characterSet").await?;
        ensure!(charset == self.charset.as_str(), "the page is in {charset}");
        Ok(())
    }

    /// Returns the warnings and errors of the console, the violations of the policy, and what the
    /// app's program printed if there are any.
    async fn complaints(&self, browser: &Browser) -> Result<Value> {
        let console = browser.take_console().await?.into_iter().filter(|line| {
            let is_icon = line["message"].as_str().is_some_and(|it| it.contains("/favicon.ico"));
            (line["level"] == "WARNING" || line["level"] == "SEVERE") && !is_icon
        });
        let reports = self.host.as_ref().map(AppHost::csp_reports).unwrap_or_default();
        let mut complaints: Vec<Value> = console.chain(reports).collect();
        if let Some(log) = self.log.as_ref().filter(|_| !complaints.is_empty()) {
            complaints.push(fs::read_to_string(log)?.into());
        }
        Ok(complaints.into())
    }
}

/// Serves files under the strictest policy that the package works with.
async fn serve_output(
    project: &Project,
    folder: PathBuf,
    server: &AuthorizationServer,
    package: Option<&AppHost>,
) -> Result<AppHost> {
    let mut sources = vec!["script-src 'self'".to_owned()];
    sources.extend(package.map(|package| package.origin().to_owned()));
    if project.inline_scripts {
        sources.extend(hashes(&folder)?);
    }
    let mut csp = strict_csp(server.origin()).replace("script-src 'self'", &sources.join(" "));
    for (directive, value) in &project.policy {
        let strict = csp.split("; ").find(|it| it.split(' ').next() == Some(directive));
        let strict = strict.with_context(|| format!("no {directive} in {csp}"))?.to_owned();
        csp = csp.replace(&strict, &format!("{directive} {value}"));
    }
    let mounts = vec![Mount::new("/", folder).spa()];
    AppHost::start(AppOptions { mounts, csp: Some(csp), ..AppOptions::default() }).await
}

/// Returns the hashes of the scripts that the pages of a build hold themselves.
fn hashes(folder: &Path) -> Result<BTreeSet<String>> {
    let mut hashes = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "html") {
            let page = fs::read_to_string(path)?;
            let scripts = inline_scripts(&page);
            hashes.extend(
                scripts.map(|it| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(it)))),
            );
        }
    }
    ensure!(!hashes.is_empty(), "no page has a script in it");
    Ok(hashes)
}

/// Returns the content of each script that a page holds itself.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('>')?;
        let (content, _) = rest.split_once("</script>")?;
        (!content.trim().is_empty()).then_some(content)
    })
}

/// Serves the package's files from another site than the app's.
async fn serve_package(folder: PathBuf, port: u16) -> Result<AppHost> {
    AppHost::start(AppOptions {
        port,
        host: "127.0.0.1".into(),
        mounts: vec![Mount::new("/", folder)],
        headers: vec![("access-control-allow-origin".into(), "*".into())],
        ..AppOptions::default()
    })
    .await
}

/// Starts the app's own program and waits until it listens.
async fn run_program(project: &Project, command: &str) -> Result<Process> {
    let path = project.folder.join(LOG);
    let log = File::create(&path)?;
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(&project.folder);
    shell.env("PORT", project.app_port.to_string());
    shell.stdout(log.try_clone()?).stderr(log);
    let program = Process::start(shell)?;
    let listens = wait_at_most(SLOW, "the program to listen", async || {
        let connected = TcpStream::connect(("localhost", project.app_port)).await;
        Ok(connected.is_ok().then_some(()))
    });
    listens.await.with_context(|| fs::read_to_string(path).unwrap_or_default())?;
    Ok(program)
}

/// What a program printed, for the report of a failure.
const LOG: &str = "serve.log";
/// A dev server may compile before it listens.
const SLOW: Duration = Duration::from_secs(120);
