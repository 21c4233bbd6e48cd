//! The demo app in Yew: a public page, two pages that require a sign-in, and sign-in buttons.

mod pages;
mod settings;

use basic_oauth::yew::{AuthProvider, RequireAuth};
use yew::prelude::*;
use yew_router::prelude::*;

use pages::{Frame, Home, Notes, Profile, Starting};
use settings::Settings;

#[derive(Clone, Copy, PartialEq, Routable)]
enum Route {
    #[at("/notes")]
    Notes,
    #[at("/profile")]
    Profile,
    #[at("/")]
    Home,
    // The callback needs no route. The SDK reads its address before the router does.
    #[not_found]
    #[at("/not-found")]
    NotFound,
}

#[component]
fn App(settings: &Settings) -> Html {
    let notes = settings.notes();
    let render = Callback::from(move |route| page(route, &notes));
    html! {
        <AuthProvider options={settings.auth()}>
            <BrowserRouter>
                <Frame>
                    <Switch<Route> {render} />
                </Frame>
            </BrowserRouter>
        </AuthProvider>
    }
}

fn page(route: Route, notes: &AttrValue) -> Html {
    let loading = html! { <Starting /> };
    match route {
        Route::Home => html! { <Home /> },
        Route::NotFound => html! { <Redirect<Route> to={Route::Home} /> },
        Route::Notes => html! { <RequireAuth {loading}><Notes url={notes} /></RequireAuth> },
        Route::Profile => html! { <RequireAuth {loading}><Profile /></RequireAuth> },
    }
}

fn main() {
    settings::load(|settings| {
        yew::Renderer::<App>::with_props(settings).render();
    });
}
