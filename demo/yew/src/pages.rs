//! The pages of the app, and the frame around them.

use basic_oauth::yew::{
    AuthDebug, AuthError, ButtonSize, ButtonTheme, EventLog, SignInButton, SignInLink, SignedOut,
    use_auth, use_signed_in,
};
use basic_oauth::{AuthState, Error, ErrorCode};
use serde::Deserialize;
use yew::prelude::*;
use yew_router::prelude::*;

use crate::Route;

#[derive(PartialEq, Properties)]
pub(crate) struct FrameProps {
    pub(crate) children: Html,
}

/// The header and the footer of every page.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let link = |to: Route, text: &str| {
        html! { <NavLink {to} text={text.to_owned()} /> }
    };
    html! {
        <>
            <header>
                <Link<Route> to={Route::Home} classes="brand">
                    <img src="/mark.svg" alt="" width="28" height="28" />
                    <span>{ "basic-oauth" }</span><small>{ "Yew" }</small>
                </Link<Route>>
                <nav aria-label="Pages">
                    { link(Route::Home, "Home") }
                    { link(Route::Notes, "Notes") }
                    { link(Route::Profile, "Profile") }
                </nav>
                <SignInButton size={ButtonSize::Small} theme={ButtonTheme::Outline} class="account" />
            </header>
            <main>
                <Failure />
                { props.children.clone() }
            </main>
            <footer>
                <Status />
                <span>
                    <Link<Route> to={Route::Debug}>{ "Watch the SDK" }</Link<Route>>
                    { ". Nothing leaves this machine." }
                </span>
            </footer>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct NavLinkProps {
    to: Route,
    text: String,
}

#[component]
fn NavLink(props: &NavLinkProps) -> Html {
    let navigator = use_navigator();
    let is_here = use_route() == Some(props.to);
    let to = props.to;
    let onclick = move |event: MouseEvent| {
        if let Some(navigator) = &navigator {
            event.prevent_default();
            navigator.push(&to);
        }
    };
    let current = is_here.then_some("page");
    let testid = format!("nav-{}", props.text.to_lowercase());
    html! {
        <a href={to.to_path()} {onclick} aria-current={current} data-testid={testid}>
            { &props.text }
        </a>
    }
}

/// The error of the last sign-in or refresh. A real app may leave out `render`.
#[component]
fn Failure() -> Html {
    let render = |error: Error| {
        let text = match error.code() {
            ErrorCode::AccessDenied => "You denied access, and nothing was shared.".to_owned(),
            _ => error.message(),
        };
        html! {
            <p class="banner" role="alert" data-testid="error">
                { text }{ " " }<code data-testid="error-code">{ error.code().as_str() }</code>
            </p>
        }
    };
    html! { <AuthError {render} /> }
}

#[component]
fn Status() -> Html {
    let auth = use_auth();
    let text = match auth.state() {
        AuthState::SignedIn { .. } => "Signed in",
        AuthState::SignedOut { reason, .. } => match reason.as_str() {
            "signed-out-elsewhere" => "Signed out in another tab",
            _ => "Signed out",
        },
        _ => "Starting…",
    };
    html! { <span role="status" data-testid="status">{ text }</span> }
}

/// The public page.
#[component]
pub(crate) fn Home() -> Html {
    html! {
        <section class="hero">
            <div>
                <p class="kicker">{ "Rust in the browser, from end to end" }</p>
                <h1>{ "A provider." }<br />{ "A hook." }<br />{ "A button." }</h1>
                <p class="lead">
                    { "This app is written in Yew. Sign-in takes three names, and the \
                       session stays fresh while you read." }
                </p>
                <div class="cta">
                    <SignInButton size={ButtonSize::Large} />
                    <SignedOut>
                        <p class="hint">
                            { "You choose a made-up user on the next page, and come back here. Or go " }
                            <SignInLink return_to="/notes">{ "straight to your notes" }</SignInLink>
                            { "." }
                        </p>
                    </SignedOut>
                </div>
            </div>
            <ul class="card points">
                <li><b>{ "AuthProvider" }</b><span>{ "Starts the client and gives its state to the app." }</span></li>
                <li><b>{ "use_auth" }</b><span>{ "Returns the signed-in user, and signs in and out." }</span></li>
                <li><b>{ "RequireAuth" }</b><span>{ "Sends users to sign in, and back to their page." }</span></li>
            </ul>
        </section>
    }
}

/// A placeholder while the page loads.
#[component]
pub(crate) fn Starting() -> Html {
    html! { <p class="starting" role="status" data-testid="starting">{ "One moment…" }</p> }
}

/// The signed-in user.
#[component]
pub(crate) fn Profile() -> Html {
    let auth = use_auth();
    let renders = use_mut_ref(|| 0);
    *renders.borrow_mut() += 1;
    let Some(user) = auth.user() else { return html! { <Starting /> } };
    let name = user.name().unwrap_or("User");
    let scope = match auth.state() {
        AuthState::SignedIn { scope, .. } => scope.as_str(),
        _ => "",
    };
    html! {
        <section class="card" data-testid="profile">
            <div class="user">
                <span class="avatar" aria-hidden="true">{ name.chars().next() }</span>
                <div>
                    <p class="name" data-testid="profile-name">{ name }</p>
                    <p class="quiet" data-testid="profile-email">{ user.email() }</p>
                </div>
            </div>
            <dl>
                <dt>{ "Subject" }</dt><dd><code>{ user.subject() }</code></dd>
                <dt>{ "Granted scope" }</dt><dd><span class="chip">{ scope }</span></dd>
                <dt>{ "This card was rendered" }</dt>
                <dd><span data-testid="renders">{ *renders.borrow() }</span>{ "×, no matter how often the token is refreshed" }</dd>
            </dl>
            <div class="actions"><SignInButton sign_out_label="Sign out" /></div>
        </section>
    }
}

/// A note of the API's response.
#[derive(Clone, Deserialize, PartialEq)]
struct Note {
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct NotesResponse {
    notes: Vec<Note>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct NotesProps {
    pub(crate) url: AttrValue,
}

/// The user's notes, from the API.
#[component]
pub(crate) fn Notes(props: &NotesProps) -> Html {
    let auth = use_auth();
    let user = use_signed_in();
    let notes = use_state(|| None::<basic_oauth::Result<Vec<Note>>>);
    {
        let notes = notes.clone();
        use_effect_with(props.url.clone(), move |url| {
            let url = url.clone();
            yew::platform::spawn_local(async move {
                let response = auth.fetch_json::<NotesResponse>(&url).await;
                notes.set(Some(response.map(|response| response.notes)));
            });
        });
    }
    let list = match &*notes {
        None => html! { <Starting /> },
        Some(Err(error)) => html! { <p class="banner" role="alert">{ error.message() }</p> },
        Some(Ok(notes)) => html! {
            <ul class="notes" data-testid="notes">
                { for notes.iter().map(|note| html! {
                    <li><h2>{ &note.title }</h2><p class="quiet">{ &note.text }</p></li>
                }) }
            </ul>
        },
    };
    html! {
        <>
            <h1>{ "Notes" }</h1>
            <p class="quiet">
                { "For " }{ user.name().unwrap_or("you") }
                { ", fetched with the access token, which the app's code never handles." }
            </p>
            { list }
        </>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct DebugProps {
    pub(crate) log: EventLog,
}

/// What the SDK does: the state, the times and the last events.
#[component]
pub(crate) fn Debug(props: &DebugProps) -> Html {
    html! {
        <>
            <h1>{ "What the SDK does" }</h1>
            <p class="quiet">{ "Never a token, and nothing personal. Leave it out of a real app." }</p>
            <section class="card" data-testid="debug"><AuthDebug log={props.log.clone()} /></section>
        </>
    }
}
