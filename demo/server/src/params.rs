//! The parameters of a request, be they a query, a form or JSON.

use axum::http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::error::OAuthError;

#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// A body by its media type.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/json" => Self::of_json(body),
            "application/x-www-form-urlencoded" => Ok(Self::of_form(body)),
            _ => Err(OAuthError::invalid_request("send JSON or a form")),
        }
    }

    pub(crate) fn of_form(encoded: &[u8]) -> Self {
        Self { pairs: form_urlencoded::parse(encoded).into_owned().collect() }
    }

    fn of_json(body: &[u8]) -> Result<Self, OAuthError> {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(OAuthError::invalid_request("the body is not a JSON object"));
        };
        let refused = |name: &str| OAuthError::invalid_request(format!("{name} is not a string"));
        let mut pairs = Vec::with_capacity(members.len());
        for (name, value) in members {
            // A name that repeats, as `resource` may (RFC 8707 section 2), is an array in JSON.
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            for value in values {
                let Value::String(text) = value else { return Err(refused(&name)) };
                pairs.push((name.clone(), text));
            }
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter that may come once. An empty one counts as absent
    /// ([RFC 6749 section 3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.as_str());
        if found.next().is_some() {
            return Err(OAuthError::invalid_request(format!("{name} comes more than once")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.one(name)?.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }
}
