//! A world: one origin, its tabs, the network and the time.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::clock::Clock;
use super::executor::{Executor, Next, Woken};
use super::locks::Locks;
use super::network::{Answer, Gate, Network, SentRequest, Traffic};
use super::page::{PageId, Pages, TabId};
use super::redirect::Redirect;
use super::server::Server;
use super::stores::{Shelf, StoreFault, Stores};
use super::tab::Tab;
use crate::rng::Rng;
use basic_oauth::UnixTime;
use basic_oauth::platform::{Environment, SessionStore};

/// More steps than any correct app takes at one moment: beyond it, the app is in an endless loop.
const MAX_STEPS: u32 = 100_000;

/// A simulated browser with one origin, and the network around it.
///
/// Nothing happens by itself: a test lets everything that can go on do so with
/// [`settle`](Self::settle) or [`run`](Self::run), and lets time pass with
/// [`advance`](Self::advance). The same test always takes the same steps.
pub struct World {
    pub(super) core: Rc<Core>,
}

/// What the tabs share. No borrow of a field is held while foreign code runs.
#[derive(Default)]
pub(super) struct Core {
    pub(super) clock: RefCell<Clock>,
    pub(super) executor: Executor,
    pub(super) locks: RefCell<Locks>,
    pub(super) network: RefCell<Network>,
    pub(super) pages: RefCell<Pages>,
    pub(super) random: RefCell<Option<Rng>>,
    pub(super) server: RefCell<Server>,
    pub(super) stores: RefCell<Stores>,
    pub(super) has_locks: Cell<bool>,
    pub(super) has_channels: Cell<bool>,
    after_read: RefCell<Option<Box<dyn FnOnce()>>>,
    interleaving: RefCell<Option<(String, Rng)>>,
    effects: RefCell<Vec<(TabId, Effect)>>,
}

/// What a page did, in order. No value is in it, because values are secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It notified the other tabs that the store has changed.
    Announced,
    /// It asked the browser to leave for another page.
    Navigated,
    /// It removed the record of this key.
    Removed(SessionStore, String),
    /// It replaced its address.
    Replaced,
    /// It sent a request to this path.
    Requested(String),
    /// It wrote the record of this key.
    Stored(SessionStore, String),
}

impl World {
    /// An empty world: online, with locks and channels, and a server that is in good order.
    #[must_use]
    pub fn new() -> Self {
        Self::with_seed(0)
    }

