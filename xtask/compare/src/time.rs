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
    let mut lanes = Vec::new();
    for peer in peers {
        let stage = Stage::start(&browser, &site.join(peer), peer, &keys, LIFETIME).await?;
        stage.server.on_authorize(Authorization::ConsentByScript);
        lanes.push(Lane { peer, stage, loads: Ok(Vec::new()) });
    }
    let measured = rounds(&mut lanes, loads, results).await;
    drop(lanes);
    browser.close().await;
    measured
}

/// A peer on its stage, with its loads under the current condition.
struct Lane<'a> {
    peer: &'a str,
    stage: Stage<'a>,
    loads: Result<Vec<Load>>,
}

async fn rounds(lanes: &mut [Lane<'_>], loads: usize, results: &mut Results) -> Result<()> {
    for Lane { peer, stage, .. } in lanes.iter_mut() {
        sign_in(stage).await.with_context(|| format!("{peer} cannot sign in"))?;
    }
    let mut number = 0;
    let mut is_moved = false;
    for condition in Condition::ALL {
        eprintln!("{}", condition.name);
        let browser = lanes.first().context("a peer to measure")?.stage.browser;
        cdp::throttle_processor(browser, condition.slowdown).await?;
        cdp::throttle_network(browser, condition.is_slow_network).await?;
        lanes.iter_mut().for_each(|lane| lane.loads = Ok(Vec::new()));
        // The engine caches the compiled script after some loads.
        let unmeasured = match (condition.is_cold, is_moved) {
            (true, _) => 0,
            (false, true) => 3,
            (false, false) => 1,
        };
        for round in 0..unmeasured + loads {
            for lane in lanes.iter_mut() {
                if condition.is_cold {
                    number += 1;
                    lane.stage.host.move_scripts(number);
                }
                lane.load(condition.journey, round >= unmeasured).await;
            }
        }
        is_moved = condition.is_cold;
        for Lane { peer, loads, .. } in lanes.iter_mut() {
            match std::mem::replace(loads, Ok(Vec::new())) {
                Ok(loads) => results.put_loads(condition.name, peer, loads),
                Err(error) => results.put_failed_loads(condition.name, peer, &error),
            }
        }
        results.save_time()?;
    }
    Ok(())
}

impl Lane<'_> {
    /// Loads the page once more. After a failure the condition has no result for this peer.
    async fn load(&mut self, journey: Journey, is_measured: bool) {
        if self.loads.is_err() {
            return;
        }
        let mut load = load(&mut self.stage, journey).await;
        if load.is_err() {
            load = self::load(&mut self.stage, journey).await;
        }
        match (load, &mut self.loads) {
            (Ok(load), Ok(loads)) if is_measured => loads.push(load),
            (Ok(_), _) => {}
            (Err(error), loads) => *loads = Err(error),
        }
    }
}

async fn load(stage: &mut Stage<'_>, journey: Journey) -> Result<Load> {
    match journey {
        Journey::Session => {
            stage.browser.open(&stage.host.url("/")).await?;
            outcome(stage).await
        }
        Journey::Callback => sign_in(stage).await,
    }
}

/// Signs in, and returns how long the callback page took.
async fn sign_in(stage: &mut Stage<'_>) -> Result<Load> {
    // A user does not sign in again at once. Some libraries take that for a loop.
    stage.advance(Duration::from_secs(60));
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
