//! The scenarios. Each plays on a fresh stage and returns what it saw.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::server::{Authorization, Defect, Kind, Refresh};
use crate::stage::{EXPIRY, Outcome, Stage};

/// Every scenario, in the order in which they are played.
pub(crate) const NAMES: [&str; 11] = [
    "calls",
    "tabs",
    "callback",
    "replay",
    "network",
    "unavailable",
    "refused",
    "abandoned",
    "two-sign-ins",
    "sign-out",
    "forged",
];

pub(crate) async fn play(name: &str, stage: &mut Stage<'_>) -> Result<Value> {
    match name {
        "calls" => calls(stage).await,
        "tabs" => tabs(stage).await,
        "callback" => callback(stage).await,
        "replay" => replay(stage).await,
        "network" => outage(stage, Refresh::Disconnect).await,
        "unavailable" => outage(stage, Refresh::Unavailable).await,
        "refused" => refused(stage).await,
        "abandoned" => abandoned(stage).await,
        "two-sign-ins" => two_sign_ins(stage).await,
        "sign-out" => sign_out(stage).await,
        "forged" => forged(stage).await,
        other => bail!("no scenario {other}"),
    }
}

/// One tab asks five times at once after the token has expired.
async fn calls(stage: &mut Stage<'_>) -> Result<Value> {
    stage.sign_in().await?;
    stage.server.on_refresh(Refresh::GrantAfter(Duration::from_millis(400)));
    stage.server.clear_log();
    stage.expire().await?;
    let body =
        "return Promise.all(Array.from({ length: 5 }, () => window.call('getAccessToken')));";
    let answers = stage.browser.run(body, json!([])).await?;
    let answers: Vec<Outcome> =
        answers.as_array().context("a list of answers")?.iter().map(Outcome::of).collect();
    settle().await;
    let valid = answers.iter().filter(|it| it.valid_token(&stage.server)).count();
    Ok(json!({ "valid": valid, "refreshes": refreshes(stage), "ended": ended(stage) }))
}

/// Three tabs wake up at once, and all need a token.
async fn tabs(stage: &mut Stage<'_>) -> Result<Value> {
    stage.sign_in().await?;
    let mut tabs = vec![stage.browser.tab().await?];
    for _ in 0..2 {
        tabs.push(stage.browser.new_tab().await?);
        stage.visit("/").await?;
        let answer = stage.ask().await?;
        if !answer.valid_token(&stage.server) {
            return Ok(json!({ "shared": false }));
        }
    }
    stage.server.on_refresh(Refresh::GrantAfter(Duration::from_millis(600)));
    stage.server.clear_log();
    stage.advance(EXPIRY);
    // A channel does not deliver to itself, so the message comes from another object.
    let wake = "new BroadcastChannel('compare.ask').postMessage(args[0]);";
    stage.browser.run(wake, json!([EXPIRY.as_millis()])).await?;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut valid = 0;
    for tab in &tabs {
        stage.browser.switch_to(tab).await?;
        valid += usize::from(stage.ask().await?.valid_token(&stage.server));
    }
    settle().await;
    Ok(json!({
        "shared": true, "valid": valid, "refreshes": refreshes(stage), "ended": ended(stage),
    }))
}

/// A callback is handled twice at once.
async fn callback(stage: &mut Stage<'_>) -> Result<Value> {
    stage.visit("/").await?;
    stage.leave().await?;
    stage.back().await?;
    let body =
        "return Promise.all([window.call('handleCallback'), window.call('handleCallback')]);";
    let answers = stage.browser.run(body, json!([])).await?;
    let answers = answers.as_array().context("a list of answers")?;
    let ok = answers.iter().filter(|it| Outcome::of(it).is_ok()).count();
    let exchanges = stage.server.count(Kind::Exchange);
    stage.visit("/").await?;
    let is_signed_in = stage.ask().await?.valid_token(&stage.server);
    Ok(json!({ "exchanges": exchanges, "ok": ok, "signedIn": is_signed_in }))
}

