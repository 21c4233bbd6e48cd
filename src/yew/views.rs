//! `SignedIn`, `SignedOut`, `AuthLoading` and `RequireAuth`.

use yew::prelude::*;

use super::auth::use_auth_for;
use super::button::SignInButton;
use crate::session::AuthState;
use crate::ui::{Connection, Guard, came_by_history, redirect};

/// Properties of the components that only have children.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChildrenProps {
    /// The content.
    #[prop_or_default]
    pub children: Html,
}

/// Shows its content while a user is signed in.
///
/// # Example: a greeting
/// ```
/// use basic_oauth::yew::{SignedIn, SignedOut};
/// use yew::prelude::*;
///
/// #[component]
/// fn Greeting() -> Html {
///     html! {
///         <>
///             <SignedIn>{ "Welcome back" }</SignedIn>
///             <SignedOut>{ "Welcome" }</SignedOut>
///         </>
///     }
/// }
/// ```
#[component]
pub fn SignedIn(props: &ChildrenProps) -> Html {
    show_if(use_auth_for("SignedIn").is_signed_in(), props)
}

/// Shows its content while no user is signed in. See [`SignedIn`].
#[component]
pub fn SignedOut(props: &ChildrenProps) -> Html {
    let auth = use_auth_for("SignedOut");
    show_if(matches!(auth.state(), AuthState::SignedOut { .. }), props)
}

/// Shows its content while the state is loading: on a server, and for a moment in a browser.
///
/// # Example: three states, and no flicker
/// ```
/// use basic_oauth::yew::{AuthLoading, SignedIn, SignedOut};
/// use yew::prelude::*;
///
/// #[component]
/// fn Page() -> Html {
///     html! {
///         <>
///             <AuthLoading>{ "One moment…" }</AuthLoading>
///             <SignedIn>{ "Your notes" }</SignedIn>
///             <SignedOut>{ "Please sign in" }</SignedOut>
///         </>
///     }
/// }
/// ```
#[component]
pub fn AuthLoading(props: &ChildrenProps) -> Html {
    show_if(use_auth_for("AuthLoading").is_loading(), props)
}

fn show_if(condition: bool, props: &ChildrenProps) -> Html {
    if condition { props.children.clone() } else { Html::default() }
}

/// Properties of [`RequireAuth`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RequireAuthProps {
    /// The content, shown to a signed-in user.
    #[prop_or_default]
    pub children: Html,
    /// Shown while the state is loading, and while the page redirects. Default: nothing.
    #[prop_or_default]
    pub loading: Html,
    /// Shown to a user who has signed out or declined, or whose sign-in failed. Default:
    /// the error and the button.
    #[prop_or_default]
    pub signed_out: Option<Html>,
    /// Shown to a user who is not signed in, instead of going to the server: a sign-in page of the app,
    /// or a `<Redirect>` of its router to one. Default: the page goes to the server.
    #[prop_or_default]
    pub fallback: Option<Html>,
}

/// Shows its content to a signed-in user only, and redirects any other user to sign in.
///
/// Afterwards the user is back at this address. A user who has just signed out or declined, or whose
/// sign-in failed, is not redirected again, but sees the error and the button. A user who comes to this
/// page by Back or Forward sees the button. The redirect replaces this page in the history, so that Back leads to the page
/// before.
///
/// # Example: a page of notes
/// ```
/// use basic_oauth::yew::RequireAuth;
/// use yew::prelude::*;
///
/// #[component]
/// fn Notes() -> Html {
///     html! { <RequireAuth loading={"One moment…"}>{ "Notes" }</RequireAuth> }
/// }
/// ```
///
/// # Example: a sign-in page of the app
/// ```
/// use basic_oauth::yew::{RequireAuth, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn Notes() -> Html {
///     // With a router: `html! { <Redirect<Route> to={Route::SignIn} /> }`.
///     let fallback = html! { <><h1>{ "Please sign in" }</h1><SignInButton /></> };
///     html! { <RequireAuth {fallback}>{ "Notes" }</RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(props: &RequireAuthProps) -> Html {
    let auth = use_auth_for("RequireAuth");
    let stays = use_state(came_by_history);
    let guard = Guard::of(auth.state(), *stays || props.fallback.is_some());
    use_effect_with(guard, move |guard| {
        if *guard == Guard::Redirect {
            let leaving = auth.connection.clone().sign_in(redirect());
            Connection::spawn(async move {
                leaving.await;
                stays.set(true);
            });
        }
    });
    match guard {
        Guard::Allow => props.children.clone(),
        Guard::Pending | Guard::Redirect => props.loading.clone(),
        Guard::Prompt => {
            let shown = props.fallback.as_ref().or(props.signed_out.as_ref());
            shown.cloned().unwrap_or_else(|| html! { <SignInButton explains=true /> })
        }
    }
}
