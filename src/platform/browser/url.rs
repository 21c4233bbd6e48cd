//! The browser's own URL parser.

use crate::codec::Url;

pub(super) fn parse(input: &str, base: Option<&str>) -> Option<Url> {
    // Only a fragment can be relative to this base, and the result has no origin.
    let url = web_sys::Url::new_with_base(input, base.unwrap_or("about:blank"));
    url.ok().map(|url| Url::new(url.href(), &url.origin()))
}
