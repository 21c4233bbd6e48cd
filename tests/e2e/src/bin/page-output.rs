//! Opens a page in a browser, waits until it says what it should, and prints what it says.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use e2e::{Browser, Engine, wait_at_most};

/// Prints the text of an element once it contains another text; fails when it never does.
#[derive(Parser)]
struct Arguments {
    /// The browser engine.
    #[arg(long)]
    engine: Engine,
    /// The address of the page.
    #[arg(long)]
    url: String,
    /// Which element.
    #[arg(long)]
    selector: String,
    /// What its text contains in the end.
    #[arg(long)]
    until: String,
    /// How long to wait.
    #[arg(long, default_value_t = 60)]
    timeout_seconds: u64,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let browser = Browser::start(arguments.engine).await?;
    let outcome = read(&browser, &arguments).await;
    browser.close().await;
    let (text, is_complete) = outcome?;
    writeln!(io::stdout(), "{text}")?;
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The text, and whether it is the one waited for.
async fn read(browser: &Browser, arguments: &Arguments) -> Result<(String, bool)> {
    let patience = Duration::from_secs(arguments.timeout_seconds);
    browser.open(&arguments.url).await?;
    let complete = wait_at_most(patience, &arguments.until, async || {
        let text = browser.text_css(&arguments.selector).await?;
        Ok(text.contains(&arguments.until).then_some(text))
    })
    .await;
    match complete {
        Ok(text) => Ok((text, true)),
        Err(error) => {
            writeln!(io::stderr(), "{error:#}")?;
            Ok((browser.text_css(&arguments.selector).await.unwrap_or_default(), false))
        }
    }
}
