//! A request to the authorization server and its response, as plain values.

use std::time::Duration;

use crate::codec::{Json, JsonCodec, query, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::server::TokenEncoding;
use crate::secret::{AccessToken, SecretText};
use crate::time::{UnixTime, decimal};

/// The largest body that is read, in decoded bytes. The platform refuses a larger one.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// A request to the authorization server.
///
/// Every platform sends it without cookies, referrer and cache, and follows no redirect. A 307
/// would take the code and its verifier to another origin.
#[derive(Clone, Debug)]
pub struct Request {
    /// The endpoint it goes to.
    pub endpoint: Endpoint,
    /// The body. A request without one is a `GET`.
    pub body: Option<Body>,
    /// The token for its `Authorization` header.
    pub bearer: Option<AccessToken>,
    /// How long the request and its response may take.
    pub timeout: Duration,
}

/// The body of a `POST`.
#[derive(Clone, Debug)]
pub struct Body {
    /// The media type.
    pub content_type: &'static str,
    /// The text, which holds a code or a token.
    pub text: SecretText,
}

impl Body {
    /// Encodes members in the server's encoding.
    #[must_use]
    pub fn encode(
        codec: &impl JsonCodec,
        encoding: TokenEncoding,
        members: &[(&str, &str)],
    ) -> Self {
        match encoding {
            TokenEncoding::Form => Self {
                content_type: "application/x-www-form-urlencoded",
                text: SecretText::new(query::encode(members)),
            },
            TokenEncoding::Json => Self {
                content_type: "application/json",
                text: SecretText::new(codec.write_json(&object(members))),
            },
        }
    }
}

/// Returns the members as one object. A name that repeats gets an array of its values.
fn object(members: &[(&str, &str)]) -> Json {
    let mut out: Vec<(String, Json)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        let value = Json::from(*value);
        match out.iter_mut().find(|(own, _)| own == name) {
            None => out.push(((*name).into(), value)),
            Some((_, Json::Array(values))) => values.push(value),
            Some((_, first)) => {
                let first_value = std::mem::replace(first, Json::Null);
                *first = Json::Array(vec![first_value, value]);
            }
        }
    }
    Json::Object(out)
}

/// A response of the authorization server.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The decoded body.
    pub body: SecretText,
}

impl Response {
    /// Returns the one JSON object of a successful response.
    ///
    /// # Errors
    /// [`ErrorCode::NotJson`] if the media type is not JSON, or the body is not one object.
    pub fn object(&self, codec: &impl JsonCodec) -> Result<Json> {
        self.object_of(codec, &["application/json"])
    }

    /// Returns the one JSON object of a document that was found: server metadata or a key set.
    ///
    /// # Errors
    /// [`ErrorCode::ServerUnavailable`] or [`ErrorCode::UnexpectedStatus`] for any status but 200;
    /// [`ErrorCode::NotJson`] if the media type is none of these, or the body is not one object.
    #[cfg(feature = "openid")]
    pub(crate) fn document(&self, codec: &impl JsonCodec, media_types: &[&str]) -> Result<Json> {
        let code = match self.status {
            200 => return self.object_of(codec, media_types),
            _ if self.is_unavailable() => ErrorCode::ServerUnavailable,
            _ => ErrorCode::UnexpectedStatus,
        };
        Err(Error::from_response(code, self.status, None, None))
    }

    fn object_of(&self, codec: &impl JsonCodec, media_types: &[&str]) -> Result<Json> {
        let refused = || Error::from_response(ErrorCode::NotJson, self.status, None, None);
        if !self.is_of_type(media_types) {
            return Err(refused());
        }
        self.object_of_any_type(codec).ok_or_else(refused)
    }

    /// Returns the JSON object of an error response, of any media type.
    #[must_use]
    pub fn object_of_any_type(&self, codec: &impl JsonCodec) -> Option<Json> {
        let text = self.body.expose();
        codec.parse_json(text.strip_prefix('\u{feff}').unwrap_or(text)).filter(Json::is_object)
    }

    /// Returns how long the server asked to wait, in seconds or until an HTTP date (RFC 9110
    /// [section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)). At most one day.
    #[must_use]
    pub fn wait(&self, now: UnixTime) -> Option<Duration> {
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        let text = self.retry_after.as_ref()?.trim_ascii();
        let wait = match decimal(text) {
            Some(seconds) => Duration::from_secs(seconds),
            None => UnixTime::from_http_date(text)?.since(now),
        };
        Some(wait.min(LONGEST))
    }

    /// Returns whether the server is in trouble, so that the same request may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
    }

    fn is_of_type(&self, media_types: &[&str]) -> bool {
        let Some(content_type) = &self.content_type else { return false };
        let own = text::cut(content_type, b';').0.trim_ascii();
        media_types.iter().any(|it| own.eq_ignore_ascii_case(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    fn response(content_type: &str, body: &str) -> Response {
        Response {
            status: 200,
            content_type: Some(content_type.into()),
            body: SecretText::new(body.into()),
            ..Response::default()
        }
    }

    #[test]
    fn r61_only_json_media_types_are_json() {
        for valid in ["application/json", "Application/JSON; charset=utf-8", " application/json ;x"]
        {
            assert!(response(valid, "{}").object(&Native).is_ok(), "{valid}");
        }
        for wrong in ["text/html", "application/jsonp", "text/plain;application/json", ""] {
            assert!(response(wrong, "{}").object(&Native).is_err(), "{wrong}");
        }
    }

    #[test]
    fn r62_only_one_object_is_a_response() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        let nested = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        for body in ["null", "[]", "\"x\"", "1", "", "{", "{} {}", "{\"a\":1e999", &deep, &nested] {
            let error = response("application/json", body).object(&Native).expect_err("refused");
            assert_eq!(error.code(), ErrorCode::NotJson);
        }
        for body in ["{}", "\u{feff}{\"a\":1}", "{\"__proto__\":{\"x\":1}}"] {
            assert!(response("application/json", body).object(&Native).is_ok(), "{body}");
        }
    }

    #[test]
    fn a_json_body_has_an_array_for_a_name_that_repeats() {
        let members = [("a", "1"), ("resource", "x"), ("resource", "y"), ("resource", "z")];
        let body = Body::encode(&Native, TokenEncoding::Json, &members);
        assert_eq!(body.text.expose(), r#"{"a":"1","resource":["x","y","z"]}"#);
        let body = Body::encode(&Native, TokenEncoding::Form, &members);
        assert_eq!(body.text.expose(), "a=1&resource=x&resource=y&resource=z");
    }

    #[test]
    fn retry_after_is_bounded_and_odd_ones_are_ignored() {
        let now = UnixTime::from_http_date("Wed, 21 Oct 2026 07:28:00 GMT").expect("a date");
        let wait = |text: &str| {
            Response { retry_after: Some(text.into()), ..Response::default() }.wait(now)
        };
        assert_eq!(wait(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(wait("999999999999"), Some(Duration::from_secs(86_400)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:30:05 GMT"), Some(Duration::from_secs(125)));
        assert_eq!(wait("Wed, 21 Oct 2026 07:27:00 GMT"), Some(Duration::ZERO), "in the past");
        assert_eq!(wait("Wed, 21 Oct 2036 07:28:00 GMT"), Some(Duration::from_secs(86_400)));
        for odd in ["", "-1", "soon", "Wed, 21 Oct 2026", "1e9"] {
            assert_eq!(wait(odd), None, "{odd}");
        }
    }
}
