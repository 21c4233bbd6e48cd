//! [`SignInButton`].
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use std::fmt;
use std::rc::Rc;

use leptos::html::Custom;
use leptos::prelude::*;
use leptos::tachys::html::element::custom;

#[cfg(not(target_arch = "wasm32"))]
use super::auth::Auth;
use super::auth::{ConnectionStorage, use_auth_for};
use crate::error::Error;
#[cfg(not(target_arch = "wasm32"))]
use crate::ui::Room;
use crate::ui::{
    Button, ButtonEvent, ButtonProps, ButtonShape, ButtonSize, ButtonTheme, OnButtonEvent,
    SignedInAction, emit_events,
};

type Host = NodeRef<Custom<&'static str>>;

/// A button that signs in with Basic. Afterwards it shows the user, and signs out.
///
/// It looks and behaves as `<basic-sign-in>` of the npm package, has the same parts for style sheets
/// (`::part(button)`), and is clean under `style-src 'self'` and Trusted Types. Its attribute
/// `data-status` says `loading`, `signed-out`, `signed-in`, `busy` or `error`.
///
/// # Example: a small button for a header
/// ```
/// use basic_oauth::leptos::{ButtonSize, ButtonTheme, SignInButton};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Header() -> impl IntoView {
///     view! { <SignInButton size=ButtonSize::Small theme=ButtonTheme::Outline /> }
/// }
/// ```
///
/// # Example: news of the sign-in
/// ```
/// use basic_oauth::Error;
/// use basic_oauth::leptos::SignInButton;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Header() -> impl IntoView {
///     let failure = RwSignal::new(String::new());
///     let on_error = move |error: Error| failure.set(error.message());
///     view! { <SignInButton on_error /><p>{failure}</p> }
/// }
/// ```
#[component]
pub fn SignInButton(
    /// The text while signed out. Default: in the language of the nearest
    /// `lang` attribute, or English.
    #[prop(optional, into)]
    label: Option<String>,
    /// The text for signing out. Default: as above.
    #[prop(optional, into)]
    sign_out_label: Option<String>,
    /// Where the user goes after a sign-in: a path of this origin. Default: the current address.
    #[prop(optional, into)]
    return_to: Option<String>,
    /// The height.
    #[prop(optional)]
    size: ButtonSize,
    /// The colours.
    #[prop(optional)]
    theme: ButtonTheme,
    /// The shape.
    #[prop(optional)]
    shape: ButtonShape,
    /// Whether the button is disabled.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What a press does while a user is signed in. Default: it signs out.
    #[prop(optional)]
    signed_in_action: SignedInAction,
    /// Called when a user is signed in: after a sign-in, and on each page that restores the session. The
    /// user information may follow later.
    #[prop(optional, into)]
    on_signed_in: Option<OnSignedIn>,
    /// Called when the user is not signed in any more.
    #[prop(optional, into)]
    on_signed_out: Option<OnSignedOut>,
    /// Called with each error of the state, once.
    #[prop(optional, into)]
    on_error: Option<OnError>,
    /// Whether it says that the user has declined. For a guard, beside which nothing else does.
    #[prop(optional)]
    explains: bool,
    /// The label while signed out, as markup.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let props = ButtonProps {
        label,
        sign_out_label,
        return_to,
        size,
        theme,
        shape,
        is_disabled: false,
        signed_in_action,
        explains,
        handlers: [
            on_signed_in.map(|OnSignedIn(handler)| handler),
            on_signed_out.map(|OnSignedOut(handler)| handler),
            on_error.map(|OnError(handler)| handler),
        ],
    };
    #[cfg(not(target_arch = "wasm32"))]
    let room_props = props.clone();
    let auth = use_auth_for("SignInButton");
    let host = Host::new();
    // Dropped with the component.
    let button = StoredValue::<_, ConnectionStorage>::new_with_storage(None::<Button>);
    Effect::new(move |_| {
        let props = ButtonProps { is_disabled: disabled.get(), ..props.clone() };
        let is_updated = button.try_with_value(|attached| {
            let Some(button) = attached else { return false };
            button.set_props(props.clone());
            true
        });
        if is_updated == Some(false) {
            let attached = auth.with(|connection| attach(host, connection, props)).flatten();
            button.try_set_value(attached);
        }
    });
    #[cfg(not(target_arch = "wasm32"))]
    let room = room(auth, room_props, children.is_some());
    let element = custom("basic-sign-in-button").child(children.map(|children| children()));
    // Last, because hydration ignores the children that follow those that it knows.
    #[cfg(not(target_arch = "wasm32"))]
    let element = element.child(room);
    element.node_ref(host)
}

