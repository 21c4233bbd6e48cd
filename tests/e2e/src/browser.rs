//! A browser that a test drives: its own driver, its own profile, its own display.

use std::net::TcpListener;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::Command;
use url::{ParseError, Url};

use crate::engine::Engine;
use crate::process::Process;
use crate::wait::{wait_for, wait_until};

/// A running browser with a fresh profile. What is asked of it is asked of its current tab.
pub struct Browser {
    engine: Engine,
    client: Client,
    // In this order: the driver ends before what it stands on.
    _driver: Process,
    _display: Option<Process>,
    _scratch: TempDir,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Errors
    ///
    /// When the driver or the browser does not start.
    pub async fn start(engine: Engine) -> Result<Self> {
        let mut failure = None;
        // The free port may be taken by another process before the driver has it.
        for _ in 0..3 {
            match Self::try_start(engine).await {
                Ok(browser) => return Ok(browser),
                Err(error) => failure = Some(error),
            }
        }
        let failure = failure.context("no attempt was made")?;
        Err(failure.context(format!("{engine:?} does not start")))
    }

    async fn try_start(engine: Engine) -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let port = free_port()?;
        let mut command = engine.driver(port);
        // Profiles and caches are in a folder that ends with the test.
        command.env("TMPDIR", scratch.path()).env("XDG_CACHE_HOME", scratch.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let display = if engine.needs_display() {
            let (display, name) = start_display().await?;
            command.env("DISPLAY", name).env("GDK_BACKEND", "x11").env_remove("WAYLAND_DISPLAY");
            Some(display)
        } else {
            None
        };
        let mut driver = Process::start(command)?;
        wait_until("the driver to listen", async || {
            ensure!(!driver.has_ended(), "the driver has ended");
            Ok(TcpStream::connect(("127.0.0.1", port)).await.is_ok())
        })
        .await?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(engine.capabilities()?)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        Ok(Self { engine, client, _driver: driver, _display: display, _scratch: scratch })
    }

    /// Ends it in good order. Dropping it ends it too, less politely.
    pub async fn close(self) {
        // The answer does not matter: the processes are killed next.
        let close = self.client.clone().close();
        tokio::time::timeout(std::time::Duration::from_secs(10), close).await.ok();
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For what has no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address and waits until the page has loaded.
    ///
    /// # Errors
    ///
    /// When the address cannot be opened.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("cannot open {url}"))
    }

