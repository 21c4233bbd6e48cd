//! A small app in Yew, for the end-to-end tests. The configuration of a page selects its variant, so
//! that one program serves all tests.

mod api;
mod config;
mod pages;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;

use basic_oauth::yew::{
    AuthCallback, AuthDebug, AuthError, AuthProvider, EventLog, RequireAuth, SignInButton,
    SignInLink,
};
use yew::prelude::*;
use yew_router::prelude::*;

use api::Api;
pub use config::Config;
use pages::{Buttons, Home, Note, Outside, Starting, Status, UserCard};

#[derive(Clone, Copy, PartialEq, Routable)]
enum Route {
    #[at("/")]
    Home,
    #[at("/api")]
    Api,
    #[at("/buttons")]
    Buttons,
    #[at("/debug")]
    Debug,
    #[at("/done")]
    Done,
    #[at("/link")]
    Link,
    #[at("/local")]
    Local,
    #[at("/login")]
    Login,
    #[at("/outside")]
    Outside,
    #[at("/private")]
    PrivateRoot,
    #[at("/private/*")]
    Private,
    // Matches `/callback` as well, which has no route of its own.
    #[not_found]
    #[at("/not-found")]
    NotFound,
    #[at("/user")]
    User,
}

/// The pages behind the guard: a router inside the other one's route.
#[derive(Clone, Copy, PartialEq, Routable)]
enum PrivateRoute {
    #[at("/private")]
    List,
    #[at("/private/notes/:id")]
    Note { id: u32 },
    #[not_found]
    #[at("/private/not-found")]
    NotFound,
}

/// The properties of [`App`].
#[derive(Clone, PartialEq, Properties)]
pub struct AppProps {
    /// What varies between the tests.
    pub config: Config,
    /// The path that a server renders. Unused in a browser.
    #[prop_or_default]
    pub path: AttrValue,
}

/// The app.
#[component]
pub fn App(props: &AppProps) -> Html {
    let AppProps { config, path } = props;
    let base = config.base.clone().map(AttrValue::from);
    let log = (*use_state(EventLog::new)).clone();
    let options = config.auth().on_event(log.listener());
    let notes = AttrValue::from(config.notes.clone());
    let render = Callback::from(move |route| page(route, &notes, &log));
    let content = router(path, base, html! { <><Status /><Switch<Route> {render} /></> });
    if config.has_no_provider {
        return content;
    }
    html! { <AuthProvider {options}>{ content }</AuthProvider> }
}

fn page(route: Route, notes: &AttrValue, log: &EventLog) -> Html {
    let loading = html! { <Starting /> };
    match route {
        Route::Api => html! { <RequireAuth {loading}><Api url={notes} /></RequireAuth> },
        Route::Buttons => html! { <Buttons /> },
        Route::Debug => html! { <><SignInButton /><AuthDebug log={log.clone()} /></> },
        Route::Done => html! {
            <AuthCallback {loading}><p data-testid="page">{ "nothing to do" }</p></AuthCallback>
        },
        Route::Home => html! { <Home /> },
        Route::Link => html! {
            <SignInLink return_to="/private/notes/7" class="link">{ "Sign in" }</SignInLink>
        },
        Route::Local => html! {
            <RequireAuth {loading} fallback={html! { <Redirect<Route> to={Route::Login} /> }}>
                <p data-testid="page">{ "local" }</p>
            </RequireAuth>
        },
        Route::Login => html! {
            <><p data-testid="page">{ "login" }</p><SignInButton return_to="/local" /></>
        },
        Route::Outside => html! { <Outside /> },
        Route::PrivateRoot | Route::Private => html! {
            <RequireAuth {loading} signed_out={html! { <><AuthError /><SignInButton /></> }}>
                <Switch<PrivateRoute> render={private_page} />
            </RequireAuth>
        },
        Route::NotFound => html! { <Redirect<Route> to={Route::Home} /> },
        Route::User => html! { <RequireAuth {loading}><UserCard /></RequireAuth> },
    }
}

fn private_page(route: PrivateRoute) -> Html {
    match route {
        PrivateRoute::List => html! { <p data-testid="page">{ "all notes" }</p> },
        PrivateRoute::Note { id } => html! { <Note {id} /> },
        PrivateRoute::NotFound => html! { <Redirect<PrivateRoute> to={PrivateRoute::List} /> },
    }
}

#[cfg(target_arch = "wasm32")]
fn router(_: &AttrValue, basename: Option<AttrValue>, content: Html) -> Html {
    html! { <BrowserRouter {basename}>{ content }</BrowserRouter> }
}

#[cfg(not(target_arch = "wasm32"))]
fn router(path: &AttrValue, basename: Option<AttrValue>, content: Html) -> Html {
    use yew_router::history::{AnyHistory, History as _, MemoryHistory};

    let history = AnyHistory::from(MemoryHistory::new());
    history.push(&**path);
    html! { <Router {history} {basename}>{ content }</Router> }
}

/// Reads the configuration, then starts the app.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    config::load(|config| {
        let hydrates = config.hydrates;
        let renderer = yew::Renderer::<App>::with_props(AppProps { config, path: "".into() });
        if hydrates {
            renderer.hydrate();
        } else {
            renderer.render();
        }
    });
}
