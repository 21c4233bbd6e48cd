//! The one error type: what failed, who has to act, and what to do about it.
//!
//! An error must not hold a token, an authorization code or a code verifier, because it ends up in
//! consoles, in bug reports and on screens.

#[cfg(not(feature = "js"))]
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "openid")]
use crate::protocol::openid::challenge::Challenge;

/// A `Result` whose error is this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// Match on [`kind`](Error::kind) to decide who has to act, and on [`code`](Error::code) to tell
/// causes apart. Both are stable; the message is not.
///
/// # Example: telling a retry from a new sign-in
/// ```
/// use basic_oauth::{ErrorCode, Error};
///
/// let error = Error::new(ErrorCode::Timeout);
/// assert!(error.is_retryable() && !error.needs_sign_in());
/// assert_eq!(error.code().as_str(), "timeout");
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Arc<Content>);

#[derive(Clone, Default, PartialEq)]
struct Content {
    code: ErrorCode,
    detail: Option<Detail>,
    oauth: Option<Arc<OAuthError>>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    source: Option<Error>,
    #[cfg(feature = "openid")]
    challenge: Option<Arc<Challenge>>,
}

/// What a message names besides the code: a name, or an explanation that was made for one error.
#[cfg(not(feature = "js"))]
type Detail = Cow<'static, str>;

/// In the module for npm an explanation is kept for the life of the page: with one that is owned, the
/// module is 290 bytes larger. Only a start that fails has one there.
#[cfg(feature = "js")]
type Detail = &'static str;

impl Error {
    /// Returns an error of this code, without further detail.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self(Arc::new(Content { code, ..Content::default() }))
    }

    /// Names the option, parameter or member at fault.
    #[allow(clippy::useless_conversion, reason = "another type without the feature `js`")]
    #[must_use]
    pub fn with_detail(mut self, detail: &'static str) -> Self {
        self.content().detail = Some(detail.into());
        self
    }

    /// Adds what happened in this case to the message, in place of the detail. It must not hold a
    /// secret, nor what a server or an API has sent.
    #[allow(clippy::useless_conversion, reason = "another type without the feature `js`")]
    #[must_use]
    pub(crate) fn with_explanation(mut self, explanation: String) -> Self {
        #[cfg(feature = "js")]
        let explanation: &str = explanation.leak();
        self.content().detail = Some(explanation.into());
        self
    }

    /// Adds the error members of a redirect or a response.
    #[must_use]
    pub(crate) fn with_oauth(mut self, oauth: OAuthError) -> Self {
        self.content().oauth = Some(Arc::new(oauth));
        self
    }

    /// Adds the error that led to this one.
    #[must_use]
    pub(crate) fn with_source(mut self, source: Error) -> Self {
        self.content().source = Some(source);
        self
    }

    /// Adds what an API asks for.
    #[cfg(feature = "openid")]
    #[must_use]
    pub(crate) fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.content().challenge = Some(Arc::new(challenge));
        self
    }

    /// Returns what an API asks for, if the error is [`ErrorCode::InsufficientScope`] or
    /// [`ErrorCode::InsufficientUserAuthentication`]. Give it to the next sign-in.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        self.0.challenge.as_deref()
    }

    fn content(&mut self) -> &mut Content {
        Arc::make_mut(&mut self.0)
    }

    /// Returns an error of this code, with what an HTTP response said.
    pub(crate) fn from_response(
        code: ErrorCode,
        status: u16,
        retry_after: Option<Duration>,
        oauth: Option<OAuthError>,
    ) -> Self {
        let (status, oauth) = (Some(status), oauth.map(Arc::new));
        Self(Arc::new(Content { code, status, retry_after, oauth, ..Content::default() }))
    }

    /// Turns a refusal into one that is final: sending the request again does not help.
    pub(crate) fn into_invalid_grant(mut self) -> Self {
        self.content().code = ErrorCode::InvalidGrant;
        self
    }

    /// Returns the stable code of the cause.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Returns who has to act.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    /// Returns the option, parameter or member at fault, if there is one. An option has its name in
    /// JavaScript: `redirectUri` is `redirect_uri` in Rust.
    #[must_use]
    pub fn detail(&self) -> Option<&'static str> {
        match self.0.detail {
            #[cfg(feature = "js")]
            Some(name) => Some(name),
            #[cfg(not(feature = "js"))]
            Some(Cow::Borrowed(name)) => Some(name),
            _ => None,
        }
    }

    /// Returns the error members that the authorization server sent, cleaned for display.
    #[must_use]
    pub fn oauth(&self) -> Option<&OAuthError> {
        self.0.oauth.as_deref()
    }

    /// Returns the HTTP status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns how long the server asked to wait (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the error behind this one, if there is one.
    #[must_use]
    pub fn cause(&self) -> Option<&Error> {
        self.0.source.as_ref()
    }

    /// Returns whether the same call may succeed later, with nothing changed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.kind() == ErrorKind::Network
    }

    /// Returns whether only a new sign-in helps.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(self.kind(), ErrorKind::SignInRequired | ErrorKind::UnknownTransaction)
            || self.code() == ErrorCode::InvalidGrant
    }

    /// Returns whether an ID token was refused because of a time, so that a wrong clock may be the cause.
    #[cfg(feature = "openid")]
    pub(crate) fn is_about_clock(&self) -> bool {
        self.code() == ErrorCode::InvalidIdToken
            && matches!(self.detail(), Some("exp" | "iat" | "nbf"))
    }

    /// Returns the message for a developer: what happened, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = String::from(self.0.code.message());
        if matches!(self.code(), ErrorCode::AuthorizationError | ErrorCode::TokenError) {
            message.push_str(match &self.0.oauth {
                None => " It did not say why.",
                Some(said) if said.description.is_none() => " Its error says why.",
                Some(_) => " Its error and description say why.",
            });
        }
        #[cfg(feature = "openid")]
        if self.is_about_clock() {
            message.push_str(" The clock of this device may be wrong: check its date and time.");
        }
        if let Some(detail) = &self.0.detail {
            message.push_str(" (");
            match (self.code(), detail) {
                #[cfg(not(feature = "js"))]
                (ErrorCode::InvalidEndpoint | ErrorCode::InvalidOption, Cow::Borrowed(option)) => {
                    push_name_in_rust(&mut message, option);
                }
                _ => message.push_str(detail),
            }
            message.push(')');
        }
        message
    }
}

