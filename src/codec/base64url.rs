//! Base64url without padding, RFC 4648 [section
//! 5](https://www.rfc-editor.org/rfc/rfc4648#section-5): octets as text that is safe in URLs,
//! storage keys and cookie names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes octets.
pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}
