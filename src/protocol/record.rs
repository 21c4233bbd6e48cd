//! Stored records: one field a line, in a fixed order, the kind and version first.
//!
//! Every field that is written has been judged before and holds no line break; whatever is read is
//! judged again by its type. A record in JSON would cost a visitor more code, and quotes that a cookie
//! has to escape.

use crate::protocol::text;
use crate::secret::SecretText;

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

/// Splits a record; `None` unless it has exactly the fields asked for.
#[must_use]
pub fn read<const N: usize>(text: &str) -> Option<[&str; N]> {
    let lines: Vec<&str> = text::split(text, b'\n').collect();
    lines.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_round_trip() {
        let record = write(&["x1", "", "a b"]);
        assert_eq!(read(record.expose()), Some(["x1", "", "a b"]));
    }

    #[test]
    fn r26_a_record_with_a_field_too_few_or_too_many_is_none() {
        assert_eq!(read::<2>("x1"), None);
        assert_eq!(read::<2>("x1\na\nb"), None);
        assert_eq!(read::<2>(""), None);
    }
}
