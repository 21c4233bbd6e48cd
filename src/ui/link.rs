//! When a press of a link is for the app, and when it is for the browser.

/// What a mouse event says about a press.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Press {
    /// The button of the mouse. Enter counts as the first one.
    pub(crate) button: i16,
    /// Whether Alt, Control, Meta or Shift is held: the browser then opens a tab or a window, or saves
    /// the page.
    pub(crate) has_modifier: bool,
}

impl Press {
    /// Returns whether the app follows the link itself.
    pub(crate) fn is_for_app(self) -> bool {
        self.button == 0 && !self.has_modifier
    }
}

/// Returns the path of the current address, with query and fragment. A server does not know it: an
/// empty address leads to the page itself.
#[cfg(target_arch = "wasm32")]
pub(crate) fn current_path() -> String {
    use crate::platform::Platform as _;
    let here = crate::platform::browser::Browser.location();
    here.map(|url| url.path_query_fragment().to_owned()).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn current_path() -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_press_of_the_first_button_is_for_the_app() {
        assert!(Press::default().is_for_app());
        assert!(!Press { button: 1, has_modifier: false }.is_for_app());
        assert!(!Press { button: 2, has_modifier: false }.is_for_app());
        assert!(!Press { button: 0, has_modifier: true }.is_for_app());
    }
}
