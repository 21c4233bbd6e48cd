//! The browser's own URL parser.

use crate::codec::Url;

pub(super) fn parse(input: &str, base: Option<&str>) -> Option<Url> {
    // Nothing is relative to this base but a mere fragment, which then has no origin to go to.
    let url = web_sys::Url::new_with_base(input, base.unwrap_or("about:blank"));
    url.ok().map(|url| Url::new(url.href(), &url.origin()))
}
