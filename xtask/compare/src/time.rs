//! The table of time: how long a page waits for its token.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Browser, Engine};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cdp;
use crate::results::Results;
use crate::server::{Authorization, Keys};
use crate::stage::Stage;

/// The way that a page gets its token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Journey {
    /// A session is stored, and the token has not expired.
    Session,
    /// The page is the callback of a sign-in.
    Callback,
}

/// How fast the machine and the network are, and whether the script is in the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    pub(crate) journey: Journey,
    pub(crate) name: &'static str,
    pub(crate) is_cold: bool,
    pub(crate) slowdown: u32,
    pub(crate) is_slow_network: bool,
}

impl Condition {
    /// A callback is never cold: the sign-in began in the same app.
    pub(crate) const ALL: [Self; 8] = [
        Self::new(Journey::Session, "session, cold", true, 1, false),
        Self::new(Journey::Session, "session, warm", false, 1, false),
        Self::new(Journey::Session, "session, cold, 4x CPU", true, 4, false),
        Self::new(Journey::Session, "session, warm, 4x CPU", false, 4, false),
        Self::new(Journey::Session, "session, cold, 4x CPU, slow 4G", true, 4, true),
        Self::new(Journey::Callback, "callback", false, 1, false),
        Self::new(Journey::Callback, "callback, 4x CPU", false, 4, false),
        Self::new(Journey::Callback, "callback, 4x CPU, slow 4G", false, 4, true),
    ];

    const fn new(
        journey: Journey,
        name: &'static str,
        is_cold: bool,
        slowdown: u32,
        is_slow_network: bool,
    ) -> Self {
        Self { journey, name, is_cold, slowdown, is_slow_network }
    }
}

/// A page load, in milliseconds since the navigation began.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Load {
    /// When the script had run.
    pub(crate) evaluated: f64,
    /// When the page had its token.
    pub(crate) token: f64,
}

/// Loads the page of each peer in turn, so that all of them see the same state of the machine.
pub(crate) async fn measure(
    site: &Path,
    peers: &[String],
    loads: usize,
    results: &mut Results,
) -> Result<()> {
    let keys = Arc::new(Keys::generate()?);
    let browser = Browser::start(Engine::Chromium).await?;
    let mut stages = Vec::new();
    for peer in peers {
        let stage = Stage::start(&browser, &site.join(peer), peer, &keys, LIFETIME).await?;
        stage.server.on_authorize(Authorization::ConsentByScript);
        stages.push((peer.as_str(), stage));
    }
    let measured = rounds(&stages, loads, results).await;
    browser.close().await;
    measured
}

async fn rounds(stages: &[(&str, Stage<'_>)], loads: usize, results: &mut Results) -> Result<()> {
    for (peer, stage) in stages {
        sign_in(stage).await.with_context(|| format!("{peer} cannot sign in"))?;
    }
    let mut number = 0;
    let mut is_moved = false;
    for condition in Condition::ALL {
        eprintln!("{}", condition.name);
        let browser = stages.first().context("a peer to measure")?.1.browser;
        cdp::throttle_processor(browser, condition.slowdown).await?;
        cdp::throttle_network(browser, condition.is_slow_network).await?;
        if !condition.is_cold {
            // The engine caches the compiled script after some loads.
            let rounds = if is_moved { 3 } else { 1 };
            for (_, stage) in stages.iter().cycle().take(rounds * stages.len()) {
                load(stage, condition.journey).await?;
            }
        }
        is_moved = condition.is_cold;
        let mut all: Vec<Vec<Load>> = vec![Vec::new(); stages.len()];
        for _ in 0..loads {
            for ((peer, stage), loads) in stages.iter().zip(&mut all) {
                if condition.is_cold {
                    number += 1;
                    stage.host.move_scripts(number);
                }
                let load = load(stage, condition.journey).await;
                loads.push(load.with_context(|| format!("{peer}, {}", condition.name))?);
            }
        }
        for ((peer, _), loads) in stages.iter().zip(all) {
            results.put_loads(condition.name, peer, loads);
        }
    }
    Ok(())
}

async fn load(stage: &Stage<'_>, journey: Journey) -> Result<Load> {
    match journey {
        Journey::Session => {
            stage.browser.open(&stage.host.url("/")).await?;
            outcome(stage).await
        }
        Journey::Callback => sign_in(stage).await,
    }
}

/// Signs in, and returns how long the callback page took.
async fn sign_in(stage: &Stage<'_>) -> Result<Load> {
    stage.browser.open(&stage.host.url("/sign-in")).await?;
    stage.until("window.startPath === '/callback'").await?;
    outcome(stage).await
}

async fn outcome(stage: &Stage<'_>) -> Result<Load> {
    let outcome = stage.browser.run("return window.outcome;", json!([])).await?;
    if let Some(error) = outcome["error"].as_str() {
        bail!("{error}");
    }
    let token = outcome["token"].as_str().unwrap_or_default();
    ensure!(stage.server.accepts(token), "no valid token: {outcome}");
    let number = |value: &Value| value.as_f64().context("a time");
    Ok(Load { evaluated: number(&outcome["evaluated"])?, token: number(&outcome["at"])? })
}

/// Longer than a whole run, so that no load refreshes.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
