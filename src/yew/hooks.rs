//! The user as a type of the app, and the user of a guarded part.

use serde::de::DeserializeOwned;
use yew::prelude::*;

use super::auth::use_auth_for;
use crate::protocol::userinfo::User;
use crate::session::AuthState;
use crate::ui::report_once;

/// Returns the user information as a type of the app. `None` if it is not known yet, or does not fit.
///
/// # Example: a picture
/// ```
/// use basic_oauth::yew::use_user;
/// use yew::prelude::*;
///
/// #[derive(serde::Deserialize)]
/// struct Profile { picture: String }
///
/// #[component]
/// fn Avatar() -> Html {
///     let profile = use_user::<Profile>();
///     html! { <img src={profile.map(|profile| profile.picture)} alt="" /> }
/// }
/// ```
#[hook]
pub fn use_user<T: DeserializeOwned>() -> Option<T> {
    use_auth_for("use_user").claims()
}

/// Returns the claims of the ID token as a type of the app. `None` if there is no ID token, or if it does
/// not fit.
///
/// # Example: when the user authenticated
/// ```
/// use basic_oauth::yew::use_claims;
/// use yew::prelude::*;
///
/// #[derive(serde::Deserialize)]
/// struct Claims { auth_time: u64 }
///
/// #[component]
/// fn LastSignIn() -> Html {
///     let claims = use_claims::<Claims>();
///     html! { <p>{ claims.map(|claims| claims.auth_time) }</p> }
/// }
/// ```
#[cfg(feature = "openid")]
#[hook]
pub fn use_claims<T: DeserializeOwned>() -> Option<T> {
    use_auth_for("use_claims").id_token_claims()
}

/// Returns the signed-in user, for a component inside [`RequireAuth`](super::RequireAuth) or
/// [`SignedIn`](super::SignedIn).
///
/// The subject is empty as long as the user information is not known. Elsewhere, if no user is signed
/// in, the user has an empty subject too, and the console says so once.
///
/// # Example: a greeting without `Option`
/// ```
/// use basic_oauth::yew::{SignedIn, use_signed_in};
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
///     html! { <SignedIn><Greeting /></SignedIn> }
/// }
/// ```
#[hook]
pub fn use_signed_in() -> User {
    let auth = use_auth_for("use_signed_in");
    if let AuthState::SignedOut { .. } = auth.state() {
        report_once(
            "`use_signed_in` belongs inside `RequireAuth` or `SignedIn`: no user is signed in.",
        );
    }
    auth.user().cloned().unwrap_or_else(User::unknown)
}
