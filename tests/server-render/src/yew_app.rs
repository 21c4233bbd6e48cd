//! The app in Yew.

use std::cell::RefCell;

use basic_oauth::Options;
use basic_oauth::yew::{
    AuthLoading, AuthProvider, RequireAuth, SignInButton, SignedIn, SignedOut, use_auth,
};
use yew::prelude::*;

use crate::CLIENT_ID;

/// All components but the guard, which would send a browser away.
#[component]
pub fn App() -> Html {
    html! {
        <AuthProvider options={Options::new(CLIENT_ID, "/callback")}>
            <main>
                <SignInButton label="Enter" />
                <SignInButton>{ "Own label" }</SignInButton>
                <AuthLoading><p>{ "loading" }</p></AuthLoading>
                <SignedIn><p>{ "signed in" }</p></SignedIn>
                <SignedOut><p>{ "signed out" }</p></SignedOut>
                <Status />
            </main>
        </AuthProvider>
    }
}

#[component]
fn Status() -> Html {
    let auth = use_auth();
    html! { <output>{ if auth.is_loading() { "unknown" } else { "known" } }</output> }
}

/// The guard.
#[component]
pub fn Guarded() -> Html {
    html! {
        <AuthProvider options={Options::new(CLIENT_ID, "/callback")}>
            <RequireAuth loading={"One moment…"}>{ "Private" }</RequireAuth>
        </AuthProvider>
    }
}

thread_local! {
    static SHOWN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Everything that [`Switching`] has shown, without repetitions in a row.
#[must_use]
pub fn shown() -> Vec<&'static str> {
    SHOWN.with_borrow(Clone::clone)
}

/// An app whose configuration is mended by the first press: without a client identifier it is
/// unsound. Each press changes what is inside, so that the provider is rendered anew.
#[component]
pub fn Switching() -> Html {
    let presses = use_state(|| 0);
    let options = Options::new(if *presses == 0 { "" } else { CLIENT_ID }, "/callback");
    // A function that is another one at each render.
    let options = options.on_event(|_| {});
    let inside = *presses;
    let onclick = move |_| presses.set(*presses + 1);
    html! {
        <>
            <button {onclick}>{ "Mend" }</button>
            <AuthProvider {options}><Fault /><p>{ inside }</p></AuthProvider>
        </>
    }
}

#[component]
fn Fault() -> Html {
    let auth = use_auth();
    let otherwise = if auth.is_loading() { "loading" } else { "no error" };
    let now = auth.error().map_or(otherwise, |error| error.code().as_str());
    SHOWN.with_borrow_mut(|shown| {
        if shown.last() != Some(&now) {
            shown.push(now);
        }
    });
    html! { <output>{ now }</output> }
}
