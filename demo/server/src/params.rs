//! The parameters of a request: of a query, a form or a JSON body.

use axum::http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::error::OAuthError;

#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Parses a body by its media type.
    pub(crate) fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/json" => Self::from_json(body),
            "application/x-www-form-urlencoded" => Ok(Self::from_form(body)),
            _ => Err(OAuthError::invalid_request("send JSON or a form")),
        }
    }

    pub(crate) fn from_form(encoded: &[u8]) -> Self {
        Self { pairs: form_urlencoded::parse(encoded).into_owned().collect() }
    }

    fn from_json(body: &[u8]) -> Result<Self, OAuthError> {
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(OAuthError::invalid_request("the body is not a JSON object"));
        };
        let not_a_string =
            |name: &str| OAuthError::invalid_request(format!("{name} is not a string"));
        let mut pairs = Vec::with_capacity(members.len());
        for (name, value) in members {
            // `resource` may repeat (RFC 8707 section 2). In JSON that is an array.
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            for value in values {
                let Value::String(text) = value else { return Err(not_a_string(&name)) };
                pairs.push((name.clone(), text));
            }
        }
        Ok(Self { pairs })
    }

    /// Returns the value of a parameter, which may come only once. An empty value counts as absent
    /// ([RFC 6749 section 3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.as_str());
        if found.next().is_some() {
            return Err(OAuthError::invalid_request(format!("{name} comes more than once")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.optional(name)?
            .ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }
}
