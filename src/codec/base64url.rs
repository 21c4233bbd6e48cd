//! Octets as text that is safe in URLs, storage keys and cookie names, RFC 4648
//! [section 5](https://www.rfc-editor.org/rfc/rfc4648#section-5), without padding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One function for octets of any length: the encoder's own is built anew for each.
pub(crate) fn encode(octets: &[u8]) -> String {
    let mut text = vec![0; octets.len().div_ceil(3) * 4];
    // Never fails: there is room. `Engine::encode` would bring the machinery of a panic along.
    let length = URL_SAFE_NO_PAD.encode_slice(octets, &mut text).unwrap_or_default();
    text.truncate(length);
    String::from_utf8(text).unwrap_or_default()
}
