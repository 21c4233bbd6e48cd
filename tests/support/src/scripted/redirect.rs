//! The authorization server's redirect, which a test may tamper with.

use basic_oauth::codec::query;

/// The redirect of the authorization server: its address and parameters. `Debug` shows no value.
#[derive(Clone)]
pub struct Redirect {
    to: String,
    parameters: Vec<(String, String)>,
}

impl Redirect {
    pub(super) fn new(to: String, parameters: Vec<(String, String)>) -> Self {
        Self { to, parameters }
    }

    /// The redirect with this parameter, instead of any other of its name.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut changed = self.without(name);
        changed.parameters.push((name.into(), value.into()));
        changed
    }

    /// The redirect with this parameter, besides any other of its name.
    #[must_use]
    pub fn adding(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The redirect without the parameters of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(own, _)| own != name);
        self
    }

    /// The redirect of a server that refuses.
    #[must_use]
    pub fn refused(self, error: &str) -> Self {
        self.without("code").with("error", error)
    }

    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The address that the browser is sent to.
    #[must_use]
    pub fn url(&self) -> String {
        let pairs = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = pairs.collect();
        let mark = if self.to.contains('?') { "&" } else { "?" };
        [&self.to, mark, &query::encode(&pairs)].concat()
    }
}

impl std::fmt::Debug for Redirect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redirect(secret)")
    }
}
