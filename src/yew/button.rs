//! The button.

use yew::prelude::*;

use super::auth::use_auth;
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
#[component]
pub fn SignInButton(props: &SignInButtonProps) -> Html {
    let connection = use_auth().connection;
    let host = use_node_ref();
    let attached = use_mut_ref(|| None::<Button>);
    {
        let (host, attached, props) = (host.clone(), attached.clone(), props.view());
        use_effect_with(connection, move |connection| {
            attached.replace(attach(&host, connection, props));
        });
    }
    use_effect_with(props.clone(), move |props| {
        if let Some(button) = &*attached.borrow() {
            button.set_props(props.view());
        }
    });
    let SignInButtonProps { class, children, .. } = props.clone();
    html! { <basic-sign-in-button ref={host} {class}>{ children }</basic-sign-in-button> }
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
        }
    }
}
