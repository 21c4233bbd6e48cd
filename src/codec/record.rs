//! Stored records: one field in each line, in a fixed order. The first field is the kind and
//! version.
//!
//! Every field is validated before it is written, and has no line break. What is read is validated
//! again by its type. A record in JSON would need more code, and quotes that a cookie has to
//! escape.

use crate::codec::text;
use crate::secret::SecretText;

/// The kind of a session's record. The next fields are the issuer, the token endpoint and the
/// redirect URI.
pub(crate) const SESSION: &str = "session 4";
/// The kind of a transaction's record. It begins like a session's.
pub(crate) const TRANSACTION: &str = "transaction 3";

/// Joins the fields.
#[must_use]
pub fn write(fields: &[&str]) -> SecretText {
    // The text has its full length from the start, because growing it would leave copies behind.
    let length = fields.iter().map(|field| field.len() + 1).sum();
    let mut text = String::with_capacity(length);
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(field);
    }
    SecretText::new(text)
}

/// Splits a record. The caller has to insist on exactly the fields that were written.
#[must_use]
pub fn read(text: &str) -> Vec<&str> {
    text::split(text, b'\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_round_trip() {
        let record = write(&["x1", "", "a b"]);
        assert_eq!(read(record.expose()), ["x1", "", "a b"]);
    }
}
