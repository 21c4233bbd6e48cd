//! What OpenID Connect adds to a session: the server that was found for it, and the ID token.

use std::rc::Rc;

use crate::codec::{Json, JsonCodec, UrlParser};
use crate::protocol::openid::{found_server, jwt};
use crate::protocol::registration::Registration;
use crate::secret::SecretText;

/// What OpenID Connect adds to a session. It is empty in a session of plain OAuth 2.0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenIdSession {
    /// The client at the server that was found by discovery or by a handle. Its endpoints stay those of
    /// the sign-in: metadata that changes later sends no token elsewhere. `None`: the configured server.
    pub registration: Option<Rc<Registration>>,
    /// The subject that user information and later ID tokens must have; empty if it is not known.
    pub subject: String,
    /// The ID token, which was validated when it arrived.
    pub id_token: Option<SecretText>,
}

impl OpenIdSession {
    /// Returns the last fields of the record. A small store (cookies) has no room for the ID token.
    #[must_use]
    pub fn to_fields(&self, is_whole: bool) -> [SecretText; 3] {
        let server = self.registration.as_ref().map(|found| found_server::write(&found.server));
        let id_token = self.id_token.clone().filter(|_| is_whole);
        [
            SecretText::new(server.unwrap_or_default()),
            SecretText::new(self.subject.clone()),
            id_token.unwrap_or_else(|| SecretText::new(String::new())),
        ]
    }

    /// Reads the last fields of the record. `None` if the server is invalid, or is missing for a client
    /// whose server has to be found.
    #[must_use]
    pub fn from_fields(
        parser: &impl UrlParser,
        configured: &Registration,
        [server, subject, id_token]: [&str; 3],
    ) -> Option<Self> {
        Some(Self {
            registration: found_server::read(parser, configured, server)?,
            subject: subject.into(),
            id_token: (!id_token.is_empty()).then(|| SecretText::new(id_token.into())),
        })
    }

    /// Returns the claims of the ID token.
    #[must_use]
    pub fn claims(&self, codec: &impl JsonCodec) -> Option<Json> {
        jwt::claims_of(codec, self.id_token.as_ref()?.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::openid::found_server::tests::{discovering, found};
    use crate::protocol::registration::tests::registration;
    use crate::testing::Native;

    #[test]
    fn r98_a_session_keeps_the_server_that_was_found_for_it() {
        let configured = discovering();
        let session = OpenIdSession {
            registration: Some(Rc::new(Registration { server: found(), ..configured.clone() })),
            subject: "ada".into(),
            id_token: Some(SecretText::new("a.b.c".into())),
        };
        let read = |fields: [SecretText; 3]| {
            let fields = fields.each_ref().map(SecretText::expose);
            OpenIdSession::from_fields(&Native, &configured, fields)
        };
        assert_eq!(read(session.to_fields(true)), Some(session.clone()));
        let lean = read(session.to_fields(false)).expect("valid fields");
        assert_eq!(lean, OpenIdSession { id_token: None, ..session });
    }

    #[test]
    fn a_client_whose_server_has_to_be_found_has_no_session_without_one() {
        assert_eq!(OpenIdSession::from_fields(&Native, &discovering(), ["", "ada", ""]), None);
        let known = registration("https://as.example", "app");
        let session = OpenIdSession::from_fields(&Native, &known, ["", "", ""]);
        assert_eq!(session, Some(OpenIdSession::default()));
        assert_eq!(OpenIdSession::from_fields(&Native, &known, ["x y", "", ""]), None);
    }
}