/// Keeps the room of the button until it is drawn.
#[cfg(not(target_arch = "wasm32"))]
fn room(auth: Auth, props: ButtonProps, has_content: bool) -> impl IntoView {
    let room = Room::new(&auth.state.read_untracked(), &props, has_content);
    view! { <canvas slot="room" width=room.width height=room.height>{room.label}</canvas> }
}

/// What a button calls when a user is signed in: a closure or a [`Callback`]. The app that gives one
/// pays for the conversion, and no other app does.
///
/// # Example: a closure and a callback
/// ```
/// use basic_oauth::Error;
/// use basic_oauth::leptos::SignInButton;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Header() -> impl IntoView {
///     let count = RwSignal::new(0);
///     let on_error = Callback::new(move |(error,): (Error,)| leptos::logging::log!("{error}"));
///     view! { <SignInButton on_signed_in=move || count.set(1) on_error /> }
/// }
/// ```
#[derive(Clone)]
pub struct OnSignedIn(OnButtonEvent);

/// What a button calls when the user is not signed in any more. See [`OnSignedIn`].
#[derive(Clone)]
pub struct OnSignedOut(OnButtonEvent);

/// What a button calls with an error. See [`OnSignedIn`].
#[derive(Clone)]
pub struct OnError(OnButtonEvent);

impl<F: Fn() + 'static> From<F> for OnSignedIn {
    fn from(handler: F) -> Self {
        Self(Rc::new(move |before, now| {
            emit_events(before, now, &|event| {
                if event == ButtonEvent::SignedIn {
                    handler();
                }
            });
        }))
    }
}

impl<F: Fn() + 'static> From<F> for OnSignedOut {
    fn from(handler: F) -> Self {
        Self(Rc::new(move |before, now| {
            emit_events(before, now, &|event| {
                if event == ButtonEvent::SignedOut {
                    handler();
                }
            });
        }))
    }
}

impl<F: Fn(Error) + 'static> From<F> for OnError {
    fn from(handler: F) -> Self {
        Self(Rc::new(move |before, now| {
            emit_events(before, now, &|event| {
                if let ButtonEvent::Failed(error) = event {
                    handler(error);
                }
            });
        }))
    }
}

/// A callback may be gone with the component that has made it. Then nothing is called.
impl From<Callback<()>> for OnSignedIn {
    fn from(callback: Callback<()>) -> Self {
        Self::from(move || callback.try_run(()).unwrap_or_default())
    }
}

/// As that of [`OnSignedIn`].
impl From<Callback<()>> for OnSignedOut {
    fn from(callback: Callback<()>) -> Self {
        Self::from(move || callback.try_run(()).unwrap_or_default())
    }
}

/// As that of [`OnSignedIn`].
impl From<Callback<(Error,)>> for OnError {
    fn from(callback: Callback<(Error,)>) -> Self {
        Self::from(move |error| callback.try_run((error,)).unwrap_or_default())
    }
}

impl fmt::Debug for OnSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnSignedIn")
    }
}

impl fmt::Debug for OnSignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnSignedOut")
    }
}

impl fmt::Debug for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnError")
    }
}

#[cfg(target_arch = "wasm32")]
fn attach(host: Host, connection: &crate::ui::Connection, props: ButtonProps) -> Option<Button> {
    Button::new(host.get()?.as_ref(), connection, props)
}

#[cfg(not(target_arch = "wasm32"))]
fn attach(_: Host, _: &crate::ui::Connection, _: ButtonProps) -> Option<Button> {
    None
}
