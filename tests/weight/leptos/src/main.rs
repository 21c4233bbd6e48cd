//! The smallest Leptos app, with and without the SDK.

use leptos::prelude::*;

#[cfg(feature = "sdk")]
use basic_oauth::Options;
#[cfg(feature = "sdk")]
use basic_oauth::leptos::{RequireAuth, SignInButton, provide_auth, use_auth};

/// A counter, so that events and state are paid for either way.
#[component]
fn Counter() -> impl IntoView {
    let (count, set_count) = signal(0);
    view! { <button on:click=move |_| set_count.set(count.get() + 1)>{count}</button> }
}

#[cfg(not(feature = "sdk"))]
#[component]
fn App() -> impl IntoView {
    view! { <Counter /> }
}

#[cfg(feature = "sdk")]
#[component]
fn App() -> impl IntoView {
    provide_auth(Options::new("your-client-id", "/callback"));
    view! {
        <SignInButton />
        <RequireAuth><Name /><Counter /></RequireAuth>
    }
}

#[cfg(feature = "sdk")]
#[component]
fn Name() -> impl IntoView {
    let auth = use_auth();
    let name = move || auth.user().and_then(|user| user.name().map(str::to_owned));
    view! { <p>{name}</p> }
}

fn main() {
    leptos::mount::mount_to_body(App);
}
