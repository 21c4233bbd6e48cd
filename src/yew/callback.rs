//! [`AuthCallback`].

use yew::prelude::*;

use super::auth::use_auth_for;
use super::button::SignInButton;
use super::error::AuthError;
use crate::session::AuthState;
use crate::ui::{after_return, has_returned};

/// Properties of [`AuthCallback`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthCallbackProps {
    /// Shown while the sign-in is completed, and until the user is back where it began. Default: nothing.
    #[prop_or_default]
    pub loading: Html,
    /// Shown to a signed-in user who has opened this page directly, after two seconds: a link to the
    /// app, or a `<Redirect>` of its router. Default: nothing.
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
    let auth = use_auth_for("AuthCallback");
    let is_late = use_state(has_returned);
    let late = is_late.clone();
    use_effect_with(auth.is_signed_in(), move |is_signed_in| {
        if *is_signed_in {
            after_return(move || late.set(true));
        }
    });
    match auth.state() {
        AuthState::SignedIn { .. } if *is_late => props.children.clone(),
        AuthState::SignedIn { .. } | AuthState::Loading => props.loading.clone(),
        AuthState::SignedOut { .. } => html! { <><AuthError /><SignInButton /></> },
    }
}
