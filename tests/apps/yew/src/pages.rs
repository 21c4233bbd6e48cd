//! The pages of the app.

use basic_oauth::yew::{
    RequireAuth, SignInButton, SignInLink, SignedIn, SignedOut, use_auth, use_signed_in,
};
use basic_oauth::{AuthState, Error};
use yew::prelude::*;
use yew_router::prelude::*;

use crate::config::say;

/// The state, on every page.
#[component]
pub(crate) fn Status() -> Html {
    let auth = use_auth();
    let text = match auth.state() {
        AuthState::SignedIn { .. } => "signed in",
        AuthState::SignedOut { .. } => "signed out",
        _ => "loading",
    };
    let error = auth.error().map(|error| error.code().as_str());
    html! { <p><output data-testid="status">{ text }</output>{ " " }<code data-testid="error">{ error }</code></p> }
}

/// The public page.
#[component]
pub(crate) fn Home() -> Html {
    html! {
        <main>
            <p data-testid="page">{ "home" }</p>
            <SignInButton label="Enter" />
            <SignedIn><p data-testid="greeting">{ "Welcome back" }</p></SignedIn>
            <SignedOut><p data-testid="greeting">{ "Welcome" }</p></SignedOut>
        </main>
    }
}

/// A placeholder while the page loads.
#[component]
pub(crate) fn Starting() -> Html {
    html! { <p role="status" data-testid="starting">{ "One moment…" }</p> }
}

/// The properties of [`Note`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct NoteProps {
    pub(crate) id: u32,
}

/// A page behind the guard. Shows what the router knows of the address.
#[component]
pub(crate) fn Note(props: &NoteProps) -> Html {
    let location = use_location();
    let query = location.map(|location| location.query_str().to_owned());
    html! { <p data-testid="page">{ "note " }{ props.id }{ query }</p> }
}

/// A button that says in the console what happens.
#[component]
pub(crate) fn Buttons() -> Html {
    let on_error = |error: Error| say(&["error ", error.code().as_str()].concat());
    html! {
        <SignInButton
            on_signed_in={|()| say("signed in")}
            on_signed_out={|()| say("signed out")}
            {on_error}
        />
    }
}

/// Components of which each says that it has no provider.
#[component]
pub(crate) fn Outside() -> Html {
    html! {
        <>
            <SignInButton /><SignInButton />
            <RequireAuth>{ "Private" }</RequireAuth><RequireAuth>{ "Private" }</RequireAuth>
            <SignInLink>{ "Sign in" }</SignInLink><SignInLink>{ "Sign in" }</SignInLink>
        </>
    }
}

/// A part behind a guard, which has a user without `Option`.
#[component]
pub(crate) fn UserCard() -> Html {
    let user = use_signed_in();
    html! { <p data-testid="user">{ user.subject() }{ " " }{ user.name() }</p> }
}