/// Adds the name in Rust of an option with this name in JavaScript: `requestTimeoutSeconds` is
/// `request_timeout`.
#[cfg(any(test, not(feature = "js")))]
fn push_name_in_rust(message: &mut String, name: &str) {
    for byte in name.strip_suffix("Seconds").unwrap_or(name).bytes() {
        if byte.is_ascii_uppercase() {
            message.push('_');
        }
        message.push(byte.to_ascii_lowercase().into());
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())?;
        f.write_str(": ")?;
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

/// The error members of RFC 6749 [section 4.1.2.1] and [section 5.2], cleaned: bounded in length
/// and without control or direction-changing characters.
///
/// [section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
/// [section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthError {
    /// The `error` code, such as `access_denied`.
    pub error: String,
    /// The text for a developer, if the server sent one. Show it as text, never as markup.
    pub description: Option<String>,
    /// A page about the error: `https`, or `http` on a loopback host. This crate never opens it.
    pub uri: Option<String>,
}

/// Who has to act when a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user or the server refused, in the redirect.
    AuthorizationDenied,
    /// The developer: an option is wrong.
    Configuration,
    /// The server or an attacker: the response breaks the protocol.
    InvalidResponse,
    /// The developer: the call is not possible in this state.
    Misuse,
    /// No action is needed: try again later.
    Network,
    /// The app: there is no session, it has ended, or it does not suffice.
    SignInRequired,
    /// The environment: storage is blocked, full or unreadable.
    Storage,
    /// The server: it refused over HTTP.
    TokenEndpoint,
    /// The user: a stale or replayed callback.
    UnknownTransaction,
    /// The environment: the page is insecure or framed, or the browser lacks a feature.
    Unsupported,
}

