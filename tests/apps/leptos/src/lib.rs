//! A small app in Leptos, for the end-to-end tests. The configuration of a page selects its variant, so
//! that one program serves all tests.
#![allow(unreachable_pub, reason = "the component macro generates public items")]

mod api;
mod config;
mod pages;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;

use basic_oauth::leptos::{
    AuthCallback, AuthDebug, AuthError, EventLog, RequireAuth, SignInButton, SignInLink,
    provide_auth,
};
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::path;

use api::Api;
pub use config::Config;
use pages::{Buttons, Home, Note, Outside, Starting, Status, UserCard};

/// The app.
#[component]
pub fn App(
    /// What varies between the tests.
    config: Config,
) -> impl IntoView {
    let log = EventLog::new();
    if !config.has_no_provider {
        provide_auth(config.auth().on_event(log.listener()));
    }
    provide_context(log);
    let home = config.base.clone();
    let notes = config.notes;
    view! {
        <Router base=config.base>
            <Status />
            <Routes fallback=|| "no page">
                <Route path=path!("/") view=Home />
                <Route path=path!("/api") view=move || api(notes.clone()) />
                <Route path=path!("/buttons") view=Buttons />
                <Route path=path!("/debug") view=debug />
                <Route path=path!("/done") view=done />
                <Route path=path!("/link") view=link />
                <Route path=path!("/local") view=local />
                <Route path=path!("/login") view=login />
                <Route path=path!("/outside") view=Outside />
                <ParentRoute path=path!("/private") view=private>
                    <Route path=path!("") view=|| view! { <p data-testid="page">"all notes"</p> } />
                    <Route path=path!("notes/:id") view=Note />
                </ParentRoute>
                <Route path=path!("/user") view=user />
                // Matches `/callback` as well, which has no route of its own.
                <Route path=path!("/*any") view=move || view! { <Redirect path=home_of(&home) /> } />
            </Routes>
        </Router>
    }
}

fn home_of(base: &str) -> String {
    if base.is_empty() { "/".to_owned() } else { base.to_owned() }
}

fn api(url: String) -> impl IntoView {
    view! { <RequireAuth loading=Starting><Api url=url.clone() /></RequireAuth> }
}

fn debug() -> impl IntoView {
    let log = use_context::<EventLog>().unwrap_or_default();
    view! { <SignInButton /><AuthDebug log /> }
}

fn done() -> impl IntoView {
    view! { <AuthCallback loading=Starting><p data-testid="page">"nothing to do"</p></AuthCallback> }
}

fn link() -> impl IntoView {
    view! { <SignInLink return_to="/private/notes/7" class="link">"Sign in"</SignInLink> }
}

fn local() -> impl IntoView {
    let fallback = || view! { <Redirect path="/login" /> };
    view! { <RequireAuth loading=Starting fallback><p data-testid="page">"local"</p></RequireAuth> }
}

fn login() -> impl IntoView {
    view! { <p data-testid="page">"login"</p><SignInButton return_to="/local" /> }
}

/// The pages behind the guard are routes inside its route.
fn private() -> impl IntoView {
    let signed_out = || view! { <AuthError /><SignInButton /> };
    view! { <RequireAuth loading=Starting signed_out><Outlet /></RequireAuth> }
}

fn user() -> impl IntoView {
    view! { <RequireAuth loading=Starting><UserCard /></RequireAuth> }
}

/// Reads the configuration, then starts the app.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    config::load(|config| {
        if config.hydrates {
            leptos::mount::hydrate_body(move || view! { <App config /> });
        } else {
            leptos::mount::mount_to_body(move || view! { <App config /> });
        }
    });
}
