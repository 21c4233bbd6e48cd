//! The button.

use std::{fmt, mem};

use yew::prelude::*;

use super::auth::Seat;
use crate::ui::{
    Button, ButtonProps, ButtonShape, ButtonSize, ButtonTheme, Connection, SignedInAction,
};

/// What [`SignInButton`] can be told.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SignInButtonProps {
    /// The text while signed out. Default: in the language of the nearest
    /// `lang` attribute, or English.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// The text for signing out. Default: by language.
    #[prop_or_default]
    pub sign_out_label: Option<AttrValue>,
    /// Where to go after a sign-in: a path of this origin. Default: where the visitor is.
    #[prop_or_default]
    pub return_to: Option<AttrValue>,
    /// How high it is.
    #[prop_or_default]
    pub size: ButtonSize,
    /// Its colours.
    #[prop_or_default]
    pub theme: ButtonTheme,
    /// Its shape.
    #[prop_or_default]
    pub shape: ButtonShape,
    /// Whether it cannot be pressed.
    #[prop_or_default]
    pub disabled: bool,
    /// What a press does while a user is signed in. Default: it signs out.
    #[prop_or_default]
    pub signed_in_action: SignedInAction,
    /// Class of the element, for its place on the page.
    #[prop_or_default]
    pub class: Classes,
    /// The label while signed out, as markup.
    #[prop_or_default]
    pub children: Html,
}

/// A button that signs in with Basic, and then shows who is signed in and signs out.
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
pub struct SignInButton {
    host: NodeRef,
    seat: Seat,
    // Dropped with the component.
    made: Option<(Connection, Button)>,
}

impl Component for SignInButton {
    type Message = ();
    type Properties = SignInButtonProps;

    fn create(ctx: &Context<Self>) -> Self {
        Self { host: NodeRef::default(), seat: Seat::take(ctx), made: None }
    }

    fn update(&mut self, ctx: &Context<Self>, (): ()) -> bool {
        let before = mem::replace(&mut self.seat, Seat::take(ctx));
        before.auth.connection != self.seat.auth.connection
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let host = self.host.clone();
        let class = ctx.props().class.clone();
        let children = ctx.props().children.clone();
        html! { <basic-sign-in-button ref={host} {class}>{ children }</basic-sign-in-button> }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        let connection = &self.seat.auth.connection;
        let props = ctx.props().props();
        match &self.made {
            Some((known, button)) if known == connection => button.set_props(props),
            _ => {
                let button = make(&self.host, connection, props);
                self.made = button.map(|button| (connection.clone(), button));
            }
        }
    }
}

impl fmt::Debug for SignInButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInButton")
    }
}

#[cfg(target_arch = "wasm32")]
fn make(host: &NodeRef, connection: &Connection, props: ButtonProps) -> Option<Button> {
    Button::new(&host.cast::<web_sys::Element>()?, connection, props)
}

#[cfg(not(target_arch = "wasm32"))]
fn make(_: &NodeRef, _: &Connection, _: ButtonProps) -> Option<Button> {
    None
}

impl SignInButtonProps {
    fn props(&self) -> ButtonProps {
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
        }
    }
}
