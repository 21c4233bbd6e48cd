//! The names of parameters that the protocol uses itself.

/// The parameters that the protocol sends itself. An extra one of such a name could undo a check.
pub(super) const RESERVED: [&str; 17] = [
    "access_token",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "nonce",
    "password",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "username",
];

/// The parameters that an authorization server adds to the redirect URI.
pub(super) const CALLBACK: [&str; 7] =
    ["code", "error", "error_description", "error_uri", "iss", "response", "state"];

/// Returns whether an extra parameter must not have this name.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || is_callback_parameter(name)
}

/// Returns whether a callback parameter has this name.
#[must_use]
pub fn is_callback_parameter(name: &str) -> bool {
    CALLBACK.contains(&name)
}