    /// The current address.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn url(&self) -> Result<String> {
        Ok(self.client.current_url().await?.into())
    }

    /// Loads the page again.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Opens one more tab and makes it the current one.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn new_tab(&self) -> Result<Tab> {
        let tab = Tab(self.client.new_window(true).await?.handle);
        self.switch_to(&tab).await?;
        Ok(tab)
    }

    /// The current tab.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn tab(&self) -> Result<Tab> {
        Ok(Tab(self.client.window().await?))
    }

    /// All tabs, those that a page has opened too.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn tabs(&self) -> Result<Vec<Tab>> {
        Ok(self.client.windows().await?.into_iter().map(Tab).collect())
    }

    /// Makes another tab the current one.
    ///
    /// # Errors
    ///
    /// When it is closed.
    pub async fn switch_to(&self, tab: &Tab) -> Result<()> {
        Ok(self.client.switch_to_window(tab.0.clone()).await?)
    }

    /// Closes a tab at any point of its scripts. The caller has to select another one.
    ///
    /// # Errors
    ///
    /// When it is closed already.
    pub async fn close_tab(&self, tab: &Tab) -> Result<()> {
        self.switch_to(tab).await?;
        Ok(self.client.close_window().await?)
    }

    /// Runs the body of an async function in the page and returns its result. `args` is an array.
    ///
    /// # Errors
    ///
    /// With what the function throws.
    pub async fn run(&self, body: &str, args: Value) -> Result<Value> {
        let script = format!(
            "const [args, done] = arguments;
             const describe = (error) => [error?.name, error?.code, error?.message ?? error].join(' ');
             (async () => {{ {body} }})().then(
               (value) => done({{ value: value === undefined ? null : value }}),
               (error) => done({{ error: describe(error) }}),
             );"
        );
        let mut answer = self.client.execute_async(&script, vec![args]).await?;
        match answer.get("error") {
            Some(error) => bail!("{} from: {body}", error.as_str().unwrap_or_default()),
            None => Ok(answer["value"].take()),
        }
    }

    /// The value of a JavaScript expression; a promise is waited for.
    ///
    /// # Errors
    ///
    /// With what the expression throws.
    pub async fn eval(&self, expression: &str) -> Result<Value> {
        self.run(&format!("return await ({expression});"), json!([])).await
    }

    /// Waits until a JavaScript expression is true, in the page that is current then.
    ///
    /// # Errors
    ///
    /// When it does not become true.
    pub async fn until(&self, expression: &str) -> Result<()> {
        wait_until(expression, async || Ok(self.eval(expression).await? == true)).await
    }

    /// Presses what has this `data-testid`, as a user does, once it can be pressed.
    ///
    /// # Errors
    ///
    /// When there is no such thing to press.
    pub async fn click(&self, testid: &str) -> Result<()> {
        self.click_css(&format!(r#"[data-testid="{testid}"]"#)).await
    }

    /// Presses what a selector finds.
    ///
    /// # Errors
    ///
    /// When there is no such thing to press.
    pub async fn click_css(&self, selector: &str) -> Result<()> {
        // Engines lose a press on a page that they have not painted yet. A hidden page never paints.
        const PAINT: &str = "await new Promise((resolve) => {
            if (document.hidden) resolve();
            requestAnimationFrame(() => requestAnimationFrame(resolve));
            setTimeout(resolve, 1000);
        });";
        wait_until(&format!("{selector} to press"), async || {
            let element = self.client.find(Locator::Css(selector)).await?;
            self.run(PAINT, Value::Null).await?;
            element.click().await?;
            Ok(true)
        })
        .await
    }

    /// Types into a field that a selector finds, in place of what it holds.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub async fn type_text(&self, selector: &str, text: &str) -> Result<()> {
        wait_until(&format!("{selector} to type into"), async || {
            let field = self.client.find(Locator::Css(selector)).await?;
            field.clear().await?;
            field.send_keys(text).await?;
            Ok(true)
        })
        .await
    }

    /// The text of what has this `data-testid`, shown or not.
    ///
    /// # Errors
    ///
    /// When there is no such element.
    pub async fn text(&self, testid: &str) -> Result<String> {
        self.text_css(&format!(r#"[data-testid="{testid}"]"#)).await
    }

    /// The text of what a selector finds, shown or not: engines disagree about visible text.
    ///
    /// # Errors
    ///
    /// When there is no such element.
    pub async fn text_css(&self, selector: &str) -> Result<String> {
        let body = "return document.querySelector(args[0]).textContent;";
        let text = self.run(body, json!([selector])).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the text of what has this `data-testid` contains something.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn until_text(&self, testid: &str, part: &str) -> Result<String> {
        wait_for(&format!("{part:?} in {testid}"), async || {
            let text = self.text(testid).await?;
            Ok(text.contains(part).then_some(text))
        })
        .await
    }

    /// What Chromium's console has said since the last call, in all pages: messages of scripts,
    /// uncaught errors, violations of the policy, and requests that failed. Each is an object with
    /// `level`, `message` and `source`. A script in the page sees less, and nothing before it runs.
    ///
    /// # Errors
    ///
    /// When the driver fails. Those of the other engines have no such command.
    pub async fn take_console(&self) -> Result<Vec<Value>> {
        let lines = self.client.issue_cmd(TakeConsole).await?;
        Ok(lines.as_array().context("the console is no list")?.clone())
    }

    /// A picture of the page, as PNG.
    ///
    /// # Errors
    ///
    /// When the driver fails.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }
}

/// A tab of a [`Browser`].
#[derive(Clone, Debug, PartialEq)]
pub struct Tab(WindowHandle);

#[derive(Debug)]
struct TakeConsole;

impl WebDriverCompatibleCommand for TakeConsole {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// Xvfb chooses a free display and prints its number.
async fn start_display() -> Result<(Process, String)> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    command.stderr(Stdio::null());
    let (process, number) = Process::start_and_read_line(command).await?;
    Ok((process, format!(":{}", number.trim())))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
