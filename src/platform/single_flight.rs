//! Single flight: if several callers ask for the same work at once, it is done once, and all of
//! them get its outcome.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::error::Result;

/// The work in progress, at most one piece for each operation.
#[derive(Debug, Default)]
pub struct SingleFlight {
    in_flight: RefCell<[Option<InFlight>; Operation::COUNT]>,
}

/// An operation that is done once, however many callers ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Completes a sign-in.
    Callback,
    /// Leaves for the authorization server.
    Redirect,
    /// Refreshes the access token.
    Refresh,
    /// Starts a client.
    Start,
    /// Reads the user information.
    User,
}

impl Operation {
    /// The variants are the indices of an array, and the last one gives its length.
    const COUNT: usize = Self::User as usize + 1;
}

impl SingleFlight {
    /// Returns the work of this operation, if it is in progress.
    #[must_use]
    pub fn in_flight(&self, operation: Operation) -> Option<InFlight> {
        self.in_flight.borrow()[operation as usize].clone()
    }

    /// Records that work begins. The caller must [`finish`](Self::finish) it.
    #[must_use]
    pub fn begin(&self, operation: Operation) -> InFlight {
        let begun = InFlight::default();
        self.in_flight.borrow_mut()[operation as usize] = Some(begun.clone());
        begun
    }

    /// Records that work has ended, and wakes all callers that wait for it.
    pub fn finish(&self, operation: Operation, outcome: Result<()>) {
        let Some(finished) = self.in_flight.borrow_mut()[operation as usize].take() else { return };
        let mut inner = finished.0.borrow_mut();
        inner.outcome = Some(outcome);
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        for waker in waiting {
            waker.wake();
        }
    }
}

/// Work that several callers wait for.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Rc<RefCell<Inner>>);

impl InFlight {
    /// Returns whether this is the same piece of work.
    #[cfg(feature = "openid")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Debug, Default)]
struct Inner {
    outcome: Option<Result<()>>,
    waiting: Vec<Waker>,
}

impl Future for InFlight {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.0.borrow_mut();
        if let Some(outcome) = &inner.outcome {
            return Poll::Ready(outcome.clone());
        }
        inner.waiting.push(context.waker().clone());
        Poll::Pending
    }
}
