//! Scopes: what is asked for, what was granted, and what a scope implies.

use std::fmt;
use std::str::FromStr;

use crate::codec::text;
use crate::error::{Error, ErrorCode, Result};

/// A set of scopes, RFC 6749 [section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// Validates a scope to ask for: names separated by spaces.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidScope`] if it has a quote, a backslash, a character that is not visible
    /// ASCII, or a comma, at which only some servers split.
    pub fn parse(text: &str) -> Result<Self> {
        if !text.bytes().all(|byte| byte != b',' && is_scope_byte(byte)) {
            return Err(Error::new(ErrorCode::InvalidScope));
        }
        Ok(Self::granted(text))
    }

    /// Takes the scope that a server granted. Commas separate the names if there is no space. A
    /// name with characters that no scope may have is left out.
    #[must_use]
    pub fn granted(text: &str) -> Self {
        let mut names = String::with_capacity(text.len());
        let separator = if text.trim_ascii().bytes().any(|b| b == b' ') { b' ' } else { b',' };
        for name in text::split(text.trim_ascii(), separator) {
            if name.is_empty() || !name.bytes().all(is_scope_byte) {
                continue;
            }
            if !names.is_empty() {
                names.push(' ');
            }
            names.push_str(name);
        }
        Self(names)
    }

    /// Returns the names, separated by single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the names one by one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        text::split(&self.0, b' ').filter(|name| !name.is_empty())
    }

    /// Returns this scope and the names of another one that it does not have.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut names = self.0.clone();
        for name in other.names() {
            if !self.names().any(|own| own == name) {
                names.push(' ');
                names.push_str(name);
            }
        }
        Self::granted(&names)
    }

    /// Returns whether this grants `wanted`, following Basic's implication: `admin` grants `write`,
    /// and `write` grants `read`, `create`, `update` and `delete`, each on its own resource.
    ///
    /// # Example: a wider grant on one resource
    /// ```
    /// use basic_oauth::Scope;
    ///
    /// let scope = Scope::granted("profile app:db:write");
    /// assert!(scope.grants("profile:read") && scope.grants("app:db:delete"));
    /// assert!(!scope.grants("app:db:admin") && !scope.grants("account"));
    /// ```
    #[must_use]
    pub fn grants(&self, wanted: &str) -> bool {
        let (resource, action) = split(wanted);
        for name in self.names() {
            let (own, granted) = split(name);
            let is_implied = own == resource && (granted == action || rank(granted) > rank(action));
            if name == wanted || is_implied {
                return true;
            }
        }
        false
    }
}

impl Scope {
    /// Returns every text that [`grants`](Self::grants) accepts, separated by spaces.
    #[must_use]
    pub(crate) fn all_granted(&self) -> String {
        let mut all = String::new();
        for name in self.names() {
            let (resource, granted) = split(name);
            let is_granted = |action: &str| action == granted || rank(granted) > rank(action);
            let actions = ACTIONS.iter().filter(|action| is_granted(action));
            let names = actions.map(|action| [resource, ":", action].concat());
            // A resource alone means that it may be read, unless it ends with an action itself.
            let bare = Some(resource).filter(|it| is_granted("read") && *it == split(it).0);
            for granted in names.chain([name.into()]).chain(bare.map(Into::into)) {
                all.push_str(&granted);
                all.push(' ');
            }
        }
        all.truncate(all.trim_ascii_end().len());
        all
    }
}

impl FromStr for Scope {
    type Err = Error;

    /// Validates a scope to ask for, like [`Scope::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Scope {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

fn split(name: &str) -> (&str, &str) {
    match text::cut_last(name, b':') {
        (resource, Some(action)) if rank(action) > 0 => (resource, action),
        _ => (name, "read"),
    }
}

/// The actions of Basic's scopes, from the widest to the narrowest.
const ACTIONS: [&str; 6] = ["admin", "write", "read", "create", "update", "delete"];

fn rank(action: &str) -> u8 {
    match action {
        "admin" => 3,
        "write" => 2,
        "read" | "create" | "update" | "delete" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_odd_characters_are_refused_early() {
        for text in ["profile,email", "pro\"file", "a\\b", "a\tb", "\u{e9}"] {
            assert_eq!(Scope::parse(text).expect_err("refused").code(), ErrorCode::InvalidScope);
        }
        assert!("a,b".parse::<Scope>().is_err() && Scope::try_from("a").is_ok());
        assert_eq!(Scope::granted("a b").to_string(), "a b");
        assert_eq!(
            Scope::parse(" profile  email ").expect("a valid scope").as_str(),
            "profile email"
        );
    }

    #[test]
    fn r66_commas_separate_granted_names_if_there_is_no_space() {
        for (text, expected) in [
            ("repo,gist", "repo gist"),
            (" repo,gist ", "repo gist"),
            ("a b,c", "a b,c"),
            ("a", "a"),
            ("", ""),
            (",,", ""),
        ] {
            assert_eq!(Scope::granted(text).as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn all_that_is_granted_is_what_grants_accepts() {
        let resources = ["app", "app:db", "app:write", "a:read:read", "profile"];
        let mut texts: Vec<String> = resources.map(Into::into).to_vec();
        for resource in resources {
            texts.extend(ACTIONS.map(|action| [resource, ":", action].concat()));
        }
        for name in &texts {
            for other in ["", "profile"] {
                let scope = Scope::granted(&[name, " ", other].concat());
                let all = scope.all_granted();
                let all: Vec<&str> = all.split(' ').collect();
                for wanted in &texts {
                    let is_listed = all.contains(&wanted.as_str());
                    assert_eq!(is_listed, scope.grants(wanted), "{scope} grants {wanted}");
                }
            }
        }
        assert_eq!(Scope::default().all_granted(), "");
    }

    #[test]
    fn implication_stays_within_its_resource() {
        let scope = Scope::granted("app:admin profile account:session");
        for granted in
            ["app:read", "app", "app:write", "app:create", "profile", "account:session:read"]
        {
            assert!(scope.grants(granted), "{granted}");
        }
        for missing in ["app:db", "profile:update", "profile:write", "account", "admin", ""] {
            assert!(!scope.grants(missing), "{missing}");
        }
    }
}