    /// An empty world with other random numbers.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        let core = Core { random: RefCell::new(Some(Rng::new(seed))), ..Core::default() };
        core.has_locks.set(true);
        core.has_channels.set(true);
        Self { core: Rc::new(core) }
    }

    /// Opens a tab. The page is a secure context if its address allows it.
    #[must_use]
    pub fn open(&self, url: &str) -> Tab {
        Tab::open(&self.core, url, Environment { is_secure_context: true, is_framed: false })
    }

    /// Opens a tab whose page is of a certain kind.
    #[must_use]
    pub fn open_as(&self, url: &str, environment: Environment) -> Tab {
        Tab::open(&self.core, url, environment)
    }

    /// Lets everything go on that needs no time.
    ///
    /// # Panics
    /// If it never comes to an end.
    #[track_caller]
    pub fn settle(&self) {
        for _ in 0..MAX_STEPS {
            if !self.step() {
                return;
            }
        }
        endless_loop();
    }

    /// Takes one step of what [`settle`](Self::settle) takes, and says whether there was one. Between
    /// two steps a test can close a tab.
    pub fn step(&self) -> bool {
        let pages = self.core.pages.borrow();
        let timer = self.core.clock.borrow_mut().take_due(|page| pages.is_hidden(page));
        drop(pages);
        match timer {
            Some(timer) => {
                self.core.fire(timer);
                true
            }
            None => self.core.go_on(None),
        }
    }

    /// Drives a call to its end without time passing, and everything else as far as it goes.
    ///
    /// # Panics
    /// If the call waits for time, or for an answer that the test holds back.
    #[track_caller]
    pub fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.run_within(Duration::ZERO, call)
    }

    /// Drives a call to its end, letting at most this much time pass.
    ///
    /// # Panics
    /// If it does not end within that time.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test that waits for ever has failed")]
    pub fn run_within<T>(&self, limit: Duration, call: impl Future<Output = T>) -> T {
        let end = self.core.clock.borrow().elapsed().saturating_add(super::clock::millis(limit));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut call = pin!(call);
        let mut is_woken = true;
        for _ in 0..MAX_STEPS {
            if is_woken
                && let Poll::Ready(output) = call.as_mut().poll(&mut Context::from_waker(&waker))
            {
                self.settle();
                return output;
            }
            let went_on = self.step();
            is_woken = woken.take();
            if !went_on && !is_woken {
                let next = self.core.clock.borrow().next_at().filter(|at| *at <= end);
                match next {
                    Some(at) => self.core.clock.borrow_mut().pass_to(at),
                    None => panic!("the call is still waiting"),
                }
            }
        }
        endless_loop()
    }

    /// Lets time pass, timers firing in order, and everything go on that they set off.
    pub fn advance(&self, duration: Duration) {
        let end = self.core.clock.borrow().elapsed().saturating_add(super::clock::millis(duration));
        loop {
            self.settle();
            let mut clock = self.core.clock.borrow_mut();
            match clock.next_at().filter(|at| *at <= end) {
                Some(at) => clock.pass_to(at),
                None => {
                    clock.pass_to(end);
                    return;
                }
            }
        }
    }

    /// The device sleeps: time passes for the server and on the wall clock, and no timer notices.
    pub fn sleep(&self, duration: Duration) {
        self.core.clock.borrow_mut().sleep(duration);
    }

    /// Sets the wall clock wrong by this much, for the pages alone.
    pub fn jump(&self, millis: i64) {
        self.core.clock.borrow_mut().jump(millis);
    }

    /// What the wall clock of the pages says.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.core.clock.borrow().wall()
    }

    /// How long the timers' clock has run: neither a sleep nor a jump is in it.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_millis(self.core.clock.borrow().elapsed())
    }

    /// How long until the next timer fires.
    #[must_use]
    pub fn next_timer(&self) -> Option<Duration> {
        let clock = self.core.clock.borrow();
        clock.next_at().map(|at| Duration::from_millis(at.saturating_sub(clock.elapsed())))
    }

    /// Lets the pages take turns in a random order from here on, and receive messages and answers in any
    /// order; the same for the same seed.
    pub fn shuffle(&self, seed: u64) {
        self.core.executor.shuffle(seed);
    }

    /// The authorization server. Let go of it before anything goes on.
    #[must_use]
    pub fn server(&self) -> RefMut<'_, Server> {
        self.core.server.borrow_mut()
    }

    /// Plays the server's consent page: what it sends the browser back with, to be changed at will.
    ///
    /// # Panics
    /// If the page has not asked the browser to leave.
    #[must_use]
    #[track_caller]
    pub fn consent(&self, tab: &Tab) -> Redirect {
        let target = tab.navigations().pop();
        assert!(target.is_some(), "the page has not asked the browser to leave");
        let now = self.core.clock.borrow().truth();
        let (to, parameters) = self.server().consent(&target.unwrap_or_default(), now);
        Redirect::new(to, parameters)
    }

    /// Plays the server's consent page, and opens the callback in the same tab.
    #[must_use]
    #[track_caller]
    pub fn authorize(&self, tab: &Tab) -> Tab {
        let redirect = self.consent(tab);
        tab.go(&redirect.url())
    }

    /// Plays the provider's end-session endpoint, to which the page has sent the browser: what it sends the
    /// browser back with, to be changed at will.
    ///
    /// # Panics
    /// If the page has not asked the browser to leave.
    #[must_use]
    #[track_caller]
    pub fn end_session(&self, tab: &Tab) -> Redirect {
        let target = tab.navigations().pop();
        assert!(target.is_some(), "the page has not asked the browser to leave");
        let (to, parameters) = self.server().end_session(&target.unwrap_or_default());
        Redirect::new(to, parameters)
    }

    /// Answers the next request to this path; several are used one after another.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.core.network.borrow_mut().answer_once(path, answer);
    }

    /// Answers every request to this path, until there is `None` again and the server does.
    pub fn answer_always(&self, path: &str, answer: impl Into<Option<Answer>>) {
        self.core.network.borrow_mut().answer_always(path, answer.into());
    }

    /// Holds back what the server answers to the next request to this path.
    #[must_use]
    pub fn hold(&self, path: &str) -> Gate {
        let gate = Gate::new();
        self.answer(path, Answer::server().behind(&gate));
        gate
    }

    /// How long each answer takes. Default: no time.
    pub fn set_latency(&self, latency: Duration) {
        self.core.network.borrow_mut().latency = latency;
    }

    /// Everything that was sent.
    #[must_use]
    pub fn requests(&self) -> Vec<SentRequest> {
        self.core.network.borrow().sent.clone()
    }

    /// What was sent to this path.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> Vec<SentRequest> {
        self.requests().into_iter().filter(|request| request.is_to(path)).collect()
    }

    /// What has passed on the network, from the passage of this number on.
    #[must_use]
    pub fn traffic_since(&self, seen: usize) -> Vec<Traffic> {
        self.core.network.borrow().traffic_since(seen)
    }

    /// Removes every scripted answer and all latency.
    pub fn clear_answers(&self) {
        self.core.network.borrow_mut().clear_answers();
    }

    /// Whether there are Web Locks.
    pub fn set_locks(&self, are_there: bool) {
        self.core.has_locks.set(are_there);
    }

    /// The names of the locks that are held.
    #[must_use]
    pub fn held_locks(&self) -> Vec<String> {
        self.core.locks.borrow().held()
    }

    /// Whether pages receive each other's changes, by message or by `storage` event.
    pub fn set_channels(&self, are_there: bool) {
        self.core.has_channels.set(are_there);
    }

    /// Whether there is a secure random source.
    pub fn set_random(&self, is_there: bool) {
        *self.core.random.borrow_mut() = is_there.then(|| Rng::new(0));
    }

    /// Makes the stores of this kind fail, or work again (`None`).
    pub fn set_store_fault(&self, kind: SessionStore, fault: impl Into<Option<StoreFault>>) {
        self.core.stores.borrow_mut().set_fault(kind, fault.into());
    }

    /// The records in all stores of this kind.
    #[must_use]
    pub fn records(&self, kind: SessionStore) -> BTreeMap<String, String> {
        self.core.stores.borrow().records_of_kind(kind)
    }

    /// Puts a record into `localStorage`, as other code of the origin would.
    pub fn plant(&self, key: &str, value: &str) {
        self.core.stores.borrow_mut().shelf(Shelf::Local).insert(key.into(), value.into());
    }

    /// Does this right after the next time a page reads a record, before its script goes on: another
    /// tab is another process, and may come in between a read and a write.
    pub fn after_next_read(&self, action: impl FnOnce() + 'static) {
        *self.core.after_read.borrow_mut() = Some(Box::new(action));
    }

    /// From here on, other pages may go on a few steps right after any page reads a record whose key has
    /// this in it; the same for the same seed.
    pub fn interleave(&self, key_part: &str, seed: u64) {
        *self.core.interleaving.borrow_mut() = Some((key_part.into(), Rng::new(seed)));
    }

    /// Empties all stores of this kind, as when the user clears the site's data.
    pub fn clear(&self, kind: SessionStore) {
        self.core.stores.borrow_mut().clear_kind(kind);
    }

    /// What all pages did, in order.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.core.effects.borrow().iter().map(|(_, effect)| effect.clone()).collect()
    }
}

