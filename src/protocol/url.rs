//! URLs that have been parsed and validated: what a browser may be sent to, and where a secret may go.
//!
//! Parsing itself is the platform's (the WHATWG parser every browser has), because a second parser
//! that disagrees with it is how open redirects happen.

use std::fmt;
use std::rc::Rc;

use crate::codec::{query, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::authorization;

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

/// A secure URL without fragment, and without a parameter in its query that is refused.
fn target(parser: &impl UrlParser, input: &str, is_refused: fn(&str) -> bool) -> Option<Url> {
    let url = parser.parse_url(input, None)?;
    let is_sound = url.is_secure()
        && input.bytes().all(|b| b != b'#')
        && !query::names_any(url.search(), is_refused);
    is_sound.then_some(url)
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

/// An absolute `https` URL (or `http` on a loopback host) without fragment and credentials.
///
/// RFC 6749 [section 3.1] and [section 3.2] forbid the fragment; RFC 9700 [section 2.6] asks for TLS.
///
/// [section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
/// [section 3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
/// [section 2.6]: https://www.rfc-editor.org/rfc/rfc9700#section-2.6
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Rc<Url>);

impl Endpoint {
    /// Judges an endpoint; `name` is how the option is called in the error.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidEndpoint`] where it is relative, insecure, or has a fragment, credentials or a
    /// parameter in its query that the protocol sends itself.
    pub fn parse(parser: &impl UrlParser, input: &str, name: &'static str) -> Result<Self> {
        match target(parser, input, authorization::is_reserved) {
            Some(url) => Ok(Self(Rc::new(url))),
            None => Err(Error::new(ErrorCode::InvalidEndpoint).with_detail(name)),
        }
    }

    /// The URL, serialised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.href()
    }

    /// The origin, to which the server's own tokens may go.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin(self.0.origin().into())
    }
}

/// A secure origin: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Judges an origin; a path behind it is ignored.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidApiOrigin`] where it is not `https` (or `http` on a loopback host).
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        match parser.parse_url(input, None) {
            Some(url) if url.is_secure() => Ok(Self(url.origin().into())),
            _ => Err(Error::new(ErrorCode::InvalidApiOrigin)),
        }
    }

    /// The serialised origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `url` lies here and may be given a token.
    #[must_use]
    pub fn holds(&self, url: &Url) -> bool {
        url.origin() == self.0
    }
}

/// The redirect URI: sent byte for byte as it was configured, never derived from the address bar.
///
/// RFC 9700 [section 2.1] wants an exact match.
///
/// [section 2.1]: https://www.rfc-editor.org/rfc/rfc9700#section-2.1
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    verbatim: String,
    url: Url,
}

impl RedirectUri {
    /// Judges a redirect URI.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRedirectUri`] where it is relative, insecure, or has a fragment, credentials,
    /// white space, or a query that holds a parameter of the callback.
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        match target(parser, input, authorization::is_callback_parameter) {
            Some(url) if input.bytes().all(|b| b > b' ') => {
                Ok(Self { verbatim: input.into(), url })
            }
            _ => Err(Error::new(ErrorCode::InvalidRedirectUri)),
        }
    }

    /// The URI as it was configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.verbatim
    }

    /// Whether this URI is of the origin of `url`: only its pages can read the records of a sign-in.
    #[must_use]
    pub fn is_of(&self, url: &Url) -> bool {
        url.origin() == self.url.origin()
    }

    /// Whether a page at `url` is this URI's page: same origin, same path, and the URI's own query
    /// among its parameters. A server adds its answer to that query (RFC 6749
    /// [section 3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
    #[must_use]
    pub fn is_at(&self, url: &Url) -> bool {
        let there = query::parse(url.search());
        self.is_of(url)
            && url.pathname() == self.url.pathname()
            && query::parse(self.url.search()).iter().all(|own| there.contains(own))
    }

    /// Whether `url` is this URI's page with nothing of the app's added. Hosts that add or drop a
    /// slash, `.html` or `index.html` still serve the same page.
    #[must_use]
    pub fn is_bare(&self, url: &Url) -> bool {
        self.is_of(url)
            && document(url.pathname()) == document(self.url.pathname())
            && url.search() == self.url.search()
            && url.hash().len() < 2
    }

    /// The query that belongs to this URI itself, with its question mark; empty if there is none.
    #[must_use]
    pub fn search(&self) -> &str {
        self.url.search()
    }

    /// The folder that this URI is in: `/project/` for `https://app.example/project/callback`.
    #[must_use]
    pub fn folder(&self) -> &str {
        let path = self.url.pathname();
        path.get(..path.len() - text::cut_last(path, b'/').1.unwrap_or_default().len())
            .unwrap_or_default()
    }
}

