//! What all clients in one page share: work under way, so that nobody does it twice.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::error::Result;
use crate::protocol::callback::OtherClient;

/// The desks of this page, one for each namespace.
#[derive(Debug, Default)]
pub struct Page {
    desks: RefCell<Vec<(String, Rc<Desk>)>>,
    clients: RefCell<Vec<(String, OtherClient)>>,
}

impl Page {
    /// The desk that all clients of this name share.
    #[must_use]
    pub fn desk(&self, name: &str) -> Rc<Desk> {
        let mut desks = self.desks.borrow_mut();
        if let Some((_, desk)) = desks.iter().find(|(own, _)| own == name) {
            return desk.clone();
        }
        let desk = Rc::<Desk>::default();
        desks.push((name.into(), desk.clone()));
        desk
    }

    /// Notes a client of this page.
    pub fn note_client(&self, namespace: &str, client: OtherClient) {
        self.clients.borrow_mut().push((namespace.into(), client));
    }

    /// The clients of this page that are not of this namespace.
    #[must_use]
    pub fn other_clients(&self, namespace: &str) -> Vec<OtherClient> {
        let clients = self.clients.borrow();
        let others = clients.iter().filter(|(own, _)| own != namespace);
        others.map(|(_, client)| client.clone()).collect()
    }
}

/// Work under way in this page, one piece for each purpose.
#[derive(Debug, Default)]
pub struct Desk {
    flights: RefCell<[Option<Flight>; 4]>,
    /// How many clients of this page use the session of its tab.
    pub tab_claims: Cell<u32>,
    /// What marks this page as the one that does.
    pub tab_mark: RefCell<String>,
}

/// What work is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Completing a sign-in.
    Callback,
    /// Leaving for the authorization server.
    Leaving,
    /// Renewing the access token.
    Renewal,
    /// Reading who is signed in.
    User,
}

impl Desk {
    /// The work of this purpose, if it is under way.
    #[must_use]
    pub fn flight(&self, purpose: Purpose) -> Option<Flight> {
        self.flights.borrow()[purpose as usize].clone()
    }

    /// Notes that work begins. Whoever does it must [`land`](Self::land) it.
    #[must_use]
    pub fn take_off(&self, purpose: Purpose) -> Flight {
        let flight = Flight::default();
        self.flights.borrow_mut()[purpose as usize] = Some(flight.clone());
        flight
    }

    /// Notes that work has ended, and tells everybody who waits.
    pub fn land(&self, purpose: Purpose, outcome: Result<()>) {
        let Some(flight) = self.flights.borrow_mut()[purpose as usize].take() else { return };
        let mut inner = flight.0.borrow_mut();
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
