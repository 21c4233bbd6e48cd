//! A sign-in state for tests of components.

use std::rc::Rc;

use leptos::prelude::*;

use super::auth::Auth;
use crate::error::Error;
use crate::protocol::scope::Scope;
use crate::protocol::userinfo::User;
use crate::session::{AuthState, SignedOutReason};
use crate::ui::fake;

/// A state that a test sets. Needs the feature `testing`.
///
/// Nothing is started and nothing is stored. Signing in and out does nothing, and a token is refused.
impl Auth {
    /// Returns an `Auth` with this user signed in. `None`: the user information is not known.
    ///
    /// # Example: a component that greets a user
    /// ```
    /// use basic_oauth::{Json, User};
    /// use basic_oauth::leptos::{Auth, provide_fake_auth, use_signed_in};
    /// use leptos::prelude::*;
    ///
    /// #[component]
    /// fn Greeting() -> impl IntoView {
    ///     let user = use_signed_in();
    ///     view! { <p>"Hello, " {move || user.get().name().unwrap_or("you").to_owned()}</p> }
    /// }
    ///
    /// Owner::new().with(|| {
    ///     let ada = Json::object([("sub", "did:ada".into()), ("name", "Ada".into())]);
    ///     provide_fake_auth(Auth::signed_in(User::from_json(ada)).with_scope("profile"));
    ///     let page = view! { <Greeting /> };
    /// #   #[cfg(feature = "ssr")]
    ///     assert!(page.to_html().contains("Ada"));
    /// });
    /// ```
    #[must_use]
    pub fn signed_in(user: impl Into<Option<User>>) -> Self {
        Self::fake(fake::signed_in(user.into()))
    }

    /// Returns an `Auth` without a user.
    #[must_use]
    pub fn signed_out(reason: SignedOutReason) -> Self {
        Self::fake(AuthState::SignedOut { reason, error: None })
    }

    /// Returns an `Auth` whose state is not known yet.
    #[must_use]
    pub fn loading() -> Self {
        Self::fake(AuthState::Loading)
    }

    /// Sets the granted scope. Without effect unless a user is signed in.
    #[must_use]
    pub fn with_scope(self, scope: &str) -> Self {
        Self::fake(fake::with_scope(self.state.get_untracked(), Scope::granted(scope)))
    }

    /// Sets the error. Without effect while the state is loading.
    #[must_use]
    pub fn with_error(self, error: Error) -> Self {
        Self::fake(fake::with_error(self.state.get_untracked(), error))
    }

    fn fake(state: AuthState) -> Self {
        let connection = fake::connection(&Rc::new(state.clone()));
        let connection = StoredValue::new_with_storage(connection);
        Self { state: RwSignal::new(state), connection }
    }
}

/// Provides an [`Auth`] of a test to this component and its children, as
/// [`provide_auth`](super::provide_auth) does. Needs the feature `testing`.
///
/// # Example: a page that is signed out
/// ```
/// use basic_oauth::SignedOutReason;
/// use basic_oauth::leptos::{Auth, SignInButton, provide_fake_auth};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Page() -> impl IntoView {
///     provide_fake_auth(Auth::signed_out(SignedOutReason::Never));
///     view! { <SignInButton /> }
/// }
/// ```
pub fn provide_fake_auth(auth: Auth) -> Auth {
    provide_context(auth);
    auth
}
