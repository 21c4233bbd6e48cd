//! The button.

use yew::prelude::*;

use super::auth::use_auth;
use crate::ui::{Button, ButtonShape, ButtonSize, ButtonTheme, Connection, Looks};

/// What [`SignInButton`] can be told.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SignInButtonProps {
    /// The text while signed out. Default: by the nearest `lang`, in 18 languages.
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
    /// Whether it only shows who is signed in, and does not sign out.
    #[prop_or_default]
    pub only_shows: bool,
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
    let host = use_node_ref();
    let connection = use_auth().connection;
    // Dropped with the component.
    let made = use_mut_ref(|| None::<(Connection, Button)>);
    {
        let host = host.clone();
        use_effect_with((connection, props.clone()), move |(connection, props)| {
            let mut made = made.borrow_mut();
            match &*made {
                Some((known, button)) if known == connection => button.dress(props.looks()),
                _ => {
                    let button = make(&host, connection, props.looks());
                    *made = button.map(|button| (connection.clone(), button));
                }
            }
        });
    }
    let class = props.class.clone();
    html! { <basic-sign-in-button ref={host} {class}>{ props.children.clone() }</basic-sign-in-button> }
}

#[cfg(target_arch = "wasm32")]
fn make(host: &NodeRef, connection: &Connection, looks: Looks) -> Option<Button> {
    Button::new(&host.cast::<web_sys::Element>()?, connection, looks)
}

#[cfg(not(target_arch = "wasm32"))]
fn make(_: &NodeRef, _: &Connection, _: Looks) -> Option<Button> {
    None
}

impl SignInButtonProps {
    fn looks(&self) -> Looks {
        let text = |value: &Option<AttrValue>| value.as_ref().map(ToString::to_string);
        Looks {
            label: text(&self.label),
            sign_out_label: text(&self.sign_out_label),
            return_to: text(&self.return_to),
            size: self.size,
            theme: self.theme,
            shape: self.shape,
            is_disabled: self.disabled,
            only_shows: self.only_shows,
        }
    }
}
