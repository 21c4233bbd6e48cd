//! The claims of an ID token: OpenID Connect Core 1.0 [section 3.1.3.7] and, after a refresh,
//! [section 12.2].
//!
//! # The clock
//! `exp`, `iat`, `nbf` and `auth_time` are compared with the clock of the device, which may differ from
//! the server's by up to 60 seconds.
//!
//! # What is not checked
//! The `at_hash` of a token that is signed with EdDSA needs SHA-512, which this module does not have. The
//! access token came in the same response, over TLS. How old `iat` is: the nonce already refuses a token
//! of an earlier sign-in.
//!
//! [section 3.1.3.7]: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
//! [section 12.2]: https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse

use sha2::{Digest as _, Sha256};

use crate::codec::{Json, base64url, text};
use crate::error::Result;
use crate::protocol::openid::invalid;
use crate::protocol::openid::jwt::{Algorithm, AlgorithmSet, Jwt};
use crate::secret::{AccessToken, equal_in_constant_time};
use crate::time::UnixTime;

/// By how many seconds the clocks of the server and of the device may differ.
pub const LEEWAY_SECONDS: f64 = 60.0;
/// The longest subject, in ASCII characters.
const MAX_SUBJECT_LENGTH: usize = 255;

/// What an ID token must say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The algorithms that it may be signed with.
    pub algorithms: AlgorithmSet,
    /// The issuer, compared byte for byte.
    pub issuer: ExpectedIssuer<'a>,
    /// The client identifier. It must be the only audience.
    pub client_id: &'a str,
    /// The nonce of the sign-in. `None` at a refresh.
    pub nonce: Option<&'a str>,
    /// The access token of the same response.
    pub access_token: &'a AccessToken,
    /// How many seconds before the sign-in the user may have been authenticated, if the app asked.
    pub max_age: Option<u64>,
    /// The authentication context classes that the app asked for, separated by spaces, or nothing.
    pub acr_values: &'a str,
    /// The subject, if it is already known.
    pub subject: Option<&'a str>,
    /// The claims of the session's first ID token, at a refresh.
    pub earlier: Option<&'a Json>,
    /// When the user was sent to the server. Not used without `max_age`.
    pub requested_at: UnixTime,
    /// The time now.
    pub now: UnixTime,
}

/// The issuer that an ID token must name.
#[derive(Clone, Copy)]
pub enum ExpectedIssuer<'a> {
    /// Exactly this one.
    Exactly(&'a str),
    /// One of this origin: that of the token endpoint, if the configuration names no issuer. The token
    /// came from there over TLS.
    OfOrigin(&'a str),
}

impl ExpectedIssuer<'_> {
    fn is(self, issuer: &str) -> bool {
        match self {
            Self::Exactly(expected) => issuer == expected,
            Self::OfOrigin(origin) => issuer
                .strip_prefix(origin)
                .is_some_and(|path| path.is_empty() || path.starts_with('/')),
        }
    }
}

/// Validates the claims of an ID token.
///
/// An audience besides this client is refused even if `azp` is right, because no other one is trusted
/// here. If the app asked for authentication context classes, the token must name one of them: a server
/// may ignore what was asked, and a token without `acr` proves nothing (RFC 9470 [section 5]).
///
/// # Errors
/// [`ErrorCode::InvalidIdToken`](crate::ErrorCode::InvalidIdToken), whose detail names the claim.
///
/// [section 5]: https://www.rfc-editor.org/rfc/rfc9470#section-5
pub fn validate_claims(jwt: &Jwt, expected: &Expected<'_>) -> Result<()> {
    let claims = &jwt.claims;
    let now = seconds(expected.now);
    let checks = [
        ("alg", expected.algorithms.contains(jwt.algorithm)),
        ("iss", claims.text("iss").is_some_and(|issuer| expected.issuer.is(issuer))),
        ("aud", is_only_audience(claims, expected.client_id)),
        ("azp", is_absent_or(claims, "azp", expected.client_id)),
        ("sub", is_subject(claims, expected)),
        ("nonce", is_nonce(claims, expected)),
        ("at_hash", is_hash(jwt, expected.access_token)),
        ("auth_time", is_recent(claims, expected)),
        ("acr", is_class(claims, expected.acr_values)),
        // Last, because a time may be refused for a wrong clock only, and hides no other reason then.
        ("exp", claims.number("exp").is_some_and(|exp| now < exp + LEEWAY_SECONDS)),
        ("iat", claims.number("iat").is_some_and(|iat| iat <= now + LEEWAY_SECONDS)),
        ("nbf", is_begun(claims, now)),
    ];
    for (detail, is_valid) in &checks {
        if !is_valid {
            return Err(invalid(detail));
        }
    }
    Ok(())
}

