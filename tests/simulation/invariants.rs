//! What must be true at every moment of every history.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use basic_oauth::platform::SessionStore;
use basic_oauth::{Event, SignedOutReason, UnixTime};
use basic_oauth_testing::{Fate, SentRequest, TabId, Traffic, Violation, World};

use crate::pages::{HandedOut, LoggedEvent};
use crate::refusals::{Refresh, Refusals};
use crate::report::Counts;
use crate::scenario::Scenario;
use basic_oauth_testing::flow::*;

/// The only server that may get a request.
const HONEST: &str = "https://api.basic.tech/";

/// The owner of a session: all tabs of the origin (`None`), or one tab.
pub(crate) type Holder = Option<TabId>;

/// Observes a history, and fails it when a rule is broken.
pub(crate) struct Invariants {
    scenario: Scenario,
    seen: usize,
    requests: Vec<Request>,
    codes: BTreeMap<String, u64>,
    sent_codes: BTreeSet<String>,
    /// The tabs that have read the keys of an OpenID provider.
    reads_keys: BTreeSet<TabId>,
    refresh_tokens: BTreeMap<String, Vec<usize>>,
    sign_outs: BTreeMap<Holder, u64>,
    signed_in: BTreeMap<usize, u64>,
    restored: BTreeSet<usize>,
    /// The tabs that have nothing to send.
    silent: BTreeSet<TabId>,
    /// How many requests were sent before the app used another store.
    sent_before: usize,
    /// When a page last said that its session had ended.
    left: BTreeMap<usize, u64>,
    last_sign_in: Option<u64>,
    /// When each page began its last two refreshes.
    paces: BTreeMap<usize, [UnixTime; 2]>,
    /// When a user last ended a session.
    last_end: Option<u64>,
    /// When a page last ended a session that the server refused.
    last_refused: Option<u64>,
    refusals: Refusals,
    pub(crate) has_jumped: bool,
    pub(crate) has_slept: bool,
    pub(crate) counts: Counts,
}

struct Request {
    tab: TabId,
    path: &'static str,
    arrived: bool,
    fate: Option<Fate>,
    refresh: Option<Refresh>,
}

