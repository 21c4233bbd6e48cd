//! [`AuthError`].
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use leptos::prelude::*;

use super::auth::use_auth_for;
use crate::error::Error;
use crate::ui::sentence;

/// Shows the error of the last sign-in or refresh to the user, and nothing if there is none.
///
/// It is a `<p role="alert" class="basic-auth-error">` with the code of the error in `data-code`. Its
/// sentence is for the user. The message of the error itself is for a developer.
///
/// # Example: as it is, and in another language
/// ```
/// use basic_oauth::{Error, ErrorCode};
/// use basic_oauth::leptos::AuthError;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Failures() -> impl IntoView {
///     let render = |error: Error| {
///         let text = match error.code() {
///             ErrorCode::AccessDenied => "Anmeldung abgelehnt.",
///             _ => "Bitte erneut versuchen.",
///         };
///         view! { <p>{text}</p> }.into_any()
///     };
///     view! { <AuthError /><AuthError render /> }
/// }
/// ```
#[component]
pub fn AuthError(
    /// Renders the error, for example in another language. Default: a sentence in English.
    #[prop(optional, into)]
    render: Option<Callback<(Error,), AnyView>>,
) -> impl IntoView {
    let auth = use_auth_for("AuthError");
    move || {
        auth.error().map(|error| match render {
            Some(render) => render.run((error,)),
            None => view! {
                <p role="alert" class="basic-auth-error" data-code=error.code().as_str()>
                    {sentence(&error)}
                </p>
            }
            .into_any(),
        })
    }
}
