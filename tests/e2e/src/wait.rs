//! Waiting for a fact. Nothing here proves how long something took.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for a busy machine; only a test that fails waits so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until the answer is yes.
///
/// # Errors
///
/// When it is not within [`PATIENCE`], naming what was waited for and the last failure to ask.
pub async fn wait_until(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    wait_for(what, async || Ok(is_so().await?.then_some(()))).await
}

/// Asks again and again until there is an answer.
///
/// # Errors
///
/// As [`wait_until`].
pub async fn wait_for<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    wait_at_most(PATIENCE, what, ask).await
}

/// As [`wait_for`], with a patience of its own.
///
/// # Errors
///
/// As [`wait_until`].
pub async fn wait_at_most<T>(
    patience: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        // A failure to ask is no answer: the page may be on its way to another.
        let answer = ask().await;
        if let Ok(Some(found)) = answer {
            return Ok(found);
        }
        if started.elapsed() > patience {
            match answer {
                Err(error) => bail!("waited in vain for {what}: {error:#}"),
                Ok(_) => bail!("waited in vain for {what}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
