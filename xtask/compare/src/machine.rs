//! The machine and the browser that the results are from.

use std::fmt;
use std::fs;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};
use e2e::{Browser, Engine};
use serde::{Deserialize, Serialize};

/// What a reader has to know about the machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    browser: String,
    date: String,
}

impl Machine {
    /// Asks the system and a browser.
    pub(crate) async fn describe() -> Result<Self> {
        let browser = Browser::start(Engine::Chromium).await?;
        let answer = browser
            .eval("[navigator.userAgent.match(/Chrome\\/(\\d+)/)[1], new Date().toISOString()]")
            .await;
        browser.close().await;
        let answer = answer?;
        let version = answer[0].as_str().context("a version of Chromium")?;
        let date = answer[1].as_str().and_then(|it| it.get(..10)).context("a date")?;
        let memory = field("/proc/meminfo", "MemTotal")?;
        let kib: u64 = memory.split(' ').next().unwrap_or_default().parse()?;
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name")?,
            cores: available_parallelism()?.get(),
            memory_gib: kib.div_ceil(1024 * 1024),
            browser: format!("Chromium {version}, headless"),
            date: date.to_owned(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, memory_gib, browser, date } = self;
        write!(
            out,
            "{processor}, {cores} cores, {memory_gib} GiB of memory, Linux, {browser}. \
             Measured on {date}."
        )
    }
}

/// Returns what a file of the system says after a name.
fn field(path: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.with_context(|| format!("{path} has no {name}"))?;
    Ok(value.trim_start().trim_start_matches(':').trim().to_owned())
}