impl Invariants {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            seen: 0,
            requests: Vec::new(),
            codes: BTreeMap::new(),
            sent_codes: BTreeSet::new(),
            reads_keys: BTreeSet::new(),
            refresh_tokens: BTreeMap::new(),
            sign_outs: BTreeMap::new(),
            signed_in: BTreeMap::new(),
            restored: BTreeSet::new(),
            silent: BTreeSet::new(),
            sent_before: 0,
            left: BTreeMap::new(),
            last_sign_in: None,
            paces: BTreeMap::new(),
            last_end: None,
            last_refused: None,
            refusals: Refusals::default(),
            has_jumped: false,
            has_slept: false,
            counts: Counts::default(),
        }
    }

    /// Whether no answer to this tab is on its way.
    pub(crate) fn is_idle(&self, tab: TabId) -> bool {
        !self.requests.iter().any(|request| request.tab == tab && request.fate.is_none())
    }

    /// Whether this page has found a session when it started.
    pub(crate) fn has_restored(&self, page: usize) -> bool {
        self.restored.contains(&page)
    }

    /// No page of this tab may send anything.
    pub(crate) fn must_be_silent(&mut self, tab: TabId) {
        self.silent.insert(tab);
    }

    /// The app uses another store from this moment on.
    pub(crate) fn deployed(&mut self, store: SessionStore, moment: u64, is_user_signed_in: bool) {
        let was_shared = self.scenario.is_shared();
        self.scenario.store = store;
        self.sent_before = self.requests.len();
        // Pages of the old version find their store empty.
        self.last_end = Some(moment);
        if !was_shared && self.scenario.is_shared() {
            self.last_sign_in = is_user_signed_in.then_some(moment);
        }
    }

    /// A code was given for the sign-in that began at this moment.
    pub(crate) fn code_given(&mut self, code: &str, begun: u64) {
        self.codes.insert(code.to_owned(), begun);
    }

    /// The user signed out, or cleared the site's data.
    pub(crate) fn signed_out(&mut self, holder: Holder, moment: u64) {
        self.sign_outs.insert(holder, moment);
        self.last_end = Some(moment);
    }

    /// Reads the traffic on the network and the events of the clients, in their order.
    #[track_caller]
    pub(crate) fn look(&mut self, world: &World, events: Vec<LoggedEvent>) {
        let mut traffic = world.traffic_since(self.seen).into_iter();
        for event in events {
            let before = event.passed - self.seen;
            traffic.by_ref().take(before).for_each(|passage| self.passed(passage));
            self.check_event(&event);
        }
        traffic.for_each(|passage| self.passed(passage));
        self.refusals.check();
        self.check_server(world);
    }

    #[track_caller]
    fn passed(&mut self, passage: Traffic) {
        self.seen += 1;
        match passage {
            Traffic::Sent(request) => self.sent(&request),
            Traffic::Ended(number, fate) => self.ended(number, fate),
        }
    }

    #[track_caller]
    fn sent(&mut self, request: &SentRequest) {
        if request.is_to(KEYS) {
            self.reads_keys.insert(request.tab);
        }
        if request.is_deceived {
            self.counts.count("wrong ID tokens");
        }
        assert!(request.url.starts_with(HONEST), "something was sent to another server");
        assert!(!self.silent.contains(&request.tab), "a page without a session sends something");
        let number = self.requests.len();
        let path = [TOKEN, USERINFO, REVOKE].into_iter().find(|path| request.is_to(path));
        let grant = request.parameter("grant_type").filter(|_| path == Some(TOKEN));
        let mut refresh = None;
        match grant.as_deref() {
            Some("authorization_code") => self.exchange(request),
            Some("refresh_token") => refresh = Some(self.refresh(number, request)),
            _ => {}
        }
        self.requests.push(Request {
            tab: request.tab,
            path: path.unwrap_or("/api/"),
            arrived: request.arrived,
            fate: None,
            refresh,
        });
    }

    /// At most one exchange for each code.
    #[track_caller]
    fn exchange(&mut self, request: &SentRequest) {
        self.counts.count("exchanges");
        let code = request.parameter("code").expect("an exchange has a code");
        assert!(self.sent_codes.insert(code), "a code was sent twice");
    }

    /// At most one use of a refresh token, outside a lost response.
    #[track_caller]
    fn refresh(&mut self, number: usize, request: &SentRequest) -> Refresh {
        self.counts.count("refreshes sent");
        let token = request.parameter("refresh_token").expect("a refresh has a refresh token");
        let holder = (!self.scenario.is_shared()).then_some(request.tab);
        let refresh = self.refusals.sent(holder, &token, request);
        let uses = self.refresh_tokens.entry(token).or_default();
        // A copy whose original was closed goes on with what was there when it was copied.
        let is_of_closed_tab = !self.scenario.is_shared()
            && uses.iter().any(|earlier| {
                *earlier >= self.sent_before && self.requests[*earlier].tab != request.tab
            });
        if is_of_closed_tab {
            assert!(self.scenario.is_rough, "a refresh token was used by two tabs");
            self.counts.count("refresh tokens of closed tabs");
        }
        for earlier in uses.iter() {
            match self.requests[*earlier].fate {
                Some(Fate::Lost | Fate::Intercepted) => {}
                Some(Fate::Answered(_)) if is_of_closed_tab => {}
                // Without locks, tabs decide by the clock which answer is newer.
                Some(Fate::Answered(_)) if !self.scenario.has_locks && self.has_jumped => {
                    self.counts.count("races lost by a clock jump");
                }
                // The page was waiting for the keys that the ID token needs. Another has seen no new tokens,
                // or the page has ended.
                Some(Fate::Answered(_))
                    if self.reads_keys.contains(&self.requests[*earlier].tab)
                        && self.scenario.may_race() =>
                {
                    self.counts.count("races for keys");
                    self.counts.count("races");
                }
                Some(Fate::Answered(_)) => panic!("a refresh token was used after its answer"),
                None => {
                    assert!(!self.scenario.has_locks, "a refresh token was used twice at once");
                    self.counts.count("races");
                }
            }
        }
        uses.push(number);
        refresh
    }

    /// No storm: a pause of a second between the refreshes of a page. An API that refuses a token may
    /// have one refreshed out of turn.
    #[track_caller]
    fn check_pace(&mut self, page: usize, at: UnixTime) {
        let [last_but_one, last] = self.paces.get(&page).copied().unwrap_or_default();
        let pause = at.since(last_but_one);
        let is_storm = pause < Duration::from_secs(1) && !self.has_jumped;
        assert!(!is_storm, "page {page} refreshes three times within {pause:?}");
        self.paces.insert(page, [last, at]);
    }

    fn ended(&mut self, number: usize, fate: Fate) {
        let request = &mut self.requests[number];
        assert_eq!(request.fate.replace(fate), None, "a request ends once");
        if fate == Fate::Lost && request.arrived && request.path == TOKEN {
            self.counts.count("lost answers");
        }
        if let Some(refresh) = request.refresh.take()
            && self.refusals.answered(refresh, fate)
        {
            self.counts.count("refusals");
        }
    }

    /// No page is signed in by chance, and no page is signed out without a cause.
    #[track_caller]
    fn check_event(&mut self, logged: &LoggedEvent) {
        let LoggedEvent { page, moment, at, event, .. } = *logged;
        match event {
            Event::SignedIn | Event::Adopted | Event::Restored => {
                self.signed_in.insert(page, moment);
                self.refusals.refreshed(page);
            }
            Event::Refreshed => self.refusals.refreshed(page),
            Event::SignedOut(reason) => self.check_end(page, moment, reason),
            Event::RefreshStarted => {
                self.check_pace(page, at);
                self.refusals.announced(page);
            }
            _ => {}
        }
        match event {
            Event::SignedIn => {
                self.last_sign_in = Some(moment);
                self.counts.count("sign-ins");
            }
            Event::Adopted => self.counts.count("adoptions"),
            Event::Restored => drop(self.restored.insert(page)),
            Event::Refreshed => self.counts.count("refreshes"),
            Event::RefreshFailed(_) => self.counts.count("failed refreshes"),
            _ => {}
        }
    }

    #[track_caller]
    fn check_end(&mut self, page: usize, moment: u64, reason: SignedOutReason) {
        let since = self.signed_in.remove(&page);
        self.left.insert(page, moment);
        let refused = self.refusals.ended(page, reason == SignedOutReason::Revoked);
        match reason {
            SignedOutReason::SignedOut => {}
            SignedOutReason::SignedOutElsewhere => {
                let is_caused = self.last_end.is_some_and(|end| since.is_none_or(|at| end >= at));
                // An exchange that outlasts its sign-in's time has been given up by the other tabs.
                let is_stale = since.is_none() && (self.has_slept || self.has_jumped);
                assert!(is_caused || is_stale, "page {page} was signed out, and no user did that");
            }
            SignedOutReason::Revoked => match refused {
                Some(refused) if refused.is_servers => {
                    self.check_lost(page);
                    self.last_refused = Some(moment);
                }
                Some(refused) => {
                    self.counts.count(if refused.says_sign_in {
                        "sessions refused at once"
                    } else {
                        "sessions refused three times"
                    });
                    self.last_refused = Some(moment);
                }
                // Another client was refused, and left a note.
                None => {
                    let is_caused = since.is_some() && self.last_refused >= since;
                    assert!(is_caused, "page {page} was not refused");
                    self.counts.count("refusals by another client");
                }
            },
            other => panic!("page {page} was signed out: {}", other.as_str()),
        }
    }

    /// The server itself has ended the session of this page.
    #[track_caller]
    fn check_lost(&mut self, page: usize) {
        assert!(self.may_lose_sessions(), "page {page}: no user revoked anything");
        let causes = self.counts.of("lost answers")
            + self.counts.of("races")
            + self.counts.of("races lost by a clock jump");
        assert!(causes > 0, "page {page}: revoked without a lost answer or a race");
        self.counts.count("sessions lost with an answer");
    }

    /// Without locks, tabs decide by the clock which answer is newer. After a jump of the clock they may
    /// store an older one, whose refresh token the server takes no more.
    fn may_lose_sessions(&self) -> bool {
        self.scenario.may_lose_sessions() || self.counts.of("races lost by a clock jump") > 0
    }

    #[track_caller]
    fn check_server(&self, world: &World) {
        let server = world.server();
        let is_expected = |violation: &Violation| {
            self.may_lose_sessions() && *violation == Violation::RefreshTokenReused
        };
        let bad = server.violations().iter().find(|violation| !is_expected(violation));
        assert_eq!(bad, None, "the server saw what it should never see");
    }

    /// An app got this token in this page: it is good, and not of a session that was left.
    #[track_caller]
    pub(crate) fn check_token(
        &mut self,
        world: &World,
        given: &HandedOut,
        page: usize,
        holder: Holder,
    ) {
        self.counts.count("tokens");
        let is_deceptive = world.server().is_deceptive(&given.token);
        assert!(!is_deceptive, "a token was handed out whose ID token is wrong");
        let expires_at = given.expires_at.expect("a client with a token is signed in");
        assert!(given.at < expires_at, "an expired token was handed out");
        if self.is_lifetime_known() {
            assert!(given.is_fresh, "a token was handed out that has expired at the server");
        }
        // Another tab's sign-out is known once its message has come.
        let end = self.sign_outs.get(&holder);
        let left = self.left.get(&page).filter(|left| **left <= given.moment);
        if left.is_some() && left >= end {
            self.check_session(world, &given.token, holder);
        }
    }

    /// Whether an app knows the true lifetime of its token.
    pub(crate) fn is_lifetime_known(&self) -> bool {
        !self.has_jumped && !self.scenario.may_lose_sessions()
    }

    /// The session of this token began after the last sign-out.
    #[track_caller]
    pub(crate) fn check_session(&self, world: &World, token: &str, holder: Holder) {
        assert!(!world.server().is_deceptive(token), "a token was stored whose ID token is wrong");
        let Some(end) = self.sign_outs.get(&holder) else { return };
        let session = world.server().session_of(token).expect("a token of the server");
        let begun = self.begun(world, session).expect("each session has a code");
        assert!(begun >= *end, "a session came back after the sign-out");
    }

    /// When the sign-in of a session at the server began.
    fn begun(&self, world: &World, session: usize) -> Option<u64> {
        let server = world.server();
        let own = self.codes.iter().find(|(code, _)| server.session_of(code) == Some(session));
        own.map(|(_, begun)| *begun)
    }

    /// Whether a sign-in has succeeded whose session nothing has ended; of one that all tabs share.
    pub(crate) fn is_user_signed_in(&self) -> bool {
        self.last_sign_in > self.sign_outs.get(&None).copied().max(self.last_refused)
    }
}
