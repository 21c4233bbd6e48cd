//! The pages of a history and the clients in them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use basic_oauth::platform::Platform as _;
use basic_oauth::{Config, Event, Result, UnixTime};
use basic_oauth_testing::{Call, Tab};

use crate::report::Transcript;
use basic_oauth_testing::flow::*;

/// One client in one page.
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) tab: Tab,
    pub(crate) auth: Option<Auth>,
    pub(crate) opened: Duration,
    /// Whether its tab holds a session that is its own.
    pub(crate) must_restore: bool,
    starting: Call<Result<Auth>>,
    /// The moments at which its sign-ins began.
    sign_ins: Rc<RefCell<Vec<u64>>>,
}

/// The events of all pages, in order.
#[derive(Clone, Default)]
pub(crate) struct EventLog {
    /// How many things have happened in this history: the order of events, independent of the clocks.
    pub(crate) moment: Rc<Cell<u64>>,
    pub(crate) events: Rc<RefCell<Vec<LoggedEvent>>>,
    pub(crate) transcript: Transcript,
}

impl EventLog {
    /// Returns the next moment: later events have greater numbers.
    pub(crate) fn tick(&self) -> u64 {
        self.moment.set(self.moment.get() + 1);
        self.moment.get()
    }
}

/// One event of a client.
pub(crate) struct LoggedEvent {
    pub(crate) page: usize,
    pub(crate) moment: u64,
    pub(crate) at: UnixTime,
    /// How much had passed on the network before.
    pub(crate) passed: usize,
    pub(crate) event: Event,
}

/// An access token that an app was given.
pub(crate) struct HandedOut {
    pub(crate) token: String,
    pub(crate) expires_at: Option<UnixTime>,
    pub(crate) at: UnixTime,
    pub(crate) moment: u64,
    /// Whether it had not expired at the server.
    pub(crate) is_fresh: bool,
}

impl Page {
    pub(crate) fn start(
        number: usize,
        tab: Tab,
        config: &Config,
        event_log: &EventLog,
        now: Duration,
    ) -> Self {
        let sign_ins = Rc::<RefCell<Vec<u64>>>::default();
        let mut config = config.clone();
        let (event_log, own, begun) = (event_log.clone(), tab.clone(), sign_ins.clone());
        config.on_event = Some(Rc::new(move |event| {
            let moment = event_log.tick();
            if *event == Event::SignInStarted {
                begun.borrow_mut().push(moment);
            }
            let at = own.now();
            event_log.transcript.note(line(at, &format!("page {number} emits {event:?}")));
            let logged =
                LoggedEvent { page: number, moment, at, passed: own.passed(), event: *event };
            event_log.events.borrow_mut().push(logged);
        }));
        let starting = tab.call(Auth::start_with_config(tab.clone(), config));
        Self { number, tab, auth: None, opened: now, must_restore: false, starting, sign_ins }
    }

    /// Takes over the client once it has started; true if it is just now.
    pub(crate) fn look(&mut self) -> bool {
        let Some(started) = self.starting.take() else { return false };
        self.auth = Some(started.expect("nothing here keeps a client from starting"));
        true
    }

    pub(crate) fn is_leaving(&self) -> bool {
        !self.tab.navigations().is_empty()
    }

    /// When the sign-in began that the page is leaving for.
    pub(crate) fn left_at(&self) -> Option<u64> {
        self.sign_ins.borrow().last().copied()
    }
}

/// A line of the transcript, by the wall clock of the pages.
pub(crate) fn line(now: UnixTime, text: &str) -> String {
    let millis = now.as_millis() - 1_800_000_000_000;
    format!("{:>12.3} s  {text}", millis as f64 / 1000.0)
}
