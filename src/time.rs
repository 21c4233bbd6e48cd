//! Wall-clock time as a plain number: an argument of every decision, never read by one.

use std::time::Duration;

/// A moment on the wall clock, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The wall clock, because an expiry has to outlive the page; it may jump in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The decimal number of milliseconds, as it stands in a stored record; zero for a time before
    /// the epoch.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let mut text = String::new();
        push_decimal(&mut text, self.0.try_into().unwrap_or_default());
        text
    }

    /// Reads a moment back from a stored record.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        decimal(text)?.try_into().ok().map(Self)
    }

    /// This moment, `later` on.
    #[inline(never)] // Saturation is long; this and the next two have many callers.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(millis(later)))
    }

    /// This moment, `earlier` before.
    #[inline(never)]
    #[must_use]
    pub fn minus(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(millis(earlier)))
    }

    /// Whether this is at most `span` before or after `other`.
    #[must_use]
    pub(crate) fn is_within(self, span: Duration, other: Self) -> bool {
        self.0.abs_diff(other.0) <= millis(span).unsigned_abs()
    }

    /// How long after `earlier` this is; zero when it is not later.
    #[inline(never)]
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.max(earlier.0).abs_diff(earlier.0))
    }
}

/// A share of a time, in whole milliseconds. Not by `mul_f64`, whose nanoseconds cost a visitor more.
pub(crate) fn share(of: Duration, share: f64) -> Duration {
    // A float cast saturates, and a lifetime is far from where a double loses a millisecond.
    Duration::from_millis((millis(of) as f64 * share) as u64)
}

/// Reads a decimal number; one that is too large is the largest. Not by `parse`, which costs a visitor
/// more.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let mut number = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let fits = number < u64::MAX / 10;
        number = if fits { 10 * number + u64::from(byte - b'0') } else { u64::MAX };
    }
    (!text.is_empty()).then_some(number)
}

/// Not by formatting, whose machinery nothing else here needs.
fn push_decimal(text: &mut String, number: u64) {
    if number > 9 {
        push_decimal(text, number / 10);
    }
    // A remainder of ten is a digit.
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Not by `as_millis` nor by a checked multiplication: their 128 bits are used by nothing else here.
/// A double holds the milliseconds of 285 000 years, and its cast saturates.
fn millis(duration: Duration) -> i64 {
    (duration.as_secs() as f64 * 1e3 + f64::from(duration.subsec_millis())) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive_the_round_trip() {
        for millis in [0, 7, 10, 1_790_000_000_000, i64::MAX] {
            let time = UnixTime::from_millis(millis);
            assert_eq!(time.to_decimal(), millis.to_string());
            assert_eq!(UnixTime::from_decimal(&time.to_decimal()), Some(time));
        }
        assert_eq!(UnixTime::from_millis(-1).to_decimal(), "0");
        for odd in ["", "-1", "1.5", "1e3", " 1", "9223372036854775808", "NaN"] {
            assert_eq!(UnixTime::from_decimal(odd), None, "{odd}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let end = UnixTime::from_millis(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(UnixTime::from_millis(5).since(end), Duration::ZERO);
        assert_eq!(UnixTime::from_millis(2_000).minus(Duration::from_secs(1)).as_millis(), 1_000);
    }
}
