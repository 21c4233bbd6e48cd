//! `SignedIn`, `SignedOut`, `AuthLoading` and `RequireAuth`.
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use leptos::prelude::*;

use super::auth::use_auth_for;
use super::button::SignInButton;
use crate::session::AuthState;
use crate::ui::{Connection, Guard, came_by_history, redirect};

/// Shows its content while a user is signed in.
///
/// # Example: a greeting
/// ```
/// use basic_oauth::leptos::{SignedIn, SignedOut};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     view! {
///         <SignedIn>"Welcome back"</SignedIn>
///         <SignedOut>"Welcome"</SignedOut>
///     }
/// }
/// ```
#[component]
pub fn SignedIn(
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    show_if("SignedIn", AuthState::is_signed_in, children)
}

/// Shows its content while no user is signed in. See [`SignedIn()`].
#[component]
pub fn SignedOut(
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    show_if("SignedOut", |state| matches!(state, AuthState::SignedOut { .. }), children)
}

/// Shows its content while the state is loading: on a server, and for a moment in a browser.
///
/// # Example: three states, and no flicker
/// ```
/// use basic_oauth::leptos::{AuthLoading, SignedIn, SignedOut};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Page() -> impl IntoView {
///     view! {
///         <AuthLoading>"One moment…"</AuthLoading>
///         <SignedIn>"Your notes"</SignedIn>
///         <SignedOut>"Please sign in"</SignedOut>
///     }
/// }
/// ```
#[component]
pub fn AuthLoading(
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    show_if("AuthLoading", |state| matches!(state, AuthState::Loading), children)
}

fn show_if(
    name: &str,
    condition: fn(&AuthState) -> bool,
    children: ChildrenFn,
) -> impl IntoView + use<> {
    let auth = use_auth_for(name);
    let is_shown = Memo::new(move |_| condition(&auth.state()));
    move || is_shown.get().then(|| children())
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
/// use basic_oauth::leptos::RequireAuth;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Notes() -> impl IntoView {
///     view! { <RequireAuth loading=|| "One moment…">"Notes"</RequireAuth> }
/// }
/// ```
///
/// # Example: a sign-in page of the app
/// ```
/// use basic_oauth::leptos::{RequireAuth, SignInButton};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Notes() -> impl IntoView {
///     // With a router: `|| view! { <Redirect path="/sign-in" /> }`.
///     let fallback = || view! { <h1>"Please sign in"</h1><SignInButton /> };
///     view! { <RequireAuth fallback>"Notes"</RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(
    /// The content, shown to a signed-in user.
    children: ChildrenFn,
    /// Shown while the state is loading, and while the page redirects. Default: nothing.
    #[prop(optional, into)]
    loading: ViewFn,
    /// Shown to a user who has signed out or declined, or whose sign-in failed. Default:
    /// the error and the button.
    #[prop(default = ViewFn::from(|| view! { <SignInButton explains=true /> }), into)]
    signed_out: ViewFn,
    /// Shown to a user who is not signed in, instead of going to the server: a sign-in page of the app,
    /// or a `<Redirect>` of its router to one. Default: the page goes to the server.
    #[prop(optional, into)]
    fallback: Option<ViewFn>,
) -> impl IntoView {
    let auth = use_auth_for("RequireAuth");
    let has_fallback = fallback.is_some();
    let signed_out = fallback.unwrap_or(signed_out);
    let stays = RwSignal::new(has_fallback || came_by_history());
    let guard = Memo::new(move |_| Guard::of(&auth.state(), stays.get()));
    Effect::new(move |_| {
        if guard.get() == Guard::Redirect {
            auth.with(|connection| {
                let leaving = connection.clone().sign_in(redirect());
                Connection::spawn(async move {
                    leaving.await;
                    stays.try_set(true);
                });
            });
        }
    });
    move || match guard.get() {
        Guard::Allow => children(),
        Guard::Pending | Guard::Redirect => loading.run(),
        Guard::Prompt => signed_out.run(),
    }
}
