//! The client of an app, for as long as the provider is on the page.

use yew::prelude::*;

use super::auth::Auth;
use crate::config::Options;
use crate::ui::Connection;

/// What [`AuthProvider`] needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthProviderProps {
    /// What the app says about itself. Other options start another client.
    pub options: Options,
    /// The app.
    #[prop_or_default]
    pub children: Html,
}

/// Starts the client, and gives its state to everything inside.
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
    let update = use_force_update();
    // While rendering, not in an effect: a router inside renders first, and would leave the
    // callback's address. On a server, the connection begins nothing.
    use_memo(options.clone(), |options| {
        let connection = Connection::new();
        // Closed before the next one begins: two clients of one page would share its sign-in.
        current.replace(connection.clone()).close();
        connection.begin(options.clone(), move |_| update.force_update());
    });
    let last = current.clone();
    use_effect_with((), move |()| move || last.borrow().close());
    current.borrow().clone()
}
