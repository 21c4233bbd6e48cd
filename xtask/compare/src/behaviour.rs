//! The table of behaviour: what each peer does in a real browser when something goes wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use e2e::{Browser, Engine};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::results::Results;
use crate::scenarios;
use crate::server::{Defect, Keys};
use crate::stage::Stage;

/// Plays every scenario with every peer.
pub(crate) async fn measure(
    site: &Path,
    peers: &[String],
    scenarios: &[String],
    results: &mut Results,
) -> Result<()> {
    let keys = Arc::new(Keys::generate()?);
    let playing = stream::iter(peers).map(async |peer| {
        // A browser of its own, so that no peer sees what another one has left.
        let browser = Browser::start(Engine::Chromium).await?;
        let outcomes = play(&browser, &site.join(peer), peer, scenarios, &keys).await;
        browser.close().await;
        anyhow::Ok((peer, outcomes?))
    });
    let mut playing = pin!(playing.buffer_unordered(AT_ONCE));
    while let Some(played) = playing.next().await {
        let (peer, outcomes) = played?;
        results.put_behaviour(peer, outcomes);
        results.save_behaviour()?;
    }
    Ok(())
}

async fn play(
    browser: &Browser,
    bundle: &Path,
    peer: &str,
    chosen: &[String],
    keys: &Arc<Keys>,
) -> Result<BTreeMap<String, Value>> {
    let mut outcomes = BTreeMap::new();
    let mut names: Vec<(String, Defect)> = Vec::new();
    names.extend(scenarios::NAMES.map(|name| (name.to_owned(), Defect::None)));
    names.extend(Defect::ALL.map(|defect| (format!("defect-{}", defect.name()), defect)));
    names.retain(|(name, _)| chosen.is_empty() || chosen.contains(name));
    for (name, defect) in names {
        let mut outcome = attempt(browser, bundle, peer, keys, &name, defect).await?;
        // A driver may fail on a busy machine, which says nothing about the peer.
        if outcome.get("failed").is_some() {
            outcome = attempt(browser, bundle, peer, keys, &name, defect).await?;
        }
        eprintln!("{peer} {name}: {outcome}");
        outcomes.insert(name, outcome);
    }
    Ok(outcomes)
}

/// Plays one scenario, and says why if it could not be played.
async fn attempt(
    browser: &Browser,
    bundle: &Path,
    peer: &str,
    keys: &Arc<Keys>,
    name: &str,
    defect: Defect,
) -> Result<Value> {
    let played = async {
        let mut stage = Stage::start(browser, bundle, peer, keys, LIFETIME).await?;
        match defect {
            Defect::None => scenarios::play(name, &mut stage).await,
            defect => scenarios::defect(&mut stage, defect).await,
        }
    };
    let outcome = match timeout(LONGEST, played).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => json!({ "failed": format!("{error:#}") }),
        Err(_) => json!({ "failed": "it did not end in time" }),
    };
    close_other_tabs(browser).await?;
    Ok(outcome)
}

async fn close_other_tabs(browser: &Browser) -> Result<()> {
    let tabs = browser.tabs().await?;
    let Some((first, others)) = tabs.split_first() else { return Ok(()) };
    for tab in others {
        browser.close_tab(tab).await?;
    }
    browser.switch_to(first).await
}

/// Browsers at once. Most of the time they wait.
const AT_ONCE: usize = 3;
/// The life of an access token.
const LIFETIME: Duration = Duration::from_secs(3600);
/// A scenario with a call that never ends takes twenty seconds for each.
const LONGEST: Duration = Duration::from_secs(150);