impl Core {
    pub(super) fn note(&self, page: PageId, effect: Effect) {
        if let Some(live) = self.pages.borrow().get(page) {
            self.effects.borrow_mut().push((live.tab, effect));
        }
    }

    /// Lets one page go on a step, but not this one.
    pub(super) fn go_on(&self, not: Option<PageId>) -> bool {
        match self.executor.next(not) {
            None => return false,
            Some(Next::Task(id, task)) => {
                let page = task.page;
                let is_frozen = self.pages.borrow().is_frozen(page);
                let kept = if is_frozen { Some(task) } else { self.executor.poll(task) };
                // The page may have ended while its script ran.
                if let Some(task) = kept.filter(|_| self.pages.borrow().is_alive(page)) {
                    self.executor.keep(id, task);
                }
            }
            Some(Next::Event(event)) => {
                let mut pages = self.pages.borrow_mut();
                match pages.get_mut(event.page) {
                    Some(live) if live.is_frozen => live.held_back.push(event),
                    Some(_) => {
                        drop(pages);
                        (event.action)();
                    }
                    None => {}
                }
            }
        }
        true
    }

    /// Right after a page has read this record, others may come in between.
    pub(super) fn come_in_between(&self, page: PageId, key: &str) {
        if let Some(come_in_between) = self.after_read.take() {
            come_in_between();
        }
        // Taken out meanwhile, so that their own reads do not nest.
        let Some((part, mut random)) = self.interleaving.take() else { return };
        let steps = if key.contains(&part) { random.below(8) } else { 0 };
        for _ in 0..steps {
            self.go_on(Some(page));
        }
        *self.interleaving.borrow_mut() = Some((part, random));
    }

    fn fire(&self, timer: super::clock::Timer) {
        let mut pages = self.pages.borrow_mut();
        match pages.get_mut(timer.page) {
            Some(live) if live.is_frozen => return live.overdue.push(timer),
            Some(live) => live.fired += 1,
            None => {}
        }
        drop(pages);
        (timer.action)();
    }

    /// Ends a page: its scripts, timers, locks and memory go at once.
    pub(super) fn end(&self, page: PageId) {
        let live = self.pages.borrow_mut().remove(page);
        let scripts = self.executor.remove_page(page);
        let timers = self.clock.borrow_mut().disarm_page(page);
        self.locks.borrow_mut().give_up_page(page);
        self.stores.borrow_mut().clear(Shelf::Memory(page));
        // Dropping them runs code of their own, which may come back here.
        drop((live, scripts, timers));
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let pages: Vec<_> = self.core.pages.borrow().all().map(|(page, _)| page).collect();
        pages.into_iter().for_each(|page| self.core.end(page));
        let unused = self.core.after_read.take();
        drop(unused);
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World({})", self.now().as_millis())
    }
}

#[track_caller]
#[allow(clippy::panic, reason = "a test that never comes to rest has failed")]
fn endless_loop() -> ! {
    panic!("{MAX_STEPS} steps without time passing: an endless loop")
}
