//! The other clients on this origin, whose responses must not be taken for this client's.

use crate::codec::record;

/// Another client on this origin: what tells a response to it from one to this client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherClient {
    /// The issuer of its server; empty if it has none.
    pub issuer: String,
    /// Its redirect URI.
    pub redirect_uri: String,
}

impl OtherClient {
    /// Returns the client that a record of a session or a transaction belongs to. `None` for any
    /// other record.
    #[must_use]
    pub fn from_record(text: &str) -> Option<Self> {
        match record::read(text)[..] {
            [record::SESSION | record::TRANSACTION, issuer, _, redirect_uri, ..] => {
                Some(Self { issuer: issuer.into(), redirect_uri: redirect_uri.into() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r34_a_record_says_which_client_it_belongs_to() {
        for kind in [record::SESSION, record::TRANSACTION] {
            let record =
                record::write(&[kind, "https://as.example", "t", "https://app.example/cb", "x"]);
            let client = OtherClient::from_record(record.expose()).expect("a client");
            assert_eq!(client.issuer, "https://as.example");
            assert_eq!(client.redirect_uri, "https://app.example/cb");
        }
        for other in
            ["", "ended 1\na\nb\nc\nd", "1800000000000", record::SESSION, "session 1\na\nb\nc"]
        {
            assert_eq!(OtherClient::from_record(other), None, "{other:?}");
        }
    }
}
