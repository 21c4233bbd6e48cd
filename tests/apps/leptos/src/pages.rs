//! The pages of the app.

use basic_oauth::leptos::{
    RequireAuth, SignInButton, SignInLink, SignedIn, SignedOut, use_auth, use_signed_in,
};
use basic_oauth::{AuthState, Error};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use crate::config::say;

/// The state, on every page.
#[component]
pub(crate) fn Status() -> impl IntoView {
    let auth = use_auth();
    let text = move || match auth.state() {
        AuthState::SignedIn { .. } => "signed in",
        AuthState::SignedOut { .. } => "signed out",
        _ => "loading",
    };
    let error = move || auth.error().map(|error| error.code().as_str());
    view! { <p><output data-testid="status">{text}</output>" "<code data-testid="error">{error}</code></p> }
}

/// The public page.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <main>
            <p data-testid="page">"home"</p>
            <SignInButton label="Enter" />
            <SignedIn><p data-testid="greeting">"Welcome back"</p></SignedIn>
            <SignedOut><p data-testid="greeting">"Welcome"</p></SignedOut>
        </main>
    }
}

/// A placeholder while the page loads.
#[component]
pub(crate) fn Starting() -> impl IntoView {
    view! { <p role="status" data-testid="starting">"One moment…"</p> }
}

/// A page behind the guard. Shows what the router knows of the address.
#[component]
pub(crate) fn Note() -> impl IntoView {
    let id = use_params_map();
    let id = move || id.read().get("id");
    let query = use_location().search;
    let query = move || {
        let query = query.get();
        if query.is_empty() { query } else { ["?", &query].concat() }
    };
    view! { <p data-testid="page">"note " {id} {query}</p> }
}

/// A button that says in the console what happens.
#[component]
pub(crate) fn Buttons() -> impl IntoView {
    let on_error = |error: Error| say(&["error ", error.code().as_str()].concat());
    view! {
        <SignInButton
            on_signed_in=|| say("signed in")
            on_signed_out=|| say("signed out")
            on_error
        />
    }
}

/// Components of which each says that it has no provider.
#[component]
pub(crate) fn Outside() -> impl IntoView {
    view! {
        <SignInButton />
        <SignInButton />
        <RequireAuth>"Private"</RequireAuth>
        <RequireAuth>"Private"</RequireAuth>
        <SignInLink>"Sign in"</SignInLink>
        <SignInLink>"Sign in"</SignInLink>
    }
}

/// A part behind a guard, which has a user without `Option`.
#[component]
pub(crate) fn UserCard() -> impl IntoView {
    let user = use_signed_in();
    let subject = move || user.read().subject().to_owned();
    let name = move || user.read().name().map(str::to_owned);
    view! { <p data-testid="user">{subject} " " {name}</p> }
}
