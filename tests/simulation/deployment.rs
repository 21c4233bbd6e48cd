//! A new version of the app keeps its session in another store. Without failures no session is lost that
//! the new store has room for, and no refresh token stays in the old one.

use std::collections::BTreeMap;
use std::time::Duration;

use basic_oauth::platform::SessionStore;
use basic_oauth_testing::{Tab, TabId};

use crate::history::History;
use basic_oauth_testing::flow::*;

const STORES: [SessionStore; 4] =
    [SessionStore::Cookie, SessionStore::Local, SessionStore::Memory, SessionStore::Session];

impl History {
    /// All pages are loaded again with another store, at once or one after another.
    #[track_caller]
    pub(crate) fn deploy(&mut self) {
        let (old, new) = (self.scenario.store, *self.rng.pick(&STORES));
        if old == new || self.rng.one_in(2) {
            return;
        }
        self.note(&format!("{old:?} becomes {new:?}"));
        self.wait_for_copies();
        let mut tabs: Vec<Tab> = Vec::new();
        for page in &self.pages {
            if tabs.iter().all(|tab| tab.id() != page.tab.id()) {
                tabs.insert(self.rng.index(tabs.len() + 1), page.tab.clone());
            }
        }
        let expected = self.expected_owners(&tabs, new);
        self.scenario.store = new;
        self.config.store = new;
        let is_at_once = self.rng.one_in(2);
        self.invariants.deployed(new, self.event_log.tick(), expected.values().next().is_some());
        let tabs: Vec<_> = tabs.into_iter().map(|tab| self.load_anew(&tab, is_at_once)).collect();
        self.world.settle();
        self.look();
        self.show_all_pages();
        // A start empties the old stores a moment after the app has got its state.
        self.world.advance(Duration::from_secs(1));
        self.check_deployment(&tabs, old, &expected);
        // The session goes on in the new store.
        self.world.advance(10 * MINUTE);
        self.look();
    }

    fn load_anew(&mut self, tab: &Tab, is_at_once: bool) -> Tab {
        let loaded = tab.reload();
        self.remove_tab(tab);
        self.load(loaded.clone());
        if !is_at_once {
            self.world.settle();
        }
        loaded
    }

    /// The session at the server that each tab has afterwards, given in which order they are loaded. The
    /// first to find a session takes it; in a store that all tabs share, all of them have it.
    fn expected_owners(&self, tabs: &[Tab], new: SessionStore) -> BTreeMap<TabId, usize> {
        let sessions = tabs.iter().filter_map(|tab| Some((tab.id(), self.session_in(tab)?)));
        let first = sessions.clone().next();
        let is_new_shared = matches!(new, SessionStore::Cookie | SessionStore::Local);
        match self.scenario.store {
            // It ends with its page.
            SessionStore::Memory => BTreeMap::new(),
            _ if is_new_shared => {
                let session = first.map(|(_, session)| session);
                tabs.iter().filter_map(|tab| Some((tab.id(), session?))).collect()
            }
            SessionStore::Session => sessions.collect(),
            _ => first.into_iter().collect(),
        }
    }

    #[track_caller]
    fn check_deployment(
        &mut self,
        tabs: &[Tab],
        old: SessionStore,
        expected: &BTreeMap<TabId, usize>,
    ) {
        for tab in tabs {
            let left = tab.records(old);
            let is_left = left
                .iter()
                .any(|(key, record)| key.ends_with(".session") || record.contains("refresh-"));
            assert!(!is_left, "{tab:?} leaves a session in its old store");
            let session = self.session_in(tab);
            assert_eq!(session, expected.get(&tab.id()).copied(), "{tab:?} has lost its session");
        }
        for page in &self.pages {
            let is_signed_in = page.auth.as_ref().is_some_and(|auth| auth.state().is_signed_in());
            let is_expected = expected.contains_key(&page.tab.id());
            assert_eq!(is_signed_in, is_expected, "page {} after the change", page.number);
        }
        self.invariants.counts.count("deployments");
        if !expected.is_empty() {
            self.invariants.counts.count("sessions in a new store");
        }
    }

    /// The session at the server that the store of this page holds.
    fn session_in(&self, tab: &Tab) -> Option<usize> {
        let token = self.stored(tab)?;
        self.world.server().session_of(&token)
    }
}
