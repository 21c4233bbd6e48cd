//! A page's ears, its one timer, and its voice to the other tabs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::clock::TimerKey;
use super::page::{Ear, PageId};
use super::world::{Core, Effect};
use basic_oauth::UnixTime;
use basic_oauth::platform::{PageEvent, PageEvents};

/// Hears of the page and of the other tabs, until it is dropped.
pub struct Listener {
    core: Rc<Core>,
    page: PageId,
    ear: u64,
    channel: String,
    timer: Cell<Option<TimerKey>>,
}

impl Listener {
    pub(super) fn new(
        core: &Rc<Core>,
        page: PageId,
        channel: &str,
        handler: Rc<dyn Fn(PageEvent)>,
    ) -> Self {
        let mut pages = core.pages.borrow_mut();
        let ear = pages.number();
        if let Some(live) = pages.get_mut(page) {
            live.ears.push(Ear { id: ear, channel: channel.into(), handler });
        }
        drop(pages);
        Self { core: Rc::clone(core), page, ear, channel: channel.into(), timer: Cell::new(None) }
    }

    fn disarm(&self) {
        let armed = self.timer.take().and_then(|key| self.core.clock.borrow_mut().disarm(key));
        drop(armed);
    }
}

impl PageEvents for Listener {
    fn wake_at(&self, at: Option<UnixTime>) {
        self.disarm();
        let Some(at) = at.filter(|_| self.core.pages.borrow().get(self.page).is_some()) else {
            return;
        };
        let (core, page, ear) = (Rc::downgrade(&self.core), self.page, self.ear);
        let action = Box::new(move || {
            if let Some(core) = core.upgrade() {
                core.tell(page, Some(ear), PageEvent::Timer);
            }
        });
        let mut clock = self.core.clock.borrow_mut();
        // As the browser's listener does: the client looks at the clock, and asks again.
        let delay = at.since(clock.wall()).min(super::clock::LONGEST_DELAY);
        self.timer.set(Some(clock.arm(page, delay, action)));
    }

    fn broadcast_change(&self) {
        self.core.note(self.page, Effect::Announced);
        if self.core.pages.borrow().get(self.page).is_some() {
            self.core.post_change(|_, ear| ear.channel == self.channel && ear.id != self.ear);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.disarm();
        let mut pages = self.core.pages.borrow_mut();
        let Some(live) = pages.get_mut(self.page) else { return };
        let index = live.ears.iter().position(|ear| ear.id == self.ear);
        let ear = index.map(|index| live.ears.remove(index));
        drop(pages);
        // The handler may own what drops more listeners.
        drop(ear);
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.channel)
    }
}

impl Core {
    /// Tells one ear of a page, or all of them.
    pub(super) fn tell(&self, page: PageId, ear: Option<u64>, signal: PageEvent) {
        let pages = self.pages.borrow();
        let Some(live) = pages.get(page) else { return };
        let meant = live.ears.iter().filter(|own| ear.is_none_or(|ear| own.id == ear));
        let handlers: Vec<_> = meant.map(|own| Rc::clone(&own.handler)).collect();
        drop(pages);
        handlers.into_iter().for_each(|handler| handler(signal));
    }

    /// Tells a page in the browser's own time.
    pub(super) fn post_signal(self: &Rc<Self>, page: PageId, signal: PageEvent) {
        let core = Rc::downgrade(self);
        self.executor.post(page, move || {
            if let Some(core) = core.upgrade() {
                core.tell(page, None, signal);
            }
        });
    }

    /// Tells ears that the store has changed, in the browser's own time. A frozen page misses it.
    pub(super) fn post_change(self: &Rc<Self>, is_meant: impl Fn(PageId, &Ear) -> bool) {
        if !self.has_channels.get() {
            return;
        }
        let pages = self.pages.borrow();
        let heard = pages.all().filter(|(_, live)| !live.is_frozen);
        let ears: Vec<_> = heard
            .flat_map(|(page, live)| live.ears.iter().map(move |ear| (page, ear)))
            .filter(|(page, ear)| is_meant(*page, ear))
            .map(|(page, ear)| (page, ear.id))
            .collect();
        drop(pages);
        for (page, ear) in ears {
            let core = Rc::downgrade(self);
            let deliver = move || {
                if let Some(core) = core.upgrade() {
                    core.tell(page, Some(ear), PageEvent::StoreChanged);
                }
            };
            self.executor.post(page, deliver);
        }
    }

    /// A future that ends when the timers' clock is this much further.
    pub(super) fn sleep(self: &Rc<Self>, page: PageId, duration: Duration) -> Sleep {
        let (sender, receiver) = futures::channel::oneshot::channel();
        let action = Box::new(move || sender.send(()).unwrap_or_default());
        let key = self.clock.borrow_mut().arm(page, duration, action);
        Sleep { core: Rc::clone(self), key, receiver }
    }
}

/// Waits on the timers' clock; dropping it disarms the timer.
pub(super) struct Sleep {
    core: Rc<Core>,
    key: TimerKey,
    receiver: futures::channel::oneshot::Receiver<()>,
}

impl std::future::Future for Sleep {
    type Output = ();

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<()> {
        std::pin::Pin::new(&mut self.receiver).poll(context).map(drop)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let armed = self.core.clock.borrow_mut().disarm(self.key);
        drop(armed);
    }
}
