//! The pages of the app, and the frame around them.
#![allow(unreachable_pub, reason = "the component macro generates public items")]

use basic_oauth::leptos::{
    AuthDebug, AuthError, ButtonSize, ButtonTheme, EventLog, SignInButton, SignInLink, SignedOut,
    use_auth, use_signed_in,
};
use basic_oauth::{AuthState, Error, ErrorCode};
use leptos::prelude::*;
use leptos_router::components::A;
use serde::Deserialize;

use crate::settings::Settings;

/// The header and the footer of every page.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    view! {
        <header>
            <a class="brand" href="/">
                <img src="/mark.svg" alt="" width="28" height="28" />
                <span>"basic-oauth"</span>
                <small>"Leptos"</small>
            </a>
            <nav aria-label="Pages">
                <A href="/" exact=true attr:data-testid="nav-home">"Home"</A>
                <A href="/notes" attr:data-testid="nav-notes">"Notes"</A>
                <A href="/profile" attr:data-testid="nav-profile">"Profile"</A>
            </nav>
            <SignInButton size=ButtonSize::Small theme=ButtonTheme::Outline attr:class="account" />
        </header>
        <main>
            <Failure />
            {children()}
        </main>
        <footer>
            <Status />
            <span><A href="/debug">"Watch the SDK"</A> ". Nothing leaves this machine."</span>
        </footer>
    }
}

/// The error of the last sign-in or refresh. A real app may leave out `render`.
#[component]
fn Failure() -> impl IntoView {
    let render = |error: Error| {
        let text = match error.code() {
            ErrorCode::AccessDenied => "You denied access, and nothing was shared.".to_owned(),
            _ => error.message(),
        };
        view! {
            <p class="banner" role="alert" data-testid="error">
                {text} " " <code data-testid="error-code">{error.code().as_str()}</code>
            </p>
        }
        .into_any()
    };
    view! { <AuthError render=render /> }
}

#[component]
fn Status() -> impl IntoView {
    let auth = use_auth();
    let text = move || match auth.state() {
        AuthState::SignedIn { .. } => "Signed in",
        AuthState::SignedOut { reason, .. } => match reason.as_str() {
            "signed-out-elsewhere" => "Signed out in another tab",
            _ => "Signed out",
        },
        _ => "Starting…",
    };
    view! { <span role="status" data-testid="status">{text}</span> }
}

/// The public page.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <section class="hero">
            <div>
                <p class="kicker">"Rust in the browser, from end to end"</p>
                <h1>"A call." <br /> "A signal." <br /> "A button."</h1>
                <p class="lead">
                    "This app is written in Leptos. Sign-in takes three names, and the \
                     session stays fresh while you read."
                </p>
                <div class="cta">
                    <SignInButton size=ButtonSize::Large />
                    <SignedOut>
                        <p class="hint">
                            "You choose a made-up user on the next page, and come back here. Or go "
                            <SignInLink return_to="/notes">"straight to your notes"</SignInLink> "."
                        </p>
                    </SignedOut>
                </div>
            </div>
            <ul class="card points">
                <li><b>"provide_auth"</b><span>"Starts the client and gives its state to the app."</span></li>
                <li><b>"use_auth"</b><span>"Returns the signed-in user, and signs in and out."</span></li>
                <li><b>"RequireAuth"</b><span>"Sends users to sign in, and back to their page."</span></li>
            </ul>
        </section>
    }
}

/// A placeholder while the page loads.
#[component]
pub(crate) fn Starting() -> impl IntoView {
    view! { <p class="starting" role="status" data-testid="starting">"One moment…"</p> }
}

/// The signed-in user.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let auth = use_auth();
    let renders = StoredValue::new(0);
    move || {
        let user = auth.user()?;
        renders.update_value(|count| *count += 1);
        let name = user.name().unwrap_or("User").to_owned();
        let initial: String = name.chars().take(1).collect();
        let scope = match auth.state() {
            AuthState::SignedIn { scope, .. } => scope.as_str().to_owned(),
            _ => String::new(),
        };
        Some(view! {
            <section class="card" data-testid="profile">
                <div class="user">
                    <span class="avatar" aria-hidden="true">{initial}</span>
                    <div>
                        <p class="name" data-testid="profile-name">{name}</p>
                        <p class="quiet" data-testid="profile-email">{user.email().map(str::to_owned)}</p>
                    </div>
                </div>
                <dl>
                    <dt>"Subject"</dt><dd><code>{user.subject().to_owned()}</code></dd>
                    <dt>"Granted scope"</dt><dd><span class="chip">{scope}</span></dd>
                    <dt>"This card was rendered"</dt>
                    <dd>
                        <span data-testid="renders">{renders.get_value()}</span>
                        "×, no matter how often the token is refreshed"
                    </dd>
                </dl>
                <div class="actions"><SignInButton sign_out_label="Sign out" /></div>
            </section>
        })
    }
}

/// A note of the API's response.
#[derive(Clone, Deserialize)]
struct Note {
    title: String,
    text: String,
}

#[derive(Clone, Deserialize)]
struct NotesResponse {
    notes: Vec<Note>,
}

/// The user's notes, from the API.
#[component]
pub(crate) fn Notes() -> impl IntoView {
    let auth = use_auth();
    let user = use_signed_in();
    let name = move || user.get().name().unwrap_or("you").to_owned();
    let settings = use_context::<Settings>().unwrap_or_default();
    let response = LocalResource::new(move || {
        let settings = settings.clone();
        async move { auth.fetch_json::<NotesResponse>(settings.notes()).await }
    });
    let list = move || match response.get() {
        None => Starting().into_any(),
        Some(Err(error)) => {
            view! { <p class="banner" role="alert">{error.message()}</p> }.into_any()
        }
        Some(Ok(response)) => view! {
            <ul class="notes" data-testid="notes">
                {response.notes.into_iter().map(|Note { title, text }| view! {
                    <li><h2>{title}</h2><p class="quiet">{text}</p></li>
                }).collect_view()}
            </ul>
        }
        .into_any(),
    };
    view! {
        <h1>"Notes"</h1>
        <p class="quiet">
            "For " {name} ", fetched with the access token, which the app's code never handles."
        </p>
        {list}
    }
}

/// What the SDK does: the state, the times and the last events.
#[component]
pub(crate) fn Debug() -> impl IntoView {
    let log = use_context::<EventLog>().unwrap_or_default();
    view! {
        <h1>"What the SDK does"</h1>
        <p class="quiet">"Never a token, and nothing personal. Leave it out of a real app."</p>
        <section class="card" data-testid="debug"><AuthDebug log=log /></section>
    }
}
