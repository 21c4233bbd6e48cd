//! Stored records: one field a line, in a fixed order, the kind and version first.
//!
//! Every field that is written has been validated before and holds no line break; whatever is read is
//! validated again by its type. A record in JSON would cost a visitor more code, and quotes that a cookie
//! has to escape.

use crate::codec::text;
use crate::secret::SecretText;

/// The kind of a session's record. Its next fields are the issuer, the token endpoint and the redirect
/// URI.
pub(crate) const SESSION: &str = "session 2";
/// The kind of a transaction's record. It begins as a session's does.
pub(crate) const TRANSACTION: &str = "transaction 2";

/// Joins the fields.
#[must_use]
pub fn write(fields: &[&str]) -> SecretText {
    // At its full length from the start: growing would leave copies behind.
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

/// Splits a record. Whoever reads it has to insist on exactly the fields that were written.
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
