//! The client as it is registered: its identifier, its server, and its redirect URI.

use crate::codec::query;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::redirect_uri::RedirectUri;
use crate::protocol::server::AuthorizationServer;

/// A public client of one authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The server that issues the tokens.
    pub server: AuthorizationServer,
    /// The client identifier. A browser app is a public client (RFC 6749 section 2.1) and has no
    /// secret.
    pub client_id: String,
    /// The redirect URI, at which responses arrive.
    pub redirect_uri: RedirectUri,
}

impl Registration {
    /// Validates the client identifier, and joins the three.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidOption`] if the client identifier is empty or not visible ASCII (RFC
    /// 6749 [appendix A.1](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1)).
    pub fn new(
        server: AuthorizationServer,
        client_id: &str,
        redirect_uri: RedirectUri,
    ) -> Result<Self> {
        if client_id.is_empty() || !client_id.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
            return Err(Error::new(ErrorCode::InvalidOption).with_detail("clientId"));
        }
        Ok(Self { server, client_id: client_id.into(), redirect_uri })
    }

    /// Returns the name that begins the keys of all records of this client at this server. Two
    /// clients on one origin never touch each other's records, and no other endpoint gets a token
    /// of this one. The name is safe in storage keys and cookie names.
    ///
    /// It is plain text, so that `stored.js` of the npm package finds the record of the session
    /// without the module. Both sides must build the same name.
    #[must_use]
    pub fn namespace(&self) -> String {
        let mut name = PREFIX.to_owned();
        escape_into(&mut name, &self.client_id);
        name.push('.');
        escape_into(&mut name, &self.server.binding());
        name
    }
}

/// The beginning of all keys of this package.
pub(crate) const PREFIX: &str = "basic-oauth.";

/// Escapes like JavaScript's `encodeURIComponent`, and also the full stop, which separates the parts
/// of a key, and the tilde, which separates the parts of a cookie.
fn escape_into(name: &mut String, text: &str) {
    for byte in text.bytes() {
        query::push_escaped(name, byte, b"-_!*'()");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::endpoint::Endpoint;
    use crate::testing::Native;

    pub(crate) fn registration(server: &str, client_id: &str) -> Registration {
        let server = AuthorizationServer::basic_at(&Native, server).expect("a valid origin");
        let redirect_uri =
            RedirectUri::parse(&Native, "https://app.example/cb").expect("a valid URI");
        Registration::new(server, client_id, redirect_uri).expect("a valid client")
    }

    #[test]
    fn r25_r148_clients_and_servers_have_namespaces_of_their_own() {
        let names = [
            registration("https://a.example", "x").namespace(),
            registration("https://a.example", "y").namespace(),
            registration("https://b.example", "x").namespace(),
        ];
        assert!(names[0] != names[1] && names[0] != names[2] && names[1] != names[2]);
        let evil = Endpoint::parse(&Native, "https://evil.example/token", "test")
            .expect("a valid endpoint");
        let mut other = registration("https://a.example", "x");
        other.server.token_endpoint = evil;
        assert_ne!(other.namespace(), names[0], "another token endpoint");
        assert_eq!(
            names[0], "basic-oauth.x.https%3A%2F%2Fa%2Eexample%2Fauth%2Ftoken",
            "as stored.js builds it"
        );
        let odd = registration("https://a.example", "a.b~c").namespace();
        assert!(odd.starts_with("basic-oauth.a%2Eb%7Ec."), "{odd}");
    }

    #[test]
    fn an_odd_client_id_is_refused() {
        let valid = registration("https://a.example", "x");
        for id in ["", "a\nb", "\u{e9}"] {
            let refused = Registration::new(valid.server.clone(), id, valid.redirect_uri.clone());
            assert_eq!(refused.expect_err("refused").code(), ErrorCode::InvalidOption);
        }
    }
}
