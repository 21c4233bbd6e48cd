//! What a sign-in asks for beyond OAuth 2.0. It travels in the record of the transaction.

use std::rc::Rc;

use crate::codec::UrlParser;
use crate::protocol::openid::found_server;
use crate::protocol::registration::Registration;
use crate::time::{decimal, push_decimal};

/// What a sign-in asks for beyond OAuth 2.0.
#[derive(Clone, Debug, Default)]
pub struct OpenIdTransaction {
    /// The client at the server that was found for this sign-in. The code goes there, even if the
    /// metadata names another by then. `None`: the configured server.
    pub registration: Option<Rc<Registration>>,
    /// The subject that a handle stands for; empty if the user did not give one.
    pub subject: String,
    /// The longest time since the user's last authentication, in seconds.
    pub max_age: Option<u64>,
    /// The authentication contexts to choose from, separated by spaces; empty: any.
    pub acr_values: String,
}

impl OpenIdTransaction {
    /// Returns the fields of the record.
    #[must_use]
    pub fn to_fields(&self) -> [String; 4] {
        let server = self.registration.as_ref().map(|found| found_server::write(&found.server));
        let mut max_age = String::new();
        if let Some(seconds) = self.max_age {
            push_decimal(&mut max_age, seconds);
        }
        [server.unwrap_or_default(), self.subject.clone(), max_age, self.acr_values.clone()]
    }

    /// Reads the fields of the record. `None` if any of them is invalid.
    #[must_use]
    pub fn from_fields(
        parser: &impl UrlParser,
        configured: &Registration,
        [server, subject, max_age, acr_values]: [&str; 4],
    ) -> Option<Self> {
        Some(Self {
            registration: found_server::read(parser, configured, server)?,
            subject: subject.into(),
            max_age: match max_age {
                "" => None,
                text => Some(decimal(text)?),
            },
            acr_values: acr_values.into(),
        })
    }
}
