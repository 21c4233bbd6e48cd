//! Commands of Chromium's own protocol, through its driver.

use anyhow::Result;
use e2e::Browser;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// Slows the processor of the current page down, and no other.
pub(crate) async fn throttle_processor(browser: &Browser, rate: u32) -> Result<()> {
    send(browser, "Emulation.setCPUThrottlingRate", json!({ "rate": rate })).await
}

/// Makes the network of the current page as slow as the preset "Slow 4G" of the developer tools.
pub(crate) async fn throttle_network(browser: &Browser, is_slow: bool) -> Result<()> {
    send(browser, "Network.enable", json!({})).await?;
    let conditions = if is_slow {
        json!({
            "offline": false,
            "latency": 562.5,
            "downloadThroughput": 180_000,
            "uploadThroughput": 84_375,
        })
    } else {
        json!({
            "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        })
    };
    send(browser, "Network.emulateNetworkConditions", conditions).await
}

async fn send(browser: &Browser, command: &'static str, parameters: Value) -> Result<()> {
    browser.client().issue_cmd(Command { command, parameters }).await?;
    Ok(())
}

#[derive(Debug)]
struct Command {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}
