//! What must be true when nothing is under way, and after the failures have ended.

use std::collections::BTreeSet;
use std::time::Duration;

use basic_oauth::{AuthState, ErrorCode, RefreshStatus, SignedOutReason};
use basic_oauth_testing::Tab;

use crate::history::History;
use crate::pages::Page;
use basic_oauth_testing::flow::*;

/// How long a session may take to recover by itself, once the server answers again: the longest pause
/// between two attempts, and what hidden tabs and locks add to it.
const RECOVERY: Duration = Duration::from_secs(5 * 60);

impl History {
    /// When no message is on its way, all pages agree with the store, and the store holds no session
    /// that was signed out.
    #[track_caller]
    pub(crate) fn check_quiet(&self) {
        self.check_owners();
        for page in &self.pages {
            self.check_store(&page.tab);
            let Some(auth) = page.auth.as_ref().filter(|_| self.are_pages_in_sync) else {
                continue;
            };
            let state = auth.state();
            let is_stored = self.stored(&page.tab).is_some();
            assert_eq!(state.is_signed_in(), is_stored, "page {}: {state:?}", page.number);
            assert_ne!(*state, AuthState::Loading, "page {} is stuck", page.number);
        }
    }

    /// The access token that the store of this page holds.
    pub(crate) fn stored(&self, tab: &Tab) -> Option<String> {
        let records = tab.records(self.scenario.store);
        let (_, record) = records.into_iter().find(|(key, _)| key.ends_with(".session"))?;
        record.split('\n').find(|field| field.starts_with("access-")).map(str::to_owned)
    }

    #[track_caller]
    fn check_store(&self, tab: &Tab) {
        if let Some(token) = self.stored(tab) {
            self.invariants.check_session(&self.world, &token, self.holder(tab));
        }
    }

    /// The failures end: every session recovers by itself, and nothing is left waiting.
    #[track_caller]
    pub(crate) fn recover(&mut self) {
        self.note("the failures end");
        self.world.clear_answers();
        self.end_deception();
        self.look();
        let failing: BTreeSet<_> =
            self.pages.iter().filter(|page| is_failing(page)).map(|page| page.number).collect();
        for page in &self.pages {
            page.tab.set_online(true);
        }
        self.world.advance(RECOVERY);
        self.look();
        assert_eq!(self.calls(), [], "stuck");
        // A hidden page, whose timers fire once a minute, may hold the lock for so long, and keep the
        // others waiting.
        if self.pages.iter().any(|page| page.tab.is_hidden()) {
            self.show_all_pages();
            self.world.advance(RECOVERY);
        }
        self.pages.iter().for_each(|page| self.check_recovered(page));
        for page in self.pages.iter().filter(|page| failing.contains(&page.number)) {
            let is_signed_in = page.auth.as_ref().is_some_and(|auth| auth.state().is_signed_in());
            self.invariants.counts.count(if is_signed_in {
                "recoveries"
            } else {
                "failing sessions that ended"
            });
        }
    }

    #[track_caller]
    fn check_recovered(&self, page: &Page) {
        let auth = page.auth.as_ref().expect("started");
        assert_ne!(*auth.state(), AuthState::Loading, "page {} is stuck", page.number);
        assert!(!is_failing(page), "page {} has not recovered", page.number);
        if auth.state().is_signed_in() {
            let is_good = auth.expires_at().is_some_and(|at| at > self.world.now());
            assert!(is_good, "page {} lets its token expire", page.number);
        }
    }

    /// At rest all pages that share a session have one token, which the server takes, and the right
    /// user.
    #[track_caller]
    pub(crate) fn agree(&mut self) {
        self.show_all_pages();
        let mut tokens = self.tokens();
        // One that is due just now may be refreshed during the calls.
        for _ in 0..4 {
            if tokens.len() > 1 && self.scenario.is_shared() {
                self.world.advance(SECOND);
                self.show_all_pages();
                tokens = self.tokens();
            }
        }
        if self.scenario.is_shared() {
            assert!(tokens.len() < 2, "the tabs have different tokens");
            self.check_kept(!tokens.is_empty());
        }
    }

    /// The token that each page hands out.
    #[track_caller]
    fn tokens(&self) -> BTreeSet<String> {
        let mut tokens = BTreeSet::new();
        for page in &self.pages {
            let auth = page.auth.as_ref().expect("started");
            if auth.state().is_signed_in() {
                let token = self.world.run_within(MINUTE, auth.token()).expect("a token");
                self.check_good(page, token.expose());
                tokens.insert(token.expose().to_owned());
            }
        }
        tokens
    }

    /// Shows every page, so that pages that missed a message notice now.
    #[track_caller]
    pub(crate) fn show_all_pages(&mut self) {
        self.note("all pages become visible");
        for page in &self.pages {
            page.tab.show();
        }
        self.world.settle();
        self.look();
        let are_pages_in_sync = std::mem::replace(&mut self.are_pages_in_sync, true);
        self.check_quiet();
        self.are_pages_in_sync = are_pages_in_sync;
    }

    #[track_caller]
    fn check_good(&self, page: &Page, token: &str) {
        let is_good = !self.invariants.is_lifetime_known() || page.tab.is_accepted(token);
        assert!(is_good, "page {} has a token that the server refuses", page.number);
        let server = self.world.server();
        let session = server.session_of(token).expect("a token of the server");
        let account = server.account_of(session).expect("a known session");
        let state = page.auth.as_ref().expect("started").state();
        if let AuthState::SignedIn { user: Some(user), .. } = &*state {
            assert_eq!(user.subject(), account.sub, "page {} shows another user", page.number);
        }
    }

    /// No session is lost without a cause.
    #[track_caller]
    fn check_kept(&self, is_signed_in: bool) {
        if !self.scenario.may_lose_sessions() && !self.pages.is_empty() {
            assert_eq!(is_signed_in, self.invariants.is_user_signed_in(), "a session was lost");
        }
    }

    /// After a sign-out no session is restored: not from the store, not from another tab, not later.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        let indices: Vec<_> = match self.scenario.is_shared() {
            true => vec![self.rng.index(self.pages.len())],
            false => (0..self.pages.len()).collect(),
        };
        for index in indices {
            self.sign_out(index);
        }
        self.world.advance(20 * MINUTE);
        self.look();
        assert_eq!(self.calls(), [], "stuck");
        self.show_all_pages();
        for page in &self.pages {
            let state = page.auth.as_ref().expect("started").state();
            assert!(!state.is_signed_in(), "page {} is signed in again", page.number);
            assert_eq!(self.stored(&page.tab), None, "page {} kept a record", page.number);
        }
    }
}

/// The state of a session that the server refused says what the app must do.
#[track_caller]
pub(crate) fn check_error(page: &Page) {
    let Some(state) = page.auth.as_ref().map(Auth::state) else { return };
    if let AuthState::SignedOut { reason: SignedOutReason::Revoked, error } = &*state {
        let error = error.as_ref().expect("an error says why");
        // The error of a sign-in that was stopped afterwards takes its place.
        let is_known = error.needs_sign_in()
            || matches!(error.code(), ErrorCode::InvalidIdToken | ErrorCode::SignInLoop);
        assert!(is_known, "page {} shows {error:?}", page.number);
    }
}

pub(crate) fn is_failing(page: &Page) -> bool {
    let state = page.auth.as_ref().map(Auth::state);
    matches!(state.as_deref(), Some(AuthState::SignedIn { refresh: RefreshStatus::Failing, .. }))
}
