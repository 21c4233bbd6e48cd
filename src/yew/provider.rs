//! [`AuthProvider`]: one client for as long as the component is on the page.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::auth::Auth;
use crate::config::Options;
use crate::ui::Connection;

/// Properties of [`AuthProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthProviderProps {
    /// The options of the client. Other options start another client, unless only their functions
    /// differ: `on_event`, and a function as `on_return`. Then the client is kept, and calls the functions
    /// of the last render.
    pub options: Options,
    /// The app.
    #[prop_or_default]
    pub children: Html,
}

/// Starts the client in the browser, and provides its [`Auth`] to its children.
///
/// # Example: around an app
/// ```
/// use basic_oauth::Options;
/// use basic_oauth::yew::{AuthProvider, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn App() -> Html {
///     let options = Options::new("your-client-id", "/callback").scope("profile");
///     html! { <AuthProvider {options}><SignInButton /></AuthProvider> }
/// }
/// ```
#[component]
pub fn AuthProvider(props: &AuthProviderProps) -> Html {
    let context = Auth::of(use_connection(&props.options));
    html! { <ContextProvider<Auth> {context}>{ props.children.clone() }</ContextProvider<Auth>> }
}

/// Keeps one client for these options, from the first render until the component is gone.
#[hook]
fn use_connection(options: &Options) -> Connection {
    let current = use_mut_ref(Connection::new);
    let latest = use_mut_ref(|| None::<Rc<RefCell<Options>>>);
    let update = use_force_update();
    let known = latest.borrow().clone();
    match known.filter(|known| known.borrow().is_same_client(options)) {
        Some(known) => drop(known.replace(options.clone())),
        // While rendering, not in an effect: a router inside would render first, and leave the
        // callback's address. On a server, no client is started.
        None => {
            let connection = Connection::new();
            // Closed before the next one begins: two clients of one page would share its sign-in.
            current.replace(connection.clone()).close();
            let own = Rc::new(RefCell::new(options.clone()));
            latest.replace(Some(own.clone()));
            connection.start(options.clone().following(&own), move |_| update.force_update());
        }
    }
    let last = current.clone();
    use_effect_with((), move |()| move || last.borrow().close());
    current.borrow().clone()
}