/// The address of a callback is opened again, as from the history.
async fn replay(stage: &mut Stage<'_>) -> Result<Value> {
    stage.visit("/").await?;
    stage.leave().await?;
    stage.back().await?;
    // The library may have cleaned the address by now. This is what the history has of it.
    let address = stage.browser.eval("performance.getEntriesByType('navigation')[0].name").await?;
    let address = address.as_str().context("the address of the callback")?;
    let first = stage.call("handleCallback", json!([])).await?;
    stage.visit("/").await?;
    if !first.is_ok() || !stage.ask().await?.valid_token(&stage.server) {
        bail!("the sign-in ended with {first:?}");
    }
    stage.server.clear_log();
    stage.browser.open(address).await?;
    stage.until("window.ready === true").await?;
    let again = stage.call("handleCallback", json!([])).await?;
    let token = stage.ask().await?.valid_token(&stage.server);
    stage.visit("/").await?;
    let later = stage.ask().await?.valid_token(&stage.server);
    Ok(json!({
        "isQuiet": again.is_ok(), "keepsToken": token, "keepsSession": later,
        "exchanges": stage.server.count(Kind::Exchange),
    }))
}

/// Refreshes fail for a while, because of the network or of the server.
async fn outage(stage: &mut Stage<'_>, failure: Refresh) -> Result<Value> {
    stage.sign_in().await?;
    stage.server.clear_log();
    stage.server.on_refresh(failure);
    stage.expire().await?;
    let started = std::time::Instant::now();
    let during = stage.ask().await?;
    let waited = started.elapsed();
    let handed_out = matches!(&during, Outcome::Ok(Value::String(_)));
    stage.advance(Duration::from_secs(5));
    stage.advance_page(Duration::from_secs(5)).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stage.server.on_refresh(Refresh::Grant);
    let healed = stage.ask().await?.valid_token(&stage.server);
    stage.visit("/").await?;
    let reloaded = stage.ask().await?.valid_token(&stage.server);
    // A library may pause after a failure.
    let later = reloaded || {
        tokio::time::sleep(Duration::from_secs(10)).await;
        stage.ask().await?.valid_token(&stage.server)
    };
    let much_later = later || {
        stage.advance(Duration::from_secs(120));
        stage.visit("/").await?;
        stage.ask().await?.valid_token(&stage.server)
    };
    Ok(json!({
        "waitedMs": waited.as_millis(), "expiredTokenHandedOut": handed_out, "healed": healed,
        "reloaded": reloaded, "later": later, "muchLater": much_later,
    }))
}

/// The server refuses the refresh token for good.
async fn refused(stage: &mut Stage<'_>) -> Result<Value> {
    stage.sign_in().await?;
    stage.server.clear_log();
    stage.server.on_refresh(Refresh::Refuse);
    stage.expire().await?;
    let answer = stage.ask().await?;
    settle().await;
    let first = refreshes(stage);
    let dead = stage.server.refresh_tokens();
    let is_kept =
        stage.stored().await?.iter().any(|(_, value)| dead.iter().any(|it| value.contains(it)));
    stage.visit("/").await?;
    stage.ask().await?;
    settle().await;
    Ok(json!({
        "answered": answer.is_ok(), "isKept": is_kept, "refreshes": first,
        "refreshesAfterReload": refreshes(stage) - first,
        "authorizations": stage.server.count(Kind::Authorize),
    }))
}

