//! A page's handlers, its one timer, and its voice to the other tabs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::clock::TimerKey;
use super::page::{Handler, PageId};
use super::world::{Core, Effect};
use basic_oauth::UnixTime;
use basic_oauth::platform::{PageEvent, PageEvents};

/// Receives the events of the page and the messages of the other tabs, until it is dropped.
pub struct Listener {
    core: Rc<Core>,
    page: PageId,
    id: u64,
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
        let id = pages.number();
        if let Some(live) = pages.get_mut(page) {
            live.handlers.push(Handler { id, channel: channel.into(), handler });
        }
        drop(pages);
        Self { core: Rc::clone(core), page, id, channel: channel.into(), timer: Cell::new(None) }
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
        let (core, page, handler) = (Rc::downgrade(&self.core), self.page, self.id);
        let action = Box::new(move || {
            if let Some(core) = core.upgrade() {
                core.emit(page, Some(handler), PageEvent::Timer);
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
            self.core
                .post_change(|_, handler| handler.channel == self.channel && handler.id != self.id);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.disarm();
        let mut pages = self.core.pages.borrow_mut();
        let Some(live) = pages.get_mut(self.page) else { return };
        let index = live.handlers.iter().position(|handler| handler.id == self.id);
        let handler = index.map(|index| live.handlers.remove(index));
        drop(pages);
        // The handler may own what drops more listeners.
        drop(handler);
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.channel)
    }
}

impl Core {
    /// Emits an event to one handler of a page, or to all of them.
    pub(super) fn emit(&self, page: PageId, handler: Option<u64>, signal: PageEvent) {
        let pages = self.pages.borrow();
        let Some(live) = pages.get(page) else { return };
        let meant = live.handlers.iter().filter(|own| handler.is_none_or(|id| own.id == id));
        let handlers: Vec<_> = meant.map(|own| Rc::clone(&own.handler)).collect();
        drop(pages);
        handlers.into_iter().for_each(|handler| handler(signal));
    }

    /// Emits an event to a page in the browser's own time.
    pub(super) fn post_signal(self: &Rc<Self>, page: PageId, signal: PageEvent) {
        let core = Rc::downgrade(self);
        self.executor.post(page, move || {
            if let Some(core) = core.upgrade() {
                core.emit(page, None, signal);
            }
        });
    }

    /// Notifies handlers that the store has changed, in the browser's own time. A frozen page misses it.
    pub(super) fn post_change(self: &Rc<Self>, is_meant: impl Fn(PageId, &Handler) -> bool) {
        if !self.has_channels.get() {
            return;
        }
        let pages = self.pages.borrow();
        let awake = pages.all().filter(|(_, live)| !live.is_frozen);
        let handlers: Vec<_> = awake
            .flat_map(|(page, live)| live.handlers.iter().map(move |handler| (page, handler)))
            .filter(|(page, handler)| is_meant(*page, handler))
            .map(|(page, handler)| (page, handler.id))
            .collect();
        drop(pages);
        for (page, handler) in handlers {
            let core = Rc::downgrade(self);
            let deliver = move || {
                if let Some(core) = core.upgrade() {
                    core.emit(page, Some(handler), PageEvent::StoreChanged);
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
