//! The user as a type of the app, and the user of a guarded part.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::auth::use_auth_for;
use crate::protocol::userinfo::User;
use crate::session::AuthState;
use crate::ui::report_once;

/// Returns the user information as a type of the app. `None` if it is not known yet, or does not fit.
///
/// # Example: a picture
/// ```
/// use basic_oauth::leptos::use_user;
/// use leptos::prelude::*;
///
/// #[derive(Clone, serde::Deserialize)]
/// struct Profile { picture: String }
///
/// #[component]
/// fn Avatar() -> impl IntoView {
///     let profile = use_user::<Profile>();
///     view! { <img src=move || profile.get().map(|profile| profile.picture) alt="" /> }
/// }
/// ```
#[must_use]
pub fn use_user<T: DeserializeOwned + Send + Sync + 'static>() -> Signal<Option<T>> {
    let auth = use_auth_for("use_user");
    Signal::derive(move || auth.claims())
}

/// Returns the claims of the ID token as a type of the app. `None` if there is no ID token, or if it does
/// not fit.
///
/// # Example: when the user authenticated
/// ```
/// use basic_oauth::leptos::use_claims;
/// use leptos::prelude::*;
///
/// #[derive(Clone, serde::Deserialize)]
/// struct Claims { auth_time: u64 }
///
/// #[component]
/// fn LastSignIn() -> impl IntoView {
///     let claims = use_claims::<Claims>();
///     view! { <p>{move || claims.get().map(|claims| claims.auth_time)}</p> }
/// }
/// ```
#[cfg(feature = "openid")]
#[must_use]
pub fn use_claims<T: DeserializeOwned + Send + Sync + 'static>() -> Signal<Option<T>> {
    let auth = use_auth_for("use_claims");
    Signal::derive(move || auth.id_token_claims())
}

/// Returns the signed-in user, for a component inside [`RequireAuth()`](super::RequireAuth()) or
/// [`SignedIn()`](super::SignedIn()).
///
/// The subject is empty as long as the user information is not known. Elsewhere, if no user is signed
/// in, the user has an empty subject too, and the console says so once.
///
/// # Example: a greeting without `Option`
/// ```
/// use basic_oauth::leptos::{SignedIn, use_signed_in};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let user = use_signed_in();
///     view! { <p>"Hello, " {move || user.get().name().unwrap_or("you").to_owned()}</p> }
/// }
///
/// #[component]
/// fn Page() -> impl IntoView {
///     view! { <SignedIn><Greeting /></SignedIn> }
/// }
/// ```
#[must_use]
pub fn use_signed_in() -> Memo<User> {
    let auth = use_auth_for("use_signed_in");
    if untrack(|| matches!(auth.state(), AuthState::SignedOut { .. })) {
        report_once(
            "`use_signed_in` belongs inside `RequireAuth` or `SignedIn`: no user is signed in.",
        );
    }
    // At a sign-out the last user stays for the moment until this component is removed.
    Memo::new(move |last: Option<&User>| {
        auth.user().or_else(|| last.cloned()).unwrap_or_else(User::unknown)
    })
}
