//! The demo app in Yew: a public page, two pages that require a sign-in, and sign-in buttons.

mod pages;
mod settings;

use basic_oauth::yew::{AuthCallback, AuthProvider, EventLog, RequireAuth, SignInButton};
use yew::prelude::*;
use yew_router::prelude::*;

use pages::{Debug, Frame, Home, Notes, Profile, Starting};
use settings::Settings;

#[derive(Clone, Copy, PartialEq, Routable)]
enum Route {
    #[at("/notes")]
    Notes,
    #[at("/profile")]
    Profile,
    #[at("/debug")]
    Debug,
    // Seen for a moment, or if the answer belongs to no sign-in of this browser. The SDK reads the
    // address before the router does, so it would need no route.
    #[at("/callback")]
    Callback,
    #[at("/")]
    Home,
    #[not_found]
    #[at("/not-found")]
    NotFound,
}

#[component]
fn App(settings: &Settings) -> Html {
    let log = (*use_state(EventLog::new)).clone();
    let options = settings.auth().on_event(log.listener());
    let notes = settings.notes();
    let render = Callback::from(move |route| page(route, &notes, &log));
    html! {
        <AuthProvider {options}>
            <BrowserRouter>
                <Frame>
                    <Switch<Route> {render} />
                </Frame>
            </BrowserRouter>
        </AuthProvider>
    }
}

fn page(route: Route, notes: &AttrValue, log: &EventLog) -> Html {
    let loading = html! { <Starting /> };
    // Without it, the error that the frame shows would be shown twice.
    let signed_out = html! { <SignInButton /> };
    let home = html! { <Redirect<Route> to={Route::Home} /> };
    match route {
        Route::Callback => html! { <AuthCallback {loading}>{ home }</AuthCallback> },
        Route::Debug => html! { <Debug log={log.clone()} /> },
        Route::Home => html! { <Home /> },
        Route::NotFound => home,
        Route::Notes => html! {
            <RequireAuth {loading} {signed_out}><Notes url={notes} /></RequireAuth>
        },
        Route::Profile => html! { <RequireAuth {loading} {signed_out}><Profile /></RequireAuth> },
    }
}

fn main() {
    settings::load(|settings| {
        yew::Renderer::<App>::with_props(settings).render();
    });
}
