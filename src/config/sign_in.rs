//! Options of a single sign-in.

use crate::protocol::authorization::ExtraParameters;
use crate::protocol::scope::Scope;

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
    /// Where the user goes afterwards: a path of this origin. Default: where the user is.
    pub return_to: Option<String>,
    /// The scope to ask for. Default: the configured scope.
    pub scope: Option<Scope>,
    /// Extra parameters of this authorization request, such as `prompt`. Default: none.
    pub authorization_params: ExtraParameters,
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

    /// Sets the extra parameters of this authorization request.
    #[must_use]
    pub fn authorization_params(self, authorization_params: ExtraParameters) -> Self {
        Self { authorization_params, ..self }
    }
}
