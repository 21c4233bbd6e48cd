//! Basic's scopes: `resource[:child][:action]`, separated by spaces.

use crate::error::OAuthError;

/// The scope of a request that names none.
pub(crate) const DEFAULT: &str = "profile";

const RESOURCES: [&str; 8] = [
    "openid",
    "profile",
    "email",
    "account",
    "account:app",
    "account:session",
    "app:db",
    "app:profile",
];
const ACTIONS: [&str; 6] = ["read", "create", "update", "delete", "write", "admin"];

/// The requested scope, checked and with single spaces.
pub(crate) fn requested(scope: Option<&str>) -> Result<String, OAuthError> {
    let refused = |description: String| OAuthError::new("invalid_scope", description);
    let scope = scope.unwrap_or(DEFAULT);
    if scope.contains(',') {
        return Err(refused("scopes are separated by spaces, not by commas".into()));
    }
    let names: Vec<&str> = scope.split(' ').filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(DEFAULT.into());
    }
    match names.iter().find(|name| !is_known(name)) {
        Some(name) => Err(refused(format!("unknown scope {name:?}"))),
        None => Ok(names.join(" ")),
    }
}

/// Whether `granted` covers the one scope `needed`, with what actions imply.
pub(crate) fn covers(granted: &str, needed: &str) -> bool {
    let (resource, action) = split(needed);
    granted.split(' ').any(|name| {
        let (held, power) = split(name);
        let is_enough = match power {
            "admin" => true,
            "write" => action != "admin",
            other => other == action,
        };
        held == resource && is_enough
    })
}

/// What a scope lets an app do, for the consent page.
pub(crate) fn in_words(name: &str) -> String {
    match split(name) {
        ("openid", _) => "Know that it is you".into(),
        ("profile", "read") => "See your name, email address and picture".into(),
        ("email", "read") => "See your email address".into(),
        (resource, action) => format!("{} {resource}", capitalised(action)),
    }
}

fn is_known(name: &str) -> bool {
    RESOURCES.contains(&split(name).0)
}

fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((resource, action)) if ACTIONS.contains(&action) => (resource, action),
        _ => (name, "read"),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_with_commas_is_refused() {
        assert!(requested(Some("profile,email")).is_err());
    }

    #[test]
    fn bare_admin_and_unknown_scopes_are_refused() {
        assert!(requested(Some("admin")).is_err());
        assert!(requested(Some("profile everything")).is_err());
    }

    #[test]
    fn no_scope_means_profile() {
        assert_eq!(requested(None).ok().as_deref(), Some("profile"));
        assert_eq!(requested(Some(" ")).ok().as_deref(), Some("profile"));
    }

    #[test]
    fn stronger_actions_imply_weaker_ones() {
        assert!(covers("openid profile", "profile:read"));
        assert!(covers("app:db:admin", "app:db:delete"));
        assert!(covers("app:db:write", "app:db"));
        assert!(!covers("app:db:write", "app:db:admin"));
        assert!(!covers("app:db", "app:db:write"));
        assert!(!covers("profile", "email"));
    }
}
