//! End-to-end tests drive real browsers through this: three engines, one way to ask.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use e2e::{Browser, Engine};
//!
//! let browser = Browser::start(Engine::Firefox).await?;
//! browser.open("http://localhost:8080/").await?;
//! browser.click("sign-in").await?;
//! browser.until("document.body.dataset.status === 'signed-in'").await?;
//! browser.close().await;
//! # Ok(())
//! # }
//! ```

mod browser;
mod engine;
mod process;
mod scenario;
mod stage;
mod wait;

pub use browser::{Browser, Tab};
pub use engine::Engine;
pub use process::Process;
pub use scenario::play;
pub use stage::{CLIENT, Stage};
pub use wait::{PATIENCE, wait_at_most, wait_for, wait_until};
