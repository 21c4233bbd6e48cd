//! [`AuthError`].

use yew::prelude::*;

use super::auth::use_auth_for;
use crate::error::Error;
use crate::ui::sentence;

/// Properties of [`AuthError`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthErrorProps {
    /// Renders the error, for example in another language. Default: a sentence in English.
    #[prop_or_default]
    pub render: Option<Callback<Error, Html>>,
}

/// Shows the error of the last sign-in or refresh to the user, and nothing if there is none.
///
/// It is a `<p role="alert" class="basic-auth-error">` with the code of the error in `data-code`. Its
/// sentence is for the user. The message of the error itself is for a developer.
///
/// # Example: as it is, and in another language
/// ```
/// use basic_oauth::{Error, ErrorCode};
/// use basic_oauth::yew::AuthError;
/// use yew::prelude::*;
///
/// #[component]
/// fn Failures() -> Html {
///     let render = |error: Error| match error.code() {
///         ErrorCode::AccessDenied => html! { <p>{ "Anmeldung abgelehnt." }</p> },
///         _ => html! { <p>{ "Bitte erneut versuchen." }</p> },
///     };
///     html! { <><AuthError /><AuthError {render} /></> }
/// }
/// ```
#[component]
pub fn AuthError(props: &AuthErrorProps) -> Html {
    let auth = use_auth_for("AuthError");
    let Some(error) = auth.error() else { return Html::default() };
    if let Some(render) = &props.render {
        return render.emit(error.clone());
    }
    html! {
        <p role="alert" class="basic-auth-error" data-code={error.code().as_str()}>
            { sentence(error) }
        </p>
    }
}
