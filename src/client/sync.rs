//! Keeps the session in step with the store, the events of the page, and the clock.

use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use crate::event::Event;
use crate::platform::{Operation, PageEvent, PageEvents as _, Platform};
use crate::session::refresh::{self as rules, Decision, Trigger};
use crate::session::{self, Reconciled, Session};
use crate::time::UnixTime;

impl<P: Platform> BasicAuth<P> {
    /// Listens to the events of the page and to the other tabs, unless this client is closed.
    pub(super) fn listen(&self) {
        if self.client_state().is_closed {
            return;
        }
        let client = Rc::downgrade(&self.0);
        let handler = move |event| {
            if let Some(inner) = client.upgrade() {
                Self(inner).on_page_event(event);
            }
        };
        let channel = self.0.records.channel();
        let page_events = self.0.platform.listen(&channel, Rc::new(handler));
        self.0.page_events.replace(Some(page_events));
    }

    fn on_page_event(&self, event: PageEvent) {
        match event {
            PageEvent::Left => return self.release_tab(),
            PageEvent::Restored => {
                self.redirect_cancelled();
                self.claim_tab();
            }
            PageEvent::Online => {
                let now = self.0.platform.now();
                self.client_state_mut().refresh_plan.reconnected(now);
            }
            PageEvent::StoreChanged if self.0.config.store.visibility_lags() => {
                self.recheck_later()
            }
            _ => {}
        }
        if event != PageEvent::Timer {
            // A message may have been missed while the page was frozen.
            self.sync_with_store();
        }
        self.tick();
        if matches!(event, PageEvent::Online | PageEvent::Restored | PageEvent::Visible) {
            self.load_missing_user();
        }
    }

    /// Reads the store again later: a change of cookies may be visible only after its message.
    fn recheck_later(&self) {
        const LAG: Duration = Duration::from_secs(1);
        let seen = self.0.platform.sleep(LAG);
        let client = Rc::downgrade(&self.0);
        self.0.platform.spawn(Box::pin(async move {
            seen.await;
            if let Some(inner) = client.upgrade() {
                Self(inner).sync_with_store();
            }
        }));
    }

    /// Does what is due now, and schedules the next look at the clock.
    pub(super) fn tick(&self) {
        let Some(session) = self.session() else { return self.schedule(None) };
        if self.client_state().is_closed {
            return;
        }
        let now = self.0.platform.now();
        let decision =
            rules::decide(&session, &self.client_state().refresh_plan, now, Trigger::Tick);
        match decision {
            Decision::Wait(at) => self.schedule(at),
            Decision::BackOff(at) => self.schedule(Some(at)),
            Decision::Refresh => match self.0.shared.single_flight.in_flight(Operation::Refresh) {
                None => drop(self.start_refresh()),
                Some(_) => self.follow_refresh(),
            },
            Decision::End(reason) => self.end_session(reason, None),
        }
    }

    /// Takes over the result of a refresh that is under way. It may be another client's of this page, and
    /// a browser without channels sends no message about it.
    fn follow_refresh(&self) {
        let client = self.clone();
        self.0.platform.spawn(Box::pin(async move {
            let _ = client.refresh_and_sync().await;
            client.tick();
        }));
    }

    /// Sets the time of the next refresh, and asks for a timer event then.
    pub(super) fn schedule(&self, at: Option<UnixTime>) {
        let mut state = self.client_state_mut();
        let is_changed = at.is_some() && state.refreshes_at != at;
        state.refreshes_at = at;
        let redirect_until = state.redirect_until;
        let now = self.0.platform.now();
        drop(state);
        if redirect_until.is_some_and(|until| until <= now) {
            self.redirect_cancelled();
        }
        let wake = match (at, redirect_until.filter(|until| *until > now)) {
            (Some(at), Some(until)) => Some(at.min(until)),
            (at, until) => at.or(until),
        };
        if let Some(page_events) = &*self.0.page_events.borrow() {
            page_events.wake_at(wake);
        }
        if let Some(at) = at.filter(|_| is_changed) {
            self.emit(Event::RefreshScheduled(at));
        }
    }

    /// Takes over what another tab or another client of this page has stored.
    pub(super) fn sync_with_store(&self) {
        let state = self.client_state();
        if state.is_unsaved || state.is_closed {
            return;
        }
        drop(state);
        let Ok(stored) = self.0.records.load_session(&self.0.platform) else { return };
        let stored = stored
            .filter(|stored| self.client_state().signed_out_session.as_ref() != Some(&stored.id));
        let mine = self.session();
        match session::reconcile(mine.as_ref(), stored) {
            Reconciled::Unchanged => {}
            Reconciled::Adopt(session) => self.adopt(session),
            Reconciled::SignedOutElsewhere => drop(self.adopt_sign_out()),
        }
    }

    fn adopt(&self, session: Rc<Session>) {
        let is_known = self.session().is_some_and(|current| !rules::is_newer(&session, &current));
        if is_known {
            // The same tokens, and now also the user.
            return self.update_state(|state| state.session = Some(session));
        }
        self.set_session(session);
        self.emit(Event::Adopted);
        self.tick();
        self.load_missing_user();
    }
}
