//! The authorization response: recognised, cleaned out of the address, and judged.
//!
//! RFC 6749 [section 4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2).

use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::protocol::authorization::is_callback_parameter;
use crate::protocol::registration::Registration;
use crate::protocol::state::State;
use crate::protocol::transaction::Transaction;
use crate::protocol::url::{Url, UrlParser};
use crate::protocol::{oauth_error, query};
use crate::secret::AuthorizationCode;
use crate::time::UnixTime;

/// The callback parameters of the current address. `Debug` shows none of them.
pub struct AuthorizationResponse(Vec<(String, String)>);

impl AuthorizationResponse {
    /// Recognises a response at `location`; `None` leaves the address to the app.
    ///
    /// At the redirect URI, `state` with `code` or `error` is a response, known or not. Without
    /// `state` it is one only while a sign-in is pending, because `?code=SAVE10` may be the app's.
    /// The query alone is read: a token or code in the fragment is not what was asked for.
    #[must_use]
    pub fn read(location: &Url, registration: &Registration, is_pending: bool) -> Option<Self> {
        if !registration.redirect_uri.is_at(location) {
            return None;
        }
        let response = Self(query::parse(location.search()));
        let answers = response.has("code") || response.has("error");
        let is_ours = (answers && (response.has("state") || is_pending))
            || (response.has("response") && is_pending);
        is_ours.then_some(response)
    }

    /// The address without the callback parameters; everything else of it is kept.
    #[must_use]
    pub fn cleaned(location: &Url) -> String {
        let search = query::without(location.search(), is_callback_parameter);
        [location.origin(), location.pathname(), &search, location.hash()].concat()
    }

    /// The transactions this response names: all are consumed, whatever else is wrong with it.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.all("state").filter_map(State::parse)
    }

    /// Judges the response against the transaction its `state` names.
    ///
    /// The order of these checks is a security property. Duplicates first, so that no check looks at
    /// one value while the next step uses another. Then `iss`, then `state`: only a response that
    /// proved where it comes from may speak, so a forged `error` never looks like a refusal.
    ///
    /// # Errors
    /// The kinds `InvalidResponse`, `UnknownTransaction` and `AuthorizationDenied`.
    pub fn judge(
        &self,
        parser: &impl UrlParser,
        registration: &Registration,
        transaction: Option<&Transaction>,
        now: UnixTime,
        lifetime: Duration,
    ) -> Result<AuthorizationCode> {
        self.refuse_duplicates()?;
        registration.server.judge_issuer(self.first("iss"))?;
        self.judge_state(transaction, now, lifetime)?;
        if self.has("response") {
            return Err(Error::about(Code::UnexpectedParameter, "response"));
        }
        match (self.first("code"), self.first("error")) {
            (Some(_), Some(_)) => Err(Error::new(Code::CodeAndError)),
            (None, Some(error)) => Err(self.refusal(parser, error)),
            (Some(code), None) => AuthorizationCode::parse(code.into()).ok_or_else(unusable_code),
            (None, None) => Err(unusable_code()),
        }
    }

    fn refuse_duplicates(&self) -> Result<()> {
        const ONCE: [&str; 5] = ["code", "error", "iss", "response", "state"];
        for name in &ONCE {
            if self.all(name).count() > 1 {
                return Err(Error::about(Code::DuplicateParameter, name));
            }
        }
        Ok(())
    }

    fn judge_state(
        &self,
        transaction: Option<&Transaction>,
        now: UnixTime,
        lifetime: Duration,
    ) -> Result<()> {
        let Some(returned) = self.first("state") else {
            return Err(Error::new(Code::MissingState));
        };
        match transaction {
            Some(own) if State::parse(returned).as_ref() != Some(&own.state) => {
                Err(Error::new(Code::UnknownState))
            }
            Some(own) if own.is_expired(now, lifetime) => Err(Error::new(Code::TransactionExpired)),
            Some(_) => Ok(()),
            None => Err(Error::new(Code::UnknownState)),
        }
    }

    fn refusal(&self, parser: &impl UrlParser, error: &str) -> Error {
        let said = oauth_error::clean(
            parser,
            error,
            self.first("error_description"),
            self.first("error_uri"),
        );
        let code = match said.error.as_str() {
            "access_denied" => Code::AccessDenied,
            _ => Code::AuthorizationError,
        };
        Error::said(code, said)
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
    Error::about(Code::UnexpectedParameter, "code")
}

#[cfg(test)]
mod tests;
