//! The smallest Yew app, with and without the SDK.

use yew::prelude::*;

#[cfg(feature = "sdk")]
use basic_oauth::Options;
#[cfg(feature = "sdk")]
use basic_oauth::yew::{AuthProvider, RequireAuth, SignInButton, use_auth};

/// A counter, so that events and state are paid for either way.
#[component]
fn Counter() -> Html {
    let count = use_state(|| 0);
    let onclick = {
        let count = count.clone();
        move |_| count.set(*count + 1)
    };
    html! { <button {onclick}>{ *count }</button> }
}

#[cfg(not(feature = "sdk"))]
#[component]
fn App() -> Html {
    html! { <Counter /> }
}

#[cfg(feature = "sdk")]
#[component]
fn App() -> Html {
    html! {
        <AuthProvider options={Options::new("your-client-id", "/callback")}>
            <SignInButton />
            <RequireAuth><Name /><Counter /></RequireAuth>
        </AuthProvider>
    }
}

#[cfg(feature = "sdk")]
#[component]
fn Name() -> Html {
    let auth = use_auth();
    let name = auth.user().and_then(|user| user.name()).unwrap_or_default();
    html! { <p>{ name }</p> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
