//! One history: pages, and what happens to them.

use std::time::Duration;

use basic_oauth::Config;
use basic_oauth::platform::Platform as _;
use basic_oauth_testing::{Call, Tab, World};

use crate::copies::Copied;
use crate::foreign_clients::ForeignClient;
use crate::invariants::{Holder, Invariants};
use crate::pages::{EventLog, HandedOut, Page, line};
use crate::report::{Counts, Transcript};
use crate::rest::check_error;
use crate::scenario::{Conditions, Scenario};
use basic_oauth_testing::Rng;
use basic_oauth_testing::flow::*;

/// No call takes longer, not even in a hidden page, whose timers fire once a minute.
const PATIENCE: Duration = Duration::from_secs(6 * 60);

pub(crate) struct History {
    pub(crate) rng: Rng,
    pub(crate) scenario: Scenario,
    pub(crate) config: Config,
    pub(crate) conditions: Conditions,
    pub(crate) world: World,
    pub(crate) pages: Vec<Page>,
    pub(crate) callbacks: Vec<String>,
    pub(crate) invariants: Invariants,
    pub(crate) event_log: EventLog,
    /// Whether all tabs know of everything that has happened to the store.
    pub(crate) are_pages_in_sync: bool,
    pub(crate) copied: Vec<Copied>,
    pub(crate) foreign_clients: Vec<ForeignClient>,
    calls: Vec<Pending>,
    opened: usize,
}

/// A call of an app that is under way.
struct Pending {
    what: &'static str,
    page: usize,
    holder: Holder,
    since: Duration,
    call: Call<Option<HandedOut>>,
}

impl History {
    pub(crate) fn begin(scenario: Scenario, seed: u64, transcript: &Transcript) -> Self {
        let mut rng = Rng::named(scenario.name, seed);
        let (world, config, conditions) = scenario.world(&mut rng);
        let are_pages_in_sync = conditions.has_channels;
        let event_log = EventLog { transcript: transcript.clone(), ..EventLog::default() };
        let invariants = Invariants::new(scenario);
        let mut history = Self {
            rng,
            scenario,
            config,
            conditions,
            world,
            pages: Vec::new(),
            callbacks: Vec::new(),
            invariants,
            event_log,
            are_pages_in_sync,
            copied: Vec::new(),
            foreign_clients: Vec::new(),
            calls: Vec::new(),
            opened: 0,
        };
        for _ in 0..history.conditions.tabs {
            history.open(HOME);
        }
        history.world.settle();
        let first = if scenario.is_shared() { 1 } else { history.pages.len() };
        for _ in 0..first {
            history.sign_in_first();
        }
        history.world.set_latency(Duration::from_millis(history.conditions.latency));
        history
    }

    /// Every history begins with a sign-in.
    fn sign_in_first(&mut self) {
        self.look();
        self.leave(0);
        self.world.settle();
        self.return_from_server(0);
        self.world.settle();
        self.look();
    }

    pub(crate) fn live(&mut self) {
        for _ in 0..self.conditions.events {
            self.event_log.tick();
            self.invariants.counts.count("events");
            self.act();
            let is_rest = self.rng.one_in(4);
            if is_rest {
                self.world.settle();
            } else {
                for _ in 0..self.rng.below(12) {
                    self.world.step();
                }
            }
            self.look();
            if is_rest {
                self.check_quiet();
            }
        }
    }

    pub(crate) fn into_counts(self) -> Counts {
        self.invariants.counts
    }

    pub(crate) fn note(&self, text: &str) {
        self.event_log.transcript.note(line(self.world.now(), text));
    }

    pub(crate) fn open(&mut self, url: &str) {
        let tab = self.world.open(url);
        self.load(tab);
    }

    /// Starts a client in a page that has just been loaded.
    pub(crate) fn load(&mut self, tab: Tab) {
        self.opened += 1;
        self.invariants.counts.count("pages");
        self.note(&format!("page {} is {tab:?} at {}", self.opened, place(&tab)));
        let now = self.world.elapsed();
        self.pages.push(Page::start(self.opened, tab, &self.config, &self.event_log, now));
    }

