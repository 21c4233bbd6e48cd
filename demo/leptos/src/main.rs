//! The demo app in Leptos: a public page, two pages that require a sign-in, and sign-in buttons.

mod pages;
mod settings;

use basic_oauth::leptos::{AuthCallback, EventLog, RequireAuth, SignInButton, provide_auth};
use leptos::prelude::*;
use leptos_router::components::{Redirect, Route, Router, Routes};
use leptos_router::path;

use pages::{Debug, Frame, Home, Notes, Profile, Starting};
use settings::Settings;

#[component]
fn App(settings: Settings) -> impl IntoView {
    let log = EventLog::new();
    provide_auth(settings.auth().on_event(log.listener()));
    provide_context(log);
    provide_context(settings);
    view! {
        <Router>
            <Frame>
                <Routes fallback=Home>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/notes") view=notes />
                    <Route path=path!("/profile") view=profile />
                    <Route path=path!("/debug") view=Debug />
                    // Seen for a moment, or if the answer belongs to no sign-in of this browser. The SDK
                    // reads the address before the router does, so it would need no route.
                    <Route path=path!("/callback") view=callback />
                    <Route path=path!("/*any") view=|| view! { <Redirect path="/" /> } />
                </Routes>
            </Frame>
        </Router>
    }
}

fn notes() -> impl IntoView {
    view! { <RequireAuth loading=Starting signed_out><Notes /></RequireAuth> }
}

fn profile() -> impl IntoView {
    view! { <RequireAuth loading=Starting signed_out><Profile /></RequireAuth> }
}

/// Replaces the error and the button, because the frame shows the error already.
fn signed_out() -> impl IntoView {
    view! { <SignInButton /> }
}

fn callback() -> impl IntoView {
    view! { <AuthCallback loading=Starting><Redirect path="/" /></AuthCallback> }
}

fn main() {
    settings::load(|settings| leptos::mount::mount_to_body(|| view! { <App settings /> }));
}
