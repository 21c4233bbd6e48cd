//! The browser's own URL parser.

use crate::protocol::Url;

pub(super) fn parse(input: &str, base: Option<&str>) -> Option<Url> {
    let url = match base {
        Some(base) => web_sys::Url::new_with_base(input, base),
        None => web_sys::Url::new(input),
    };
    url.ok().map(|url| Url::new(url.href(), &url.origin()))
}
