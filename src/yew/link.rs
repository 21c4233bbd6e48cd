//! [`SignInLink`].

use yew::prelude::*;

use super::auth::use_auth_for;
use crate::config::SignInOptions;
use crate::ui::{Press, current_path};

/// Properties of [`SignInLink`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SignInLinkProps {
    /// Where the user goes after the sign-in: a path of this origin. Default: the current address.
    #[prop_or_default]
    pub return_to: Option<AttrValue>,
    /// The class of the link.
    #[prop_or_default]
    pub class: Classes,
    /// The content.
    #[prop_or_default]
    pub children: Html,
}

/// A link that signs in: an `<a>` for the keyboard, for style sheets and for a new tab.
///
/// A press and Enter sign in. With a modifier or the middle button, the browser opens the address of
/// `return_to` in a new tab. If a guard is there, it sends that tab to sign in.
///
/// No link can lead to the authorization server itself. Each sign-in has a secret of its own (PKCE) and
/// a `state`, which the page creates and stores at the moment of the press.
///
/// # Example: in a sentence
/// ```
/// use basic_oauth::yew::{SignInLink, SignedOut};
/// use yew::prelude::*;
///
/// #[component]
/// fn Hint() -> Html {
///     html! {
///         <SignedOut>
///             <p>{ "To write, " }<SignInLink return_to="/notes">{ "sign in" }</SignInLink>{ "." }</p>
///         </SignedOut>
///     }
/// }
/// ```
#[component]
pub fn SignInLink(props: &SignInLinkProps) -> Html {
    let auth = use_auth_for("SignInLink");
    let href = props.return_to.clone().unwrap_or_else(|| current_path().into());
    let return_to = props.return_to.as_deref().map(str::to_owned);
    let onclick = move |event: MouseEvent| {
        let has_modifier =
            event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key();
        if (Press { button: event.button(), has_modifier }).is_for_app() {
            event.prevent_default();
            let return_to = return_to.clone();
            auth.sign_in_with(SignInOptions { return_to, ..SignInOptions::default() });
        }
    };
    let (class, children) = (props.class.clone(), props.children.clone());
    html! { <a {href} {class} {onclick}>{ children }</a> }
}
