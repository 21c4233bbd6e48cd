//! The app in Yew.

use basic_oauth::yew::{
    AuthConfig, AuthLoading, AuthProvider, RequireAuth, SignInButton, SignedIn, SignedOut, use_auth,
};
use yew::prelude::*;

use crate::CLIENT_ID;

/// All components but the guard, which would send a browser away.
#[component]
pub fn App() -> Html {
    html! {
        <AuthProvider config={AuthConfig::new(CLIENT_ID, "/callback")}>
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
        <AuthProvider config={AuthConfig::new(CLIENT_ID, "/callback")}>
            <RequireAuth loading={"One moment…"}>{ "Private" }</RequireAuth>
        </AuthProvider>
    }
}
