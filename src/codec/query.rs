//! `application/x-www-form-urlencoded`, the format of queries and of form bodies: RFC 6749
//! [appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B).

use crate::codec::text;

/// Decodes a query, with or without its question mark, into name and value pairs in order.
///
/// Duplicates stay visible. `URLSearchParams.get` hides all but the first.
#[must_use]
pub fn parse(query: &str) -> Vec<(String, String)> {
    segments(query)
        .map(|segment| {
            let (name, value) = text::cut(segment, b'=');
            (decode(name), decode(value.unwrap_or_default()))
        })
        .collect()
}

/// Encodes pairs as a query without question mark, or as a form body.
#[must_use]
pub fn encode(pairs: &[(&str, &str)]) -> String {
    // The text has its full length from the start, because growing it would leave copies of a
    // secret behind.
    let longest = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut out = String::with_capacity(longest);
    for (name, value) in pairs {
        push(&mut out, name, value);
    }
    out
}

/// Appends a pair to an encoded query.
pub fn push(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() && !out.ends_with('?') {
        out.push('&');
    }
    encode_into(out, name);
    out.push('=');
    encode_into(out, value);
}

/// Removes the parameters that `is_ours` names, and keeps the others byte for byte.
///
/// The result is empty, or begins with a question mark.
#[must_use]
pub fn without(query: &str, is_ours: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    for segment in segments(query) {
        let (name, _) = text::cut(segment, b'=');
        if !is_ours(&decode(name)) {
            out.push(if out.is_empty() { '?' } else { '&' });
            out.push_str(segment);
        }
    }
    out
}

/// Returns whether a parameter of the query has a name for which `is_meant` is true.
pub(crate) fn names_any(query: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    parse(query).iter().any(|(name, _)| is_meant(name))
}

fn segments(query: &str) -> impl Iterator<Item = &str> {
    let query = query.strip_prefix('?').unwrap_or(query);
    text::split(query, b'&').filter(|segment| !segment.is_empty())
}

/// Decodes one name or value.
#[must_use]
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        out.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => first,
            },
            _ => first,
        });
    }
    // What is not UTF-8 is no value of the protocol. It becomes empty, and a check for it fails.
    String::from_utf8(out).unwrap_or_default()
}

/// Encodes one name or value.
#[must_use]
pub fn encode_component(text: &str) -> String {
    let mut out = String::with_capacity(3 * text.len());
    encode_into(&mut out, text);
    out
}

fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            _ => push_escaped(out, byte, b"*-._"),
        }
    }
}

/// Appends a byte as it is if it is a letter, a digit or one of `kept`, else its percent-encoding.
pub(crate) fn push_escaped(out: &mut String, byte: u8, kept: &[u8]) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r52_odd_characters_survive_the_round_trip() {
        let value = "+ & = % space \u{e9} %2B \u{1f980} '()~!";
        let encoded = encode(&[("code", value), ("a b", "")]);
        assert_eq!(parse(&encoded), [("code".into(), value.into()), ("a b".into(), String::new())]);
    }

    #[test]
    fn encoding_is_the_one_browsers_use() {
        assert_eq!(encode(&[("scope", "a b*-._~\u{e9}")]), "scope=a+b*-._%7E%C3%A9");
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        let pairs = parse("?a=%&b=%4&c=%zz&d&=e&&f=%ff");
        let names: Vec<_> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(names, [("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", ""), ("", "e"), ("f", "")]);
    }

    #[test]
    fn r41_only_our_parameters_go_and_the_rest_stays_byte_for_byte() {
        let cleaned = without("?a=%7e&code=1&b&c%6Fde=2&state=3", |n| n == "code" || n == "state");
        assert_eq!(cleaned, "?a=%7e&b");
        assert_eq!(without("?code=1", |n| n == "code"), "");
    }
}
