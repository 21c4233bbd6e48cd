//! Text cut at one ASCII character.
//!
//! By bytes: with `split_once`, `rsplit_once` and `split` of the standard library, whose search
//! takes any pattern, the npm package is 578 bytes (brotli) larger. `clippy.toml` forbids them.

/// Returns the text before the first `separator`, and the text after it if there is one.
pub(crate) fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    around(text, text.bytes().position(|byte| byte == separator))
}

/// Returns the text before the last `separator`, and the text after it if there is one.
pub(crate) fn cut_last(text: &str, separator: u8) -> (&str, Option<&str>) {
    around(text, text.bytes().rposition(|byte| byte == separator))
}

/// Returns the parts between the separators, as `str::split` does.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (part, more) = cut(rest?, separator);
        rest = more;
        Some(part)
    })
}

fn around(text: &str, separator: Option<usize>) -> (&str, Option<&str>) {
    match separator {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_first_or_the_last_separator() {
        assert_eq!(cut("a=b=c", b'='), ("a", Some("b=c")));
        assert_eq!(cut_last("a=b=c", b'='), ("a=b", Some("c")));
        assert_eq!(cut("=", b'='), ("", Some("")));
        for text in ["", "a", "\u{e9}"] {
            assert_eq!((cut(text, b'='), cut_last(text, b'=')), ((text, None), (text, None)));
        }
    }

    #[test]
    fn a_text_is_split_as_by_the_standard_library() {
        for text in ["", "&", "a", "a&b", "&a&&b&", "\u{e9}&\u{1f600}"] {
            assert!(split(text, b'&').eq(text.split('&')), "{text}");
        }
    }
}
