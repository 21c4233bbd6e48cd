//! [`AuthCallback`].
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use leptos::prelude::*;

use super::auth::use_auth_for;
use super::button::SignInButton;
use super::error::AuthError;
use crate::session::AuthState;
use crate::ui::{after_return, has_returned};

/// What belongs on the route of the redirect URI, if the app has such a route.
///
/// After a successful sign-in the user is taken back to where it began, so this page is seen for a
/// moment only. It stays if the answer belongs to no sign-in of this browser, or if the path was opened
/// directly. Then it shows [`AuthError()`] and the button.
///
/// # Example: the route of the redirect URI
/// ```
/// use basic_oauth::leptos::AuthCallback;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Callback() -> impl IntoView {
///     view! {
///         <AuthCallback loading=|| "Signing you in…"><a href="/">"To the app"</a></AuthCallback>
///     }
/// }
/// ```
#[component]
pub fn AuthCallback(
    /// Shown while the sign-in is completed, and until the user is back where it began. Default: nothing.
    #[prop(optional, into)]
    loading: ViewFn,
    /// Shown to a signed-in user who has opened this page directly, after two seconds: a link to the
    /// app, or a `<Redirect>` of its router. Default: nothing.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let auth = use_auth_for("AuthCallback");
    let is_late = RwSignal::new(has_returned());
    Effect::new(move |_| {
        if auth.is_signed_in() {
            after_return(move || {
                is_late.try_set(true);
            });
        }
    });
    let is_signed_in = Memo::new(move |_| match auth.state() {
        AuthState::SignedOut { .. } => Some(false),
        AuthState::SignedIn { .. } if is_late.get() => Some(true),
        AuthState::SignedIn { .. } | AuthState::Loading => None,
    });
    move || match is_signed_in.get() {
        None => loading.run(),
        Some(true) => children.as_ref().map(|children| children()).into_any(),
        Some(false) => view! { <AuthError /><SignInButton /> }.into_any(),
    }
}
