//! Base64url without padding, RFC 4648 [section
//! 5](https://www.rfc-editor.org/rfc/rfc4648#section-5): octets as text that is safe in URLs,
//! storage keys and cookie names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes octets.
pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Decodes text. Returns `None` if it has padding, another character, or bits that belong to no octet:
/// octets have one text only.
///
/// The decoder of the crate `base64` accepts the same texts and is larger, because it is fast.
#[cfg(feature = "openid")]
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 6 && buffer == 0).then_some(octets)
}

#[cfg(all(test, feature = "openid"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn octets_have_one_text_only() {
        for (text, octets) in
            [("", &b""[..]), ("_w", &[255]), ("-_8", &[251, 255]), ("Zm9v", b"foo")]
        {
            assert_eq!(decode(text).as_deref(), Some(octets), "{text}");
        }
        for text in
            ["A", "AAAAA", "_x", "_w==", "-_9", "Zm9v ", "Zm9v\n", "Zm+v", "Zm/v", "Zm\u{e9}"]
        {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_decoded_as_by_the_crate(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }
}