fn seconds(time: UnixTime) -> f64 {
    time.as_millis() as f64 / 1e3
}

/// Returns whether the audience is this client, as a string or as an array of it alone.
fn is_only_audience(claims: &Json, client_id: &str) -> bool {
    let is_client = |audience: &Json| matches!(audience, Json::String(it) if it == client_id);
    match claims.member("aud") {
        Some(Json::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(is_client),
        Some(audience) => is_client(audience),
        None => false,
    }
}

fn is_absent_or(claims: &Json, name: &str, expected: &str) -> bool {
    claims.member(name).is_none() || claims.text(name) == Some(expected)
}

fn is_begun(claims: &Json, now: f64) -> bool {
    let begins = claims.number("nbf");
    claims.member("nbf").is_none() || begins.is_some_and(|nbf| nbf <= now + LEEWAY_SECONDS)
}

fn is_subject(claims: &Json, expected: &Expected<'_>) -> bool {
    let Some(subject) = claims.text("sub") else { return false };
    (1..=MAX_SUBJECT_LENGTH).contains(&subject.len())
        && subject.bytes().all(|b| matches!(b, 0x20..=0x7e))
        && expected.subject.is_none_or(|known| known == subject)
        && expected.earlier.is_none_or(|earlier| earlier.text("sub") == Some(subject))
}

/// Returns whether the nonce is the one of the sign-in. After a refresh there may be none, but no other.
fn is_nonce(claims: &Json, expected: &Expected<'_>) -> bool {
    let nonce = claims.text("nonce");
    let is = |own| nonce.is_some_and(|nonce| equal_in_constant_time(nonce, own));
    match (expected.nonce, expected.earlier) {
        (Some(own), _) => is(own),
        (None, Some(earlier)) => {
            claims.member("nonce").is_none() || earlier.text("nonce").is_some_and(is)
        }
        (None, None) => true,
    }
}

/// Returns whether `at_hash`, if there is one, is the left half of the access token's hash.
fn is_hash(jwt: &Jwt, access_token: &AccessToken) -> bool {
    if jwt.algorithm == Algorithm::EdDsa {
        return true;
    }
    let hash = Sha256::digest(access_token.expose().as_bytes());
    is_absent_or(&jwt.claims, "at_hash", &base64url::encode(&hash[..16]))
}

/// Returns whether the user was authenticated as recently as the app asked for, and at a refresh, when
/// the first ID token says. The age is that at the start of the sign-in: how long the user takes at the
/// server does not count.
fn is_recent(claims: &Json, expected: &Expected<'_>) -> bool {
    let at = claims.number("auth_time");
    let earliest = |max_age: u64| seconds(expected.requested_at) - max_age as f64 - LEEWAY_SECONDS;
    let is_in_time =
        |at: f64, max_age| at >= earliest(max_age) && at <= seconds(expected.now) + LEEWAY_SECONDS;
    let known = expected.earlier.and_then(|earlier| earlier.number("auth_time"));
    expected.max_age.is_none_or(|max_age| at.is_some_and(|at| is_in_time(at, max_age)))
        && (known.is_none() || claims.member("auth_time").is_none() || known == at)
}

fn is_class(claims: &Json, acr_values: &str) -> bool {
    let acr = claims.text("acr").unwrap_or_default();
    acr_values.is_empty() || (!acr.is_empty() && text::split(acr_values, b' ').any(|it| it == acr))
}

#[cfg(test)]
mod tests;
