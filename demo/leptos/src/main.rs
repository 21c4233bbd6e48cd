//! The demo app in Leptos: a public page, two pages that require a sign-in, and sign-in buttons.

mod pages;
mod settings;

use basic_oauth::leptos::{RequireAuth, provide_auth};
use leptos::prelude::*;
use leptos_router::components::{Redirect, Route, Router, Routes};
use leptos_router::path;

use pages::{Frame, Home, Notes, Profile, Starting};
use settings::Settings;

#[component]
fn App(settings: Settings) -> impl IntoView {
    provide_auth(settings.auth());
    provide_context(settings);
    view! {
        <Router>
            <Frame>
                // The callback needs no route. The SDK reads its address before the router does.
                <Routes fallback=Home>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/notes") view=notes />
                    <Route path=path!("/profile") view=profile />
                    <Route path=path!("/*any") view=|| view! { <Redirect path="/" /> } />
                </Routes>
            </Frame>
        </Router>
    }
}

fn notes() -> impl IntoView {
    view! { <RequireAuth loading=Starting><Notes /></RequireAuth> }
}

fn profile() -> impl IntoView {
    view! { <RequireAuth loading=Starting><Profile /></RequireAuth> }
}

fn main() {
    settings::load(|settings| leptos::mount::mount_to_body(|| view! { <App settings /> }));
}
