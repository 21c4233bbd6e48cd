//! Base64url without padding, RFC 4648 [section
//! 5](https://www.rfc-editor.org/rfc/rfc4648#section-5): octets as text that is safe in URLs,
//! storage keys and cookie names.

use base64ct::{Base64UrlUnpadded, Encoding as _};

/// Encodes octets.
pub(crate) fn encode(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}
