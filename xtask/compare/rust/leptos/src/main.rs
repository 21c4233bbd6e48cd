//! The smallest Leptos app with a router, with and without leptos_oidc2.

use leptos::prelude::*;
#[cfg(feature = "oidc")]
use leptos_oidc2::{Auth, AuthParameters, Authenticated, Challenge, LoginLink, LogoutLink};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// A counter, so that events and state are paid for either way.
#[component]
fn Counter() -> impl IntoView {
    let (count, set_count) = signal(0);
    view! { <button on:click=move |_| set_count.set(count.get() + 1)>{count}</button> }
}

#[component]
fn App() -> impl IntoView {
    #[cfg(feature = "oidc")]
    provide_context(Auth::signal());
    view! {
        <Router>
            <Routes fallback=|| "Not found">
                <Route path=path!("/") view=Home />
                <Route path=path!("/callback") view=Home />
            </Routes>
        </Router>
    }
}

#[cfg(not(feature = "oidc"))]
#[component]
fn Home() -> impl IntoView {
    view! { <Counter /> }
}

#[cfg(feature = "oidc")]
#[component]
fn Home() -> impl IntoView {
    Auth::init(AuthParameters {
        issuer: "https://server.example".to_owned(),
        client_id: "your-client-id".to_owned(),
        redirect_uri: "https://app.example/callback".to_owned(),
        post_logout_redirect_uri: "https://app.example/".to_owned(),
        challenge: Challenge::S256,
        scope: Some("openid".to_owned()),
        audience: None,
    });
    let auth = expect_context::<leptos_oidc2::AuthSignal>();
    let token = move || auth.get().authenticated().map(|it| it.access_token().len());
    view! {
        <Authenticated unauthenticated=|| view! { <LoginLink>"Sign in"</LoginLink> }>
            <LogoutLink>"Sign out"</LogoutLink>
            <p>{token}</p>
            <Counter />
        </Authenticated>
    }
}

fn main() {
    leptos::mount::mount_to_body(App);
}
