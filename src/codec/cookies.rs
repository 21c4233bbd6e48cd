//! A record in cookies: how it is split, and found again in the text of all cookies.
//!
//! A cookie holds 4096 bytes with its name, so a long record is split. The cookie with the record's own
//! name holds the set that the parts belong to, their number, and the first part. The others are named
//! after it, the set and their place.

use crate::codec::{query, text};
use crate::secret::SecretText;

/// With this prefix, only this host may set the cookie, over a secure connection. No subdomain can
/// plant another user's session.
pub const PREFIX: &str = "__Host-";
/// Browsers and servers refuse longer headers.
pub const MAX_PARTS: usize = 3;

/// Returns the name of a part's cookie. The first part is in the cookie with the record's own name.
#[must_use]
pub fn part_name(key: &str, set: char, part: usize) -> String {
    let mut name = [PREFIX, key].concat();
    if part > 0 {
        name.push('~');
        name.push(set);
        name.push(digit(part));
    }
    name
}

/// Returns the digit of a number below ten.
#[must_use]
pub fn digit(number: usize) -> char {
    char::from(b'0' + u8::try_from(number).unwrap_or_default())
}

/// All cookies that a script can see, as the browser lists them.
pub struct CookieJar(SecretText);

impl CookieJar {
    /// Takes the text of `document.cookie`.
    #[must_use]
    pub fn new(all: String) -> Self {
        Self(SecretText::new(all))
    }

    /// Returns the names and values.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        text::split(self.0.expose(), b';').map(|cookie| {
            let (name, value) = text::cut(cookie.trim_ascii(), b'=');
            (name, value.unwrap_or_default())
        })
    }

    /// Returns the record of a key, if all of its parts are there.
    #[must_use]
    pub fn record(&self, key: &str) -> Option<String> {
        let (set, count, first) = self.head(key)?;
        let mut parts = vec![first];
        for part in 1..count {
            parts.push(self.value(&part_name(key, set, part))?);
        }
        Some(query::decode(SecretText::new(parts.concat()).expose()))
    }

    /// Returns the set, the number of parts, and the first part of a record.
    #[must_use]
    pub fn head(&self, key: &str) -> Option<(char, usize, &str)> {
        let (head, first) = text::cut(self.value(&part_name(key, 'a', 0))?, b'.');
        match *head.as_bytes() {
            [set @ (b'a' | b'b'), count @ b'1'..=b'9'] => {
                Some((char::from(set), usize::from(count - b'0'), first?))
            }
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

impl std::fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieJar(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(all: &str) -> Option<String> {
        CookieJar::new(all.into()).record("k")
    }

    #[test]
    fn a_record_is_found_among_other_cookies() {
        assert_eq!(record("theme=dark; __Host-k=a1.x%3By; k=a1.z"), Some("x;y".into()));
        let split = "__Host-k~b1=2; __Host-k=b3.1; __Host-k~b2=3; __Host-k~a1=no";
        assert_eq!(record(split), Some("123".into()));
    }

    #[test]
    fn r26_a_damaged_record_is_none() {
        for all in [
            "",
            ";;;",
            "=",
            "__Host-k",
            "__Host-k=",
            "__Host-k=a1",
            "__Host-k=c1.x",
            "__Host-k=a0.x",
            "__Host-k=a2.x",
            "__Host-k=a2.x; __Host-k~b1=y",
            "__Host-k=aa.x",
            "__Host-k=a11.x",
        ] {
            assert_eq!(record(all), None, "{all}");
        }
    }
}
