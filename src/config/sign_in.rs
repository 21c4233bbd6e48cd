//! Options of a single sign-in.

use std::time::Duration;

use crate::protocol::authorization::ExtraParameters;
use crate::protocol::scope::Scope;
use crate::time::push_decimal;

/// What one sign-in does differently.
///
/// # Example: ask again, for more
/// ```
/// use basic_oauth::{Scope, SignInOptions};
///
/// let options = SignInOptions::default()
///     .return_to("/notes")
///     .scope(Scope::parse("profile app:notes")?);
/// # Ok::<(), basic_oauth::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SignInOptions {
    /// Where the user goes afterwards: a path of this origin. Another origin is refused. Default: where
    /// the user is.
    pub return_to: Option<String>,
    /// The scope to ask for. Default: the configured scope.
    pub scope: Option<Scope>,
    /// Extra parameters of this authorization request, such as `prompt`. Default: none.
    pub authorization_params: ExtraParameters,
    /// The handle of a Basic user, such as `ada.basic.id`. The sign-in takes place at the server of that
    /// user. Needs [`Options::handles`](crate::Options::handles). Default: none.
    #[cfg(feature = "openid")]
    pub handle: Option<String>,
    /// Whether the redirect replaces this page in the history, so that Back does not lead to it. For a
    /// guard, which would redirect again. Default: no.
    #[doc(hidden)]
    pub replaces_page: bool,
}

impl SignInOptions {
    /// Sets where the user goes afterwards.
    #[must_use]
    pub fn return_to(self, path: impl Into<String>) -> Self {
        Self { return_to: Some(path.into()), ..self }
    }

    /// Sets the scope to ask for.
    #[must_use]
    pub fn scope(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// Sets the handle of the user.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn handle(self, handle: impl Into<String>) -> Self {
        Self { handle: Some(handle.into()), ..self }
    }

    /// Sets the authentication contexts to choose from, separated by spaces (RFC 9470). An ID token must
    /// then name one of them. The same as the parameter `acr_values`.
    #[must_use]
    pub fn acr_values(mut self, acr_values: impl Into<String>) -> Self {
        self.authorization_params.set("acr_values", acr_values.into());
        self
    }

    /// Sets the longest time since the user's last authentication, in whole seconds. If it was longer ago,
    /// the server asks the user again, and an ID token must say when. The same as the parameter `max_age`.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        let mut seconds = String::new();
        push_decimal(&mut seconds, max_age.as_secs());
        self.authorization_params.set("max_age", seconds);
        self
    }

    /// Sets the extra parameters of this authorization request.
    #[must_use]
    pub fn authorization_params(self, authorization_params: ExtraParameters) -> Self {
        Self { authorization_params, ..self }
    }
}
