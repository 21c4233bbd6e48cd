//! Handles duplicated tabs: the browser copies `sessionStorage`, and with it a refresh token that only
//! one tab may use.
//!
//! A page with such a session sets a mark in `sessionStorage`, and removes it when the user leaves the
//! page. A page that finds a mark is a copy, or the page before it could not remove its mark (the
//! browser discarded it, or crashed). So it asks whether the original is alive, on a channel that only
//! pages with this session listen to. If there is an answer, it starts signed out. No page holds a lock
//! while it is open, because a lock would keep it out of the back-forward cache.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::BasicAuth;
use crate::codec::base64url;
use crate::platform::{PageEvent, PageEvents as _, Platform, SessionStore};

/// The names of a session's channels, before its identifier. Two, so that no page takes an answer for a
/// question.
const QUESTION: &str = "copy.";
const ANSWER: &str = "original.";

/// How long the original may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

impl<P: Platform> BasicAuth<P> {
    /// Removes the session of this tab if it is a copy and the original is alive.
    pub(super) async fn remove_copied_session(&self) {
        let (platform, records) = (&self.0.platform, &self.0.records);
        let is_claimed_here = self.0.shared.tab_claims.get() > 0;
        if !self.owns_tab() || is_claimed_here || records.tab_mark().is_none() {
            return;
        }
        let Ok(Some(session)) = records.load_session(platform) else { return };
        // The original has a `sessionStorage` of its own. With this mark it can tell this page from one
        // that shares its `sessionStorage`.
        records.set_tab_mark(Some(&self.new_mark()));
        let (is_answered, must_ask) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(true)));
        let (answered, ask) = (is_answered.clone(), must_ask.clone());
        let handler = move |event| match event {
            PageEvent::StoreChanged => answered.set(true),
            PageEvent::Left => ask.set(true),
            _ => {}
        };
        let answers = platform.listen(&self.tab_channel(ANSWER, &session.id), Rc::new(handler));
        // A page that was in the back-forward cache meanwhile may have missed the answer, and asks again.
        while must_ask.replace(false) {
            self.send_to_tabs(QUESTION, &session.id);
            platform.sleep(ANSWER_TIMEOUT).await;
        }
        drop(answers);
        if is_answered.get() {
            // A record that cannot be removed cannot be read either.
            let _ = records.remove_session();
        }
        records.set_tab_mark(None);
    }

    /// Marks this page as the one that uses the session of its tab, and answers copies from then on.
    pub(super) fn claim_tab(&self) {
        let Some(session) = self.session().filter(|_| self.owns_tab()) else { return };
        if self.0.copies.borrow().as_ref().is_some_and(|(id, _)| *id == session.id) {
            return;
        }
        self.release_tab();
        let shared = &self.0.shared;
        if shared.tab_claims.get() == 0 {
            shared.tab_mark.replace(self.new_mark());
        }
        shared.tab_claims.update(|claims| claims + 1);
        self.0.records.set_tab_mark(Some(&shared.tab_mark.borrow()));
        let (client, session_id) = (Rc::downgrade(&self.0), session.id.clone());
        let handler = move |event| {
            if let Some(inner) = client.upgrade().filter(|_| event == PageEvent::StoreChanged) {
                Self(inner).answer_copy(&session_id);
            }
        };
        let questions =
            self.0.platform.listen(&self.tab_channel(QUESTION, &session.id), Rc::new(handler));
        self.0.copies.replace(Some((session.id.clone(), questions)));
    }

    /// Removes that mark, because the user leaves the page or the session has ended.
    pub(super) fn release_tab(&self) {
        if self.0.copies.take().is_none() {
            return;
        }
        self.0.shared.tab_claims.update(|claims| claims - 1);
        if self.0.shared.tab_claims.get() == 0 && self.has_own_mark() {
            self.0.records.set_tab_mark(None);
        }
    }

    /// Answers a page that asks whether its session is a copy of this one. If the mark is that page's, it
    /// shares this `sessionStorage` and is no copy.
    fn answer_copy(&self, session_id: &str) {
        if self.has_own_mark() {
            self.send_to_tabs(ANSWER, session_id);
        }
    }

    fn has_own_mark(&self) -> bool {
        self.0.records.tab_mark().is_some_and(|mark| mark == *self.0.shared.tab_mark.borrow())
    }

    fn send_to_tabs(&self, what: &str, session_id: &str) {
        let channel = self.tab_channel(what, session_id);
        self.0.platform.listen(&channel, Rc::new(|_| {})).broadcast_change();
    }

    fn tab_channel(&self, what: &str, session_id: &str) -> String {
        [&self.0.records.namespaced(what), session_id].concat()
    }

    /// Returns whether the session of the tab belongs to this page. A frame shares it with the page around
    /// it.
    fn owns_tab(&self) -> bool {
        self.0.config.store == SessionStore::Session
            && !self.client_state().is_closed
            && !self.0.platform.environment().is_framed
    }

    fn new_mark(&self) -> String {
        let mut bytes = [0; 12];
        // A client starts only if there is randomness.
        let _ = self.0.platform.random(&mut bytes);
        base64url::encode(&bytes)
    }
}
