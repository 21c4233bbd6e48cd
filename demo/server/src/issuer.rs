//! The issuers of this server: its origin, and one below `/tenant/` for each name.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::state::SharedState;

/// The path of an issuer below the origin: empty, or `/tenant/<name>`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Issuer {
    pub(crate) path: String,
    pub(crate) url: String,
}

impl Issuer {
    /// Returns the issuer that the path of a request belongs to, and the path below it.
    pub(crate) fn of_path<'a>(origin: &str, path: &'a str) -> (Self, &'a str) {
        // RFC 8414 section 3.1 inserts the well-known path ahead of the path of the issuer.
        let (path, is_inserted) = match path.strip_prefix(METADATA_PATH) {
            Some(rest) if rest.starts_with('/') => (rest, true),
            _ => (path, false),
        };
        let tenant =
            path.strip_prefix("/tenant/").map(|rest| rest.split('/').next().unwrap_or(rest));
        let length = tenant.map_or(0, |name| "/tenant/".len() + name.len());
        let (own, below) = path.split_at(length);
        let issuer = Self { path: own.into(), url: format!("{origin}{own}") };
        (issuer, if is_inserted { METADATA_PATH } else { below })
    }
}

impl FromRequestParts<SharedState> for Issuer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &SharedState) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// Where [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414) publishes the metadata.
pub(crate) const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_the_issuer() {
        for (path, own, below) in [
            ("/auth/token", "", "/auth/token"),
            ("/tenant/a/auth/token", "/tenant/a", "/auth/token"),
            ("/tenant/a", "/tenant/a", ""),
            ("/.well-known/oauth-authorization-server", "", METADATA_PATH),
            ("/.well-known/oauth-authorization-server/tenant/a", "/tenant/a", METADATA_PATH),
        ] {
            let (issuer, rest) = Issuer::of_path("http://h", path);
            assert_eq!((issuer.path.as_str(), rest), (own, below), "{path}");
            assert_eq!(issuer.url, format!("http://h{own}"));
        }
    }
}
