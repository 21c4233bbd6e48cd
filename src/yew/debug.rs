//! [`AuthDebug`].

use std::cell::Cell;
use std::rc::Rc;

use yew::prelude::*;

use super::auth::use_auth_for;
use crate::ui::{EventLog, debug_rows, every_second};

/// Properties of [`AuthDebug`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AuthDebugProps {
    /// The events to show. Default: none.
    #[prop_or_default]
    pub log: Option<EventLog>,
}

/// Shows the state, the times and the last events while an app is developed. It shows no secret and
/// nothing personal.
///
/// It is a `<dl class="basic-auth-debug">`, and is rendered anew each second.
///
/// # Example: below an app
/// ```
/// use basic_oauth::Options;
/// use basic_oauth::yew::{AuthDebug, AuthProvider, EventLog, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn App() -> Html {
///     let log = (*use_state(EventLog::new)).clone();
///     let options = Options::new("your-client-id", "/callback").on_event(log.listener());
///     html! { <AuthProvider {options}><SignInButton /><AuthDebug {log} /></AuthProvider> }
/// }
/// ```
#[component]
pub fn AuthDebug(props: &AuthDebugProps) -> Html {
    let auth = use_auth_for("AuthDebug");
    let update = use_force_update();
    use_effect_with((), move |()| {
        let is_shown = Rc::new(Cell::new(true));
        let shown = is_shown.clone();
        every_second(move || {
            if shown.get() {
                update.force_update();
            }
            shown.get()
        });
        move || is_shown.set(false)
    });
    let rows = debug_rows(auth.state(), auth.connection.expires_at(), props.log.as_ref());
    html! {
        <dl class="basic-auth-debug">
            { for rows.into_iter().map(|(name, text)| html! { <><dt>{ name }</dt><dd>{ text }</dd></> }) }
        </dl>
    }
}