/// The user starts ten sign-ins and goes back each time.
async fn abandoned(stage: &mut Stage<'_>) -> Result<Value> {
    stage.visit("/").await?;
    let before = stage.stored().await?;
    stage.server.on_authorize(Authorization::Page);
    let mut refused = 0;
    for _ in 0..10 {
        // A user does not sign in again at once. Some libraries take that for a loop.
        stage.advance(Duration::from_secs(60));
        stage.visit("/").await?;
        let count = stage.server.count(Kind::Authorize);
        stage.leave().await?;
        let arrived = async {
            while stage.server.count(Kind::Authorize) == count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        refused += usize::from(tokio::time::timeout(PATIENCE, arrived).await.is_err());
        // The page of the server has to be there before the user can leave it.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stage.visit("/").await?;
    let after = stage.stored().await?;
    let left: Vec<_> = after.iter().filter(|it| !before.contains(it)).collect();
    let bytes: usize = left.iter().map(|(key, value)| key.len() + value.len()).sum();
    Ok(json!({ "entries": left.len(), "bytes": bytes, "refused": refused }))
}

/// Two tabs sign in at the same time.
async fn two_sign_ins(stage: &mut Stage<'_>) -> Result<Value> {
    let gate = watch::Sender::new(false);
    stage.server.on_authorize(Authorization::Held(gate.subscribe()));
    let first = stage.browser.tab().await?;
    stage.visit("/").await?;
    let second = stage.browser.new_tab().await?;
    stage.visit("/").await?;
    for tab in [&first, &second] {
        stage.browser.switch_to(tab).await?;
        stage.leave().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let both = async {
        while stage.server.count(Kind::Authorize) < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let both = tokio::time::timeout(PATIENCE, both).await.is_ok();
    gate.send_replace(true);
    let mut tokens = Vec::new();
    for tab in [&first, &second] {
        stage.browser.switch_to(tab).await?;
        if stage.back().await.is_err() {
            tokens.push(false);
            continue;
        }
        let handled = stage.call("handleCallback", json!([])).await?;
        let token = stage.ask().await?;
        tokens.push(handled.is_ok() && token.valid_token(&stage.server));
    }
    Ok(json!({ "bothPending": both, "first": tokens[0], "second": tokens[1] }))
}

/// One tab signs out. The other one asks for a token.
async fn sign_out(stage: &mut Stage<'_>) -> Result<Value> {
    stage.sign_in().await?;
    let first = stage.browser.tab().await?;
    stage.browser.new_tab().await?;
    stage.visit("/").await?;
    let second = stage.browser.tab().await?;
    if !stage.ask().await?.is_ok() {
        return Ok(json!({ "shared": false }));
    }
    stage.browser.switch_to(&first).await?;
    let signed_out = stage.call("signOut", json!([])).await?;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stage.browser.switch_to(&second).await?;
    let token = stage.ask().await?;
    let has_token = matches!(&token, Outcome::Ok(Value::String(_)));
    Ok(json!({ "shared": true, "signedOut": signed_out.is_ok(), "notices": !has_token }))
}

/// A page opens a callback that the app never asked for.
async fn forged(stage: &mut Stage<'_>) -> Result<Value> {
    stage.visit("/callback?code=evil&state=bad").await?;
    let answer = stage.call("handleCallback", json!([])).await?;
    settle().await;
    Ok(json!({
        "requests": stage.server.count(Kind::Exchange),
        "reported": matches!(answer, Outcome::Error(_)),
    }))
}

/// One thing is wrong with the redirect or with the ID token.
pub(crate) async fn defect(stage: &mut Stage<'_>, defect: Defect) -> Result<Value> {
    stage.server.spoil(defect);
    stage.visit("/").await?;
    stage.leave().await?;
    stage.back().await?;
    let answer = stage.call("handleCallback", json!([])).await?;
    stage.visit("/").await?;
    let token = stage.ask().await?;
    let error = match &answer {
        Outcome::Error(error) => Some(error),
        _ => None,
    };
    Ok(json!({ "accepted": token.valid_token(&stage.server), "error": error }))
}

fn refreshes(stage: &Stage<'_>) -> usize {
    stage.server.count(Kind::Refresh)
}

/// Returns whether the server has ended the session, as it does after a reuse.
fn ended(stage: &Stage<'_>) -> bool {
    stage.server.count(Kind::Reuse) > 0 || !stage.server.has_live_session()
}

/// Waits for requests that were not waited for.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(700)).await;
}

const PATIENCE: Duration = Duration::from_secs(5);
