//! One peer on an origin of its own, with a server of its own, in a browser that others share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Browser, wait_at_most};
use serde_json::{Value, json};

use crate::host::Host;
use crate::server::{Keys, Server};

/// A fresh server and a fresh origin: nothing is stored there yet.
pub(crate) struct Stage<'a> {
    pub(crate) server: Server,
    pub(crate) host: Host,
    pub(crate) browser: &'a Browser,
    config: Value,
    ahead: Duration,
}

/// How a call of a client ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Ok(Value),
    Error(String),
    /// It had not ended after twenty seconds.
    Late,
}

impl Outcome {
    pub(crate) fn is_ok(&self) -> bool {
        matches!(self, Self::Ok(_))
    }

    /// Returns an access token that the server accepts, if the client gave one.
    pub(crate) fn valid_token(&self, server: &Server) -> bool {
        matches!(self, Self::Ok(Value::String(token)) if server.accepts(token))
    }

    pub(crate) fn of(value: &Value) -> Self {
        match (value.get("ok"), value.get("error").and_then(Value::as_str)) {
            (Some(result), _) => Self::Ok(result.clone()),
            (_, Some(error)) => Self::Error(error.to_owned()),
            _ => Self::Late,
        }
    }
}

impl<'a> Stage<'a> {
    pub(crate) async fn start(
        browser: &'a Browser,
        bundle: &Path,
        peer: &str,
        keys: &Arc<Keys>,
        lifetime: Duration,
    ) -> Result<Self> {
        let server = Server::start(keys.clone(), lifetime).await?;
        let host = Host::start(bundle).await?;
        let config = json!({
            "server": server.origin(),
            "clientId": peer,
            "redirectUri": host.url("/callback"),
            "scope": "openid profile offline_access",
        });
        host.configure(&config, 0);
        // Cookies are of the host name, without the port.
        browser.open(&host.url("/none.txt")).await?;
        browser.client().delete_all_cookies().await?;
        Ok(Self { server, host, browser, config, ahead: Duration::ZERO })
    }

    /// Opens a page and waits until the client is there.
    pub(crate) async fn visit(&self, path: &str) -> Result<()> {
        self.browser.open(&self.host.url(path)).await?;
        self.until("window.ready === true").await
    }

    /// Calls a method of the client.
    pub(crate) async fn call(&self, method: &str, arguments: Value) -> Result<Outcome> {
        let body = "return window.call(args[0], ...args[1]);";
        Ok(Outcome::of(&self.browser.run(body, json!([method, arguments])).await?))
    }

    pub(crate) async fn ask(&self) -> Result<Outcome> {
        self.call("getAccessToken", json!([])).await
    }

    /// Starts a sign-in from the current page, and returns before the page is left.
    pub(crate) async fn leave(&self) -> Result<()> {
        // The driver waits for a navigation that begins before it has its answer.
        let body = "setTimeout(() => window.call('signIn', '/after'), 200);";
        self.browser.run(body, json!([])).await?;
        Ok(())
    }

    /// Waits until the browser is back on the callback page.
    pub(crate) async fn back(&self) -> Result<()> {
        self.until("location.pathname === '/callback' && window.ready === true").await
    }

    /// Waits until an expression is true in the page that is current then. A script that ends at once
    /// cannot be lost with its page, as one that waits can.
    pub(crate) async fn until(&self, expression: &str) -> Result<()> {
        let script = format!("return {expression};");
        wait_at_most(PATIENCE, expression, async || {
            let answer = self.browser.client().execute(&script, Vec::new()).await?;
            Ok((answer == true).then_some(()))
        })
        .await
    }

    /// Signs in, and leaves the browser on the page `/` with a client that has a session.
    pub(crate) async fn sign_in(&self) -> Result<()> {
        self.visit("/").await?;
        self.leave().await?;
        self.back().await?;
        match self.call("handleCallback", json!([])).await? {
            Outcome::Ok(_) => {}
            other => bail!("the callback ended with {other:?}"),
        }
        self.visit("/").await?;
        let token = self.ask().await?;
        if !token.valid_token(&self.server) {
            bail!("no token after the sign-in: {token:?}");
        }
        Ok(())
    }

    /// Moves the clocks of the server and of later pages.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += by;
        self.server.advance(by);
        self.host.configure(&self.config, self.ahead.as_millis());
    }

    /// Moves the clock of the current page, which must not have been opened since [`Self::advance`].
    pub(crate) async fn advance_page(&self, by: Duration) -> Result<()> {
        let body = "window.ahead += args[0];";
        self.browser.run(body, json!([by.as_millis()])).await?;
        Ok(())
    }

    /// Lets the access token expire on the server and on the current page.
    pub(crate) async fn expire(&mut self) -> Result<()> {
        self.advance(EXPIRY);
        self.advance_page(EXPIRY).await
    }

    /// Returns the keys and values of everything that the page has stored, without this frame's.
    pub(crate) async fn stored(&self) -> Result<Vec<(String, String)>> {
        let body =
            "const entries = [localStorage, sessionStorage].flatMap((it) => Object.entries(it));
            const cookies = document.cookie.split('; ').filter(Boolean).map((it) => it.split('='));
            return [...entries, ...cookies];";
        let stored = self.browser.run(body, json!([])).await?;
        serde_json::from_value::<Vec<Vec<String>>>(stored)?
            .into_iter()
            .map(|pair| {
                let mut pair = pair.into_iter();
                let key = pair.next().context("an entry has a key")?;
                Ok((key, pair.next().unwrap_or_default()))
            })
            .collect()
    }
}

/// How long a page may take to load.
const PATIENCE: Duration = Duration::from_secs(20);
/// A sleep that is longer than the life of an access token.
pub(crate) const EXPIRY: Duration = Duration::from_secs(3700);
