//! Where a visitor goes back to after a sign-in or sign-out: never to another origin.
//!
//! RFC 9700 [section 4.11](https://www.rfc-editor.org/rfc/rfc9700#section-4.11).

use crate::protocol::authorization::is_callback_parameter;
use crate::protocol::query;
use crate::protocol::url::{RedirectUri, Url, UrlParser};

const MAX_CHARS: usize = 4_000;

/// A path of this origin with its query and fragment, starting with exactly one slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The first of `wishes` that is sound, else the app's own `fallback`, else the root of the origin.
    ///
    /// Each is resolved by the browser's own parser, and must stay on `here`'s origin. A wish must not
    /// be the callback route itself (which would start the next round of a loop). The fallback may be,
    /// without a response in its query: a static page that is its own redirect URI names itself.
    #[must_use]
    pub fn resolve(
        parser: &impl UrlParser,
        wishes: &[&str],
        fallback: &str,
        here: &Url,
        redirect_uri: &RedirectUri,
    ) -> Self {
        let sound = |text: &str| {
            let url = parser.parse_url(text, Some(here.origin()))?;
            let is_sound = text.len() <= MAX_CHARS
                && url.origin() == here.origin()
                && !url.origin().is_empty();
            is_sound.then_some(url)
        };
        let is_response = |url: &Url| query::names_any(url.search(), is_callback_parameter);
        let wish =
            wishes.iter().filter_map(|wish| sound(wish)).find(|url| !redirect_uri.is_at(url));
        let target = wish.or_else(|| {
            sound(fallback).filter(|url| !redirect_uri.is_at(url) || !is_response(url))
        });
        Self(target.map_or_else(|| "/".into(), |url| local_path(&url)))
    }

    /// The path, query and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Rebuilt with exactly one slash, because `https://app.example//evil.example` is on our origin while
/// its path alone, given to a router, is not.
fn local_path(url: &Url) -> String {
    ["/", url.local().trim_start_matches(['/', '\\'])].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Native;

    fn resolved(wish: &str) -> String {
        let here = Native.parse_url("https://app.example/deep?x=1#y", None).expect("a URL");
        let redirect_uri = RedirectUri::parse(&Native, "https://app.example/cb").expect("sound");
        ReturnTo::resolve(&Native, &[wish], "/fallback", &here, &redirect_uri).0
    }

    #[test]
    fn r48_hostile_targets_fall_back() {
        let long = "/".to_owned() + &"a".repeat(10_000);
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
    fn r48_the_fallback_is_judged_too() {
        let here = Native.parse_url("https://app.example/cb", None).expect("a URL");
        let redirect_uri = RedirectUri::parse(&Native, "https://app.example/cb").expect("sound");
        let hostile = "//evil.test";
        let target = ReturnTo::resolve(&Native, &[hostile], hostile, &here, &redirect_uri);
        assert_eq!(target.as_str(), "/");
    }

    #[test]
    fn r51_a_page_that_is_its_own_redirect_uri_may_be_the_fallback() {
        let here = Native.parse_url("https://app.example/project/", None).expect("a URL");
        let uri = "https://app.example/project/";
        let redirect_uri = RedirectUri::parse(&Native, uri).expect("sound");
        let resolved = |wish: &str, fallback: &str| {
            ReturnTo::resolve(&Native, &[wish], fallback, &here, &redirect_uri).0
        };
        assert_eq!(resolved("/project/", "/project/?lang=de"), "/project/?lang=de");
        assert_eq!(resolved("/project/", "/"), "/", "as a wish it would go round");
        assert_eq!(resolved("/project/", "/project/?code=1&state=2"), "/");
    }
}
