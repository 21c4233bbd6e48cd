//! The server's clock: the wall clock plus what a test has put it ahead by.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicU64,
}

impl Clock {
    pub(crate) fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Time since the Unix epoch.
    pub(crate) fn now(&self) -> Duration {
        wall_clock() + Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed))
    }
}

/// The real time since the Unix epoch.
pub(crate) fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
