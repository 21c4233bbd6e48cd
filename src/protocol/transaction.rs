//! A transaction: what is kept of a sign-in while the user is at the authorization server.
//!
//! Each `state` has a record of its own, so that two tabs can sign in at once. A record is used
//! once, and expires.

use std::time::Duration;

use crate::codec::{UrlParser, record, text};
#[cfg(feature = "openid")]
use crate::protocol::openid::transaction::OpenIdTransaction;
use crate::protocol::pkce::CodeVerifier;
use crate::protocol::registration::Registration;
use crate::protocol::scope::Scope;
use crate::protocol::state::State;
use crate::secret::SecretText;
use crate::time::UnixTime;

/// How many sign-ins may be pending when another begins. Older ones are dropped.
pub const MAX_PENDING: usize = 10;

/// A sign-in that is pending.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The state, which names this sign-in.
    pub state: State,
    /// The code verifier, which proves that this client asked for the code.
    pub verifier: CodeVerifier,
    /// The nonce that was sent, if an ID token was asked for.
    pub nonce: Option<SecretText>,
    /// The scope that was asked for.
    pub scope: Scope,
    /// The place the user returns to. It is validated again when it is used.
    pub return_to: String,
    /// What this sign-in asks for beyond OAuth 2.0.
    #[cfg(feature = "openid")]
    pub openid: OpenIdTransaction,
    /// When it began.
    pub created_at: UnixTime,
}

impl Transaction {
    /// Writes the record, bound to the server and client that it was made for.
    #[must_use]
    pub fn to_record(&self, registration: &Registration) -> SecretText {
        #[cfg(feature = "openid")]
        let fields = self.openid.to_fields();
        #[cfg(feature = "openid")]
        let [server, subject, max_age, acr_values] = fields.each_ref().map(String::as_str);
        #[cfg(not(feature = "openid"))]
        let [server, subject, max_age, acr_values] = [""; 4];
        record::write(&[
            record::TRANSACTION,
            registration.server.issuer_text(),
            registration.server.token_endpoint_text(),
            registration.redirect_uri.as_str(),
            self.state.as_str(),
            self.verifier.expose(),
            self.nonce.as_ref().map_or("", SecretText::expose),
            &registration.client_id,
            self.scope.as_str(),
            &self.return_to,
            server,
            subject,
            max_age,
            acr_values,
            &self.created_at.to_decimal(),
        ])
    }

    /// Reads a record. Returns `None` if any field is invalid, or if the record was made for
    /// another server, client or redirect URI. A code must never reach a token endpoint it was not
    /// issued for (RFC 9700 [section 4.4](https://www.rfc-editor.org/rfc/rfc9700#section-4.4)).
    #[must_use]
    pub fn from_record(
        parser: &impl UrlParser,
        text: &str,
        registration: &Registration,
    ) -> Option<Self> {
        let [
            kind,
            issuer,
            endpoint,
            redirect_uri,
            state,
            verifier,
            nonce,
            client_id,
            scope,
            return_to,
            server,
            subject,
            max_age,
            acr_values,
            at,
        ] = record::read(text)[..]
        else {
            return None;
        };
        let is_bound = kind == record::TRANSACTION
            && issuer == registration.server.issuer_text()
            && endpoint == registration.server.token_endpoint_text()
            && client_id == registration.client_id
            && redirect_uri == registration.redirect_uri.as_str();
        if !is_bound {
            return None;
        }
        #[cfg(feature = "openid")]
        let openid = OpenIdTransaction::from_fields(
            parser,
            registration,
            [server, subject, max_age, acr_values],
        )?;
        // A code of a server that was found must not go to the configured one.
        #[cfg(not(feature = "openid"))]
        if !server.is_empty() {
            return None;
        }
        #[cfg(not(feature = "openid"))]
        let _ = (parser, subject, max_age, acr_values);
        Some(Self {
            state: State::parse(state)?,
            verifier: CodeVerifier::parse(verifier.into())?,
            nonce: (!nonce.is_empty()).then(|| SecretText::new(nonce.into())),
            scope: Scope::parse(scope).ok()?,
            return_to: return_to.into(),
            #[cfg(feature = "openid")]
            openid,
            created_at: UnixTime::from_decimal(at)?,
        })
    }

