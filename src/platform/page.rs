//! What all instances in one page share: work under way, so that nobody does it twice.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::error::Result;

/// The work under way in this page, by name.
#[derive(Debug, Default)]
pub struct Page {
    flights: RefCell<Vec<(String, Flight)>>,
}

impl Page {
    /// The work of this name, if it is under way.
    #[must_use]
    pub fn flight(&self, name: &str) -> Option<Flight> {
        self.flights.borrow().iter().find(|(own, _)| own == name).map(|(_, flight)| flight.clone())
    }

    /// Notes that the work of this name begins. Whoever does it must [`land`](Self::land) it.
    #[must_use]
    pub fn take_off(&self, name: &str) -> Flight {
        let flight = Flight::default();
        self.flights.borrow_mut().push((name.into(), flight.clone()));
        flight
    }

    /// Notes that the work of this name has ended, and tells everybody who waits.
    pub fn land(&self, name: &str, outcome: Result<()>) {
        let mut flights = self.flights.borrow_mut();
        let Some(index) = flights.iter().position(|(own, _)| own == name) else { return };
        let (_, flight) = flights.swap_remove(index);
        drop(flights);
        let mut inner = flight.0.borrow_mut();
        inner.outcome = Some(outcome);
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Work that several callers wait for.
#[derive(Clone, Debug, Default)]
pub struct Flight(Rc<RefCell<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    outcome: Option<Result<()>>,
    waiting: Vec<Waker>,
}

impl Future for Flight {
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
