//! What a server sends in place of the button: its label for readers, and its room, so that the page
//! does not move when the button is drawn.
//!
//! It is a `<canvas>`: the only element that is inline, has a size without a style sheet, and has text
//! for a browser that draws nothing there. Its slot does not exist, so the drawn button hides it.

use super::view::view;
use super::{ButtonProps, ButtonShape, ButtonSize};
use crate::session::AuthState;

/// The size of the canvas in CSS pixels, and the label in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Room {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) label: String,
}

impl Room {
    /// Returns the room of a button. `has_content`: the app has given its own label, which is beside the
    /// canvas.
    pub(crate) fn new(state: &AuthState, props: &ButtonProps, has_content: bool) -> Self {
        // As in the style sheet of the button.
        let (height, font) = match props.size {
            ButtonSize::Large => (52, 17.0),
            ButtonSize::Medium => (44, 15.0),
            ButtonSize::Small => (36, 13.0),
        };
        // A server does not know the language of the page.
        let view = view(state, props, false, "en");
        let has_content = has_content && view.slot.is_empty();
        let label = if has_content { String::new() } else { view.label.to_owned() };
        let width = match props.shape {
            ButtonShape::Icon => f64::from(height),
            // The padding, the logo, the gap, the text and the border.
            _ => font * (2.2 + 1.4 + 0.6 + ems(&label)) + 2.0,
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number of pixels"
        )]
        let width = width.ceil() as u32;
        // A canvas stands on the line of the text. The room below that line is some four pixels.
        Self { width, height: height - 4, label }
    }
}

/// Returns the width of a text in the size of its font. No server knows the font, so this is a mean.
fn ems(text: &str) -> f64 {
    let width = |letter| match letter {
        ' ' | '!' | '\'' | ',' | '.' | 'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' => 0.31,
        'm' | 'w' | 'M' | 'W' => 0.87,
        'A'..='Z' => 0.66,
        // From Hangul on, scripts are as wide as they are high.
        '\u{1100}'.. => 1.0,
        _ => 0.57,
    };
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(props: &ButtonProps, has_content: bool) -> Room {
        Room::new(&AuthState::Loading, props, has_content)
    }

    #[test]
    fn the_room_is_that_of_the_button_and_holds_its_label() {
        let medium = room(&ButtonProps::default(), false);
        assert_eq!((medium.height, medium.label.as_str()), (40, "Sign in with Basic"));
        assert!((185..=210).contains(&medium.width), "{medium:?}");
        let size = ButtonSize::Large;
        let large = room(&ButtonProps { size, ..ButtonProps::default() }, false);
        assert!(large.height == 48 && large.width > medium.width, "{large:?}");
    }

    #[test]
    fn a_label_of_the_app_is_beside_the_room() {
        let own = room(&ButtonProps::default(), true);
        assert_eq!((own.width, own.label.as_str()), (65, ""));
        let props =
            ButtonProps { label: Some("\u{767b}\u{5f55}".into()), ..ButtonProps::default() };
        assert_eq!(room(&props, false).width, 95);
    }

    #[test]
    fn a_round_button_has_a_square_room() {
        let props = ButtonProps { shape: ButtonShape::Icon, ..ButtonProps::default() };
        let icon = room(&props, false);
        assert_eq!((icon.width, icon.label.as_str()), (44, "Sign in with Basic"));
    }
}
