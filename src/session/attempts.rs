//! Detects sign-in loops.
//!
//! An app may start a sign-in by itself whenever its user is signed out. If each callback fails, it
//! loops for ever. A user who presses a button makes no loop and is never counted.

use std::time::Duration;

use crate::codec::{record, text};
use crate::secret::SecretText;
use crate::time::UnixTime;

/// How many sign-ins in a row an app may start by itself within [`WINDOW`].
const MAX_ATTEMPTS: usize = 5;
/// The time over which sign-ins are counted. A user who types a password takes longer than a fifth of it.
const WINDOW: Duration = Duration::from_secs(120);

/// Adds a sign-in that the app starts by itself, and returns the record to keep. `None` if the sign-in
/// would continue a loop.
#[must_use]
pub fn record_attempt(record: &str, now: UnixTime) -> Option<SecretText> {
    let mut recent = Vec::new();
    let counted = if record.starts_with(SUSPENDED) { "" } else { record };
    for begun in text::split(counted, b'\n') {
        // A time in the future was recorded before the clock was set back, and says nothing.
        if let Some(time) = UnixTime::from_decimal(begun)
            && time <= now
            && now.since(time) < WINDOW
        {
            recent.push(begun);
        }
    }
    if recent.len() >= MAX_ATTEMPTS {
        return None;
    }
    let begun = now.to_decimal();
    recent.push(&begun);
    Some(record::write(&recent))
}

/// The first byte of a suspended record.
const SUSPENDED: &str = "-";

/// Suspends a record after a sign-in that succeeded: its attempts do not count unless the session ends
/// at once.
#[must_use]
pub fn suspend(record: &str) -> SecretText {
    SecretText::new([SUSPENDED, resume(record)].concat())
}

/// Resumes a suspended record: the session ended although the user did not sign out, so the sign-in
/// before it has failed after all.
#[must_use]
pub fn resume(record: &str) -> &str {
    record.strip_prefix(SUSPENDED).unwrap_or(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::transaction::tests::NOW;

    /// Returns how many sign-ins, begun so far apart, are admitted before one is refused.
    fn until_stopped(pause: Duration) -> Option<usize> {
        let (mut record, mut now) = (SecretText::default(), NOW);
        for count in 0..100 {
            let Some(longer) = record_attempt(record.expose(), now) else { return Some(count) };
            record = longer;
            now = now.plus(pause);
        }
        None
    }

    #[test]
    fn the_sixth_in_a_row_is_stopped() {
        assert_eq!(until_stopped(Duration::ZERO), Some(5));
        assert_eq!(until_stopped(Duration::from_secs(20)), Some(5));
    }

    #[test]
    fn a_user_who_signs_in_again_and_again_all_day_is_no_loop() {
        assert_eq!(until_stopped(Duration::from_secs(24)), None);
    }

    #[test]
    fn a_loop_that_was_stopped_may_try_again_later() {
        let record = record::write(&[NOW.to_decimal().as_str(); 5]);
        assert!(
            record_attempt(record.expose(), NOW.plus(WINDOW - Duration::from_millis(1))).is_none()
        );
        assert!(record_attempt(record.expose(), NOW.plus(WINDOW)).is_some());
    }

    #[test]
    fn a_clock_that_was_set_back_locks_no_user_out() {
        let record = record::write(&[NOW.to_decimal().as_str(); 5]);
        assert!(record_attempt(record.expose(), NOW.minus(WINDOW)).is_some());
    }

    #[test]
    fn suspended_attempts_count_again_only_if_they_are_resumed() {
        let full = record::write(&[NOW.to_decimal().as_str(); 5]);
        let suspended = suspend(full.expose());
        assert!(record_attempt(full.expose(), NOW).is_none());
        assert!(record_attempt(suspended.expose(), NOW).is_some());
        assert!(record_attempt(suspend(suspended.expose()).expose(), NOW).is_some());
        assert!(record_attempt(resume(suspended.expose()), NOW).is_none());
        assert_eq!(resume(full.expose()), full.expose());
        assert!(record_attempt(suspend("").expose(), NOW).is_some());
    }

    #[test]
    fn r26_a_record_that_is_no_list_of_times_counts_as_empty() {
        for odd in ["", "\n\n\n\n\n\n", "x\ny\nz\n1.5\n-1\n ", "9999999999999999999999999999"] {
            let record = record_attempt(odd, NOW).expect("an admitted sign-in");
            assert_eq!(record.expose(), NOW.to_decimal(), "{odd:?}");
        }
    }
}
