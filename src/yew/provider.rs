//! The client of an app, for as long as the provider is on the page.

use yew::prelude::*;

use super::auth::{Auth, State};
use crate::ui::{AuthConfig, Connection};

/// What [`AuthProvider`] needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthProviderProps {
    /// What the app says about itself. Another configuration starts another client.
    pub config: AuthConfig,
    /// The app.
    #[prop_or_default]
    pub children: Html,
}

/// Starts the client, and gives its state to everything inside.
///
/// # Example: around an app
/// ```
/// use basic_oauth::yew::{AuthConfig, AuthProvider, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn App() -> Html {
///     let config = AuthConfig::new("your-client-id", "/callback").scope("profile");
///     html! { <AuthProvider {config}><SignInButton /></AuthProvider> }
/// }
/// ```
#[component]
pub fn AuthProvider(props: &AuthProviderProps) -> Html {
    let connection = use_memo(props.config.clone(), |_| Connection::new());
    let changed = use_force_update();
    let config = props.config.clone();
    use_effect_with(connection.clone(), move |connection| {
        let connection = (**connection).clone();
        connection.begin(&config, move |_| changed.force_update());
        move || connection.close()
    });
    let state = State(connection.state());
    let auth = Auth { state, connection: (*connection).clone() };
    html! { <ContextProvider<Auth> context={auth}>{ props.children.clone() }</ContextProvider<Auth>> }
}
