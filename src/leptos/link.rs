//! [`SignInLink`].
#![allow(unreachable_pub, reason = "the macro's items are not public")]

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::auth::use_auth_for;
use crate::config::SignInOptions;
use crate::ui::{Press, current_path};

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
/// use basic_oauth::leptos::{SignInLink, SignedOut};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Hint() -> impl IntoView {
///     view! {
///         <SignedOut>
///             <p>"To write, " <SignInLink return_to="/notes">"sign in"</SignInLink> "."</p>
///         </SignedOut>
///     }
/// }
/// ```
#[component]
pub fn SignInLink(
    /// Where the user goes after the sign-in: a path of this origin. Default: the current address.
    #[prop(optional, into)]
    return_to: Option<String>,
    /// The class of the link.
    #[prop(optional, into)]
    class: Option<String>,
    /// The content.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let auth = use_auth_for("SignInLink");
    let href = RwSignal::new(return_to.clone().unwrap_or_default());
    if return_to.is_none() {
        // A server does not know the address, and hydration expects what the server has sent.
        Effect::new(move |_| href.set(current_path()));
    }
    let on_click = move |event: MouseEvent| {
        let has_modifier =
            event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key();
        if (Press { button: event.button(), has_modifier }).is_for_app() {
            event.prevent_default();
            let return_to = return_to.clone();
            auth.sign_in_with(SignInOptions { return_to, ..SignInOptions::default() });
        }
    };
    view! { <a href=href class=class on:click=on_click>{children.map(|children| children())}</a> }
}
