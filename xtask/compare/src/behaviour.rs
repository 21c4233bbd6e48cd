//! The table of behaviour: what each peer does in a real browser when something goes wrong.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use e2e::{Browser, Engine};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::results::Results;
use crate::scenarios;
use crate::server::{Defect, Keys};
use crate::stage::Stage;

type Played<'a> = Pin<Box<dyn Future<Output = Result<Value>> + 'a>>;

/// Plays every scenario with every peer.
pub(crate) async fn measure(site: &Path, peers: &[String], results: &mut Results) -> Result<()> {
    let keys = Arc::new(Keys::generate()?);
    for peer in peers {
        // A browser of its own, so that no peer sees what another one has left in the cache.
        let browser = Browser::start(Engine::Chromium).await?;
        let bundle = site.join(peer);
        let outcomes = play(&browser, &bundle, peer, &keys).await;
        browser.close().await;
        results.put_behaviour(peer, outcomes?);
    }
    Ok(())
}

async fn play(
    browser: &Browser,
    bundle: &Path,
    peer: &str,
    keys: &Arc<Keys>,
) -> Result<BTreeMap<String, Value>> {
    let mut outcomes = BTreeMap::new();
    let mut names: Vec<(String, Defect)> = Vec::new();
    names.extend(scenarios::NAMES.map(|name| (name.to_owned(), Defect::None)));
    names.extend(Defect::ALL.map(|defect| (format!("defect-{}", defect.name()), defect)));
    for (name, defect) in names {
        let played = async {
            let mut stage = Stage::start(browser, bundle, peer, keys, LIFETIME).await?;
            let played: Played<'_> = match defect {
                Defect::None => Box::pin(scenarios::play(&name, &mut stage)),
                defect => Box::pin(scenarios::defect(&mut stage, defect)),
            };
            played.await
        };
        let outcome = match timeout(LONGEST, played).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => json!({ "failed": format!("{error:#}") }),
            Err(_) => json!({ "failed": "it did not end in time" }),
        };
        eprintln!("{peer} {name}: {outcome}");
        close_other_tabs(browser).await?;
        outcomes.insert(name, outcome);
    }
    Ok(outcomes)
}

async fn close_other_tabs(browser: &Browser) -> Result<()> {
    let tabs = browser.tabs().await?;
    let Some((first, others)) = tabs.split_first() else { return Ok(()) };
    for tab in others {
        browser.close_tab(tab).await?;
    }
    browser.switch_to(first).await
}

/// The life of an access token.
const LIFETIME: Duration = Duration::from_secs(3600);
/// A scenario with a call that never ends takes twenty seconds for each.
const LONGEST: Duration = Duration::from_secs(150);
