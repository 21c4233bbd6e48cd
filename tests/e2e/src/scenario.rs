//! Plays a scenario in an engine, and shows what was on the screen when it fails.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Result, bail};
use futures_util::FutureExt;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::browser::Browser;
use crate::engine::Engine;
use crate::wait::PATIENCE;

/// Makes a test of each scenario in each engine, in a module of the engine's name. A scenario is an
/// `async fn(&Browser) -> anyhow::Result<()>`.
#[macro_export]
macro_rules! in_every_engine {
    (@ $module:ident $engine:ident $($scenario:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $scenario() -> anyhow::Result<()> {
                    let name = concat!(stringify!($module), "-", stringify!($scenario));
                    $crate::play($crate::Engine::$engine, name, super::$scenario)
                }
            )+
        }
    };
    ($($scenario:ident),+ $(,)?) => {
        $crate::in_every_engine! { @ chromium Chromium $($scenario)+ }
        $crate::in_every_engine! { @ firefox Firefox $($scenario)+ }
        $crate::in_every_engine! { @ webkit Webkit $($scenario)+ }
    };
}

/// Makes a test of each scenario in each engine and in both frameworks of Rust, by a name for each. A
/// scenario is an `async fn(&str, &Browser) -> anyhow::Result<()>`, and is given the framework.
#[macro_export]
macro_rules! in_both_frameworks {
    ($($scenario:ident: $yew:ident, $leptos:ident;)+) => {
        $(
            async fn $yew(browser: &$crate::Browser) -> anyhow::Result<()> {
                $scenario("yew", browser).await
            }
            async fn $leptos(browser: &$crate::Browser) -> anyhow::Result<()> {
                $scenario("leptos", browser).await
            }
        )+
        $crate::in_every_engine!($($yew, $leptos),+);
    };
}

/// Starts a browser, plays the scenario in it, and ends the browser in every case. If the browser hangs
/// before it has opened a page, another one is started: nothing of the app has run by then.
///
/// # Errors
///
/// When the browser does not start, and with the error of the scenario.
pub fn play(
    engine: Engine,
    name: &str,
    scenario: impl AsyncFn(&Browser) -> Result<()>,
) -> Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match attempt(engine, name, &scenario).await? {
            Attempt::Passed => Ok(()),
            Attempt::OpenedNothing => match attempt(engine, name, &scenario).await? {
                Attempt::Passed => Ok(()),
                Attempt::OpenedNothing => bail!("two browsers hang before they open a page"),
            },
        }
    })
}

enum Attempt {
    Passed,
    OpenedNothing,
}

async fn attempt(
    engine: Engine,
    name: &str,
    scenario: &impl AsyncFn(&Browser) -> Result<()>,
) -> Result<Attempt> {
    let browser = Browser::start(engine).await?;
    let bounded = timeout(LONGEST, scenario(&browser));
    let outcome = AssertUnwindSafe(bounded).catch_unwind().await;
    let hangs = matches!(outcome, Ok(Err(_)));
    let outcome = outcome.map(|played| played.unwrap_or_else(|_| bail!("it hangs")));
    if !matches!(outcome, Ok(Ok(()))) {
        // A browser that has died has nothing to say.
        timeout(Duration::from_secs(15), report(&browser, name)).await.ok();
    }
    let opened_nothing = hangs
        && matches!(timeout(PATIENCE, browser.url()).await, Ok(Ok(url)) if url == "about:blank");
    browser.close().await;
    if opened_nothing {
        return Ok(Attempt::OpenedNothing);
    }
    outcome.unwrap_or_else(|panic| resume_unwind(panic)).map(|()| Attempt::Passed)
}

/// A driver that never answers must not hold up everything else.
const LONGEST: Duration = Duration::from_secs(300);

async fn report(browser: &Browser, name: &str) {
    let what_is_there = "[location.href, JSON.stringify(window.auth?.state), \
        JSON.stringify(window.events), JSON.stringify(window.consoleLines), \
        document.body?.innerText.slice(0, 2000)].join('\\n')";
    match browser.eval(what_is_there).await {
        Ok(text) => eprintln!("{name} ended at {}", text.as_str().unwrap_or_default()),
        Err(error) => eprintln!("{name} ended at a page that does not answer: {error:#}"),
    }
    let folder = env::temp_dir().join("basic-oauth-e2e");
    let picture = folder.join(format!("{name}.png"));
    let Ok(content) = browser.screenshot().await else { return };
    if fs::create_dir_all(&folder).and_then(|()| fs::write(&picture, content)).is_ok() {
        eprintln!("A picture of it is in {}", picture.display());
    }
}
