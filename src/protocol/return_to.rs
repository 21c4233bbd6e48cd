//! The place the user returns to after a sign-in or sign-out: never another origin.
//!
//! RFC 9700 [section 4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11).

use crate::codec::{Url, UrlParser, query};
use crate::protocol::parameters::is_callback_parameter;
use crate::protocol::redirect_uri::RedirectUri;

/// The longest path, query and fragment that is kept, in bytes.
const MAX_BYTES: usize = 16_000;

/// A path of this origin with its query and fragment. It starts with exactly one slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Returns the first of `candidates` that is valid, else the app's own `fallback`, else the
    /// folder of the redirect URI.
    ///
    /// The browser's own parser resolves each, and it must stay on the origin of `here`. At the
    /// redirect URI it must not carry a response, which would start the next round of a loop. A
    /// candidate must not be a bare callback page either, on which the user would be stranded. A
    /// page that is its own redirect URI keeps its query and fragment. The fallback may be such a
    /// page.
    #[must_use]
    pub fn resolve(
        parser: &impl UrlParser,
        candidates: &[&str],
        fallback: &str,
        here: &Url,
        redirect_uri: &RedirectUri,
    ) -> Self {
        let valid = |text: &str| {
            let url = parser.parse_url(text, Some(here.origin()))?;
            let is_valid = url.path_query_fragment().len() <= MAX_BYTES
                && url.origin() == here.origin()
                && !url.origin().is_empty()
                && !(redirect_uri.is_at(&url)
                    && query::names_any(url.search(), is_callback_parameter));
            is_valid.then_some(url)
        };
        let candidate =
            candidates.iter().filter_map(|path| valid(path)).find(|url| !redirect_uri.is_bare(url));
        let target = candidate.or_else(|| valid(fallback));
        Self(target.map_or_else(|| redirect_uri.folder().into(), |url| local_path(&url)))
    }

    /// Returns the path, query and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Rebuilds the path with exactly one slash. `https://app.example//evil.example` is of this origin,
/// but its path alone, given to a router, is not.
fn local_path(url: &Url) -> String {
    ["/", url.path_query_fragment().trim_start_matches(['/', '\\'])].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    fn resolved(wish: &str) -> String {
        let here = Native.parse_url("https://app.example/deep?x=1#y", None).expect("a URL");
        let redirect_uri =
            RedirectUri::parse(&Native, "https://app.example/cb").expect("a valid URI");
        ReturnTo::resolve(&Native, &[wish], "/fallback", &here, &redirect_uri).0
    }

    #[test]
    fn r48_hostile_targets_fall_back() {
        let long = "/".to_owned() + &"a".repeat(16_000);
        let hostile = [
            "//evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "\t//evil.test",
            "\n//evil.test",
            "//evil@app.example@evil.test",
            "http:evil.test",
            "\u{0}https://evil.test",
            "https://evil.test",
            "http://app.example/",
            "https://app.example.evil.test/",
            "https://app.example@evil.test/",
            "https://user@app.example/",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "blob:https://app.example/x",
            "https://app.example:444/",
            &long,
        ];
        for wish in hostile {
            assert_eq!(resolved(wish), "/fallback", "{wish:?}");
        }
    }

    #[test]
    fn r48_a_local_target_is_rebuilt_with_one_leading_slash() {
        let cases = [
            ("/a?b=c#d", "/a?b=c#d"),
            ("", "/"),
            ("https://app.example/a", "/a"),
            ("https://app.example//evil.test/x", "/evil.test/x"),
            ("https:///app.example/a", "/a"),
            ("%2f%2fevil.test", "/%2f%2fevil.test"),
            ("/%09/evil.test", "/%09/evil.test"),
            ("/.//evil.test", "/evil.test"),
            ("a/../b", "/b"),
        ];
        for (wish, expected) in cases {
            assert_eq!(resolved(wish), expected, "{wish:?}");
        }
    }

    #[test]
    fn r51_the_callback_route_is_no_target_but_an_apps_own_code_is_kept() {
        assert_eq!(resolved("/cb?code=1&state=2"), "/fallback");
        assert_eq!(resolved("/cb"), "/fallback");
        assert_eq!(resolved("/shop?code=SAVE10&state=NY"), "/shop?code=SAVE10&state=NY");
    }

    #[test]
    fn deep_links_of_16_000_characters_are_kept() {
        let long = "/".to_owned() + &"a".repeat(15_999);
        assert_eq!(resolved(&long), long);
    }

    #[test]
    fn r51_a_page_that_is_its_own_redirect_uri_keeps_its_query_and_fragment() {
        let resolved = |uri: &str, wish: &str| {
            let uri = ["https://app.example", uri].concat();
            let here = Native.parse_url(&uri, None).expect("a URL");
            let redirect_uri = RedirectUri::parse(&Native, &uri).expect("a valid URI");
            ReturnTo::resolve(&Native, &[wish], redirect_uri.folder(), &here, &redirect_uri).0
        };
        for (uri, wish, expected) in [
            ("/", "/#/orders/17?tab=2", "/#/orders/17?tab=2"),
            ("/", "/?page=2", "/?page=2"),
            ("/", "/", "/"),
            ("/index.php?route=callback", "/index.php?route=order", "/index.php?route=order"),
            ("/index.php?route=callback", "/index.php", "/index.php"),
            ("/index.php?route=callback", "/index.php?route=callback", "/"),
            ("/index.php?route=callback", "/index.php?route=callback&code=1&state=2", "/"),
            ("/", "/?code=1&state=2", "/"),
            ("/project/callback", "/project/callback/", "/project/"),
            ("/project/callback", "/project/callback.html", "/project/"),
        ] {
            assert_eq!(resolved(uri, wish), expected, "{wish} with redirect URI {uri}");
        }
    }

    #[test]
    fn r48_the_fallback_is_validated_too() {
        let here = Native.parse_url("https://app.example/cb", None).expect("a URL");
        let redirect_uri =
            RedirectUri::parse(&Native, "https://app.example/cb").expect("a valid URI");
        let hostile = "//evil.test";
        let target = ReturnTo::resolve(&Native, &[hostile], hostile, &here, &redirect_uri);
        assert_eq!(target.as_str(), "/");
    }

    #[test]
    fn r51_a_page_that_is_its_own_redirect_uri_may_be_the_fallback() {
        let here = Native.parse_url("https://app.example/project/", None).expect("a URL");
        let uri = "https://app.example/project/";
        let redirect_uri = RedirectUri::parse(&Native, uri).expect("a valid URI");
        let resolved = |wish: &str, fallback: &str| {
            ReturnTo::resolve(&Native, &[wish], fallback, &here, &redirect_uri).0
        };
        assert_eq!(resolved("/project/", "/project/?lang=de"), "/project/?lang=de");
        assert_eq!(resolved("/project/", "/"), "/", "as a candidate it would loop");
        assert_eq!(resolved("/project/", "/project/?code=1&state=2"), "/project/");
        assert_eq!(resolved("/project/", "//evil.test"), "/project/");
    }
}
