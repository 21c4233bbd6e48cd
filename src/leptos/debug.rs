//! [`AuthDebug`].
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use leptos::prelude::*;

use super::auth::use_auth_for;
use crate::ui::{Connection, EventLog, debug_rows, every_second};

/// Shows the state, the times and the last events while an app is developed. It shows no secret and
/// nothing personal.
///
/// It is a `<dl class="basic-auth-debug">`, and is rendered anew each second.
///
/// # Example: below an app
/// ```
/// use basic_oauth::Options;
/// use basic_oauth::leptos::{AuthDebug, EventLog, SignInButton, provide_auth};
/// use leptos::prelude::*;
///
/// #[component]
/// fn App() -> impl IntoView {
///     let log = EventLog::new();
///     provide_auth(Options::new("your-client-id", "/callback").on_event(log.listener()));
///     view! { <SignInButton /><AuthDebug log /> }
/// }
/// ```
#[component]
pub fn AuthDebug(
    /// The events to show. Default: none.
    #[prop(optional, into)]
    log: Option<EventLog>,
) -> impl IntoView {
    let auth = use_auth_for("AuthDebug");
    let seconds = RwSignal::new(0_u32);
    Effect::new(move |_| {
        // Ends with the component, which disposes of the signal.
        every_second(move || seconds.try_update(|seconds| *seconds += 1).is_some());
    });
    let rows = move || {
        seconds.track();
        let expires_at = auth.with(Connection::expires_at).flatten();
        let rows = debug_rows(&auth.state(), expires_at, log.as_ref());
        rows.into_iter().map(|(name, text)| view! { <dt>{name}</dt><dd>{text}</dd> }).collect_view()
    };
    view! { <dl class="basic-auth-debug">{rows}</dl> }
}
