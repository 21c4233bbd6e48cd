//! A small JSON value. Every platform brings its own parser, so that visitors download no JSON
//! crate (serde_json is 18 KB, brotli).

use std::fmt;

use zeroize::Zeroize as _;

/// How deeply a document may nest before a [`JsonCodec`] refuses it.
pub const MAX_DEPTH: usize = 32;

/// A JSON value. `Debug` shows its type only, because members may be secrets.
///
/// This enum is closed: RFC 8259 has no other type.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A finite number
    Number(f64),
    /// A string
    String(String),
    /// An array
    Array(Vec<Json>),
    /// An object, members in order
    Object(Vec<(String, Json)>),
}

/// The platform's JSON parser and writer.
pub trait JsonCodec {
    /// Parses one JSON document. Returns `None` if the text is not valid JSON, or nests deeper than
    /// [`MAX_DEPTH`].
    fn parse_json(&self, text: &str) -> Option<Json>;

    /// Writes a value as JSON text.
    fn write_json(&self, value: &Json) -> String;
}

impl Json {
    /// Returns an object of these members, in this order.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Returns the string member of this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number member of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.member(name)? {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the member of this name. Of several, it is the last one, as in every browser.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Moves the member of this name out. No second copy of a secret stays behind.
    #[must_use]
    pub fn take(&mut self, name: &str) -> Option<Self> {
        match self {
            Self::Object(members) => {
                let index = members.iter().rposition(|(own, _)| own == name)?;
                Some(members.swap_remove(index).1)
            }
            _ => None,
        }
    }

    /// Moves the string member of this name out.
    #[must_use]
    pub fn take_text(&mut self, name: &str) -> Option<String> {
        match &mut self.take(name)? {
            Self::String(text) => Some(std::mem::take(text)),
            _ => None,
        }
    }

    /// Returns whether this is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

/// Overwrites the text, which may be a token.
impl Drop for Json {
    fn drop(&mut self) {
        if let Self::String(text) = self {
            text.zeroize();
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_duplicate_counts_as_in_every_browser() {
        let json = Json::Object(vec![("a".into(), "1".into()), ("a".into(), "2".into())]);
        assert_eq!(json.text("a"), Some("2"));
    }

    #[test]
    fn debug_shows_no_content() {
        let json = Json::object([("access_token", "canary".into())]);
        assert_eq!(format!("{json:?}"), "object");
    }

    #[test]
    fn take_leaves_nothing_behind() {
        let mut json = Json::object([("a", "1".into()), ("b", Json::Null)]);
        assert_eq!(json.take_text("a").as_deref(), Some("1"));
        assert!(json.member("a").is_none() && json.member("b").is_some());
    }
}
