//! JSON as values of the app's own types.
//!
//! An error names the field, the reason and the type. It never holds a value, because that may be
//! a secret or belong to a user. So the reasons are written here, and not by serde, whose messages
//! quote values.

use std::any::type_name;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected,
    IntoDeserializer as _, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::report_once;
use crate::codec::Json;
use crate::error::{Error, ErrorCode};
use crate::time::push_decimal;

/// Converts a value of the core. Fails as [`ErrorCode::NotJson`].
pub(super) fn value<T: DeserializeOwned>(json: &Json) -> Result<T, Error> {
    T::deserialize(Value(json)).map_err(|misfit| misfit.into_error(type_name::<T>()))
}

/// Converts a value of the core. If it does not fit, reports why in the console, once.
pub(super) fn value_or_report<T: DeserializeOwned>(json: &Json) -> Option<T> {
    value(json).map_err(|error| report_once(&error.message())).ok()
}

/// Why a value does not fit, and where.
#[derive(Debug)]
struct Misfit {
    path: String,
    reason: String,
}

impl Misfit {
    fn new(parts: &[&str]) -> Self {
        Self { path: String::new(), reason: parts.concat() }
    }

    /// Adds the field or item that the value is in.
    fn inside(mut self, place: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = [place, dot, &self.path].concat();
        self
    }

    fn into_error(self, type_name: &str) -> Error {
        let colon = if self.path.is_empty() { "" } else { ": " };
        let parts = [&self.path, colon, &self.reason, ", for the type ", type_name];
        Error::new(ErrorCode::NotJson).with_explanation(parts.concat())
    }
}

impl de::Error for Misfit {
    /// The message may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(&["the type refuses the value"])
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(&["invalid type: ", word(&unexpected), ", expected ", &text(expected)])
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(&["invalid value: ", word(&unexpected), ", expected ", &text(expected)])
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(&["invalid length, expected ", &text(expected)])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(&["unknown variant, expected one of ", &expected.join(", ")])
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(&["unknown field, expected one of ", &expected.join(", ")])
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(&["missing field `", field, "`"])
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(&["duplicate field `", field, "`"])
    }
}

impl std::error::Error for Misfit {}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

#[allow(clippy::disallowed_methods, reason = "a type writes what it expects with core::fmt")]
fn text(expected: &dyn Expected) -> String {
    expected.to_string()
}

/// Returns what was there instead, without its value.
fn word(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "array",
        Unexpected::Map => "object",
        _ => "value",
    }
}

struct Value<'a>(&'a Json);

impl Value<'_> {
    fn misfit(&self, expected: &dyn Expected) -> Misfit {
        let unexpected = match self.0 {
            Json::Null => Unexpected::Unit,
            Json::Bool(value) => Unexpected::Bool(*value),
            Json::Number(number) if is_integer(*number) => Unexpected::Signed(0),
            Json::Number(number) => Unexpected::Float(*number),
            Json::String(_) => Unexpected::Str(""),
            Json::Array(_) => Unexpected::Seq,
            Json::Object(_) => Unexpected::Map,
        };
        de::Error::invalid_type(unexpected, expected)
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match *self.0 {
            #[allow(clippy::cast_possible_truncation, reason = "it is an integer of 53 bits")]
            Json::Number(number) if is_integer(number) => visitor.visit_i64(number as i64),
            Json::Number(number) => visitor.visit_f64(number),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::String(text) => visitor.visit_str(text),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn null<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn array<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Array(items) => visitor.visit_seq(Items { all: items, next: 0 }),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn object<'de, V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Object(members) => visitor.visit_map(Members { rest: members, fields }),
            _ => Err(self.misfit(&visitor)),
        }
    }
}

/// Returns whether a number is an integer that a double holds exactly.
fn is_integer(number: f64) -> bool {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    number.trunc() == number && number.abs() <= LARGEST
}

macro_rules! deserialize {
    ($how:ident: $($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
                self.$how(visitor)
            }
        )*
    };
}

