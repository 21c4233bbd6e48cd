//! What the button shows in each state.

use super::texts::texts;
use super::{ButtonEvent, ButtonProps, SignedInAction};
use crate::error::{Error, ErrorCode, ErrorKind};
use crate::session::AuthState;
use crate::ui::sentence::DECLINED;

/// Everything of the button that changes.
#[derive(Debug, PartialEq)]
pub(super) struct ButtonView<'a> {
    /// The value of `data-status`, for style sheets and tests.
    pub(super) status: &'static str,
    /// The name of the slot. The empty name shows the app's own label if there is one. Otherwise, as
    /// with any other name, the slot shows the texts below.
    pub(super) slot: &'static str,
    pub(super) label: &'a str,
    pub(super) initial: &'a str,
    pub(super) sign_out: &'a str,
    pub(super) failure: &'static str,
}

/// Returns the view of a button. `is_busy`: a press is being processed.
pub(super) fn view<'a>(
    state: &'a AuthState,
    props: &'a ButtonProps,
    is_busy: bool,
    lang: &str,
) -> ButtonView<'a> {
    let texts = texts(lang);
    let sign_out = match props.signed_in_action {
        SignedInAction::None => "",
        _ => props.sign_out_label.as_deref().unwrap_or(texts.sign_out),
    };
    let mut view = ButtonView {
        status: "loading",
        slot: "",
        label: props.label.as_deref().unwrap_or(texts.sign_in),
        initial: "",
        sign_out: "",
        failure: "",
    };
    match state {
        AuthState::Loading => {}
        AuthState::SignedOut { error, .. } => {
            // A user who declined knows it, but not always why a page shows a button only.
            let has_failed = error.as_ref().is_some_and(|it| it.code() != ErrorCode::AccessDenied);
            view.status = if has_failed { "error" } else { "signed-out" };
            view.failure = match error {
                Some(_) if is_busy => "",
                Some(error) if has_failed => failure(error, texts.failed),
                Some(_) if props.explains => DECLINED,
                _ => "",
            };
        }
        AuthState::SignedIn { user, .. } => {
            view.status = "signed-in";
            view.slot = "signed-in";
            let name = user.as_ref().and_then(|user| user.name().or(user.email()));
            match name.filter(|name| !name.is_empty()) {
                Some(name) => {
                    view.label = name;
                    view.initial = first_letter(name);
                    view.sign_out = sign_out;
                }
                None => view.label = if sign_out.is_empty() { "Basic" } else { sign_out },
            }
        }
    }
    if is_busy {
        view.status = "busy";
    }
    view
}

/// Emits what has changed between two states. The names are those of the events of `<basic-sign-in>`.
pub(crate) fn emit_events(before: &AuthState, now: &AuthState, emit: &dyn Fn(ButtonEvent)) {
    if before.is_signed_in() != now.is_signed_in() {
        let is_signed_in = now.is_signed_in();
        emit(if is_signed_in { ButtonEvent::SignedIn } else { ButtonEvent::SignedOut });
    }
    if let Some(error) = now.error().filter(|error| before.error() != Some(error)) {
        emit(ButtonEvent::Failed(error.clone()));
    }
}

