//! A URL that the platform's parser has read, cut into its parts.
//!
//! Only the platform parses, with the WHATWG parser that every browser has. A second parser that
//! disagrees with it is how open redirects happen.

use crate::codec::text;

/// The platform's WHATWG URL parser.
pub trait UrlParser {
    /// Parses `input`, against `base` if it is relative. Returns `None` if it is not a URL.
    fn parse_url(&self, input: &str, base: Option<&str>) -> Option<Url>;
}

/// A parsed URL, serialised as in the WHATWG URL standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    href: String,
    /// How many bytes of `href` are the origin; zero if it has none that a request may go to.
    origin: usize,
}

impl Url {
    /// Takes what a parser returned as `href` and `origin`.
    ///
    /// A URL without credentials begins with its origin. A URL with credentials counts as one
    /// without an origin.
    #[must_use]
    pub fn new(href: String, origin: &str) -> Self {
        let begins = href.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
        Self { origin: if begins { origin.len() } else { 0 }, href }
    }

    /// Returns the whole URL.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Returns scheme, host and port; empty if the URL has credentials, or a scheme without origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.href.get(..self.origin).unwrap_or_default()
    }

    /// Returns the path, which starts with a slash.
    #[must_use]
    pub fn pathname(&self) -> &str {
        text::cut(self.without_hash(), b'?').0
    }

    /// Returns the query with its question mark, or an empty text.
    #[must_use]
    pub fn search(&self) -> &str {
        self.without_hash().get(self.pathname().len()..).unwrap_or_default()
    }

    /// Returns the fragment with its hash sign, or an empty text.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.path_query_fragment().get(self.without_hash().len()..).unwrap_or_default()
    }

    /// Returns path, query and fragment.
    #[must_use]
    pub fn path_query_fragment(&self) -> &str {
        self.href.get(self.origin..).unwrap_or_default()
    }

    /// Returns whether `path`, with its query and fragment, is in this document. Going there then
    /// loads no page.
    #[must_use]
    pub fn is_same_document(&self, path: &str) -> bool {
        self.without_hash() == text::cut(path, b'#').0
    }

    fn without_hash(&self) -> &str {
        text::cut(self.path_query_fragment(), b'#').0
    }

    /// Returns whether a secret or a user may be sent there: `https`, or `http` on a loopback host.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        let origin = self.origin();
        origin.starts_with("https:") || origin.strip_prefix("http://").is_some_and(is_loopback)
    }
}

/// Returns whether a parsed host is `localhost`, `*.localhost` (RFC 6761 section 6.3), `[::1]` or
/// in `127.0.0.0/8`. A name that only begins like one (`127.0.0.1.nip.io`) can be any machine.
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
