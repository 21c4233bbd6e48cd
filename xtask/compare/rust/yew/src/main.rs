//! The smallest Yew app, with and without yew-oauth2.

use yew::prelude::*;

#[cfg(feature = "openid")]
use yew_oauth2::openid::{Config, OAuth2, use_auth_agent};
#[cfg(feature = "oauth2")]
use yew_oauth2::oauth2::{Config, OAuth2, use_auth_agent};
#[cfg(any(feature = "oauth2", feature = "openid"))]
use yew_oauth2::prelude::{Authenticated, NotAuthenticated, OAuth2Operations as _, use_auth_state};

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

#[cfg(not(any(feature = "oauth2", feature = "openid")))]
#[component]
fn App() -> Html {
    html! { <Counter /> }
}

#[cfg(any(feature = "oauth2", feature = "openid"))]
#[component]
fn App() -> Html {
    let scopes = vec!["openid".to_owned()];
    html! { <OAuth2 config={config()} {scopes}><Session /></OAuth2> }
}

#[cfg(any(feature = "oauth2", feature = "openid"))]
#[component]
fn Session() -> Html {
    let agent = use_auth_agent();
    let sign_in = use_callback(agent.clone(), |_, agent| {
        agent.as_ref().map(|agent| agent.start_login());
    });
    let sign_out = use_callback(agent, |_, agent| {
        agent.as_ref().map(|agent| agent.logout());
    });
    let state = use_auth_state();
    let token = state.as_ref().and_then(|state| state.access_token());
    html! {
        <>
            <NotAuthenticated><button onclick={sign_in}>{ "Sign in" }</button></NotAuthenticated>
            <Authenticated>
                <button onclick={sign_out}>{ "Sign out" }</button>
                <p>{ token.map(str::len) }</p>
                <Counter />
            </Authenticated>
        </>
    }
}

#[cfg(feature = "oauth2")]
fn config() -> Config {
    Config::new("your-client-id", "https://server.example/authorize", "https://server.example/token")
}

#[cfg(feature = "openid")]
fn config() -> Config {
    Config::new("your-client-id", "https://server.example")
}

fn main() {
    yew::Renderer::<App>::new().render();
}
