//! The app in Leptos.
#![allow(unreachable_pub, reason = "what the macro makes of a component is not for others")]

use basic_oauth::Options;
use basic_oauth::leptos::{
    AuthLoading, RequireAuth, SignInButton, SignedIn, SignedOut, provide_auth, use_auth,
};
use leptos::prelude::*;

use crate::CLIENT_ID;

/// All components but the guard, which would send a browser away.
#[component]
pub fn App() -> impl IntoView {
    provide_auth(Options::new(CLIENT_ID, "/callback"));
    view! {
        <main>
            <SignInButton label="Enter" />
            <SignInButton>"Own label"</SignInButton>
            <AuthLoading><p>"loading"</p></AuthLoading>
            <SignedIn><p>"signed in"</p></SignedIn>
            <SignedOut><p>"signed out"</p></SignedOut>
            <Status />
        </main>
    }
}

#[component]
fn Status() -> impl IntoView {
    let auth = use_auth();
    let status = move || if auth.is_loading() { "unknown" } else { "known" };
    view! { <output>{status}</output> }
}

/// The guard.
#[component]
pub fn Guarded() -> impl IntoView {
    provide_auth(Options::new(CLIENT_ID, "/callback"));
    view! { <RequireAuth loading=|| "One moment…">"Private"</RequireAuth> }
}
