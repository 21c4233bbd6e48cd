//! The redirect URI: the page that responses arrive at.

use std::fmt;

use crate::codec::{Url, UrlParser, query, text};
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::endpoint::target;
use crate::protocol::parameters::is_callback_parameter;

/// A redirect URI. It is sent byte for byte as it was configured, and never taken from the address
/// bar.
///
/// RFC 9700 [section 2.1] requires an exact match.
///
/// [section 2.1]: https://www.rfc-editor.org/rfc/rfc9700#section-2.1
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    verbatim: String,
    url: Url,
}

impl RedirectUri {
    /// Validates a redirect URI.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRedirectUri`] if it is relative or insecure, or has a fragment,
    /// credentials, white space, or a query parameter that the callback has.
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        match target(parser, input, is_callback_parameter) {
            Some(url) if input.bytes().all(|b| b > b' ') => {
                Ok(Self { verbatim: input.into(), url })
            }
            _ => Err(Error::new(ErrorCode::InvalidRedirectUri)),
        }
    }

    /// Returns the URI as it was configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.verbatim
    }

    /// Returns whether `url` is of the same origin. Only its pages can read the records of a
    /// sign-in.
    #[must_use]
    pub fn is_of(&self, url: &Url) -> bool {
        url.origin() == self.url.origin()
    }

    /// Returns whether `path`, which may be a whole URL too, leads to an address of the same origin.
    #[must_use]
    pub fn shares_origin_with_path(&self, parser: &impl UrlParser, path: &str) -> bool {
        parser.parse_url(path, Some(self.url.origin())).is_some_and(|url| self.is_of(&url))
    }

    /// Returns whether another URI is of the same origin.
    #[cfg(feature = "openid")]
    #[must_use]
    pub fn shares_origin(&self, other: &Self) -> bool {
        self.is_of(&other.url)
    }

    /// Returns whether a page at `url` is this URI's page: the same origin, the same path, and the
    /// URI's own query among its parameters. A server adds its response to that query (RFC 6749
    /// [section 3.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2)).
    #[must_use]
    pub fn is_at(&self, url: &Url) -> bool {
        let there = query::parse(url.search());
        self.is_of(url)
            && url.pathname() == self.url.pathname()
            && query::parse(self.url.search()).iter().all(|own| there.contains(own))
    }

    /// Returns whether `url` is this URI's page, and the app has added nothing to it. Hosts that
    /// add or drop a slash, `.html` or `index.html` still serve the same page.
    #[must_use]
    pub fn is_bare(&self, url: &Url) -> bool {
        self.is_of(url)
            && document(url.pathname()) == document(self.url.pathname())
            && url.search() == self.url.search()
            && url.hash().len() < 2
    }

    /// Returns the origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.url.origin()
    }

    /// Returns the URI's own query with its question mark; empty if it has none.
    #[must_use]
    pub fn search(&self) -> &str {
        self.url.search()
    }

    /// Returns the folder of this URI: `/project/` for `https://app.example/project/callback`.
    #[must_use]
    pub fn folder(&self) -> &str {
        let path = self.url.pathname();
        path.get(..path.len() - text::cut_last(path, b'/').1.unwrap_or_default().len())
            .unwrap_or_default()
    }
}

/// Returns a path without the endings that hosts add or drop.
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
    fn r7_the_redirect_uri_is_kept_byte_for_byte() {
        let input = "https://App.example:443/cb?x=%7e";
        let uri = RedirectUri::parse(&Native, input).expect("a valid URI");
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
}