impl ErrorKind {
    /// Returns the stable name of this kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationDenied => "authorization-denied",
            Self::Configuration => "configuration",
            Self::InvalidResponse => "invalid-response",
            Self::Misuse => "misuse",
            Self::Network => "network",
            Self::SignInRequired => "sign-in-required",
            Self::Storage => "storage",
            Self::TokenEndpoint => "token-endpoint",
            Self::UnknownTransaction => "unknown-transaction",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Chooses a message whose words are not the same in JavaScript.
macro_rules! message {
    ($message:literal) => {
        $message
    };
    ($message:literal, $in_javascript:literal) => {
        if cfg!(feature = "js") { $in_javascript } else { $message }
    };
}

macro_rules! codes {
    ($(
        $(#[$meta:meta])*
        $variant:ident = $name:literal, $kind:ident, $message:literal $(or $in_javascript:literal)?
            $(in $feature:literal)?;
    )*) => {
        /// The cause of an [`Error`]. Each has one stable name, and one kind.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(
                $(#[$meta])*
                $(#[cfg(feature = $feature)])?
                #[doc = $message]
                #[doc = ""]
                #[doc = concat!(
                    "Its name is `", $name, "`, its kind [`", stringify!($kind), "`](ErrorKind::",
                    stringify!($kind), ").",
                )]
                $variant,
            )*
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$($(#[cfg(feature = $feature)])? Self::$variant),*];

            /// Returns the stable name, as in JavaScript's `error.code`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant => $name,)* }
            }

            /// Returns the code of this stable name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            /// Returns who has to act.
            #[must_use]
            pub const fn kind(self) -> ErrorKind {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant => ErrorKind::$kind,)* }
            }

            const fn message(self) -> &'static str {
                match self {
                    $(
                        $(#[cfg(feature = $feature)])?
                        Self::$variant => message!($message $(, $in_javascript)?),
                    )*
                }
            }
        }
    };
}

