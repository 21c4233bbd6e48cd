//! Web Locks: exclusive, first come first served, shared by all tabs.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures::channel::oneshot;

use super::page::PageId;
use super::world::Core;

#[derive(Default)]
pub(super) struct Locks {
    names: BTreeMap<String, Queue>,
    claims: u64,
}

#[derive(Default)]
struct Queue {
    holder: Option<Claim>,
    waiting: VecDeque<(Claim, oneshot::Sender<()>)>,
}

#[derive(Clone, Copy, PartialEq)]
struct Claim {
    id: u64,
    page: PageId,
}

/// A lock that is held, or waited for; dropping it gives it up.
pub struct Lock {
    core: Rc<Core>,
    name: String,
    claim: Claim,
}

impl Lock {
    /// Claims a lock; the receiver resolves when it is held.
    pub(super) fn claim(
        core: &Rc<Core>,
        name: &str,
        page: PageId,
    ) -> (Self, oneshot::Receiver<()>) {
        let mut locks = core.locks.borrow_mut();
        locks.claims += 1;
        let claim = Claim { id: locks.claims, page };
        let queue = locks.names.entry(name.into()).or_default();
        let (sender, receiver) = oneshot::channel();
        queue.waiting.push_back((claim, sender));
        queue.grant();
        drop(locks);
        (Self { core: Rc::clone(core), name: name.into(), claim }, receiver)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut locks = self.core.locks.borrow_mut();
        let Some(queue) = locks.names.get_mut(&self.name) else { return };
        queue.give_up(|claim| *claim == self.claim);
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lock({})", self.name)
    }
}

impl Locks {
    /// Frees what a page held: the browser does so when the page ends.
    pub(super) fn give_up_page(&mut self, page: PageId) {
        for queue in self.names.values_mut() {
            queue.give_up(|claim| claim.page == page);
        }
    }

    /// The names of the locks that are held.
    pub(super) fn held(&self) -> Vec<String> {
        let held = self.names.iter().filter(|(_, queue)| queue.holder.is_some());
        held.map(|(name, _)| name.clone()).collect()
    }
}

impl Queue {
    fn give_up(&mut self, is_meant: impl Fn(&Claim) -> bool) {
        self.waiting.retain(|(claim, _)| !is_meant(claim));
        if self.holder.as_ref().is_some_and(is_meant) {
            self.holder = None;
            self.grant();
        }
    }

    fn grant(&mut self) {
        if self.holder.is_some() {
            return;
        }
        if let Some((claim, sender)) = self.waiting.pop_front() {
            self.holder = Some(claim);
            // A claim outlives its receiver only within the drop that gives it up next.
            let _ = sender.send(());
        }
    }
}
