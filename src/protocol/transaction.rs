//! A transaction: what has to be remembered of a sign-in while the browser is away.
//!
//! One record per `state`, so that two tabs can sign in at once; each is used once and expires.

use std::time::Duration;

use crate::protocol::json::Json;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::state::State;
use crate::time::UnixTime;

/// How many sign-ins may be under way at once; beyond it the oldest is forgotten.
pub const MAX_PENDING: usize = 10;

const VERSION: f64 = 1.0;

/// A sign-in that is under way.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The name of this sign-in.
    pub state: State,
    /// What proves that the code was asked for here.
    pub verifier: CodeVerifier,
    /// What was asked for.
    pub scope: Scope,
    /// Where the visitor wants to be afterwards. To be judged again when it is read.
    pub return_to: String,
    /// When it began.
    pub created_at: UnixTime,
}

impl Transaction {
    /// The record as it is stored, bound to the server and client it was made for.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in a double")]
    pub fn to_json(&self, registration: &Registration) -> Json {
        Json::object([
            ("v", Json::Number(VERSION)),
            ("state", self.state.as_str().into()),
            ("verifier", self.verifier.expose().into()),
            ("issuer", registration.server.identity().into()),
            ("token_endpoint", registration.server.token_endpoint.as_str().into()),
            ("client_id", registration.client_id.as_str().into()),
            ("redirect_uri", registration.redirect_uri.as_str().into()),
            ("scope", self.scope.as_str().into()),
            ("return_to", self.return_to.as_str().into()),
            ("created_at", Json::Number(self.created_at.as_millis() as f64)),
        ])
    }

    /// Reads a record back. One that was made for another server, client or redirect URI, or that
    /// was tampered with, is none: the code must never reach a token endpoint it was not issued for
    /// (RFC 9700 [section 4.4](https://www.rfc-editor.org/rfc/rfc9700#section-4.4)).
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    pub fn from_json(mut json: Json, registration: &Registration) -> Option<Self> {
        let bound = [
            ("issuer", registration.server.identity()),
            ("token_endpoint", registration.server.token_endpoint.as_str()),
            ("client_id", registration.client_id.as_str()),
            ("redirect_uri", registration.redirect_uri.as_str()),
        ];
        if json.number("v") != Some(VERSION)
            || bound.iter().any(|(name, own)| json.text(name) != Some(own))
        {
            return None;
        }
        Some(Self {
            state: State::parse(json.text("state")?)?,
            verifier: CodeVerifier::parse(json.take_text("verifier")?)?,
            scope: Scope::parse(json.text("scope")?).ok()?,
            return_to: json.take_text("return_to")?,
            created_at: UnixTime::from_millis(json.number("created_at")? as i64),
        })
    }

    /// Whether it began longer than `lifetime` ago, or so far in the future that the clock must
    /// have been set back.
    #[must_use]
    pub fn is_expired(&self, now: UnixTime, lifetime: Duration) -> bool {
        now.since(self.created_at) > lifetime || self.created_at.since(now) > lifetime
    }
}

/// Which of the stored records are to be dropped, given what each key was read as: the unreadable,
/// the expired, and the oldest beyond [`MAX_PENDING`].
#[must_use]
pub fn stale(
    mut records: Vec<(String, Option<Transaction>)>,
    now: UnixTime,
    lifetime: Duration,
) -> Vec<String> {
    records.sort_by_key(|(_, transaction)| {
        let begun = transaction.as_ref().filter(|t| !t.is_expired(now, lifetime));
        core::cmp::Reverse(begun.map(|t| t.created_at))
    });
    let kept = records
        .iter()
        .take(MAX_PENDING)
        .take_while(|(_, t)| t.as_ref().is_some_and(|t| !t.is_expired(now, lifetime)))
        .count();
    records.drain(kept..).map(|(key, _)| key).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::registration::tests::registration;

    pub(crate) const NOW: UnixTime = UnixTime::from_millis(1_790_000_000_000);
    const LIFETIME: Duration = Duration::from_secs(900);

    pub(crate) fn transaction(seed: u8) -> Transaction {
        Transaction {
            state: State::from_random([seed; 32]),
            verifier: CodeVerifier::from_random([seed; 32]),
            scope: Scope::granted("profile"),
            return_to: "/deep".into(),
            created_at: NOW,
        }
    }

    #[test]
    fn r17_a_record_of_another_server_or_client_is_none() {
        let own = registration("https://a.example", "x");
        let json = transaction(1).to_json(&own);
        assert!(Transaction::from_json(json.clone(), &own).is_some());
        for other in [registration("https://b.example", "x"), registration("https://a.example", "y")] {
            assert!(Transaction::from_json(json.clone(), &other).is_none());
        }
    }

    #[test]
    fn r26_a_record_with_any_member_missing_or_wrong_is_none() {
        let own = registration("https://a.example", "x");
        let Json::Object(members) = transaction(1).to_json(&own) else { panic!("an object") };
        for index in 0..members.len() {
            let mut missing = members.clone();
            missing.remove(index);
            assert!(Transaction::from_json(Json::Object(missing), &own).is_none());
            let mut wrong = members.clone();
            wrong[index].1 = Json::Array(vec![]);
            assert!(Transaction::from_json(Json::Object(wrong), &own).is_none());
        }
        assert!(Transaction::from_json(Json::Null, &own).is_none());
    }

    #[test]
    fn r19_a_slow_user_passes_and_a_slower_one_does_not() {
        let transaction = transaction(1);
        assert!(!transaction.is_expired(NOW.plus(LIFETIME), LIFETIME));
        assert!(transaction.is_expired(NOW.plus(LIFETIME + Duration::from_secs(1)), LIFETIME));
        assert!(transaction.is_expired(NOW.minus(LIFETIME * 2), LIFETIME), "clock set back");
    }

    #[test]
    fn r23_the_unreadable_the_expired_and_the_oldest_go() {
        let aged = |age: u64| {
            let mut transaction = transaction(1);
            transaction.created_at = NOW.minus(Duration::from_secs(age));
            Some(transaction)
        };
        let mut records: Vec<_> = (0..12).map(|age| (format!("live{age:02}"), aged(age))).collect();
        records.push(("expired".into(), aged(901)));
        records.insert(0, ("unreadable".into(), None));
        let mut gone = stale(records, NOW, LIFETIME);
        gone.sort();
        assert_eq!(gone, ["expired", "live10", "live11", "unreadable"]);
    }
}
