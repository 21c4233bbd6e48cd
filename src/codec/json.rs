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

/// Parses one JSON document in which no object has two members of the same name. Returns `None` for
/// any other text.
///
/// A parser keeps one of two such members without a word. But in text that it accepts, each colon
/// outside a string belongs to one member. So if there are more colons than members in the result,
/// the parser has dropped one.
#[cfg(feature = "openid")]
pub(crate) fn parse_without_duplicates(codec: &impl JsonCodec, text: &str) -> Option<Json> {
    let json = codec.parse_json(text)?;
    let (mut written, mut is_string) = (0, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_string = !is_string,
            // Outside a string there is no backslash in JSON. What it escapes is skipped.
            b'\\' => drop(bytes.next()),
            b':' if !is_string => written += 1,
            _ => {}
        }
    }
    (json.members() == written).then_some(json)
}

impl Json {
    /// Counts the members of all objects in this value.
    #[cfg(feature = "openid")]
    fn members(&self) -> usize {
        match self {
            Self::Array(items) => items.iter().map(Self::members).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| 1 + value.members()).sum(),
            _ => 0,
        }
    }

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

    #[cfg(feature = "openid")]
    #[test]
    fn r89_a_second_member_of_a_name_is_found() {
        use crate::testing::Native;
        let parse = |text: &str| parse_without_duplicates(&Native, text);
        for unique in [
            "1",
            "\":\"",
            "{}",
            r#"{"a":":","b":"\":\"","c\\":":","\\\"":{}}"#,
            r#"{"a":{"a":[{"a":1},{"a":2}]},"b":"\u003a"}"#,
            r#"{"__proto__":1,"constructor":2}"#,
        ] {
            assert_eq!(parse(unique), Native.parse_json(unique), "{unique}");
            assert!(parse(unique).is_some(), "{unique}");
        }
        for twice in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a" : 1 , "b":":", "a"
                : 2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"[{"":1,"":2}]"#,
            "{\"a\":1,\"a\":2",
        ] {
            assert_eq!(parse(twice), None, "{twice}");
        }
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
