//! What the button shows in each state.

use super::Looks;
use super::texts::texts;
use crate::error::Code;
use crate::session::AuthState;

/// Everything of the button that changes.
#[derive(Debug, PartialEq)]
pub(super) struct Face {
    /// For style sheets, and for tests.
    pub(super) status: &'static str,
    /// What the slot is called: the app's own label is in it, or it is not.
    pub(super) slot: &'static str,
    pub(super) label: String,
    pub(super) initial: String,
    pub(super) sign_out: String,
    pub(super) failure: &'static str,
}

/// The face of a button that is at work or not, in an app that brings its own label or not.
pub(super) fn face(
    state: &AuthState,
    looks: &Looks,
    is_busy: bool,
    has_content: bool,
    lang: &str,
) -> Face {
    let texts = texts(lang);
    let signed_out_slot = if has_content { "" } else { "label" };
    let sign_out = if looks.only_shows {
        ""
    } else {
        looks.sign_out_label.as_deref().unwrap_or(texts.sign_out)
    };
    let mut face = Face {
        status: "loading",
        slot: signed_out_slot,
        label: looks.label.as_deref().unwrap_or(texts.sign_in).into(),
        initial: String::new(),
        sign_out: String::new(),
        failure: "",
    };
    match state {
        AuthState::Loading => {}
        AuthState::SignedOut { error, .. } => {
            // Somebody who declined knows it: no alarm.
            let has_failed = error.as_ref().is_some_and(|it| it.code() != Code::AccessDenied);
            face.status = if has_failed { "error" } else { "signed-out" };
            if has_failed && !is_busy {
                face.failure = texts.failed;
            }
        }
        AuthState::SignedIn { user, .. } => {
            face.status = "signed-in";
            face.slot = "signed-in";
            let name = user.as_ref().and_then(|user| user.name().or(user.email()));
            match name.filter(|name| !name.is_empty()) {
                Some(name) => {
                    face.label = name.into();
                    face.initial = name.chars().take(1).collect();
                    face.sign_out = sign_out.into();
                }
                None => face.label = if sign_out.is_empty() { "Basic" } else { sign_out }.into(),
            }
        }
    }
    if is_busy {
        face.status = "busy";
    }
    face
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::protocol::Json;
    use crate::protocol::scope::Scope;
    use crate::protocol::userinfo::User;
    use crate::session::SignedOutReason;

    fn signed_out(error: Option<Error>) -> AuthState {
        AuthState::SignedOut { reason: SignedOutReason::Never, error }
    }

    fn signed_in(name: Option<&str>) -> AuthState {
        let name = name.map_or(Json::Null, Json::from);
        AuthState::SignedIn {
            user: User::from_json(Json::object([("sub", "did:x".into()), ("name", name)])),
            scope: Scope::default(),
            is_renewal_failing: false,
            error: None,
        }
    }

    fn shown(state: &AuthState, looks: &Looks) -> Face {
        face(state, looks, false, false, "en")
    }

    #[test]
    fn who_is_signed_in_sees_their_name_and_the_way_out() {
        let face = shown(&signed_in(Some("Ada Lovelace")), &Looks::default());
        assert_eq!((face.status, face.slot), ("signed-in", "signed-in"));
        assert_eq!((face.label.as_str(), face.initial.as_str()), ("Ada Lovelace", "A"));
        assert_eq!(face.sign_out, "Sign out");
    }

    #[test]
    fn without_a_name_the_way_out_is_the_label() {
        for name in [None, Some("")] {
            let face = shown(&signed_in(name), &Looks::default());
            assert_eq!((face.label.as_str(), face.sign_out.as_str()), ("Sign out", ""));
            assert_eq!(face.initial, "");
        }
        let looks = Looks { only_shows: true, ..Looks::default() };
        assert_eq!(shown(&signed_in(None), &looks).label, "Basic");
        assert_eq!(shown(&signed_in(Some("Ada")), &looks).sign_out, "");
    }

    #[test]
    fn a_failure_is_told_and_a_refusal_is_not() {
        let failed = shown(&signed_out(Some(Error::new(Code::Timeout))), &Looks::default());
        assert_eq!((failed.status, failed.failure), ("error", "Please try again."));
        let declined = Some(Error::new(Code::AccessDenied));
        let declined = shown(&signed_out(declined), &Looks::default());
        assert_eq!((declined.status, declined.failure), ("signed-out", ""));
    }

    #[test]
    fn a_busy_button_says_so_and_no_more() {
        let failed = signed_out(Some(Error::new(Code::Timeout)));
        let face = face(&failed, &Looks::default(), true, false, "de");
        assert_eq!((face.status, face.failure), ("busy", ""));
        assert_eq!(face.label, "Mit Basic anmelden");
    }

    #[test]
    fn the_label_is_the_content_then_the_property_then_the_language() {
        let looks = Looks { label: Some("Enter".into()), ..Looks::default() };
        assert_eq!(shown(&signed_out(None), &looks).label, "Enter");
        assert_eq!(face(&signed_out(None), &looks, false, true, "").slot, "");
        assert_eq!(shown(&signed_out(None), &looks).slot, "label");
    }
}
