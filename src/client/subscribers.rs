//! The listeners that are called with each new state.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::session::AuthState;

type Listener = Rc<dyn Fn(&Rc<AuthState>)>;

#[derive(Default)]
pub(crate) struct Subscribers(RefCell<Vec<Listener>>);

impl Subscribers {
    pub(crate) fn add(self: &Rc<Self>, listener: Listener) -> Subscription {
        self.0.borrow_mut().push(listener.clone());
        Subscription { subscribers: Rc::downgrade(self), listener }
    }

    pub(crate) fn clear(&self) {
        self.0.take();
    }

    /// Calls each listener. One listener may unsubscribe another, which is then not called any more.
    pub(crate) fn emit(&self, state: &Rc<AuthState>) {
        let listeners = self.0.borrow().clone();
        for listener in &listeners {
            if self.has(listener) {
                listener(state);
            }
        }
    }

    fn has(&self, listener: &Listener) -> bool {
        self.0.borrow().iter().any(|own| Rc::ptr_eq(own, listener))
    }
}

/// A subscription of one listener. Dropping it ends the subscription.
#[must_use = "dropping it ends the subscription at once"]
pub struct Subscription {
    subscribers: Weak<Subscribers>,
    listener: Listener,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(subscribers) = self.subscribers.upgrade() {
            let mut listeners = subscribers.0.borrow_mut();
            if let Some(at) = listeners.iter().position(|own| Rc::ptr_eq(own, &self.listener)) {
                listeners.remove(at);
            }
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}
