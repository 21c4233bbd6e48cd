//! The authorization response: recognised, removed from the address, and validated.
//!
//! RFC 6749 [section 4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2).

use std::time::Duration;

use crate::codec::{Url, UrlParser, query};
use crate::error::{Error, ErrorCode, OAuthError, Result};
use crate::protocol::oauth_error;
use crate::protocol::other_client::OtherClient;
use crate::protocol::parameters::is_callback_parameter;
use crate::protocol::redirect_uri::RedirectUri;
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::protocol::transaction::Transaction;
use crate::secret::AuthorizationCode;
use crate::time::UnixTime;

/// The parameters of an address that may carry an authorization response. `Debug` shows no
/// parameter.
pub struct AuthorizationResponse(Vec<(String, String)>);

/// The owner of the pending sign-in that a `state` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateOwner {
    /// This client.
    ThisClient,
    /// Another client on this origin.
    OtherClient,
    /// No client that is known on this origin.
    Unknown,
}

/// What a response is validated against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The sign-in that its `state` names, if it is known.
    pub transaction: Option<&'a Transaction>,
    /// The other clients that are known on this origin.
    pub other_clients: &'a [OtherClient],
    /// The address at which the response arrived.
    pub arrived_at: &'a Url,
    /// The time.
    pub now: UnixTime,
    /// How long a sign-in may take.
    pub lifetime: Duration,
}

impl AuthorizationResponse {
    /// Reads the query of an address. The fragment is not read, because no request of this crate
    /// asks for a response there.
    #[must_use]
    pub fn read(location: &Url) -> Self {
        Self(query::parse(location.search()))
    }

    /// Returns whether this is a response to this client, given the owner of its `state`. If it is
    /// not, the address belongs to the app or to another client, and is left alone.
    ///
    /// With a known `state`, a response is this client's at any path, because hosts add or drop a
    /// slash or `.html`. With an unknown `state`, it is one at exactly the redirect URI. Without
    /// `state`, it is one only while a sign-in is pending, because `?code=SAVE10` may be the app's
    /// own. `is_pending` is asked only then.
    #[must_use]
    pub fn is_for(
        &self,
        location: &Url,
        registration: &Registration,
        owner: StateOwner,
        is_pending: impl FnOnce() -> bool,
    ) -> bool {
        let is_response = self.has("code") || self.has("error");
        match owner {
            StateOwner::ThisClient => is_response || self.has("response"),
            StateOwner::OtherClient => false,
            StateOwner::Unknown => {
                registration.redirect_uri.is_at(location)
                    && ((is_response && self.has("state"))
                        || ((is_response || self.has("response")) && is_pending()))
            }
        }
    }

    /// Returns the address without the response. Of its query, only the redirect URI's own part is
    /// kept, because servers add parameters of their own (`session_state`, `error_reason`). With a
    /// known `state`, the fragment is removed too. Otherwise only Facebook's `#_=_` is.
    #[must_use]
    pub fn cleaned(location: &Url, registration: &Registration, owner: StateOwner) -> String {
        let hash = match (owner, location.hash()) {
            (StateOwner::ThisClient, _) | (_, "#_=_") => "",
            (_, hash) => hash,
        };
        let search = registration.redirect_uri.search();
        [location.origin(), location.pathname(), search, hash].concat()
    }

    /// Returns an address that the app's router has gone to since the response arrived, without the
    /// parameters of the response; `None` if it does not carry them.
    #[must_use]
    pub fn cleaned_elsewhere(&self, location: &Url) -> Option<String> {
        let state = self.first("state")?;
        let is_carried = Self::read(location).first("state") == Some(state);
        let search = query::without(location.search(), is_callback_parameter);
        is_carried
            .then(|| [location.origin(), location.pathname(), &search, location.hash()].concat())
    }