    /// The pages of a tab are gone.
    pub(crate) fn remove_tab(&mut self, tab: &Tab) {
        self.pages.retain(|page| page.tab.id() != tab.id());
        self.foreign_clients.retain(|foreign_client| foreign_client.tab.id() != tab.id());
        let pages = &self.pages;
        self.calls.retain(|call| pages.iter().any(|page| page.number == call.page));
    }

    /// The owner of the session of this page.
    pub(crate) fn holder(&self, tab: &Tab) -> Holder {
        (!self.scenario.is_shared()).then(|| tab.id())
    }

    /// A script of this page makes a call.
    pub(crate) fn call(
        &mut self,
        index: usize,
        what: &'static str,
        work: impl Future<Output = Option<HandedOut>> + 'static,
    ) {
        let page = &self.pages[index];
        let call = page.tab.call(work);
        let (holder, since) = (self.holder(&page.tab), self.world.elapsed());
        self.calls.push(Pending { what, page: page.number, holder, since, call });
    }

    pub(crate) fn leave(&mut self, index: usize) {
        let Some(auth) = self.pages[index].auth.clone() else { return };
        let _call = self.pages[index]
            .tab
            .call(async move { auth.sign_in(basic_oauth::SignInOptions::default()).await });
    }

    /// The server sends a leaving page back.
    pub(crate) fn return_from_server(&mut self, index: usize) {
        let tab = self.pages[index].tab.clone();
        self.wait_for_copies();
        let own = self.pages.iter().filter(|page| page.tab.id() == tab.id());
        let begun = own.filter_map(Page::left_at).max().expect("the page is leaving");
        let redirect = self.world.consent(&tab);
        self.invariants.code_given(redirect.parameter("code").expect("given"), begun);
        self.callbacks.push(redirect.url());
        let back = tab.go(&redirect.url());
        self.remove_tab(&tab);
        self.load(back);
        // Some browsers restore a tab twice.
        if self.rng.one_in(8) {
            self.open(&redirect.url());
        }
    }

    /// Reads what has happened, and checks it.
    #[track_caller]
    pub(crate) fn look(&mut self) {
        let events = self.event_log.events.take();
        self.invariants.look(&self.world, events);
        let now = self.world.elapsed();
        for page in &mut self.pages {
            if page.look() && page.must_restore {
                let is_restored = self.invariants.has_restored(page.number);
                assert!(is_restored, "page {} has lost its session", page.number);
                self.invariants.counts.count("sessions restored");
            }
            let is_late = page.auth.is_none() && now.saturating_sub(page.opened) > PATIENCE;
            assert!(!is_late, "page {} never starts", page.number);
            check_error(page);
        }
        self.check_copies();
        self.check_foreign_clients();
        let calls = std::mem::take(&mut self.calls);
        for pending in calls {
            match pending.call.take() {
                Some(Some(given)) => {
                    self.invariants.check_token(&self.world, &given, pending.page, pending.holder);
                }
                Some(None) => {}
                None => {
                    let age = now.saturating_sub(pending.since);
                    let Pending { what, page, .. } = pending;
                    assert!(age <= PATIENCE, "{what} in page {page} never ends");
                    self.calls.push(pending);
                }
            }
        }
    }

    /// The time that a page spends in the cache is not its own.
    pub(crate) fn slept(&mut self, index: usize) {
        let (now, tab) = (self.world.elapsed(), self.pages[index].tab.id());
        let pages = &mut self.pages;
        for page in pages.iter_mut().filter(|page| page.tab.id() == tab) {
            page.opened = now;
            for call in self.calls.iter_mut().filter(|call| call.page == page.number) {
                call.since = now;
            }
        }
    }

    /// What is still under way.
    pub(crate) fn calls(&self) -> Vec<(&'static str, usize)> {
        self.calls.iter().map(|call| (call.what, call.page)).collect()
    }

    /// Lets time pass until the tab waits for no answer; false if it always does.
    pub(crate) fn wait_until_idle(&mut self, tab: &Tab) -> bool {
        for _ in 0..60 {
            self.look();
            if self.invariants.is_idle(tab.id()) {
                return true;
            }
            self.world.advance(SECOND);
        }
        false
    }
}

/// The path of a page; its query may hold secrets.
fn place(tab: &Tab) -> String {
    tab.location().map(|url| url.pathname().to_owned()).unwrap_or_default()
}
