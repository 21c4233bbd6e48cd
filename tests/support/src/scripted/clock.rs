//! Virtual time: a wall clock that may jump, and timers that do not follow its jumps.

use std::collections::BTreeMap;
use std::time::Duration;

use super::page::PageId;
use basic_oauth::UnixTime;

/// When a world begins: a moment of this era, so that no test depends on the epoch.
const START: UnixTime = UnixTime::from_millis(1_800_000_000_000);
/// How often a browser lets the timers of a hidden page fire.
const THROTTLE: u64 = 60_000;
/// Browsers keep a delay in 32 bits: one millisecond more, and the timer fires at once.
pub(super) const LONGEST_DELAY: Duration = Duration::from_millis(i32::MAX as u64);

/// The clocks of a world and the timers on them.
pub(super) struct Clock {
    /// What pages see; a test may set it wrong.
    wall: UnixTime,
    /// What the rest of the world lives by: the server's clock is right.
    truth: UnixTime,
    /// What timers run on: it stands still while the device sleeps.
    elapsed: u64,
    timers: BTreeMap<TimerKey, Timer>,
    armed: u64,
}

/// Orders timers by their time, then by when they were armed.
pub(super) type TimerKey = (u64, u64);

pub(super) struct Timer {
    pub(super) page: PageId,
    /// When it was asked for, however long it was put off.
    due: u64,
    pub(super) action: Box<dyn FnOnce()>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { wall: START, truth: START, elapsed: 0, timers: BTreeMap::new(), armed: 0 }
    }
}

impl Clock {
    pub(super) fn wall(&self) -> UnixTime {
        self.wall
    }

    pub(super) fn truth(&self) -> UnixTime {
        self.truth
    }

    pub(super) fn elapsed(&self) -> u64 {
        self.elapsed
    }

    pub(super) fn arm(
        &mut self,
        page: PageId,
        delay: Duration,
        action: Box<dyn FnOnce()>,
    ) -> TimerKey {
        self.armed += 1;
        let delay = if delay > LONGEST_DELAY { Duration::ZERO } else { delay };
        let due = self.elapsed.saturating_add(millis(delay));
        let key = (due, self.armed);
        self.timers.insert(key, Timer { page, due, action });
        key
    }

    pub(super) fn disarm(&mut self, key: TimerKey) -> Option<Timer> {
        self.timers.remove(&key).or_else(|| {
            // One that was put off stands elsewhere.
            let own = self.timers.keys().find(|(_, armed)| *armed == key.1).copied()?;
            self.timers.remove(&own)
        })
    }

    pub(super) fn disarm_page(&mut self, page: PageId) -> Vec<Timer> {
        let own: Vec<_> =
            self.timers.iter().filter(|(_, t)| t.page == page).map(|(k, _)| *k).collect();
        own.into_iter().filter_map(|key| self.disarm(key)).collect()
    }

    /// The next timer, if its time has come. Those of a hidden page fire together, once a minute.
    pub(super) fn take_due(&mut self, is_hidden: impl Fn(PageId) -> bool) -> Option<Timer> {
        loop {
            let entry = self.timers.first_entry().filter(|entry| entry.key().0 <= self.elapsed)?;
            let ((at, armed), timer) = entry.remove_entry();
            if at.is_multiple_of(THROTTLE) || !is_hidden(timer.page) {
                return Some(timer);
            }
            self.timers.insert((at.next_multiple_of(THROTTLE), armed), timer);
        }
    }

    /// Lets the timers of a page fire when they were asked for.
    pub(super) fn hurry(&mut self, page: PageId) {
        let late = self.timers.iter().filter(|(key, t)| t.page == page && key.0 > t.due);
        let late: Vec<_> = late.map(|(key, _)| *key).collect();
        for key in late {
            if let Some(timer) = self.timers.remove(&key) {
                self.timers.insert((timer.due, key.1), timer);
            }
        }
    }

    /// When the next timer fires, on the timers' own clock.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }

    /// Lets time pass for everything, up to this moment of the timers' clock.
    pub(super) fn pass_to(&mut self, elapsed: u64) {
        let passed = Duration::from_millis(elapsed.saturating_sub(self.elapsed));
        self.elapsed = self.elapsed.max(elapsed);
        self.wall = self.wall.plus(passed);
        self.truth = self.truth.plus(passed);
    }

    /// Lets time pass for everything but the timers.
    pub(super) fn sleep(&mut self, duration: Duration) {
        self.wall = self.wall.plus(duration);
        self.truth = self.truth.plus(duration);
    }

    pub(super) fn jump(&mut self, millis: i64) {
        self.wall = UnixTime::from_millis(self.wall.as_millis().saturating_add(millis));
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
