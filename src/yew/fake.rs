//! A sign-in state for tests of components.

use std::rc::Rc;

use yew::prelude::*;

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
    /// use basic_oauth::yew::{Auth, FakeAuthProvider, use_signed_in};
    /// use yew::prelude::*;
    ///
    /// #[component]
    /// fn Greeting() -> Html {
    ///     let user = use_signed_in();
    ///     html! { <p>{ "Hello, " }{ user.name().unwrap_or("you") }</p> }
    /// }
    ///
    /// #[component]
    /// fn Page() -> Html {
    ///     let ada = Json::object([("sub", "did:ada".into()), ("name", "Ada".into())]);
    ///     let auth = Auth::signed_in(User::from_json(ada)).with_scope("profile");
    ///     html! { <FakeAuthProvider {auth}><Greeting /></FakeAuthProvider> }
    /// }
    ///
    /// // With Yew's feature `ssr`, a native test renders it:
    /// // yew::ServerRenderer::<Page>::new().render().await
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
        Self::fake(fake::with_scope(self.state().clone(), Scope::granted(scope)))
    }

    /// Sets the error. Without effect while the state is loading.
    #[must_use]
    pub fn with_error(self, error: Error) -> Self {
        Self::fake(fake::with_error(self.state().clone(), error))
    }

    fn fake(state: AuthState) -> Self {
        let state = Rc::new(state);
        Self { connection: fake::connection(&state), state }
    }
}

/// Properties of [`FakeAuthProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FakeAuthProviderProps {
    /// The state that the children see.
    pub auth: Auth,
    /// The components under test.
    #[prop_or_default]
    pub children: Html,
}

/// Provides an [`Auth`] of a test to its children, as [`AuthProvider`](super::AuthProvider) does. Needs
/// the feature `testing`.
///
/// # Example: a page that is signed out
/// ```
/// use basic_oauth::SignedOutReason;
/// use basic_oauth::yew::{Auth, FakeAuthProvider, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn Page() -> Html {
///     let auth = Auth::signed_out(SignedOutReason::Never);
///     html! { <FakeAuthProvider {auth}><SignInButton /></FakeAuthProvider> }
/// }
/// ```
#[component]
pub fn FakeAuthProvider(props: &FakeAuthProviderProps) -> Html {
    let (context, children) = (props.auth.clone(), props.children.clone());
    html! { <ContextProvider<Auth> {context}>{ children }</ContextProvider<Auth>> }
}