/// A method for each type, because a struct must not pay for the code that reads it from an array.
impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Misfit;

    deserialize! { number:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }
    deserialize! { text: deserialize_char deserialize_str deserialize_string deserialize_identifier }
    deserialize! { null: deserialize_unit }
    deserialize! { array: deserialize_seq }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(_) => self.number(visitor),
            Json::String(text) => visitor.visit_str(text),
            Json::Array(_) => self.array(visitor),
            Json::Object(_) => self.object(&[], visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.null(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.array(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.object(&[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.object(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Json::String(name) => visitor.visit_enum(key(name)),
            Json::Object(members) if members.len() == 1 => {
                visitor.visit_enum(Variant { name: &members[0].0, value: Value(&members[0].1) })
            }
            _ => Err(self.misfit(&"a string or an object of one member")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf }
}

fn key(name: &str) -> StrDeserializer<'_, Misfit> {
    name.into_deserializer()
}

struct Items<'a> {
    all: &'a [Json],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some(item) = self.all.get(self.next) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Value(item)).map(Some).map_err(|misfit| misfit.inside(&place(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.all.len() - self.next)
    }
}

fn place(index: usize) -> String {
    let mut place = String::from("[");
    push_decimal(&mut place, index as u64);
    place.push(']');
    place
}

struct Members<'a> {
    rest: &'a [(String, Json)],
    fields: &'static [&'static str],
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((name, _)) = self.rest.first() else { return Ok(None) };
        seed.deserialize(Key(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let Some(((name, value), rest)) = self.rest.split_first() else {
            return Err(Misfit::new(&["a value without a name"]));
        };
        self.rest = rest;
        // The keys of a map are values, such as email addresses. The names of fields are in the code.
        let field = self.fields.iter().find(|field| *field == name).copied();
        seed.deserialize(Value(value)).map_err(|misfit| misfit.inside(field.unwrap_or("*")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The name of a member.
struct Key<'a>(&'a str);

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(key(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Variant<'a> {
    name: &'a str,
    value: Value<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Misfit;
    type Variant = Value<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Value<'a>), Misfit> {
        Ok((seed.deserialize(key(self.name))?, self.value))
    }
}

impl<'de> VariantAccess<'de> for Value<'_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.0 {
            Json::Null => Ok(()),
            _ => Err(self.misfit(&"null")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.array(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.object(fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use serde::Deserialize;

    use super::*;
    use crate::codec::JsonCodec as _;
    use crate::testing::Native;

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
        value(&Native.parse_json(text).expect("JSON"))
    }

    #[track_caller]
    fn explained<T: DeserializeOwned + fmt::Debug>(text: &str) -> String {
        let error = read::<T>(text).expect_err(text);
        assert_eq!(error.code(), ErrorCode::NotJson);
        let message = error.message();
        assert!(!message.contains("canary") && !message.contains("4711"), "{message}");
        let at = message.find(" (").expect("an explanation");
        message[at + 2..message.len() - 1].to_owned()
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Note {
        title: String,
        #[serde(default)]
        stars: u8,
        done_at: Option<f64>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Page {
        notes: Vec<Note>,
        by_author: Option<BTreeMap<String, Note>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Id(String);

    #[derive(Debug, Deserialize, PartialEq, Eq, Hash)]
    #[serde(rename_all = "lowercase")]
    enum Role {
        Admin,
        Limited(u32, bool),
        Named { name: String },
        Since(i64),
    }

    #[test]
    fn a_value_of_every_type_is_read() {
        let text = r#"{"notes":[{"title":"a","stars":3,"doneAt":1.5,"more":{"x":[1]}},
            {"title":"","doneAt":null}],"by_author":{"ada":{"title":"b"}}}"#;
        let page: Page = read(text).expect("a page");
        assert_eq!(page.notes[0], Note { title: "a".into(), stars: 3, done_at: Some(1.5) });
        assert_eq!(page.notes[1], Note { title: String::new(), stars: 0, done_at: None });
        assert_eq!(page.by_author.expect("authors")["ada"].title, "b");
        assert_eq!(read::<(u8, i64, f32)>("[1,-2,3]"), Ok((1, -2, 3.0)));
        assert_eq!(read::<u64>("9007199254740991"), Ok(9_007_199_254_740_991));
        assert_eq!(read::<Id>("\"x\""), Ok(Id("x".into())));
        assert_eq!(read::<()>("null"), Ok(()));
        assert_eq!(read::<char>("\"x\""), Ok('x'));
        assert_eq!(read::<Option<bool>>("true"), Ok(Some(true)));
        let any: serde_json::Value = read(text).expect("any value");
        assert_eq!(any, serde_json::from_str::<serde_json::Value>(r#"{"notes":[{"title":"a","stars":3,
            "doneAt":1.5,"more":{"x":[1]}},{"title":"","doneAt":null}],"by_author":{"ada":{"title":"b"}}}"#)
            .expect("JSON"));
    }

    #[test]
    fn an_enum_is_read_in_each_form() {
        assert_eq!(read("\"admin\""), Ok(Role::Admin));
        assert_eq!(read(r#"{"admin":null}"#), Ok(Role::Admin));
        assert_eq!(read(r#"{"limited":[3,true]}"#), Ok(Role::Limited(3, true)));
        assert_eq!(read(r#"{"named":{"name":"a"}}"#), Ok(Role::Named { name: "a".into() }));
        assert_eq!(read(r#"{"since":-5}"#), Ok(Role::Since(-5)));
        let keyed: HashMap<Role, u8> = read(r#"{"admin":1}"#).expect("a map");
        assert_eq!(keyed[&Role::Admin], 1);
        #[derive(Debug, Deserialize, PartialEq)]
        #[serde(tag = "type")]
        enum Tagged {
            A { x: u8 },
        }
        assert_eq!(read(r#"{"type":"A","x":1}"#), Ok(Tagged::A { x: 1 }));
        #[derive(Debug, Deserialize, PartialEq)]
        #[serde(untagged)]
        enum Either {
            Number(u8),
            Text(String),
        }
        assert_eq!(read::<Vec<Either>>("[1,\"a\"]").expect("a list").len(), 2);
    }

    #[test]
    fn a_misfit_names_the_field_the_reason_and_the_type() {
        let note = type_name::<Note>();
        let page = type_name::<Page>();
        for (text, reason) in [
            (r#"{"titel":"canary"}"#, "missing field `title`"),
            (r#"{"title":4711}"#, "title: invalid type: integer, expected a string"),
            (r#"{"title":"","stars":"canary"}"#, "stars: invalid type: string, expected u8"),
            (r#"{"title":"","stars":4711}"#, "stars: invalid value: integer, expected u8"),
            (
                r#"{"title":"","stars":4711.5}"#,
                "stars: invalid type: floating point number, expected u8",
            ),
            (r#"{"title":null}"#, "title: invalid type: null, expected a string"),
            ("[4711]", "invalid type: array, expected struct Note"),
        ] {
            assert_eq!(explained::<Note>(text), [reason, ", for the type ", note].concat());
        }
        for (text, reason) in [
            (
                r#"{"notes":[{"title":"a"},{"title":[]}]}"#,
                "notes[1].title: invalid type: array, expected a string",
            ),
            (r#"{"notes":{}}"#, "notes: invalid type: object, expected a sequence"),
            (
                r#"{"notes":[],"by_author":{"canary@app.example":{}}}"#,
                "by_author.*: missing field `title`",
            ),
        ] {
            assert_eq!(explained::<Page>(text), [reason, ", for the type ", page].concat());
        }
    }

    #[test]
    fn a_misfit_never_quotes_a_value() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {
            #[allow(dead_code)]
            a: std::net::IpAddr,
        }
        assert!(
            explained::<Strict>(r#"{"a":"canary"}"#).starts_with("a: the type refuses the value")
        );
        assert!(
            explained::<Strict>(r#"{"canary":1}"#).starts_with("unknown field, expected one of a")
        );
        let role = "unknown variant, expected one of admin, limited, named, since";
        assert!(explained::<Role>("\"canary\"").starts_with(role));
        assert!(explained::<Role>(r#"{"canary":1}"#).starts_with(role));
        assert!(explained::<Role>("4711").starts_with("invalid type: integer, expected"));
        assert!(explained::<Role>(r#"{"limited":[4711]}"#).starts_with("invalid length, expected"));
        assert!(
            explained::<bool>("\"canary\"").starts_with("invalid type: string, expected a boolean")
        );
        assert!(explained::<char>("\"canary\"").starts_with("invalid value: string, expected"));
        assert!(explained::<HashMap<u8, u8>>(r#"{"4711":1}"#).starts_with("invalid type"));
        #[derive(Debug, Deserialize)]
        #[serde(untagged)]
        #[allow(dead_code)]
        enum Either {
            Number(u8),
        }
        assert!(explained::<Either>("\"canary\"").starts_with("the type refuses the value"));
    }
}