/// Returns the code of an error that a second try cannot mend, because the page or the browser is
/// wrong. Otherwise returns the text that asks for one.
fn failure(error: &Error, failed: &'static str) -> &'static str {
    match error.kind() {
        ErrorKind::Configuration | ErrorKind::Unsupported => error.code().as_str(),
        _ => failed,
    }
}

fn first_letter(name: &str) -> &str {
    let end = name.chars().next().map_or(0, char::len_utf8);
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Json;
    use crate::protocol::scope::Scope;
    use crate::protocol::userinfo::User;
    use crate::session::{RefreshStatus, SignedOutReason};

    fn signed_out(error: Option<Error>) -> AuthState {
        AuthState::SignedOut { reason: SignedOutReason::Never, error }
    }

    fn signed_in(name: Option<&str>) -> AuthState {
        let name = name.map_or(Json::Null, Json::from);
        AuthState::SignedIn {
            user: User::from_json(Json::object([("sub", "did:x".into()), ("name", name)])),
            scope: Scope::default(),
            refresh: RefreshStatus::Ok,
            error: None,
        }
    }

    /// The status, the slot, and the texts: label, initial, sign-out, failure.
    type Shown = (&'static str, &'static str, [String; 4]);

    fn shown(state: &AuthState, props: &ButtonProps) -> Shown {
        seen(&view(state, props, false, "en"))
    }

    fn seen(view: &ButtonView<'_>) -> Shown {
        let texts = [view.label, view.initial, view.sign_out, view.failure];
        (view.status, view.slot, texts.map(str::to_owned))
    }

    #[test]
    fn a_signed_in_user_sees_their_name_and_the_sign_out() {
        let (status, slot, texts) =
            shown(&signed_in(Some("Ada Lovelace")), &ButtonProps::default());
        assert_eq!((status, slot), ("signed-in", "signed-in"));
        assert_eq!(texts, ["Ada Lovelace", "A", "Sign out", ""]);
    }

    #[test]
    fn the_initial_is_a_whole_letter_of_any_script() {
        for (name, initial) in [("\u{d6}zg\u{fc}r", "\u{d6}"), ("\u{738b}", "\u{738b}")] {
            assert_eq!(shown(&signed_in(Some(name)), &ButtonProps::default()).2[1], initial);
        }
    }

    #[test]
    fn without_a_name_the_sign_out_is_the_label() {
        for name in [None, Some("")] {
            let (.., texts) = shown(&signed_in(name), &ButtonProps::default());
            assert_eq!(texts, ["Sign out", "", "", ""]);
        }
        let props =
            ButtonProps { signed_in_action: SignedInAction::None, ..ButtonProps::default() };
        assert_eq!(shown(&signed_in(None), &props).2[0], "Basic");
        assert_eq!(shown(&signed_in(Some("Ada")), &props).2[2], "");
    }

    #[test]
    fn a_failure_is_shown_and_a_refusal_is_not() {
        let shown = |code| shown(&signed_out(Some(Error::new(code))), &ButtonProps::default());
        let (status, _, [.., failure]) = shown(ErrorCode::Timeout);
        assert_eq!((status, failure.as_str()), ("error", "Please try again."));
        let (status, _, [.., failure]) = shown(ErrorCode::InvalidRedirectUri);
        assert_eq!((status, failure.as_str()), ("error", "invalid-redirect-uri"));
        let (status, _, [.., failure]) = shown(ErrorCode::AccessDenied);
        assert_eq!((status, failure.as_str()), ("signed-out", ""));
        // Behind a guard there is only the button.
        let declined = signed_out(Some(Error::new(ErrorCode::AccessDenied)));
        let props = ButtonProps { explains: true, ..ButtonProps::default() };
        assert_eq!(view(&declined, &props, false, "en").failure, DECLINED);
        assert_eq!(view(&declined, &props, true, "en").failure, "", "busy");
        assert_eq!(view(&signed_out(None), &props, false, "en").failure, "");
    }

    #[test]
    fn a_busy_button_shows_no_failure() {
        let failed = signed_out(Some(Error::new(ErrorCode::Timeout)));
        let props = ButtonProps::default();
        let view = view(&failed, &props, true, "de");
        assert_eq!((view.status, view.failure), ("busy", ""));
        assert_eq!(view.label, "Mit Basic anmelden");
    }

    fn emitted(before: &AuthState, now: &AuthState) -> Vec<ButtonEvent> {
        let events = std::cell::RefCell::default();
        emit_events(before, now, &|event| Vec::push(&mut events.borrow_mut(), event));
        events.into_inner()
    }

    #[test]
    fn each_change_is_emitted_once() {
        let (out, user) = (signed_out(None), signed_in(Some("Ada")));
        assert_eq!(emitted(&AuthState::Loading, &out), []);
        assert_eq!(emitted(&AuthState::Loading, &user), [ButtonEvent::SignedIn]);
        assert_eq!(emitted(&user, &signed_in(None)), []);
        assert_eq!(emitted(&user, &out), [ButtonEvent::SignedOut]);
        let error = Error::new(ErrorCode::SessionRevoked);
        let failed = signed_out(Some(error.clone()));
        let both = [ButtonEvent::SignedOut, ButtonEvent::Failed(error)];
        assert_eq!(emitted(&user, &failed), both);
        assert_eq!(emitted(&failed, &failed), []);
    }

    #[test]
    fn the_label_is_the_content_then_the_property_then_the_language() {
        let props = ButtonProps { label: Some("Enter".into()), ..ButtonProps::default() };
        assert_eq!(shown(&signed_out(None), &props).2[0], "Enter");
        // The browser shows the content of such a slot only if the app has given no label.
        assert_eq!(shown(&signed_out(None), &props).1, "");
    }
}
