//! Basic's scopes: `resource[:child][:action]`, separated by spaces.

use crate::error::OAuthError;

/// The scope of a request without one.
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

/// Validates a requested scope and returns it with single spaces.
pub(crate) fn validate(scope: Option<&str>) -> Result<String, OAuthError> {
    let invalid = |description: String| OAuthError::new("invalid_scope", description);
    let scope = scope.unwrap_or(DEFAULT);
    if scope.contains(',') {
        return Err(invalid("scopes are separated by spaces, not by commas".into()));
    }
    let names: Vec<&str> = scope.split(' ').filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Ok(DEFAULT.into());
    }
    match names.iter().find(|name| !is_known(name)) {
        Some(name) => Err(invalid(format!("unknown scope {name:?}"))),
        None => Ok(names.join(" ")),
    }
}

/// Returns whether `granted` covers the single scope `needed`. `write` implies every action
/// except `admin`; `admin` implies all.
pub(crate) fn covers(granted: &str, needed: &str) -> bool {
    let (resource, action) = split(needed);
    granted.split(' ').any(|name| {
        let (granted_resource, granted_action) = split(name);
        let is_enough = match granted_action {
            "admin" => true,
            "write" => action != "admin",
            other => other == action,
        };
        granted_resource == resource && is_enough
    })
}

/// Describes a scope on the consent page.
pub(crate) fn describe(name: &str) -> String {
    match split(name) {
        ("openid", _) => "Know who you are".into(),
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
        assert!(validate(Some("profile,email")).is_err());
    }

    #[test]
    fn bare_admin_and_unknown_scopes_are_refused() {
        assert!(validate(Some("admin")).is_err());
        assert!(validate(Some("profile everything")).is_err());
    }

    #[test]
    fn no_scope_means_profile() {
        assert_eq!(validate(None).ok().as_deref(), Some("profile"));
        assert_eq!(validate(Some(" ")).ok().as_deref(), Some("profile"));
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
