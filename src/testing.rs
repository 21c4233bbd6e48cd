//! The two parsers and an executor, for unit tests.
//!
//! The crate of the other tests cannot be used here, because it would bring a second copy of this
//! crate.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::codec::json::MAX_DEPTH;
use crate::codec::{Json, JsonCodec, Url, UrlParser};

/// Returns the output of a future that ends without waiting.
pub(crate) fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The parsers of `url` and `serde_json`, in the place of a browser's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Native;

impl UrlParser for Native {
    fn parse_url(&self, input: &str, base: Option<&str>) -> Option<Url> {
        let parsed = match base {
            Some(base) => url::Url::parse(base).ok()?.join(input).ok()?,
            None => url::Url::parse(input).ok()?,
        };
        Some(Url::new(parsed.as_str().into(), &parsed.origin().ascii_serialization()))
    }
}

impl JsonCodec for Native {
    fn parse_json(&self, text: &str) -> Option<Json> {
        from_serde(serde_json::from_str(text).ok()?, 0)
    }

    fn write_json(&self, value: &Json) -> String {
        to_serde(value).to_string()
    }
}

fn from_serde(value: serde_json::Value, depth: usize) -> Option<Json> {
    use serde_json::Value;
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Number(number) => Json::Number(number.as_f64()?),
        Value::String(text) => Json::String(text),
        Value::Array(items) => {
            Json::Array(items.into_iter().map(|i| from_serde(i, depth + 1)).collect::<Option<_>>()?)
        }
        Value::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(name, value)| Some((name, from_serde(value, depth + 1)?)))
                .collect::<Option<_>>()?,
        ),
    })
}

fn to_serde(value: &Json) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => {
            serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number)
        }
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(to_serde).collect()),
        Json::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), to_serde(value))).collect(),
        ),
    }
}
