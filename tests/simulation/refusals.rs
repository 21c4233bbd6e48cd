//! How a token endpoint refuses a refresh, with known and unknown errors, and the consequences.

use std::collections::{BTreeMap, BTreeSet};

use basic_oauth_testing::{Answer, Fate, SentRequest};

use crate::invariants::Holder;
use basic_oauth_testing::Rng;

/// What a refusal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The user has to sign in again.
    SignIn,
    /// Nothing that is known.
    Other,
}

const HTML: &str = "text/html";
const JSON: &str = "application/json";
const REFUSALS: [(u16, &str, &str, Refusal); 12] = [
    (400, JSON, "{}", Refusal::Other),
    (400, JSON, r#"{"error":"invalid_request"}"#, Refusal::Other),
    (401, JSON, r#"{"error":"invalid_client"}"#, Refusal::Other),
    (403, HTML, "<h1>Forbidden</h1>", Refusal::Other),
    (404, HTML, "<h1>Not found</h1>", Refusal::Other),
    (422, JSON, "{}", Refusal::Other),
    (200, JSON, r#"{"error":"x"}"#, Refusal::Other),
    (400, JSON, r#"{"error":"invalid_grant"}"#, Refusal::SignIn),
    (400, JSON, r#"{"errors":[{"errorType":"invalid_grant"}]}"#, Refusal::SignIn),
    (401, JSON, r#"{"error":"login_required"}"#, Refusal::SignIn),
    (403, JSON, r#"{"error":"consent_required"}"#, Refusal::SignIn),
    (200, JSON, r#"{"error":"interaction_required"}"#, Refusal::SignIn),
];

/// How often a refresh may be refused without a word that is known.
const MAX_ATTEMPTS: u32 = 3;

/// Returns one of the refusals; most of them say nothing that is known.
pub(crate) fn random_refusal(rng: &mut Rng) -> Answer {
    let of = |refusal| REFUSALS.iter().filter(move |own| own.3 == refusal);
    let rest: Vec<_> = of(Refusal::Other).collect();
    let all: Vec<_> = REFUSALS.iter().collect();
    let from = if rng.one_in(2) { all } else { rest };
    let (status, media_type, body, _) = **rng.pick(&from);
    Answer::of_type(status, media_type, body)
}

/// One refresh of one page.
pub(crate) struct Refresh {
    page: usize,
    /// How many times the page had new tokens before.
    refreshes: u64,
    holder: Holder,
    token: String,
    /// What the test answers in the server's place.
    refusal: Option<Refusal>,
}

/// What a page was answered since it had new tokens.
pub(crate) struct Refused {
    times: u32,
    pub(crate) says_sign_in: bool,
    /// Whether the last refusal was the server's own, and not one that the test put in its place.
    pub(crate) is_servers: bool,
    holder: Holder,
    token: String,
}

impl Refused {
    /// Whether the session must end.
    pub(crate) fn is_final(&self) -> bool {
        self.says_sign_in || self.times >= MAX_ATTEMPTS
    }
}

/// Counts the refusals of all pages.
#[derive(Default)]
pub(crate) struct Refusals {
    /// The page that has announced a refresh, which it sends next.
    asking: Option<usize>,
    /// How many times each page had new tokens or lost its session.
    refreshes: BTreeMap<usize, u64>,
    refused: BTreeMap<usize, Refused>,
    /// The refresh tokens of sessions that ended as revoked.
    dead: BTreeSet<(Holder, String)>,
}

impl Refusals {
    /// A page announces that it refreshes.
    #[track_caller]
    pub(crate) fn announced(&mut self, page: usize) {
        assert_eq!(self.asking.replace(page), None, "a refresh was announced and never sent");
    }

    #[track_caller]
    pub(crate) fn sent(&mut self, holder: Holder, token: &str, request: &SentRequest) -> Refresh {
        let page = self.asking.take().expect("a page announces each refresh");
        let token = token.to_owned();
        let is_dead = self.dead.contains(&(holder, token.clone()));
        assert!(!is_dead, "page {page} refreshes a session that has ended");
        // An ID token for another app ends the session at once, as if the user had to sign in again.
        let refusal = match request.is_deceived {
            true => Some(Refusal::SignIn),
            false => refusal_in(request),
        };
        Refresh { page, refreshes: self.refreshes_of(page), holder, token, refusal }
    }

    /// A refresh was answered like this. Returns whether that was a refusal which counts: one of tokens
    /// that the page has replaced since does not.
    pub(crate) fn answered(&mut self, refresh: Refresh, fate: Fate) -> bool {
        let Refresh { page, refreshes, holder, token, refusal } = refresh;
        let (refusal, is_servers) = match (fate, refusal) {
            // The server knows one way to refuse a refresh.
            (Fate::Answered(status), _) if status != 200 => (Refusal::SignIn, true),
            (Fate::Answered(_) | Fate::Intercepted, Some(refusal)) => (refusal, false),
            _ => return false,
        };
        if refreshes != self.refreshes_of(page) {
            return false;
        }
        let none = Refused { times: 0, says_sign_in: false, is_servers, holder, token };
        let refused = self.refused.entry(page).or_insert(none);
        refused.times += 1;
        refused.says_sign_in |= refusal == Refusal::SignIn;
        refused.is_servers = is_servers;
        true
    }

    /// The page has new tokens, its own or another tab's.
    pub(crate) fn refreshed(&mut self, page: usize) {
        *self.refreshes.entry(page).or_default() += 1;
        self.refused.remove(&page);
    }

    /// The session of the page has ended. Returns what it was refused, if that is the reason.
    pub(crate) fn ended(&mut self, page: usize, is_revoked: bool) -> Option<Refused> {
        // An answer that comes after the end does not count either.
        *self.refreshes.entry(page).or_default() += 1;
        let refused = self.refused.remove(&page)?;
        if !is_revoked || !refused.is_final() {
            return None;
        }
        self.dead.insert((refused.holder, refused.token.clone()));
        Some(refused)
    }

    /// Every session that was refused for good has ended.
    #[track_caller]
    pub(crate) fn check(&self) {
        for (page, refused) in &self.refused {
            let times = refused.times;
            assert!(!refused.is_final(), "page {page} was refused {times} times, and goes on");
        }
    }

    fn refreshes_of(&self, page: usize) -> u64 {
        self.refreshes.get(&page).copied().unwrap_or_default()
    }
}

/// The refusal in the document that answers a request in the server's place.
fn refusal_in(request: &SentRequest) -> Option<Refusal> {
    let response = request.intercepted.as_ref()?;
    let is_it = |status, body| response.status == status && response.body.expose() == body;
    REFUSALS.iter().find(|own| is_it(own.0, own.2)).map(|own| own.3)
}
