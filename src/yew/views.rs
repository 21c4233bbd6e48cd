//! What is shown to whom.

use yew::prelude::*;

use super::auth::use_auth;
use super::button::SignInButton;
use crate::config::SignInOptions;
use crate::session::AuthState;
use crate::ui::{Connection, Guard};

/// What is inside.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChildrenProps {
    /// What may be shown.
    #[prop_or_default]
    pub children: Html,
}

/// Shows what is inside while somebody is signed in.
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
    show_if(use_auth().is_signed_in(), props)
}

/// Shows what is inside while nobody is signed in, and that is known; see [`SignedIn`].
#[component]
pub fn SignedOut(props: &ChildrenProps) -> Html {
    let auth = use_auth();
    show_if(matches!(auth.state(), AuthState::SignedOut { .. }), props)
}

/// Shows what is inside until it is known who this is: on a server, and for a moment in a browser.
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
    show_if(use_auth().is_loading(), props)
}

fn show_if(condition: bool, props: &ChildrenProps) -> Html {
    if condition { props.children.clone() } else { Html::default() }
}

/// What [`RequireAuth`] shows to whom.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RequireAuthProps {
    /// For who is signed in.
    #[prop_or_default]
    pub children: Html,
    /// While it is not known who this is, and while the page is leaving. Default: nothing.
    #[prop_or_default]
    pub loading: Html,
    /// For who has signed out or declined, and for whom the sign-in failed. Default: the button.
    #[prop_or_default]
    pub signed_out: Option<Html>,
}

/// Lets only those in who are signed in. A visitor is sent to sign in, and comes back to this very
/// address; somebody who has just signed out, declined or failed is asked instead.
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
#[component]
pub fn RequireAuth(props: &RequireAuthProps) -> Html {
    let auth = use_auth();
    let was_cancelled = use_state(|| false);
    let guard = Guard::of(auth.state(), *was_cancelled);
    use_effect_with(guard, move |guard| {
        if *guard == Guard::Redirect {
            let leaving = auth.connection.clone().sign_in(SignInOptions::default());
            Connection::spawn(async move {
                leaving.await;
                was_cancelled.set(true);
            });
        }
    });
    match guard {
        Guard::Allow => props.children.clone(),
        Guard::Pending | Guard::Redirect => props.loading.clone(),
        Guard::Prompt => props.signed_out.clone().unwrap_or_else(|| html! { <SignInButton /> }),
    }
}
