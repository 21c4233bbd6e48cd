//! A URL that the platform's parser has read, cut into its parts.
//!
//! Parsing itself is the platform's (the WHATWG parser every browser has), because a second parser
//! that disagrees with it is how open redirects happen.

use crate::codec::text;

/// The platform's WHATWG URL parser.
pub trait UrlParser {
    /// Parses `input`, against `base` where it is relative; `None` when it is no URL.
    fn parse_url(&self, input: &str, base: Option<&str>) -> Option<Url>;
}

/// A parsed URL, serialised as in the WHATWG URL standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    href: String,
    /// How many bytes of it are the origin; zero where it has none that anything here may go to.
    origin: usize,
}

impl Url {
    /// Takes what a parser returned as `href` and `origin`.
    ///
    /// A URL without credentials begins with its origin; with them, it counts as one without origin.
    #[must_use]
    pub fn new(href: String, origin: &str) -> Self {
        let begins = href.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
        Self { origin: if begins { origin.len() } else { 0 }, href }
    }

    /// The whole URL.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Scheme, host and port; nothing where the URL has credentials, or a scheme without origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.href.get(..self.origin).unwrap_or_default()
    }

    /// The path, starting with a slash.
    #[must_use]
    pub fn pathname(&self) -> &str {
        text::cut(self.without_hash(), b'?').0
    }

    /// The query with its question mark, or nothing.
    #[must_use]
    pub fn search(&self) -> &str {
        self.without_hash().get(self.pathname().len()..).unwrap_or_default()
    }

    /// The fragment with its hash sign, or nothing.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.path_query_fragment().get(self.without_hash().len()..).unwrap_or_default()
    }

    /// Path, query and fragment.
    #[must_use]
    pub fn path_query_fragment(&self) -> &str {
        self.href.get(self.origin..).unwrap_or_default()
    }

    /// Whether this document is at `path`, a path with its query and fragment: then going there loads
    /// nothing.
    #[must_use]
    pub fn is_same_document(&self, path: &str) -> bool {
        self.without_hash() == text::cut(path, b'#').0
    }

    fn without_hash(&self) -> &str {
        text::cut(self.path_query_fragment(), b'#').0
    }

    /// Whether a secret may travel there, or a browser be sent there: `https`, or `http` on this very
    /// machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        let origin = self.origin();
        origin.starts_with("https:") || origin.strip_prefix("http://").is_some_and(is_loopback)
    }
}

/// `localhost`, `*.localhost` (RFC 6761 section 6.3), `[::1]` and `127.0.0.0/8`, by the parsed host: a
/// name that merely begins like one (`127.0.0.1.nip.io`) can be any machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix("[::1]") {
        Some(port) => return port.is_empty() || port.starts_with(':'),
        None => text::cut(host, b':').0,
    };
    let is_ipv4 = text::split(name, b'.').count() == 4
        && name.starts_with("127.")
        && name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    name == "localhost" || name.ends_with(".localhost") || is_ipv4
}
