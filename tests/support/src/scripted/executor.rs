//! A single-threaded executor without chance: the same test takes the same steps each time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use super::page::PageId;
use crate::rng::Rng;

/// The scripts of all pages, and the events that are due to them.
#[derive(Default)]
pub(super) struct Executor {
    tasks: RefCell<BTreeMap<u64, Task>>,
    events: RefCell<VecDeque<Event>>,
    ready: Arc<ReadyQueue>,
    /// More than one if a page runs in between the steps of another.
    running: RefCell<Vec<u64>>,
    spawned: Cell<u64>,
    shuffle: RefCell<Option<Rng>>,
}

pub(super) struct Task {
    pub(super) page: PageId,
    future: Pin<Box<dyn Future<Output = ()>>>,
    wake: Arc<TaskWake>,
}

/// Something the browser does in its own time, such as delivering a message.
pub(super) struct Event {
    pub(super) page: PageId,
    pub(super) action: Box<dyn FnOnce()>,
}

/// What can go on without time passing.
pub(super) enum Next {
    Task(u64, Task),
    Event(Event),
}

impl Executor {
    pub(super) fn spawn(&self, page: PageId, future: Pin<Box<dyn Future<Output = ()>>>) {
        let id = self.spawned.replace(self.spawned.get() + 1);
        let ready = Arc::clone(&self.ready);
        let wake = Arc::new(TaskWake { id, is_queued: AtomicBool::new(false), ready });
        let task = Task { page, future, wake: Arc::clone(&wake) };
        self.tasks.borrow_mut().insert(id, task);
        wake.wake();
    }

    pub(super) fn post(&self, page: PageId, action: impl FnOnce() + 'static) {
        self.events.borrow_mut().push_back(Event { page, action: Box::new(action) });
    }

    /// Lets the pages take turns in a random order from here on, the same for the same seed.
    pub(super) fn shuffle(&self, seed: u64) {
        *self.shuffle.borrow_mut() = Some(Rng::new(seed));
    }

    /// What goes on next, but not of this page. As in a browser, a page's scripts go on in order and
    /// before its events.
    pub(super) fn next(&self, not: Option<PageId>) -> Option<Next> {
        let page = match &mut *self.shuffle.borrow_mut() {
            Some(random) => {
                let mut busy = self.busy();
                busy.retain(|page| not != Some(*page));
                Some(*busy.get(random.index(busy.len()))?)
            }
            None => None,
        };
        let is_its = |own: PageId| not != Some(own) && page.is_none_or(|page| page == own);
        self.next_script(is_its).or_else(|| self.next_event(is_its))
    }

    /// The pages that can go on.
    fn busy(&self) -> Vec<PageId> {
        let tasks = self.tasks.borrow();
        let ready = self.ready.lock();
        let scripts = ready.iter().filter_map(|id| Some(tasks.get(id)?.page));
        let mut busy: Vec<_> = scripts.chain(self.events.borrow().iter().map(|e| e.page)).collect();
        busy.sort_unstable();
        busy.dedup();
        busy
    }

    fn next_script(&self, is_its: impl Fn(PageId) -> bool) -> Option<Next> {
        let mut tasks = self.tasks.borrow_mut();
        let mut ready = self.ready.lock();
        // Some have ended since they were woken. One that is taking a step right now may go on after it.
        let running = self.running.borrow();
        ready.retain(|id| tasks.contains_key(id) || running.contains(id));
        let index = ready.iter().position(|id| tasks.get(id).is_some_and(|t| is_its(t.page)))?;
        let id = ready.remove(index)?;
        tasks.remove(&id).map(|task| Next::Task(id, task))
    }

    fn next_event(&self, is_its: impl Fn(PageId) -> bool) -> Option<Next> {
        let mut events = self.events.borrow_mut();
        let own: Vec<_> = (0..events.len()).filter(|index| is_its(events[*index].page)).collect();
        // A message and an answer of the network have no order between them.
        let chosen = match &mut *self.shuffle.borrow_mut() {
            Some(random) => random.index(own.len()),
            None => 0,
        };
        events.remove(*own.get(chosen)?).map(Next::Event)
    }

    /// Takes a script one step further; it is given back while it is not at its end.
    pub(super) fn poll(&self, mut task: Task) -> Option<Task> {
        task.wake.is_queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.wake));
        self.running.borrow_mut().push(task.wake.id);
        let is_pending = task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
        self.running.borrow_mut().pop();
        is_pending.then_some(task)
    }

    /// Puts a script back that is not at its end.
    pub(super) fn keep(&self, id: u64, task: Task) {
        self.tasks.borrow_mut().insert(id, task);
    }

    /// Lets every script of a page look around again.
    pub(super) fn wake_page(&self, page: PageId) {
        let tasks = self.tasks.borrow();
        tasks.values().filter(|task| task.page == page).for_each(|task| {
            task.wake.is_queued.store(false, Ordering::Relaxed);
            Arc::clone(&task.wake).wake();
        });
    }

    /// Takes out everything of a page. The caller drops it, which may run code of its own.
    #[must_use]
    pub(super) fn remove_page(&self, page: PageId) -> (Vec<Task>, Vec<Event>) {
        let mut tasks = self.tasks.borrow_mut();
        let ids: Vec<_> = tasks.iter().filter(|(_, t)| t.page == page).map(|(id, _)| *id).collect();
        let tasks = ids.into_iter().filter_map(|id| tasks.remove(&id)).collect();
        let mut events = self.events.borrow_mut();
        let (gone, kept): (VecDeque<_>, _) = events.drain(..).partition(|event| event.page == page);
        *events = kept;
        (tasks, gone.into())
    }
}

#[derive(Default)]
struct ReadyQueue(Mutex<VecDeque<u64>>);

impl ReadyQueue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TaskWake {
    id: u64,
    is_queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl Wake for TaskWake {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().push_back(self.id);
        }
    }
}

/// The waker of a future that a test drives itself.
#[derive(Default)]
pub(super) struct Woken(AtomicBool);

impl Woken {
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
