//! Origins: the servers that may get an access token.

use crate::codec::{Url, UrlParser};
use crate::error::{Error, ErrorCode, Result};

/// A secure origin: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Validates an origin. A path after it is ignored.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidApiOrigin`] if it is not `https` (or `http` on a loopback host).
    pub fn parse(parser: &impl UrlParser, input: &str) -> Result<Self> {
        match parser.parse_url(input, None) {
            Some(url) if url.is_secure() => Ok(Self::of(&url)),
            _ => Err(Error::new(ErrorCode::InvalidApiOrigin)),
        }
    }

    /// Takes the origin of a URL that has been validated.
    pub(super) fn of(url: &Url) -> Self {
        Self(url.origin().into())
    }

    /// Returns the serialised origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether `url` is of this origin, and may get a token.
    #[must_use]
    pub fn holds(&self, url: &Url) -> bool {
        url.origin() == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    #[test]
    fn r102_a_look_alike_origin_gets_no_token() {
        let origin = Origin::parse(&Native, "https://api.app").expect("a valid origin");
        for input in [
            "https://api.app.evil/",
            "http://api.app/",
            "https://api.app:444/",
            "https://u@api.app/",
        ] {
            let url = Native.parse_url(input, None).expect("a URL");
            assert!(!origin.holds(&url), "{input}");
        }
        let own = Native.parse_url("https://api.app/notes?x=1", None).expect("a URL");
        assert!(origin.holds(&own));
    }
}
