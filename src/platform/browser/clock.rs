//! The wall clock, and a timer for long waits.

use std::cell::Cell;
use std::time::Duration;

use js_sys::Function;
use wasm_bindgen_futures::JsFuture;

use super::fetch::deferred;
use super::window;
use crate::platform::Task;
use crate::time::UnixTime;

/// Browsers keep the delay in 32 bits. One millisecond more, and the timer fires at once.
const LONGEST_DELAY: i64 = i32::MAX as i64;

#[allow(
    clippy::cast_possible_truncation,
    reason = "milliseconds of this era are exact in a double"
)]
pub(super) fn now() -> UnixTime {
    UnixTime::from_millis(js_sys::Date::now() as i64)
}

/// Waits. Without a page there are no timers, and it ends at once.
pub(super) fn sleep(duration: Duration) -> Task<()> {
    let Some(window) = window() else { return Box::pin(async {}) };
    let millis = UnixTime::default().plus(duration).as_millis().clamp(0, LONGEST_DELAY);
    let (rung, ring) = deferred();
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&ring, millis as i32);
    Box::pin(async move {
        let _ = JsFuture::from(rung).await;
    })
}

/// A timer that can be set again and again.
#[derive(Default)]
pub(super) struct Timer(Cell<Option<i32>>);

impl Timer {
    /// Sets the time at which `ring` is called. For a wait of weeks the call comes too early, so
    /// `ring` has to read the clock and set the timer again.
    #[allow(clippy::cast_possible_truncation, reason = "clamped to what fits")]
    pub(super) fn set(&self, at: Option<UnixTime>, ring: &Function) {
        let Some(window) = window() else { return };
        if let Some(id) = self.0.take() {
            window.clear_timeout_with_handle(id);
        }
        let Some(at) = at else { return };
        let delay = at.as_millis().saturating_sub(now().as_millis()).clamp(0, LONGEST_DELAY);
        let id = window.set_timeout_with_callback_and_timeout_and_arguments_0(ring, delay as i32);
        self.0.set(id.ok());
    }
}
