//! [`AuthCallback`].

use yew::prelude::*;

use super::auth::use_auth_for;
use super::button::SignInButton;
use super::error::AuthError;
use crate::session::AuthState;

/// Properties of [`AuthCallback`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthCallbackProps {
    /// Shown while the sign-in is completed. Default: nothing.
    #[prop_or_default]
    pub loading: Html,
    /// Shown to a signed-in user who has opened this page directly: a link to the app, or a
    /// `<Redirect>` of its router. Default: nothing.
    #[prop_or_default]
    pub children: Html,
}

/// What belongs on the route of the redirect URI, if the app has such a route.
///
/// After a successful sign-in the user is taken back to where it began, so this page is seen for a
/// moment only. It stays if the answer belongs to no sign-in of this browser, or if the path was opened
/// directly. Then it shows [`AuthError`] and the button.
///
/// # Example: the route of the redirect URI
/// ```
/// use basic_oauth::yew::AuthCallback;
/// use yew::prelude::*;
///
/// #[component]
/// fn Callback() -> Html {
///     html! {
///         <AuthCallback loading={"Signing you in…"}><a href="/">{ "To the app" }</a></AuthCallback>
///     }
/// }
/// ```
#[component]
pub fn AuthCallback(props: &AuthCallbackProps) -> Html {
    match use_auth_for("AuthCallback").state() {
        AuthState::SignedIn { .. } => props.children.clone(),
        AuthState::SignedOut { .. } => html! { <><AuthError /><SignInButton /></> },
        AuthState::Loading => props.loading.clone(),
    }
}
