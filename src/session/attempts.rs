//! Sign-ins that an app starts by itself, and that come back in vain again and again.
//!
//! An app that signs in whoever is not signed in loops for ever where its callback fails every time.
//! A person who presses a button is no loop, and is never counted.

use std::time::Duration;

use crate::codec::{record, text};
use crate::secret::SecretText;
use crate::time::UnixTime;

/// How many sign-ins in a row an app may start by itself within [`WINDOW`].
const MAX_ATTEMPTS: usize = 5;
/// What counts as "again and again". A person who types a password takes longer than a fifth of it.
const WINDOW: Duration = Duration::from_secs(120);

/// Judges one more sign-in that nobody pressed a button for: the record to keep, given the one of
/// before, or `None` where it would go on with a loop.
#[must_use]
pub fn record_attempt(record: &str, now: UnixTime) -> Option<SecretText> {
    let mut recent = Vec::new();
    let counted = if record.starts_with(ASIDE) { "" } else { record };
    for begun in text::split(counted, b'\n') {
        // A time in the future was noted before the clock was set back, and says nothing.
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

/// What begins a record that was set aside.
const ASIDE: &str = "-";

/// Sets a record aside after a sign-in that succeeded: its sign-ins do not count any more, unless the
/// session ends at once.
#[must_use]
pub fn set_aside(record: &str) -> SecretText {
    SecretText::new([ASIDE, taken_back(record)].concat())
}

/// Takes back what was set aside: the session ended although the user did not want it to, so the
/// sign-in before it was in vain.
#[must_use]
pub fn taken_back(record: &str) -> &str {
    record.strip_prefix(ASIDE).unwrap_or(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::transaction::tests::NOW;

    /// How many of the sign-ins that begin so far apart are let go, before one is not.
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
    fn somebody_who_comes_and_goes_all_day_is_no_loop() {
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
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let record = record::write(&[NOW.to_decimal().as_str(); 5]);
        assert!(record_attempt(record.expose(), NOW.minus(WINDOW)).is_some());
    }

    #[test]
    fn sign_ins_that_were_set_aside_count_again_only_if_they_are_taken_back() {
        let full = record::write(&[NOW.to_decimal().as_str(); 5]);
        let aside = set_aside(full.expose());
        assert!(record_attempt(full.expose(), NOW).is_none());
        assert!(record_attempt(aside.expose(), NOW).is_some());
        assert!(record_attempt(set_aside(aside.expose()).expose(), NOW).is_some());
        assert!(record_attempt(taken_back(aside.expose()), NOW).is_none());
        assert_eq!(taken_back(full.expose()), full.expose());
        assert!(record_attempt(set_aside("").expose(), NOW).is_some());
    }

    #[test]
    fn r26_a_record_that_is_no_list_of_times_is_as_good_as_none() {
        for odd in ["", "\n\n\n\n\n\n", "x\ny\nz\n1.5\n-1\n ", "9999999999999999999999999999"] {
            let record = record_attempt(odd, NOW).expect("let go");
            assert_eq!(record.expose(), NOW.to_decimal(), "{odd:?}");
        }
    }
}
