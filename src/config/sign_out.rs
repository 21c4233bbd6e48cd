//! Options of a single sign-out.

/// What one sign-out does differently.
///
/// # Example: sign out at the provider too
/// ```
/// use basic_oauth::SignOutOptions;
///
/// let options = SignOutOptions::default().everywhere(true).return_to("/goodbye");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOutOptions {
    /// Whether the browser goes to the provider, so that the user is signed out there as well. If the
    /// server has no end-session endpoint, the sign-out is local. Default: no.
    pub everywhere: bool,
    /// Where the user goes when the provider sends them back: a path of this origin. Another origin is
    /// refused. Default: where the user is.
    pub return_to: Option<String>,
}

impl SignOutOptions {
    /// Sets whether the user is signed out at the provider as well.
    #[must_use]
    pub fn everywhere(self, everywhere: bool) -> Self {
        Self { everywhere, ..self }
    }

    /// Sets where the user goes afterwards.
    #[must_use]
    pub fn return_to(self, path: impl Into<String>) -> Self {
        Self { return_to: Some(path.into()), ..self }
    }
}
