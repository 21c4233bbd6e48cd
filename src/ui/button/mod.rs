//! The sign-in button. It looks and behaves as `<basic-sign-in>` of the npm package does, which has
//! its own implementation in JavaScript. Both share the style sheet and the texts.

#[cfg(target_arch = "wasm32")]
mod element;
#[cfg(not(target_arch = "wasm32"))]
mod room;
mod texts;
mod view;

use std::rc::Rc;

use crate::error::Error;
use crate::session::AuthState;

#[cfg(target_arch = "wasm32")]
pub(crate) use self::element::Button;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::room::Room;
pub(crate) use self::view::emit_events;

/// The look, the texts and the behaviour of a button.
#[derive(Clone, Default)]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "no element"))]
pub(crate) struct ButtonProps {
    pub(crate) label: Option<String>,
    pub(crate) sign_out_label: Option<String>,
    pub(crate) return_to: Option<String>,
    pub(crate) size: ButtonSize,
    pub(crate) theme: ButtonTheme,
    pub(crate) shape: ButtonShape,
    pub(crate) is_disabled: bool,
    pub(crate) signed_in_action: SignedInAction,
    /// Whether it says that the user has declined.
    pub(crate) explains: bool,
    /// The functions of the app that receive the events. Few apps have any.
    pub(crate) handlers: [Option<OnButtonEvent>; 3],
}

/// What has changed at a button.
#[derive(Debug, PartialEq)]
pub(crate) enum ButtonEvent {
    /// A user is signed in.
    SignedIn,
    /// The user is not signed in any more.
    SignedOut,
    /// There is an error.
    Failed(Error),
}

/// Receives the last state and the new one.
pub(crate) type OnButtonEvent = Rc<dyn Fn(&AuthState, &AuthState)>;

/// What a press does while a user is signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedInAction {
    /// Nothing: the button only shows who is signed in.
    None,
    /// Signs out.
    #[default]
    SignOut,
    /// Signs out here and at the provider, if it has an end-session endpoint.
    #[cfg(feature = "openid")]
    SignOutEverywhere,
}

/// The height of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ButtonSize {
    /// 52 CSS pixels.
    Large,
    /// 44 CSS pixels.
    #[default]
    Medium,
    /// 36 CSS pixels.
    Small,
}

/// The colours of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ButtonTheme {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
    /// The colour of the text around it, with a border.
    Outline,
    /// Dark on a light page, light on a dark page. Follows the page's `color-scheme`.
    #[default]
    System,
}

/// The shape of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ButtonShape {
    /// A round button without visible text. Screen readers still read its name.
    Icon,
    /// Half circles at both ends.
    Pill,
    /// Rounded corners.
    #[default]
    Rounded,
    /// Sharp corners.
    Square,
}

#[cfg(target_arch = "wasm32")]
impl ButtonProps {
    /// Returns the attributes that the style sheet uses. An empty value is the default.
    fn attributes(&self) -> [(&'static str, &'static str); 3] {
        let size = match self.size {
            ButtonSize::Large => "large",
            ButtonSize::Medium => "",
            ButtonSize::Small => "small",
        };
        let theme = match self.theme {
            ButtonTheme::Dark => "dark",
            ButtonTheme::Light => "light",
            ButtonTheme::Outline => "outline",
            ButtonTheme::System => "",
        };
        let shape = match self.shape {
            ButtonShape::Icon => "icon",
            ButtonShape::Pill => "pill",
            ButtonShape::Rounded => "",
            ButtonShape::Square => "square",
        };
        [("size", size), ("theme", theme), ("shape", shape)]
    }
}
