//! The memory of the module: its allocator is small and simple, so a long life of a page has to show
//! that freed memory is used again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use demo_server::Document;
use e2e::{Browser, Stage, in_every_engine};
use serde_json::json;

in_every_engine!(the_memory_does_not_grow_with_the_number_of_refreshes);

/// As many refreshes as an hourly token has in two years.
const ROUNDS: u32 = 20;
const REFRESHES: u32 = 1_000;
/// Each round has the same answers. After so many rounds, the memory has room for them.
const WARM_UP: u32 = 3;
/// A slow machine plays fewer rounds in this time, and never fewer than twice the warm-up.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

async fn the_memory_does_not_grow_with_the_number_of_refreshes(browser: &Browser) -> Result<()> {
    let stage = Stage::pages().await?;
    stage.app.publish(Document::html("/memory", PAGE));
    stage.app.publish(Document::script("/memory.js", SCRIPT));
    stage.sign_in(browser).await?;
    stage.visit(browser, "/memory").await?;
    browser.until("auth.state.isSignedIn && Boolean(auth.state.user)").await?;

    let started = Instant::now();
    let mut warm = None;
    for round in 1..=ROUNDS {
        let sizes = browser.run("return play(args[0]);", json!([REFRESHES])).await?;
        let sizes = sizes.as_array().context("the sizes of the memories")?;
        let [size] = sizes.as_slice() else { anyhow::bail!("not one module: {sizes:?}") };
        let size = size.as_u64().context("a number of bytes")?;
        if round == WARM_UP {
            warm = Some(size);
        }
        if let Some(warm) = warm {
            let refreshes = round * REFRESHES;
            ensure!(size == warm, "from {warm} to {size} bytes after {refreshes} refreshes");
        }
        if round >= 2 * WARM_UP && started.elapsed() > LONG_ENOUGH {
            break;
        }
    }
    assert!(warm.is_some_and(|warm| warm > 0), "the memory was measured");
    stage.ensure_no_csp_report()
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Many refreshes</title>
    <script src="/memory.js"></script>
    <script src="/recorder.js"></script>
    <script type="module" src="/probe.js"></script>
  </head>
  <body><button type="button" data-testid="sign-in">Sign in</button></body>
</html>"#;

const SCRIPT: &str = include_str!("../src/pages/memory.js");