/// A path without the endings that hosts add to it or drop.
fn document(path: &str) -> &str {
    let path = path.strip_suffix("/index.html").unwrap_or(path);
    path.strip_suffix(".html").unwrap_or(path).trim_end_matches('/')
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verbatim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    #[test]
    fn r57_r74_only_https_or_loopback_http_is_an_endpoint() {
        let sound = [
            "https://as.example/token",
            "https://as.example:8443/token?tenant=1",
            "http://127.0.0.1:9/token",
            "http://127.1/token",
            "http://127.9.8.7/token",
            "http://localhost/token",
            "http://app.localhost:8080/token",
            "http://a.b.localhost/token",
            "http://[::1]:1/token",
            "HTTPS://AS.example/token",
        ];
        for input in sound {
            assert!(Endpoint::parse(&Native, input, "tokenEndpoint").is_ok(), "{input}");
        }
        let refused = [
            "",
            "/auth/token",
            "//evil.example/token",
            "http://as.example/token",
            "HTTP://as.example/token",
            "http://localhost.evil/",
            "http://notlocalhost/",
            "http://localhost.localhost.evil/",
            "http://127.0.0.1.nip.io/",
            "http://[::ffff:7f00:1]/",
            "http://evil@127.0.0.1/",
            "http://127.0.0.1@evil/",
            "https://user:pw@as.example/",
            "https://as.example/#",
            "https://as.example/#x",
            "ws://localhost/",
            "ftp://as.example/",
            "blob:https://as.example/x",
        ];
        for input in refused {
            let error = Endpoint::parse(&Native, input, "tokenEndpoint").expect_err(input);
            assert_eq!(error.code(), ErrorCode::InvalidEndpoint, "{input}");
        }
    }

    #[test]
    fn r15_scripts_are_no_navigation_target() {
        let hostile = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "\tjavascript:alert(1)",
            "\0javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "javascript://localhost/%0aalert(1)",
        ];
        for input in hostile {
            assert!(Endpoint::parse(&Native, input, "authorizationEndpoint").is_err(), "{input:?}");
        }
    }

    #[test]
    fn r8_an_endpoint_that_brings_a_reserved_parameter_is_refused() {
        let input = "https://as.example/authorize?tenant=1&client_id=other";
        assert!(Endpoint::parse(&Native, input, "authorizationEndpoint").is_err());
    }

    #[test]
    fn r7_the_redirect_uri_is_kept_byte_for_byte() {
        let input = "https://App.example:443/cb?x=%7e";
        let uri = RedirectUri::parse(&Native, input).expect("sound");
        assert_eq!(uri.as_str(), input);
        let here = Native.parse_url("https://app.example/cb?x=%7e&code=2", None).expect("a URL");
        assert!(uri.is_at(&here));
    }

    #[test]
    fn r40_the_query_of_a_redirect_uri_tells_it_from_another() {
        let uri = "https://app.example/index.php?route=callback";
        let uri = RedirectUri::parse(&Native, uri).expect("a valid URI");
        let is_at = |query: &str| {
            let url = ["https://app.example/index.php", query].concat();
            uri.is_at(&Native.parse_url(&url, None).expect("a URL"))
        };
        assert!(is_at("?route=callback&code=A&state=B") && is_at("?a=1&route=callback"));
        for other in ["", "?route=shop&code=A&state=B", "?route=callbacks", "?x=callback"] {
            assert!(!is_at(other), "{other}");
        }
    }

    #[test]
    fn r51_a_bare_callback_page_is_one_with_nothing_else_on_it() {
        let uri = RedirectUri::parse(&Native, "https://app.example/cb?t=1").expect("a valid URI");
        let is_bare = |url: &str| uri.is_bare(&Native.parse_url(url, None).expect("a URL"));
        for bare in ["/cb?t=1", "/cb/?t=1", "/cb.html?t=1", "/cb/index.html?t=1", "/cb?t=1#"] {
            assert!(is_bare(&["https://app.example", bare].concat()), "{bare}");
        }
        for more in ["/cb", "/cb?t=1&x=2", "/cb?t=1#/orders", "/other?t=1", "/c?t=1"] {
            assert!(!is_bare(&["https://app.example", more].concat()), "{more}");
        }
    }

    #[test]
    fn the_folder_of_a_redirect_uri_ends_with_a_slash() {
        for (uri, folder) in [
            ("https://you.example/project/callback", "/project/"),
            ("https://you.example/project/", "/project/"),
            ("https://you.example/callback?x=/a/b", "/"),
            ("https://you.example", "/"),
        ] {
            let uri = RedirectUri::parse(&Native, uri).expect("a valid URI");
            assert_eq!(uri.folder(), folder, "{uri:?}");
        }
    }

    #[test]
    fn a_redirect_uri_with_a_callback_parameter_or_white_space_is_refused() {
        for input in
            ["https://a.example/?state=1", " https://a.example/", "https://a.example/#", "app:/cb"]
        {
            assert!(RedirectUri::parse(&Native, input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn r102_a_look_alike_origin_gets_no_token() {
        let origin = Origin::parse(&Native, "https://api.app").expect("sound");
        for input in [
            "https://api.app.evil/",
            "http://api.app/",
            "https://api.app:444/",
            "https://u@api.app/",
        ] {
            let url = Native.parse_url(input, None).expect("a URL");
            assert!(!origin.holds(&url), "{input}");
        }
        let own = Native.parse_url("https://api.app/notes?x=1", None).expect("a URL");
        assert!(origin.holds(&own));
    }
}