codes! {
    AccessDenied = "access-denied", AuthorizationDenied,
        "The sign-in was declined. Offer the button again.";
    AuthorizationError = "authorization-error", AuthorizationDenied,
        "The authorization server refused the sign-in.";
    AuthorizationUnavailable = "authorization-unavailable", AuthorizationDenied,
        "The server could not complete the sign-in, or the user took too long there. Offer the button again.";
    Closed = "closed", Misuse,
        "This instance was closed. Start a new one.";
    CodeAndError = "code-and-error", InvalidResponse,
        "The callback carried a code and an error. Start a new sign-in.";
    DuplicateParameter = "duplicate-parameter", InvalidResponse,
        "The callback carried a parameter twice. Start a new sign-in.";
    Framed = "framed", Unsupported,
        "This page is inside a frame. Sign in from a top-level page.";
    InsecureContext = "insecure-context", Unsupported,
        "This page is not a secure context. Serve it over https or from localhost.";
    InsufficientScope = "insufficient-scope", SignInRequired,
        "The API asks for a scope that was not granted. Sign in again and ask for it." in "openid";
    InsufficientUserAuthentication = "insufficient-user-authentication", SignInRequired,
        "The API asks for a stronger or a more recent sign-in. Sign in again with what it asks for." in "openid";
    InvalidApiOrigin = "invalid-api-origin", Configuration,
        "An API origin must be https, or http on a loopback host.";
    InvalidEndpoint = "invalid-endpoint", Configuration,
        "An endpoint must be an absolute https URL (or http on a loopback host) without fragment, credentials or reserved parameters.";
    InvalidGrant = "invalid-grant", TokenEndpoint,
        "The server no longer accepts this code or refresh token. Sign in again.";
    InvalidHandle = "invalid-handle", Configuration,
        "This handle leads to no server. Check how it is spelled." in "openid";
    InvalidIdToken = "invalid-id-token", InvalidResponse,
        "The ID token is missing, or not valid for this app and user. Start a new sign-in." in "openid";
    InvalidMetadata = "invalid-metadata", InvalidResponse,
        "The server's metadata is not usable. Check the issuer, or give the endpoints yourself." in "openid";
    #[default]
    InvalidOption = "invalid-option", Configuration,
        "An option is missing or has the wrong type.";
    InvalidRedirectUri = "invalid-redirect-uri", Configuration,
        "The redirect URI must be an https URL (or http on a loopback host) of this page's origin, without fragment or credentials.";
    InvalidScope = "invalid-scope", Configuration,
        "Separate scopes with spaces. They have no quotes, commas, backslashes or accents.";
    InvalidTokenResponse = "invalid-token-response", InvalidResponse,
        "The token response lacks a usable member.";
    InvalidUserInfo = "invalid-user-info", InvalidResponse,
        "The user information has no usable `sub`.";
    IssuerMismatch = "issuer-mismatch", InvalidResponse,
        "The callback comes from another server than this sign-in's. Start a new sign-in.";
    IssuerMissing = "issuer-missing", InvalidResponse,
        "The callback names no issuer, though this server always does. Start a new sign-in.";
    MissingState = "missing-state", InvalidResponse,
        "The callback carried no state. Start a new sign-in.";
    NetworkError = "network-error", Network,
        "The server could not be reached: offline, or its CORS settings refuse this origin.";
    NoSecureRandom = "no-secure-random", Unsupported,
        "This page has no secure random generator.";
    NotInBrowser = "not-in-browser", Unsupported,
        "Call start in a browser: there is no page here, as on a server or in a worker.";
    NotJson = "not-json", InvalidResponse,
        "The server's response is not the JSON that was expected."
        or "The server's response is not one JSON object.";
    NotSignedIn = "not-signed-in", SignInRequired,
        "No user is signed in. Call sign_in first." or "No user is signed in. Call signIn first.";
    OriginNotAllowed = "origin-not-allowed", Misuse,
        "The token is sent only to the configured API origins. Add this one, or use plain fetch.";
    ReservedParameter = "reserved-parameter", Configuration,
        "An extra authorization parameter has a name that the protocol uses itself.";
    ResponseTooLarge = "response-too-large", InvalidResponse,
        "The server's response is larger than one mebibyte.";
    ServerUnavailable = "server-unavailable", Network,
        "The server cannot respond now. Try again later.";
    SessionExpired = "session-expired", SignInRequired,
        "The session has expired. Sign in again.";
    SessionRevoked = "session-revoked", SignInRequired,
        "The server ended the session. Sign in again.";
    SignInLoop = "sign-in-loop", Misuse,
        "Sign-ins that the app started by itself failed again and again. Show the error and the button.";
    StorageFull = "storage-full", Storage,
        "The browser's storage is full, or too small for the record. Choose another store.";
    StorageUnavailable = "storage-unavailable", Storage,
        "The browser's storage is blocked here. A sign-in needs it: allow it for this site.";
    SubjectMismatch = "subject-mismatch", InvalidResponse,
        "The user information belongs to another user.";
    Timeout = "timeout", Network,
        "The server did not respond in time.";
    TokenError = "token-error", TokenEndpoint,
        "The server refused the request.";
    TransactionExpired = "transaction-expired", UnknownTransaction,
        "This sign-in took too long. Start a new one.";
    UnexpectedParameter = "unexpected-parameter", InvalidResponse,
        "The callback carried a response of another kind than was asked for. Start a new sign-in.";
    UnexpectedStatus = "unexpected-status", InvalidResponse,
        "The server responded with an unexpected status.";
    UnknownState = "unknown-state", UnknownTransaction,
        "This callback belongs to no sign-in in progress here. Start a new one.";
    UnsupportedAlgorithm = "unsupported-algorithm", Unsupported,
        "This browser cannot verify this ID token's signature. Let the server sign with RS256 or ES256." in "openid";
    UnsupportedTokenType = "unsupported-token-type", InvalidResponse,
        "The server issued a token of an unsupported type.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ErrorCode {
    type Err = Error;

    /// Reads a stable name. Fails as [`ErrorCode::InvalidOption`].
    fn from_str(name: &str) -> Result<Self> {
        Self::parse(name).ok_or_else(|| Error::new(Self::InvalidOption))
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        for (index, code) in ErrorCode::ALL.iter().enumerate() {
            let name = code.as_str();
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
            assert!(
                ErrorCode::ALL.iter().skip(index + 1).all(|other| other.as_str() != name),
                "{name}"
            );
        }
    }

    #[test]
    fn every_message_ends_with_a_full_stop() {
        for code in ErrorCode::ALL {
            assert!(code.message().ends_with('.'), "{}", code.as_str());
        }
    }

    #[test]
    fn display_names_the_detail() {
        let error = Error::new(ErrorCode::InvalidTokenResponse).with_detail("access_token");
        assert!(error.message().ends_with("(access_token)"));
        assert!(format!("{error:?}").starts_with("invalid-token-response: "));
        let explained = error.with_explanation("an array".into());
        assert!(explained.message().ends_with("(an array)"), "{explained}");
        #[cfg(not(feature = "js"))]
        assert_eq!(explained.detail(), None, "no name that code could match on");
    }

    #[test]
    fn an_option_has_its_name_in_rust_in_the_message() {
        for (detail, name) in [
            ("clientId", "client_id"),
            ("requestTimeoutSeconds", "request_timeout"),
            ("postLogoutRedirectUri", "post_logout_redirect_uri"),
            ("scope", "scope"),
        ] {
            let mut in_rust = String::new();
            push_name_in_rust(&mut in_rust, detail);
            assert_eq!(in_rust, name);
            let error = Error::new(ErrorCode::InvalidOption).with_detail(detail);
            let shown = if cfg!(feature = "js") { detail } else { name };
            assert!(error.message().ends_with(&["(", shown, ")"].concat()), "{error}");
            assert_eq!(error.detail(), Some(detail), "it is stable");
        }
        let call = if cfg!(feature = "js") { "signIn" } else { "sign_in" };
        assert!(Error::new(ErrorCode::NotSignedIn).message().contains(call));
        let member = Error::new(ErrorCode::InvalidHandle).with_detail("alsoKnownAs");
        assert!(member.message().ends_with("(alsoKnownAs)"), "a name that a server uses");
    }

    #[test]
    fn a_code_is_found_by_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::parse("no-such-code"), None);
        assert_eq!("timeout".parse(), Ok(ErrorCode::Timeout));
        assert_eq!("no-such-code".parse::<ErrorCode>(), Err(Error::new(ErrorCode::InvalidOption)));
    }

    #[test]
    fn a_refusal_says_only_what_it_has() {
        for code in [ErrorCode::AuthorizationError, ErrorCode::TokenError] {
            let said = OAuthError { error: "invalid_scope".into(), ..OAuthError::default() };
            let described = OAuthError { description: Some("no".into()), ..said.clone() };
            assert!(Error::new(code).message().ends_with("It did not say why."));
            assert!(Error::new(code).with_oauth(said).message().ends_with("Its error says why."));
            let message = Error::new(code).with_oauth(described).message();
            assert!(message.ends_with("Its error and description say why."));
        }
    }

    #[cfg(feature = "openid")]
    #[test]
    fn r149_the_message_about_a_time_names_the_clock() {
        let message = |detail| Error::new(ErrorCode::InvalidIdToken).with_detail(detail).message();
        for detail in ["exp", "iat", "nbf"] {
            assert!(message(detail).contains("clock"), "{detail}");
        }
        assert!(!message("aud").contains("clock"));
    }

    #[test]
    fn only_the_network_is_worth_a_retry() {
        for code in ErrorCode::ALL {
            let error = Error::new(*code);
            assert_eq!(error.is_retryable(), error.kind() == ErrorKind::Network);
            assert!(!(error.is_retryable() && error.needs_sign_in()));
        }
    }
}
