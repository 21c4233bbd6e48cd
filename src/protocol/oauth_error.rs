//! Error responses: Basic's three shapes, RFC 6749's, and those of proxies.

use crate::codec::{Json, JsonCodec, UrlParser};
use crate::error::{Error, ErrorCode, OAuthError, Result};
use crate::protocol::http::Response;
use crate::time::UnixTime;

const MAX_CODE_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = 1_000;
const MAX_URI_CHARS: usize = 2_000;

/// Cleans the error members of a redirect or of a body. A hostile page can put any text into a
/// callback URL.
#[must_use]
pub fn clean(
    parser: &impl UrlParser,
    error: &str,
    description: Option<&str>,
    uri: Option<&str>,
) -> OAuthError {
    let uri = uri.filter(|uri| uri.len() <= MAX_URI_CHARS);
    OAuthError {
        error: keep(error, MAX_CODE_CHARS, |c| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~')),
        description: description.map(|text| keep(&in_one_line(text), MAX_TEXT_CHARS, is_harmless)),
        uri: uri
            .and_then(|uri| parser.parse_url(uri, None))
            .filter(|url| url.is_secure())
            .map(|url| url.href().into()),
    }
}

/// The codes that mean that the user has to sign in again: RFC 6749 [section 5.2] and OpenID
/// Connect Core [section 3.1.2.6].
///
/// [section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
/// [section 3.1.2.6]: https://openid.net/specs/openid-connect-core-1_0.html#AuthError
const SIGN_IN: [&str; 5] = [
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_grant",
    "login_required",
];

/// The codes that mean that the server is in trouble, with any status.
const TEMPORARY: [&str; 3] = ["server_error", "slow_down", "temporarily_unavailable"];

/// Returns whether the same request may succeed later, by its `error`.
#[must_use]
pub fn is_temporary(error: &str) -> bool {
    TEMPORARY.contains(&error)
}

/// Returns whether any member of a refusal says that the user has to sign in again. Servers have
/// members of their own for it, such as `{"errors": [{"errorType": "invalid_grant"}]}`.
fn says_sign_in(body: &Json) -> bool {
    match body {
        Json::String(text) => SIGN_IN.contains(&text.as_str()),
        Json::Array(items) => items.iter().any(says_sign_in),
        Json::Object(members) => members.iter().any(|(_, value)| says_sign_in(value)),
        _ => false,
    }
}

/// Reads the members of an error body: `error` with `error_description` (OAuth) or `message`
/// (Basic).
#[must_use]
pub fn from_body(parser: &impl UrlParser, body: &Json) -> Option<OAuthError> {
    let error = body.text("error")?;
    let description = body.text("error_description").or_else(|| body.text("message"));
    Some(clean(parser, error, description, body.text("error_uri")))
}

/// Returns the one JSON object of a success: status 200, and no `error` of any type in it. Some
/// servers send an error with status 200, and half a session would be worse than no session.
///
/// # Errors
/// The kinds `TokenEndpoint`, `InvalidResponse` and `Network` (the server is in trouble).
pub fn success<C: JsonCodec + UrlParser>(
    codec: &C,
    response: &Response,
    now: UnixTime,
) -> Result<Json> {
    if response.status == 200 {
        let body = response.object(codec)?;
        if matches!(body.member("error"), None | Some(Json::Null)) {
            return Ok(body);
        }
    }
    Err(failure(codec, response, now))
}

/// Returns the error for a response that is no success, with its own error members if it has any.
#[must_use]
pub fn failure<C: JsonCodec + UrlParser>(codec: &C, response: &Response, now: UnixTime) -> Error {
    let body = response.object_of_any_type(codec);
    let said = body.as_ref().and_then(|body| from_body(codec, body));
    let is_temporary = said.as_ref().is_some_and(|said| is_temporary(&said.error));
    let code = match response.status {
        _ if response.is_unavailable() => ErrorCode::ServerUnavailable,
        200 | 400..=499 if is_temporary => ErrorCode::ServerUnavailable,
        200 | 400..=499 if body.as_ref().is_some_and(says_sign_in) => ErrorCode::InvalidGrant,
        200 | 400..=499 => ErrorCode::TokenError,
        _ => ErrorCode::UnexpectedStatus,
    };
    Error::from_response(code, response.status, response.wait(now), said)
}

/// Replaces each line break, with the white space around it, by one space. Servers put a
/// correlation identifier on a line of its own.
fn in_one_line(text: &str) -> String {
    let mut line = String::new();
    let mut is_after_break = false;
    for c in text.chars() {
        match c {
            '\n' | '\r' => is_after_break = true,
            ' ' | '\t' if is_after_break => {}
            _ => {
                if is_after_break && !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
                is_after_break = false;
                line.push(c);
            }
        }
    }
    line
}

/// Keeps characters for which `is_kept` is true, at most `most` of them. A function pointer,
/// because a generic parameter would repeat the loop in the module.
fn keep(text: &str, most: usize, is_kept: fn(char) -> bool) -> String {
    text.chars().filter(|c| is_kept(*c)).take(most).collect()
}

fn is_harmless(c: char) -> bool {
    !c.is_control() && !is_direction(c)
}

/// Returns whether a character reverses or hides text, so that an error could read differently.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretText;
    use crate::testing::Native;

    fn processed(status: u16, body: &str) -> Error {
        let body = SecretText::new(body.into());
        failure(&Native, &Response { status, body, ..Response::default() }, UnixTime::default())
    }

    #[test]
    fn r36_hostile_error_text_is_cleaned_and_capped() {
        let text = format!("<img onerror>\u{202e}\u{0}\r\n{}", "x".repeat(1 << 20));
        let cleaned = clean(&Native, &text, Some(&text), Some("javascript:alert(1)"));
        assert_eq!(cleaned.error.chars().count(), MAX_CODE_CHARS);
        let description = cleaned.description.expect("a description");
        assert!(
            description.starts_with("<img onerror> xxx"),
            "markup stays text: {description:.20}"
        );
        assert_eq!(description.chars().count(), MAX_TEXT_CHARS);
        assert_eq!(cleaned.uri, None);
        let cleaned = clean(&Native, "e", None, Some("https://as.example/help"));
        assert_eq!(cleaned.uri.as_deref(), Some("https://as.example/help"));
    }

    #[test]
    fn r36_a_line_break_in_an_error_text_is_one_space() {
        let text = "AADSTS70008: expired.\r\nTrace ID: 1\r\n\r\n Correlation ID: 2\n";
        let cleaned = clean(&Native, "invalid_grant", Some(text), None);
        assert_eq!(
            cleaned.description.as_deref(),
            Some("AADSTS70008: expired. Trace ID: 1 Correlation ID: 2")
        );
    }

    #[test]
    fn r96_what_says_sign_in_is_found_in_any_member() {
        for body in [
            r#"{"error":"login_required"}"#,
            r#"{"errors":[{"errorType":"invalid_grant"}]}"#,
            r#"{"error":{"code":"interaction_required"}}"#,
        ] {
            for status in [200, 400, 401] {
                assert_eq!(
                    processed(status, body).code(),
                    ErrorCode::InvalidGrant,
                    "{status} {body}"
                );
            }
        }
        assert_eq!(
            processed(400, r#"{"invalid_grant":1}"#).code(),
            ErrorCode::TokenError,
            "a name only"
        );
        assert_eq!(processed(400, r#"{"error":"slow_down"}"#).code(), ErrorCode::ServerUnavailable);
    }

    #[test]
    fn r68_all_three_shapes_of_basic_are_understood() {
        let shapes = [
            (r#"{"error":"invalid_scope","message":"m"}"#, "invalid_scope", Some("m")),
            (
                r#"{"error":"invalid_scope","error_description":"d","error_uri":"https://x.example"}"#,
                "invalid_scope",
                Some("d"),
            ),
            (
                r#"{"error":"insufficient_permissions","message":"m","required":["a"],"reason":"r"}"#,
                "insufficient_permissions",
                Some("m"),
            ),
            (
                r#"{"error":"forbidden","message":"m","type":"t","hint":"h"}"#,
                "forbidden",
                Some("m"),
            ),
        ];
        for (body, error, description) in shapes {
            let processed = processed(400, body);
            let said = processed.oauth().expect("the error members");
            assert_eq!((said.error.as_str(), said.description.as_deref()), (error, description));
            assert_eq!((processed.code(), processed.status()), (ErrorCode::TokenError, Some(400)));
        }
    }

    #[test]
    fn r68_r96_what_is_definitive_and_what_is_not() {
        assert_eq!(processed(400, r#"{"error":"invalid_grant"}"#).code(), ErrorCode::InvalidGrant);
        assert_eq!(
            processed(200, r#"{"error":"bad_verification_code"}"#).code(),
            ErrorCode::TokenError
        );
        assert_eq!(processed(400, "<html>").code(), ErrorCode::TokenError);
        assert_eq!(processed(400, "{}").code(), ErrorCode::TokenError);
        assert_eq!(processed(401, "").code(), ErrorCode::TokenError);
        for status in [408, 429, 500, 502, 503] {
            assert_eq!(
                processed(status, r#"{"error":"invalid_grant"}"#).code(),
                ErrorCode::ServerUnavailable
            );
        }
        for status in [0, 201, 204, 302, 304] {
            assert_eq!(processed(status, "{}").code(), ErrorCode::UnexpectedStatus);
        }
    }
}
