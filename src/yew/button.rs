//! [`SignInButton`].

use std::rc::Rc;

use yew::prelude::*;

use super::auth::{Auth, use_auth_for};
use crate::error::Error;
#[cfg(not(target_arch = "wasm32"))]
use crate::ui::Room;
use crate::ui::{
    Button, ButtonEvent, ButtonProps, ButtonShape, ButtonSize, ButtonTheme, Connection,
    OnButtonEvent, SignedInAction, emit_events,
};

/// Properties of [`SignInButton`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SignInButtonProps {
    /// The text while signed out. Default: in the language of the nearest
    /// `lang` attribute, or English.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// The text for signing out. Default: as above.
    #[prop_or_default]
    pub sign_out_label: Option<AttrValue>,
    /// Where the user goes after a sign-in: a path of this origin. Default: the current address.
    #[prop_or_default]
    pub return_to: Option<AttrValue>,
    /// The height.
    #[prop_or_default]
    pub size: ButtonSize,
    /// The colours.
    #[prop_or_default]
    pub theme: ButtonTheme,
    /// The shape.
    #[prop_or_default]
    pub shape: ButtonShape,
    /// Whether the button is disabled.
    #[prop_or_default]
    pub disabled: bool,
    /// What a press does while a user is signed in. Default: it signs out.
    #[prop_or_default]
    pub signed_in_action: SignedInAction,
    /// Called when a user is signed in: after a sign-in, and on each page that restores the session. The
    /// user information may follow later.
    #[prop_or_default]
    pub on_signed_in: Option<Callback<()>>,
    /// Called when the user is not signed in any more.
    #[prop_or_default]
    pub on_signed_out: Option<Callback<()>>,
    /// Called with each error of the state, once.
    #[prop_or_default]
    pub on_error: Option<Callback<Error>>,
    /// Whether it says that the user has declined. For a guard, beside which nothing else does.
    #[doc(hidden)]
    #[prop_or_default]
    pub explains: bool,
    /// The class of the element, for its place on the page.
    #[prop_or_default]
    pub class: Classes,
    /// The label while signed out, as markup.
    #[prop_or_default]
    pub children: Html,
}

/// A button that signs in with Basic. Afterwards it shows the user, and signs out.
///
/// It looks and behaves as `<basic-sign-in>` of the npm package, has the same parts for style sheets
/// (`::part(button)`), and is clean under `style-src 'self'` and Trusted Types. Its attribute
/// `data-status` says `loading`, `signed-out`, `signed-in`, `busy` or `error`.
///
/// # Example: a small button for a header
/// ```
/// use basic_oauth::yew::{ButtonSize, ButtonTheme, SignInButton};
/// use yew::prelude::*;
///
/// #[component]
/// fn Header() -> Html {
///     html! { <SignInButton size={ButtonSize::Small} theme={ButtonTheme::Outline} /> }
/// }
/// ```
///
/// # Example: news of the sign-in
/// ```
/// use basic_oauth::Error;
/// use basic_oauth::yew::SignInButton;
/// use yew::prelude::*;
///
/// #[component]
/// fn Header() -> Html {
///     let failure = use_state(String::new);
///     let on_error = {
///         let failure = failure.clone();
///         move |error: Error| failure.set(error.message())
///     };
///     html! { <><SignInButton {on_error} /><p>{ (*failure).clone() }</p></> }
/// }
/// ```
#[component]
pub fn SignInButton(props: &SignInButtonProps) -> Html {
    let auth = use_auth_for("SignInButton");
    let host = use_node_ref();
    let attached = use_mut_ref(|| None::<(Connection, Button)>);
    let (element, view) = (host.clone(), props.view());
    let room = room(&auth, &view, &props.children);
    let connection = auth.connection;
    use_effect(move || {
        let mut attached = attached.borrow_mut();
        match &*attached {
            Some((known, button)) if *known == connection => button.set_props(view),
            _ => {
                let button = attach(&element, &connection, view);
                *attached = button.map(|button| (connection, button));
            }
        }
    });
    let (class, children) = (props.class.clone(), props.children.clone());
    html! {
        <basic-sign-in-button ref={host} {class}>{ room }{ children }</basic-sign-in-button>
    }
}

/// What keeps the room of the button until it is drawn. Hydration expects the element that the server
/// has sent, but not its attributes and its text.
#[cfg(target_arch = "wasm32")]
fn room(_: &Auth, _: &ButtonProps, _: &Html) -> Html {
    html! { <canvas slot="room" /> }
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::disallowed_methods, reason = "no browser downloads this")]
fn room(auth: &Auth, props: &ButtonProps, children: &Html) -> Html {
    let room = Room::new(auth.state(), props, *children != Html::default());
    let (width, height) = (room.width.to_string(), room.height.to_string());
    html! { <canvas slot="room" {width} {height}>{ room.label }</canvas> }
}

#[cfg(target_arch = "wasm32")]
fn attach(host: &NodeRef, connection: &Connection, props: ButtonProps) -> Option<Button> {
    Button::new(&host.cast::<web_sys::Element>()?, connection, props)
}

#[cfg(not(target_arch = "wasm32"))]
fn attach(_: &NodeRef, _: &Connection, _: ButtonProps) -> Option<Button> {
    None
}

impl SignInButtonProps {
    fn view(&self) -> ButtonProps {
        let text = |value: &Option<AttrValue>| value.as_deref().map(str::to_owned);
        ButtonProps {
            label: text(&self.label),
            sign_out_label: text(&self.sign_out_label),
            return_to: text(&self.return_to),
            size: self.size,
            theme: self.theme,
            shape: self.shape,
            is_disabled: self.disabled,
            signed_in_action: self.signed_in_action,
            explains: self.explains,
            handlers: [self.on_event(), None, None],
        }
    }

    fn on_event(&self) -> Option<OnButtonEvent> {
        let (signed_in, signed_out) = (self.on_signed_in.clone(), self.on_signed_out.clone());
        let failed = self.on_error.clone();
        if signed_in.is_none() && signed_out.is_none() && failed.is_none() {
            return None;
        }
        let emit = move |event| {
            let callback = match event {
                ButtonEvent::SignedIn => &signed_in,
                ButtonEvent::SignedOut => &signed_out,
                ButtonEvent::Failed(error) => {
                    if let Some(failed) = &failed {
                        failed.emit(error);
                    }
                    return;
                }
            };
            if let Some(callback) = callback {
                callback.emit(());
            }
        };
        Some(Rc::new(move |before, now| emit_events(before, now, &emit)))
    }
}
