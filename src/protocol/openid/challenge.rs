//! The challenge of an API that needs more: another authentication of the user (RFC 9470), or a wider
//! scope (RFC 6750 [section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).

use crate::error::{Error, ErrorCode};
use crate::time::decimal;

/// The longest value that is kept, in bytes.
const MAX_BYTES: usize = 1_000;

/// What an API asks for. Give it to the next sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// The authentication contexts to choose from, separated by spaces.
    pub acr_values: Option<String>,
    /// The longest time since the user's last authentication, in seconds.
    pub max_age: Option<u64>,
    /// The scope that is missing.
    pub scope: Option<String>,
}

/// Reads the `WWW-Authenticate` header of a response with status 401 or 403. `None` if it does not ask
/// for more: then the response is the app's to read.
#[must_use]
pub fn error(header: &str) -> Option<Error> {
    let mut challenge = Challenge::default();
    let mut code = None;
    for (name, value) in parameters(header) {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_sound = value.len() <= MAX_BYTES && value.bytes().all(|b| matches!(b, b' '..=b'~'));
        if is("error") {
            code = code.or(match value.as_str() {
                "insufficient_scope" => Some(ErrorCode::InsufficientScope),
                "insufficient_user_authentication" => {
                    Some(ErrorCode::InsufficientUserAuthentication)
                }
                _ => None,
            });
        } else if is("acr_values") && is_sound {
            challenge.acr_values = Some(value);
        } else if is("scope") && is_sound {
            challenge.scope = Some(value);
        } else if is("max_age") {
            challenge.max_age = decimal(&value).filter(|_| !value.is_empty());
        }
    }
    code.map(|code| Error::new(code).with_challenge(challenge))
}

/// Splits a header into its parameters (RFC 9110 [section 11.2]). A server may send several challenges
/// in one header; their parameters are read as one list.
///
/// [section 11.2]: https://www.rfc-editor.org/rfc/rfc9110#section-11.2
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let (mut name, mut value) = (String::new(), None::<String>);
    let (mut is_quoted, mut is_escaped) = (false, false);
    // A comma at the end finishes the last one.
    for character in header.chars().chain([',']) {
        match &mut value {
            Some(value) if is_quoted && !is_escaped && character == '\\' => {
                is_escaped = true;
                let _ = value;
            }
            Some(_) if is_quoted && !is_escaped && character == '"' => is_quoted = false,
            Some(value) if is_quoted => {
                value.push(character);
                is_escaped = false;
            }
            Some(value) if character == '"' && value.is_empty() => is_quoted = true,
            _ if character == ',' => {
                if let Some(value) = value.take() {
                    parameters.push((std::mem::take(&mut name), value));
                }
                name.clear();
            }
            Some(value) if !character.is_ascii_whitespace() => value.push(character),
            None if character == '=' => value = Some(String::new()),
            // The scheme stands before the first name, with a space between them.
            None if character.is_ascii_whitespace() => name.clear(),
            None => name.push(character),
            Some(_) => {}
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Option<(ErrorCode, Challenge)> {
        error(header).map(|error| (error.code(), error.challenge().cloned().unwrap_or_default()))
    }

    #[test]
    fn r103_a_challenge_says_what_to_ask_for() {
        let header = r#"Bearer realm="notes, all", error="insufficient_user_authentication",
            error_description="A \"fresh\" sign-in", acr_values="urn:a urn:b", max_age="5""#;
        let wanted =
            Challenge { acr_values: Some("urn:a urn:b".into()), max_age: Some(5), scope: None };
        assert_eq!(read(header), Some((ErrorCode::InsufficientUserAuthentication, wanted)));
        let header = r#"DPoP algs="ES256", Bearer error=insufficient_scope,scope="app:db profile""#;
        let wanted = Challenge { scope: Some("app:db profile".into()), ..Challenge::default() };
        assert_eq!(read(header), Some((ErrorCode::InsufficientScope, wanted)));
    }

    #[test]
    fn other_headers_are_the_apps_to_read() {
        for header in [
            "",
            "Bearer",
            r#"Bearer error="invalid_token""#,
            r#"Basic realm="error=insufficient_scope""#,
            r#"Bearer error_description="insufficient_scope""#,
            "Bearer error",
            "=,=\"",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }

    #[test]
    fn an_odd_value_is_left_out() {
        let long = "a".repeat(MAX_BYTES + 1);
        for header in [
            r#"Bearer error="insufficient_scope", scope="\u{e9}", max_age="-1""#.to_owned(),
            format!(r#"Bearer error="insufficient_scope", acr_values="{long}", max_age="""#),
        ] {
            let header = header.replace("\\u{e9}", "\u{e9}");
            let read = read(&header).expect("a challenge");
            assert_eq!(read, (ErrorCode::InsufficientScope, Challenge::default()), "{header}");
        }
    }
}
