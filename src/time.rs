//! Wall-clock time as a plain number. Every decision takes it as an argument; none reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment on the wall clock, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// It is the wall clock, because an expiry must outlive the page. The clock may jump in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// Returns the moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the milliseconds as a decimal number for a stored record. Zero for a time before the
    /// epoch.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let mut text = String::new();
        push_decimal(&mut text, self.0.try_into().unwrap_or_default());
        text
    }

    /// Reads a moment from a stored record. `None` if the text is not a decimal number.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        decimal(text)?.try_into().ok().map(Self)
    }

    /// Reads the date of an HTTP header, in the form that RFC 9110 [section 5.6.7] requires of servers:
    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// [section 5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    #[must_use]
    pub fn from_http_date(text: &str) -> Option<Self> {
        const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
        let bytes = text.as_bytes();
        if bytes.len() != 29 || !text.ends_with(" GMT") {
            return None;
        }
        let number = |from: usize, to: usize| decimal(text.get(from..to)?)?.try_into().ok();
        let name = bytes.get(8..11)?;
        let month = MONTHS.as_bytes().chunks(4).position(|own| own.starts_with(name))?;
        let (year, day): (i64, i64) = (number(12, 16)?, number(5, 7)?);
        let (hour, minute, second): (i64, i64, i64) =
            (number(17, 19)?, number(20, 22)?, number(23, 25)?);
        // Years are counted from March of the year 0, so that a leap day is the last day of its year.
        let month = (i64::try_from(month).ok()? + 10) % 12;
        let year = if month > 9 { year - 1 } else { year };
        let leap_days = year / 4 - year / 100 + year / 400;
        let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 719_469;
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000))
    }

    /// Returns the moment that is `later` after this one.
    #[inline(never)] // Saturating arithmetic is long; these three functions have many callers.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(millis(later)))
    }

    /// Returns the moment that is `earlier` before this one.
    #[inline(never)]
    #[must_use]
    pub fn minus(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(millis(earlier)))
    }

    /// Returns whether this is at most `span` before or after `other`.
    #[must_use]
    pub(crate) fn is_within(self, span: Duration, other: Self) -> bool {
        self.0.abs_diff(other.0) <= millis(span).unsigned_abs()
    }

    /// Returns how long after `earlier` this is. Zero if it is not later.
    #[inline(never)]
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.max(earlier.0).abs_diff(earlier.0))
    }
}

/// A time that is out of range becomes the nearest one in range.
impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::default().plus(after),
            Err(before) => Self::default().minus(before.duration()),
        }
    }
}

/// Returns a fraction of a duration, in whole milliseconds. Not by `mul_f64`, whose nanoseconds make
/// the npm package 304 bytes larger.
pub(crate) fn fraction(of: Duration, factor: f64) -> Duration {
    // A float cast saturates, and a lifetime is far from where a double loses a millisecond.
    Duration::from_millis((millis(of) as f64 * factor) as u64)
}

/// Reads a decimal number. One that is too large becomes the largest. Not by `parse`, which refuses
/// it, and takes a plus sign.
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

/// Appends a decimal number. Formatting it makes the npm package 224 bytes larger.
pub(crate) fn push_decimal(text: &mut String, number: u64) {
    if number > 9 {
        push_decimal(text, number / 10);
    }
    // The remainder is a single digit.
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Returns the whole milliseconds of a duration. Not by `as_millis`, whose 128-bit
/// arithmetic makes the npm package 181 bytes larger. A double holds the milliseconds of 285,000 years, and
/// its cast saturates.
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
    fn http_dates_are_read() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Thu, 31 Dec 2026 12:00:00 GMT", 1_798_718_400),
            ("Fri, 01 Mar 2041 00:00:00 GMT", 2_245_708_800),
        ] {
            assert_eq!(UnixTime::from_http_date(text), Some(UnixTime(seconds * 1000)), "{text}");
        }
        for odd in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Xxx 1994 08:49:37 GMT",
            "Sun, xx Nov 1994 08:49:37 GMT",
            "Sun, 06 an  1994 08:49:37 GMT",
            "S\u{e9}n, 06 Nov 1994 08:49:3 GMT",
        ] {
            assert_eq!(UnixTime::from_http_date(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_system_time_is_taken_in_milliseconds() {
        let span = Duration::from_micros(1_500);
        assert_eq!(UnixTime::from(UNIX_EPOCH + span), UnixTime(1));
        assert_eq!(UnixTime::from(UNIX_EPOCH - span), UnixTime(-1));
    }

    #[test]
    fn arithmetic_saturates() {
        let end = UnixTime::from_millis(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(UnixTime::from_millis(5).since(end), Duration::ZERO);
        assert_eq!(UnixTime::from_millis(2_000).minus(Duration::from_secs(1)).as_millis(), 1_000);
    }
}
