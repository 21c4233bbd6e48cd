//! The client of an app, for as long as the provider is on the page.

use std::fmt;

use yew::prelude::*;

use super::auth::Auth;
use crate::config::Options;
use crate::ui::Connection;

/// What [`AuthProvider`] needs.
#[derive(Clone, Debug, Properties)]
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
pub struct AuthProvider {
    connection: Connection,
}

impl Component for AuthProvider {
    type Message = ();
    type Properties = AuthProviderProps;

    /// Begins before any child is rendered: a router inside would leave the callback's address. On a
    /// server, nothing begins.
    fn create(ctx: &Context<Self>) -> Self {
        let connection = Connection::new();
        let link = ctx.link().clone();
        connection.begin(ctx.props().options.clone(), move |_| link.send_message(()));
        Self { connection }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &AuthProviderProps) -> bool {
        if ctx.props().options != old.options {
            self.connection.close();
            *self = Component::create(ctx);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let context = Auth::of(self.connection.clone());
        let children = ctx.props().children.clone();
        html! { <ContextProvider<Auth> {context}>{ children }</ContextProvider<Auth>> }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.connection.close();
    }
}

impl fmt::Debug for AuthProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthProvider")
    }
}

/// Derived, it would be inlined wherever Yew compares, and the comparison of the configuration with it.
impl PartialEq for AuthProviderProps {
    fn eq(&self, other: &Self) -> bool {
        self.options == other.options && self.children == other.children
    }
}
