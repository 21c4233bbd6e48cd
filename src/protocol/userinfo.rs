//! User information, OpenID Connect Core [section 5.3].
//!
//! [section 5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo

use std::sync::Arc;
use std::time::Duration;

use crate::codec::{Json, JsonCodec, UrlParser};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Request, Response};
use crate::protocol::oauth_error;
use crate::secret::AccessToken;
use crate::time::UnixTime;

/// What the server says about the user. Only the subject (`sub`) is always there.
#[derive(Clone, PartialEq)]
pub struct User(Arc<Json>);

impl User {
    /// Takes an object that has a subject of at most 255 bytes.
    #[must_use]
    pub fn from_json(json: Json) -> Option<Self> {
        let subject = json.text("sub")?;
        (!subject.is_empty() && subject.len() <= 255).then(|| Self(Arc::new(json)))
    }

    /// Returns a user of whom nothing is known, not even the subject.
    #[cfg(any(feature = "leptos", feature = "yew"))]
    pub(crate) fn unknown() -> Self {
        Self(Arc::new(Json::Null))
    }

    /// Returns the identifier of the user at this server. It is the only member to use as a key.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// Returns the name to show.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.text("name")
    }

    /// Returns the email address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.text("email")
    }

    /// Returns everything the server sent, with unknown members.
    #[must_use]
    pub fn as_json(&self) -> &Json {
        &self.0
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User(personal)")
    }
}

/// Builds the request for user information.
#[must_use]
pub fn request(endpoint: &Endpoint, token: &AccessToken, timeout: Duration) -> Request {
    Request { endpoint: endpoint.clone(), body: None, bearer: Some(token.clone()), timeout }
}

/// Processes the response.
///
/// # Errors
/// [`ErrorCode::SubjectMismatch`] if it is about another user than `known`;
/// [`ErrorCode::TokenError`] with status 401 if the token is not accepted (Basic's error code for
/// that is `invalid_request`, so the status counts); the kinds `InvalidResponse` and `Network`.
pub fn process_response<C: JsonCodec + UrlParser>(
    codec: &C,
    response: &Response,
    known: Option<&str>,
    now: UnixTime,
) -> Result<User> {
    let user = User::from_json(oauth_error::success(codec, response, now)?)
        .ok_or_else(|| Error::new(ErrorCode::InvalidUserInfo))?;
    match known {
        Some(known) if known != user.subject() => Err(Error::new(ErrorCode::SubjectMismatch)),
        _ => Ok(user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretText;
    use crate::testing::Native;

    fn processed(status: u16, body: &str, known: Option<&User>) -> Result<User> {
        let response = Response {
            status,
            content_type: Some("application/json".into()),
            body: SecretText::new(body.into()),
            ..Response::default()
        };
        process_response(&Native, &response, known.map(User::subject), UnixTime::default())
    }

    #[test]
    fn the_subject_is_the_key_and_unknown_members_are_kept() {
        let user = processed(200, r#"{"sub":"did:x","name":"Ada","handle_bare":"ada"}"#, None)
            .expect("a valid response");
        assert_eq!((user.subject(), user.name(), user.email()), ("did:x", Some("Ada"), None));
        assert_eq!(user.as_json().text("handle_bare"), Some("ada"));
    }

    #[test]
    fn r91_somebody_elses_information_is_discarded() {
        let known = processed(200, r#"{"sub":"a"}"#, None).expect("a valid response");
        let error = processed(200, r#"{"sub":"b"}"#, Some(&known)).expect_err("refused");
        assert_eq!(error.code(), ErrorCode::SubjectMismatch);
    }

    #[test]
    fn an_answer_without_a_usable_subject_is_refused() {
        let long = format!(r#"{{"sub":"{}"}}"#, "x".repeat(256));
        for body in ["{}", r#"{"sub":""}"#, r#"{"sub":1}"#, r#"{"id":"a"}"#, &long] {
            let error = processed(200, body, None).expect_err(body);
            assert_eq!(error.code(), ErrorCode::InvalidUserInfo, "{body}");
            assert!(error.message().contains("`sub`"), "{error:?}");
        }
    }

    #[test]
    fn an_expired_token_is_told_by_the_status() {
        let error = processed(401, r#"{"error":"invalid_request"}"#, None).expect_err("refused");
        assert_eq!((error.code(), error.status()), (ErrorCode::TokenError, Some(401)));
    }
}
