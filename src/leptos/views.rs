//! What is shown to whom.
#![allow(unreachable_pub, reason = "what the macro makes of a component is not for others")]

use leptos::prelude::*;

use super::auth::use_auth;
use super::button::SignInButton;
use crate::config::SignInOptions;
use crate::session::AuthState;
use crate::ui::{Connection, Guard};

/// Shows what is inside while somebody is signed in.
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
    /// What may be shown.
    children: ChildrenFn,
) -> impl IntoView {
    show_if(AuthState::is_signed_in, children)
}

/// Shows what is inside while nobody is signed in, and that is known; see [`SignedIn()`].
#[component]
pub fn SignedOut(
    /// What may be shown.
    children: ChildrenFn,
) -> impl IntoView {
    show_if(|state| matches!(state, AuthState::SignedOut { .. }), children)
}

/// Shows what is inside until it is known who this is: on a server, and for a moment in a browser.
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
    /// What may be shown.
    children: ChildrenFn,
) -> impl IntoView {
    show_if(|state| matches!(state, AuthState::Loading), children)
}

fn show_if(condition: fn(&AuthState) -> bool, children: ChildrenFn) -> impl IntoView {
    let auth = use_auth();
    let is_shown = Memo::new(move |_| condition(&auth.state()));
    move || is_shown.get().then(|| children())
}

/// Lets only those in who are signed in. A visitor is sent to sign in, and comes back to this very
/// address; somebody who has just signed out, declined or failed is asked instead.
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
#[component]
pub fn RequireAuth(
    /// For who is signed in.
    children: ChildrenFn,
    /// While it is not known who this is, and while the page is leaving. Default: nothing.
    #[prop(optional, into)]
    loading: ViewFn,
    /// For who has signed out or declined, and for whom the sign-in failed. Default: the button.
    #[prop(default = ViewFn::from(|| view! { <SignInButton /> }), into)]
    signed_out: ViewFn,
) -> impl IntoView {
    let auth = use_auth();
    let was_cancelled = RwSignal::new(false);
    let guard = Memo::new(move |_| Guard::of(&auth.state(), was_cancelled.get()));
    Effect::new(move |_| {
        if guard.get() == Guard::Redirect {
            auth.with(|connection| {
                let leaving = connection.clone().sign_in(SignInOptions::default());
                Connection::spawn(async move {
                    leaving.await;
                    was_cancelled.try_set(true);
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