    /// Returns the transactions that this response names. All are consumed, even if it is invalid.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.all("state").filter_map(State::parse)
    }

    /// Validates the response against the transaction its `state` names.
    ///
    /// The order of these checks is a security property. Duplicates come first, so that no check
    /// sees one value while the next step uses another. Then comes `iss`, then `state`: a response
    /// must prove its origin before its content counts, so a forged `error` never looks like a
    /// refusal. A response that names another client's issuer, or arrives at another client's
    /// redirect URI, comes from another server (RFC 9700 [section
    /// 4.4](https://www.rfc-editor.org/rfc/rfc9700#section-4.4)). An error without a required `iss`
    /// is refused as well. It keeps its cause if its `state` is known, so that a developer can find
    /// it.
    ///
    /// # Errors
    /// The kinds `InvalidResponse`, `UnknownTransaction` and `AuthorizationDenied`.
    pub fn validate(
        &self,
        parser: &impl UrlParser,
        registration: &Registration,
        expected: Expected<'_>,
    ) -> Result<AuthorizationCode> {
        self.refuse_duplicates()?;
        let issuer = self.validate_origin(parser, registration, expected);
        let state = self.validate_state(expected);
        if let Err(refused) = issuer {
            return Err(match self.first("error") {
                Some(error) if refused.code() == ErrorCode::IssuerMissing && state.is_ok() => {
                    Error::new(ErrorCode::IssuerMissing).with_oauth(self.said(parser, error))
                }
                _ => refused,
            });
        }
        state?;
        if self.has("response") {
            return Err(Error::new(ErrorCode::UnexpectedParameter).with_detail("response"));
        }
        match (self.first("code"), self.first("error")) {
            (Some(_), Some(_)) => Err(Error::new(ErrorCode::CodeAndError)),
            (None, Some(error)) => Err(self.refusal(parser, error)),
            (Some(code), None) => AuthorizationCode::parse(code.into()).ok_or_else(unusable_code),
            (None, None) => Err(unusable_code()),
        }
    }

    fn refuse_duplicates(&self) -> Result<()> {
        const ONCE: [&str; 5] = ["code", "error", "iss", "response", "state"];
        for name in &ONCE {
            if self.all(name).count() > 1 {
                return Err(Error::new(ErrorCode::DuplicateParameter).with_detail(name));
            }
        }
        Ok(())
    }

    fn validate_origin(
        &self,
        parser: &impl UrlParser,
        registration: &Registration,
        expected: Expected<'_>,
    ) -> Result<()> {
        let Expected { other_clients, arrived_at, .. } = expected;
        registration.server.validate_issuer(self.first("iss"), other_clients)?;
        let is_at_others = |other: &OtherClient| {
            RedirectUri::parse(parser, &other.redirect_uri).is_ok_and(|uri| uri.is_at(arrived_at))
        };
        if !registration.redirect_uri.is_at(arrived_at) && other_clients.iter().any(is_at_others) {
            return Err(Error::new(ErrorCode::IssuerMismatch));
        }
        Ok(())
    }

    fn validate_state(&self, expected: Expected<'_>) -> Result<()> {
        let Expected { transaction, now, lifetime, .. } = expected;
        let Some(returned) = self.first("state") else {
            return Err(Error::new(ErrorCode::MissingState));
        };
        match transaction {
            Some(own) if State::parse(returned).as_ref() != Some(&own.state) => {
                Err(Error::new(ErrorCode::UnknownState))
            }
            Some(own) if own.is_expired(now, lifetime) => {
                Err(Error::new(ErrorCode::TransactionExpired))
            }
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorCode::UnknownState)),
        }
    }

    fn refusal(&self, parser: &impl UrlParser, error: &str) -> Error {
        let said = self.said(parser, error);
        let code = match said.error.as_str() {
            // Some servers send the second if the user presses "Refuse".
            "access_denied" | "consent_required" => ErrorCode::AccessDenied,
            error if oauth_error::is_temporary(error) => ErrorCode::AuthorizationUnavailable,
            _ => ErrorCode::AuthorizationError,
        };
        Error::new(code).with_oauth(said)
    }

    fn said(&self, parser: &impl UrlParser, error: &str) -> OAuthError {
        let [description, uri] = ["error_description", "error_uri"].map(|name| self.first(name));
        oauth_error::clean(parser, error, description, uri)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

impl std::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthorizationResponse(secret)")
    }
}

fn unusable_code() -> Error {
    Error::new(ErrorCode::UnexpectedParameter).with_detail("code")
}

#[cfg(test)]
mod tests;
