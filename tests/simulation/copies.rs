//! Tabs that the browser copies, and tabs that it ends without an event. A copy begins with the
//! `sessionStorage` of its original, in which only one of the two may keep the session.

use std::collections::BTreeMap;

use basic_oauth::platform::SessionStore;
use basic_oauth::{AuthState, SignedOutReason};
use basic_oauth_testing::{Tab, TabId};

use crate::events::MAX_PAGES;
use crate::history::History;
use basic_oauth_testing::flow::*;

/// A tab that was copied, until the copy knows which tab owns the session.
#[derive(Clone, Copy)]
pub(crate) struct Copied {
    original: TabId,
    copy: TabId,
}

impl History {
    /// The user duplicates a tab. Without a channel a copy cannot find its original.
    pub(crate) fn duplicate(&mut self, index: usize) {
        // A page from the cache gets its event before the user can do anything.
        self.world.settle();
        self.look();
        let is_in_tab = self.scenario.store == SessionStore::Session;
        let is_possible = is_in_tab && self.conditions.has_channels && self.pages.len() < MAX_PAGES;
        if !is_possible || !self.owns_session(index) {
            return;
        }
        let original = self.pages[index].tab.clone();
        let copy = original.duplicate();
        self.copied.push(Copied { original: original.id(), copy: copy.id() });
        self.load(copy.clone());
        self.invariants.counts.count("tabs copied");
        if !self.scenario.is_rough {
            self.wait_for_copies();
        }
    }

    /// The browser ends a page without an event, because it crashed or to save memory, and loads it
    /// again.
    pub(crate) fn crash(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        self.wait_for_copies();
        if self.may_end(&tab) {
            let loaded = tab.reload_after_crash();
            self.remove_tab(&tab);
            self.load_again(loaded);
            self.invariants.counts.count("crashes");
        }
    }

    /// Starts a client in a page that has been loaded again: what its tab holds is its own.
    pub(crate) fn load_again(&mut self, tab: Tab) {
        let is_kept = self.scenario.store == SessionStore::Session && self.stored(&tab).is_some();
        self.load(tab);
        if let Some(page) = self.pages.last_mut() {
            page.must_restore = is_kept;
        }
    }

    pub(crate) fn is_original(&self, tab: &Tab) -> bool {
        self.copied.iter().any(|copied| copied.original == tab.id())
    }

    /// Waits until each copy knows which tab owns the session. An original that is left or frozen at that very
    /// moment cannot answer, and both would go on; if it is closed, the copy may go on.
    pub(crate) fn wait_for_copies(&mut self) {
        for _ in 0..120 {
            if self.copied.is_empty() {
                return;
            }
            self.world.advance(SECOND);
            self.look();
        }
        panic!("a copy never knows which tab owns the session");
    }

    #[track_caller]
    pub(crate) fn check_copies(&mut self) {
        let pages = &self.pages;
        let is_deciding =
            |tab| pages.iter().any(|page| page.tab.id() == tab && page.auth.is_none());
        let decided: Vec<_> =
            self.copied.extract_if(.., |copied| !is_deciding(copied.copy)).collect();
        decided.into_iter().for_each(|copied| self.check_copy(copied));
    }

    /// A copy is signed out while its original lives and keeps its session.
    #[track_caller]
    fn check_copy(&mut self, copied: Copied) {
        let of = |tab| self.pages.iter().position(|page| page.tab.id() == tab);
        let (Some(original), Some(copy)) = (of(copied.original), of(copied.copy)) else { return };
        if !self.owns_session(original) {
            return;
        }
        let page = &self.pages[copy];
        let state = page.auth.as_ref().expect("started").state();
        let is_out =
            matches!(&*state, AuthState::SignedOut { reason: SignedOutReason::Never, error: None });
        assert!(is_out, "page {} is a copy: {state:?}", page.number);
        self.invariants.counts.count("copies signed out");
    }

    fn owns_session(&self, index: usize) -> bool {
        let page = &self.pages[index];
        let is_signed_in = page.auth.as_ref().is_some_and(|auth| auth.state().is_signed_in());
        is_signed_in && self.stored(&page.tab).is_some()
    }

    /// No session has two tabs, in a store of one tab alone.
    #[track_caller]
    pub(crate) fn check_owners(&self) {
        if self.scenario.is_shared() {
            return;
        }
        let mut owners = BTreeMap::new();
        for page in self.pages.iter().filter(|page| page.auth.is_some()) {
            let Some(token) = self.stored(&page.tab) else { continue };
            let session = self.world.server().session_of(&token).expect("a token of the server");
            let owner = *owners.entry(session).or_insert(page.tab.id());
            assert_eq!(owner, page.tab.id(), "a session has two tabs");
        }
    }
}
