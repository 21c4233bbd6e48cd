//! The three engines, and what each needs to be driven.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tokio::process::Command;

/// A browser engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Engine {
    /// Chromium or Chrome, by chromedriver.
    Chromium,
    /// Firefox, by geckodriver.
    Firefox,
    /// WebKitGTK's MiniBrowser, by WebKitWebDriver.
    Webkit,
}

impl Engine {
    /// Whether its browser draws on a display, as WebKitGTK's does.
    pub(crate) fn needs_display(self) -> bool {
        self == Self::Webkit
    }

    /// Returns the command that runs the driver on a port.
    pub(crate) fn driver(self, port: u16) -> Command {
        let program = match self {
            Self::Chromium => "chromedriver".into(),
            Self::Firefox => env::var_os("BASIC_OAUTH_GECKODRIVER").unwrap_or("geckodriver".into()),
            Self::Webkit => "WebKitWebDriver".into(),
        };
        let mut command = Command::new(program);
        command.arg(format!("--port={port}"));
        match self {
            Self::Chromium => {}
            // Two Firefoxes at once need a port each for their own protocol.
            Self::Firefox => {
                command.args(["--marionette-port=0", "--websocket-port=0"]);
            }
            // Its sandbox does not start for root, which is who runs tests in a container.
            Self::Webkit => {
                command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
            }
        }
        command
    }

    /// What the session asks for.
    pub(crate) fn capabilities(self) -> Result<Map<String, Value>> {
        let browser = match self {
            Self::Chromium => json!({
                "goog:chromeOptions": { "args": CHROMIUM },
                "goog:loggingPrefs": { "browser": "ALL" },
            }),
            Self::Firefox => json!({
                "moz:firefoxOptions": { "args": ["-headless"], "prefs": firefox_preferences() },
            }),
            Self::Webkit => json!({
                "webkitgtk:browserOptions": { "binary": mini_browser()?, "args": ["--automation"] },
            }),
        };
        let mut capabilities = Map::from_iter([(
            "timeouts".to_owned(),
            json!({ "script": PATIENCE_MS, "pageLoad": PATIENCE_MS, "implicit": 0 }),
        )]);
        if let Value::Object(browser) = browser {
            capabilities.extend(browser);
        }
        Ok(capabilities)
    }
}

const PATIENCE_MS: u64 = 60_000;

const CHROMIUM: [&str; 8] = [
    "--headless",
    // Its sandbox does not start for root, which is who runs tests in a container.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// No calls home, and no visits to the network that a test has not asked for.
fn firefox_preferences() -> Value {
    json!({
        "app.normandy.enabled": false,
        "browser.safebrowsing.downloads.remote.enabled": false,
        "browser.search.update": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "extensions.getAddons.cache.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "services.settings.server": "data:,none",
        "toolkit.telemetry.server": "",
    })
}

/// It is not on the PATH: Debian keeps it in a directory named after the machine's architecture.
fn mini_browser() -> Result<PathBuf> {
    let is_there = |folder: &Path| {
        let browser = folder.join("webkit2gtk-4.1/MiniBrowser");
        browser.is_file().then_some(browser)
    };
    let roots = ["/usr/lib", "/usr/lib64", "/usr/libexec"].map(PathBuf::from);
    let below = roots.iter().filter_map(|root| fs::read_dir(root).ok()).flatten();
    let folders = below.filter_map(|entry| Some(entry.ok()?.path()));
    roots
        .iter()
        .cloned()
        .chain(folders)
        .find_map(|folder| is_there(&folder))
        .context("no webkit2gtk-4.1/MiniBrowser: install WebKitGTK's WebDriver")
}