    /// Returns whether a record belongs to another client, with the same server and client
    /// identifier but another redirect URI.
    #[must_use]
    pub fn is_of_other_redirect_uri(text: &str, registration: &Registration) -> bool {
        match record::read(text)[..] {
            [kind, _, _, redirect_uri, ..] => {
                kind == record::TRANSACTION && redirect_uri != registration.redirect_uri.as_str()
            }
            _ => false,
        }
    }

    /// Returns whether this sign-in is too old to be completed.
    #[must_use]
    pub fn is_expired(&self, now: UnixTime, lifetime: Duration) -> bool {
        !is_live(self.created_at, now, lifetime)
    }
}

/// Returns when the sign-in of a stored record began, by its last field.
#[must_use]
pub fn begun(record: &str) -> Option<UnixTime> {
    UnixTime::from_decimal(text::cut_last(record, b'\n').1.unwrap_or(record))
}

/// Returns whether a sign-in that began then may still be pending. If it began far in the future,
/// it is not: the clock must have been set back.
#[must_use]
pub fn is_live(begun: UnixTime, now: UnixTime, lifetime: Duration) -> bool {
    begun.is_within(lifetime, now)
}

/// Returns whether the record at `index` is to be dropped: if it is unreadable, if it has expired,
/// and if [`MAX_PENDING`] others are newer. `begun` has the beginning of each record, if it is
/// readable.
///
/// The newer ones are counted, because sorting makes the npm package 267 bytes larger. There are a
/// few dozen records at most.
#[must_use]
pub fn is_stale(
    index: usize,
    begun: &[Option<UnixTime>],
    now: UnixTime,
    lifetime: Duration,
) -> bool {
    let live = |begun: Option<UnixTime>| begun.filter(|begun| is_live(*begun, now, lifetime));
    let Some(own) = live(begun[index]) else { return true };
    let mut newer = 0;
    for (other, begun) in begun.iter().enumerate() {
        // Of two that began at once, the first counts as the newer.
        let is_newer = |begun| begun > own || (begun == own && other < index);
        newer += usize::from(live(*begun).is_some_and(is_newer));
    }
    newer >= MAX_PENDING
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::protocol::redirect_uri::RedirectUri;
    use crate::protocol::registration::tests::registration;
    use crate::testing::Native;

    pub(crate) const NOW: UnixTime = UnixTime::from_millis(1_790_000_000_000);
    const LIFETIME: Duration = Duration::from_secs(900);

    pub(crate) fn transaction(seed: u8) -> Transaction {
        Transaction {
            state: State::from_random(&[seed; 32]),
            verifier: CodeVerifier::from_random(&[seed; 32]),
            nonce: Some(SecretText::new("n1".into())),
            scope: Scope::granted("profile"),
            return_to: "/deep".into(),
            #[cfg(feature = "openid")]
            openid: OpenIdTransaction::default(),
            created_at: NOW,
        }
    }

    #[test]
    fn r17_a_record_of_another_server_or_client_is_none() {
        let own = registration("https://a.example", "x");
        let record = transaction(1).to_record(&own);
        assert!(Transaction::from_record(&Native, record.expose(), &own).is_some());
        for other in
            [registration("https://b.example", "x"), registration("https://a.example", "y")]
        {
            assert!(Transaction::from_record(&Native, record.expose(), &other).is_none());
        }
    }

    #[test]
    fn r26_a_record_with_any_field_missing_or_wrong_is_none() {
        let own = registration("https://a.example", "x");
        let record = transaction(1).to_record(&own);
        let fields: Vec<&str> = record.expose().split('\n').collect();
        for index in 0..fields.len() {
            let mut missing = fields.clone();
            missing.remove(index);
            assert!(Transaction::from_record(&Native, &missing.join("\n"), &own).is_none());
            let mut wrong = fields.clone();
            wrong[index] = "\u{e9}";
            // Where to return is validated when it is used, and the nonce is compared as it is.
            // So are the subject and the authentication contexts, of which OAuth 2.0 knows nothing.
            let free: &[usize] =
                if cfg!(feature = "openid") { &[6, 9, 11, 13] } else { &[6, 9, 11, 12, 13] };
            let is_validated_here = !free.contains(&index);
            let read = Transaction::from_record(&Native, &wrong.join("\n"), &own);
            assert_eq!(read.is_none(), is_validated_here, "field {index}");
        }
    }

    #[test]
    fn r40_a_record_of_another_redirect_uri_is_another_clients() {
        let own = registration("https://a.example", "x");
        let mut other = own.clone();
        other.redirect_uri =
            RedirectUri::parse(&Native, "https://app.example/cb?a=1").expect("a valid URI");
        let record = transaction(1).to_record(&other);
        assert!(Transaction::is_of_other_redirect_uri(record.expose(), &own));
        assert!(!Transaction::is_of_other_redirect_uri(record.expose(), &other));
        for odd in ["", "transaction 2", &"\n".repeat(10)] {
            assert!(!Transaction::is_of_other_redirect_uri(odd, &own), "{odd:?}");
        }
        let read = Transaction::from_record(&Native, record.expose(), &other).expect("ours");
        assert_eq!(read.nonce.as_ref().map(SecretText::expose), Some("n1"));
    }

    #[test]
    fn r26_a_record_with_a_field_too_few_or_too_many_is_none() {
        let own = registration("https://a.example", "x");
        let record = transaction(1).to_record(&own);
        let (shorter, _) = record.expose().rsplit_once('\n').expect("fields");
        let longer = [record.expose(), "\n"].concat();
        assert!(Transaction::from_record(&Native, record.expose(), &own).is_some());
        for wrong in [shorter, &longer, ""] {
            assert!(Transaction::from_record(&Native, wrong, &own).is_none());
        }
    }

    #[test]
    fn r19_a_slow_user_passes_and_a_slower_one_does_not() {
        let transaction = transaction(1);
        assert!(!transaction.is_expired(NOW.plus(LIFETIME), LIFETIME));
        assert!(transaction.is_expired(NOW.plus(LIFETIME + Duration::from_secs(1)), LIFETIME));
        assert!(transaction.is_expired(NOW.minus(LIFETIME * 2), LIFETIME), "clock set back");
    }

    #[test]
    fn a_record_tells_when_it_began() {
        let own = registration("https://a.example", "x");
        assert_eq!(begun(transaction(1).to_record(&own).expose()), Some(NOW));
        for odd in ["", "x", "1\n", "5\nx"] {
            assert_eq!(begun(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn r23_the_unreadable_the_expired_and_the_oldest_go() {
        let aged = |age: u64| Some(NOW.minus(Duration::from_secs(age)));
        let mut records: Vec<_> = (0..12).map(|age| (format!("live{age:02}"), aged(age))).collect();
        records.push(("expired".into(), aged(901)));
        records.insert(0, ("unreadable".into(), None));
        let (names, begun): (Vec<_>, Vec<_>) = records.into_iter().unzip();
        let gone = (0..names.len()).filter(|index| is_stale(*index, &begun, NOW, LIFETIME));
        let gone: Vec<_> = gone.map(|index| names[index].as_str()).collect();
        assert_eq!(gone, ["unreadable", "live10", "live11", "expired"]);
        let at_once = [aged(1); MAX_PENDING + 2];
        let gone = (0..at_once.len()).filter(|index| is_stale(*index, &at_once, NOW, LIFETIME));
        assert_eq!(gone.count(), 2);
    }
}
