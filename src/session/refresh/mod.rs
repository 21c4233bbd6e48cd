//! Decides when a session is refreshed, and what a failed refresh means.
//!
//! The decisions are pure. They take the session, the course of its refreshes, and the time; they return
//! what to do now and when to decide again.

use std::rc::Rc;
use std::time::Duration;

use crate::error::{Error, ErrorCode, ErrorKind, Result};
use crate::session::{Session, SignedOutReason, Stored};
use crate::time::{UnixTime, fraction};

/// The longest time before expiry at which refresh begins.
const MAX_MARGIN: Duration = Duration::from_secs(60);
/// The shortest pause between two attempts, so that no server and no lifetime causes a storm of requests.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(120);
/// How often a server may refuse a refresh before the session ends, if it does not say that the user
/// must sign in: a proxy that is misconfigured for a moment must not end all sessions.
const MAX_REFUSALS: u32 = 3;
/// The time over which refreshes are spread after a network comes back. All users at once would take down
/// the server that they wait for.
const RECONNECT_SPREAD: Duration = Duration::from_secs(5);

/// The course of the refreshes of the current tokens. Reset by each success.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RefreshPlan {
    /// A random fraction in `0.0..1.0` that spreads the tabs and the users of an app.
    pub jitter: f64,
    failures: u32,
    refusals: u32,
    last_attempt: Option<UnixTime>,
    /// Before this, only a call that needs a token may try.
    timer_blocked_until: Option<UnixTime>,
    /// Before this, no attempt is made: the server asked for the pause.
    server_blocked_until: Option<UnixTime>,
}

/// What asks for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The timer, or an event of the page.
    Tick,
    /// A call that needs a token.
    Demand,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The access token is valid. Decide again at this time, or never if there is none.
    Wait(Option<UnixTime>),
    /// Refresh now.
    Refresh,
    /// The last attempts were too recent, or failed. Try again at this time.
    BackOff(UnixTime),
    /// The session has expired and cannot be refreshed.
    End(SignedOutReason),
}

impl RefreshPlan {
    /// Returns the plan of new tokens, with this jitter.
    #[must_use]
    pub fn new(jitter: f64) -> Self {
        Self { jitter, ..Self::default() }
    }

    /// Returns whether the last attempt failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Records that an attempt begins.
    pub fn attempted(&mut self, now: UnixTime) {
        self.last_attempt = Some(now);
    }

    /// Records a failure that keeps the session. The next attempt waits for a random fraction of a pause
    /// that doubles (full jitter), and at least as long as the server asked.
    pub fn failed(&mut self, now: UnixTime, error: &Error, jitter: f64) {
        self.last_attempt.get_or_insert(now);
        let ceiling = MAX_PAUSE.min(MIN_PAUSE * 2u32.saturating_pow(self.failures.min(16) + 1));
        let pause = MIN_PAUSE + fraction(ceiling - MIN_PAUSE, jitter);
        self.failures = self.failures.saturating_add(1);
        self.refusals += u32::from(is_refusal(error));
        self.server_blocked_until = error.retry_after().map(|wait| now.plus(wait));
        self.timer_blocked_until =
            Some(now.plus(pause.max(error.retry_after().unwrap_or_default())));
    }

    /// Returns whether this failure of a refresh ends the session. `invalid_grant` and its kin do at once,
    /// any other refusal does if it is the third. Trouble in the network or at the server never does.
    #[must_use]
    pub fn ends_session(&self, error: &Error) -> bool {
        // A refreshed ID token that belongs to another user, or is forged (OpenID Connect Core section 12.2).
        #[cfg(feature = "openid")]
        if error.code() == ErrorCode::InvalidIdToken {
            return true;
        }
        error.code() == ErrorCode::InvalidGrant
            || (is_refusal(error) && self.refusals + 1 >= MAX_REFUSALS)
    }

    /// Records that the network came back. The next attempt follows within seconds; a call that needs a
    /// token does not wait for those.
    pub fn reconnected(&mut self, now: UnixTime) {
        let soon = now.plus(fraction(RECONNECT_SPREAD, self.jitter));
        self.timer_blocked_until = self.timer_blocked_until.map(|until| until.min(soon));
    }

    /// Returns the plan after a successful refresh. It keeps the last attempt: tokens that live for
    /// milliseconds must not cause a storm of requests either.
    #[must_use]
    pub fn refreshed(&self, jitter: f64) -> Self {
        Self { last_attempt: self.last_attempt, ..Self::new(jitter) }
    }

    /// Returns the time of the earliest next attempt on this trigger. `None`: at once.
    fn next_attempt_at(&self, trigger: Trigger, now: UnixTime) -> Option<UnixTime> {
        // An attempt in the future was recorded before the clock was set back, and so was the pause after
        // it.
        let last = self.last_attempt.filter(|last| *last <= now)?;
        let open = self.server_blocked_until.max(Some(last.plus(MIN_PAUSE)));
        match trigger {
            Trigger::Tick => self.timer_blocked_until.max(open),
            Trigger::Demand => open,
        }
    }
}

/// Returns when refresh of this session is due: `expiry - min(60 s, a quarter of the lifetime)`, and up
/// to half of that margin earlier by jitter.
#[must_use]
pub fn due_at(session: &Session, jitter: f64) -> Option<UnixTime> {
    let expires_at = session.expires_at?;
    let margin = MAX_MARGIN.min(fraction(expires_at.since(session.issued_at), 0.25));
    Some(expires_at.minus(margin + fraction(margin, jitter.clamp(0.0, 1.0) / 2.0)))
}

/// Returns until when no jitter makes a refresh due: at the latest until the access token expires.
/// `None`: the token does not expire.
#[must_use]
pub fn earliest_due(session: &Session) -> Option<UnixTime> {
    match session.refresh_token {
        Some(_) => due_at(session, 1.0),
        None => session.expires_at,
    }
}

/// Decides what to do about this session now.
#[must_use]
pub fn decide(
    session: &Session,
    refresh_plan: &RefreshPlan,
    now: UnixTime,
    trigger: Trigger,
) -> Decision {
    let due = due_at(session, refresh_plan.jitter);
    if session.refresh_token.is_none() {
        return if session.is_valid(now) {
            Decision::Wait(session.expires_at)
        } else {
            Decision::End(SignedOutReason::Expired)
        };
    }
    // A clock that was set back says nothing about the token's age any more.
    let is_clock_behind = now.plus(MAX_MARGIN) < session.issued_at;
    // A token that an API refused is refreshed before it is due. If that failed, it is tried again.
    if due.is_none_or(|due| now < due) && !is_clock_behind && !refresh_plan.is_failing() {
        return Decision::Wait(due);
    }
    let trigger = match trigger {
        Trigger::Demand if session.is_valid(now) => Trigger::Tick,
        other => other,
    };
    match refresh_plan.next_attempt_at(trigger, now) {
        Some(next) if now < next => Decision::BackOff(next),
        _ => Decision::Refresh,
    }
}

/// What to do once the lock is held and the store was read again: another tab may have been faster.
#[derive(Debug, PartialEq)]
pub enum LockedDecision {
    /// Another tab has refreshed or signed in: use its session.
    Adopt(Rc<Session>),
    /// No other tab was faster: refresh.
    Refresh,
    /// Another tab has signed out.
    SignedOutElsewhere,
}

/// Decides what to do when the lock is held, from what the store holds now.
#[must_use]
pub fn decide_locked(mine: &Session, stored: Stored) -> LockedDecision {
    match stored {
        Stored::Session(stored) if is_newer(&stored, mine) => LockedDecision::Adopt(stored),
        Stored::Session(_) | Stored::Unknown => LockedDecision::Refresh,
        Stored::SignedOut => LockedDecision::SignedOutElsewhere,
    }
}

/// Returns whether `stored` is another session, or this one with other tokens.
#[must_use]
pub fn is_newer(stored: &Session, mine: &Session) -> bool {
    stored.id != mine.id || stored.access_token != mine.access_token
}

/// Returns whether the stored session wins over the outcome of this tab's refresh.
///
/// Another session always wins. Other tokens of this session win if the refresh failed, or if they were
/// requested later. Without locks a response may come so late that another tab has refreshed since.
#[must_use]
pub fn supersedes<T>(
    stored: &Session,
    mine: &Session,
    requested_at: UnixTime,
    outcome: &Result<T>,
) -> bool {
    let is_late = outcome.is_err() || stored.issued_at >= requested_at;
    stored.id != mine.id || (is_late && is_newer(stored, mine))
}

/// Returns whether a rejected token may be refreshed, given when a rejection last led to a refresh. A
/// server that rejects every token must not cause one refresh for each request.
#[must_use]
pub fn may_follow_rejection(last: Option<UnixTime>, now: UnixTime) -> bool {
    const PAUSE: Duration = Duration::from_secs(10);
    last.is_none_or(|last| now.since(last) >= PAUSE || last > now)
}

/// Returns whether the server refused the refresh itself, with an OAuth error or without.
fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::TokenEndpoint
}

/// Returns the error of a call that needs a session, if it ended for this reason.
#[must_use]
pub fn sign_in_required(reason: SignedOutReason) -> Error {
    Error::new(match reason {
        SignedOutReason::Expired => ErrorCode::SessionExpired,
        SignedOutReason::Revoked => ErrorCode::SessionRevoked,
        SignedOutReason::Never
        | SignedOutReason::SignedOut
        | SignedOutReason::SignedOutElsewhere => ErrorCode::NotSignedIn,
    })
}

#[cfg(test)]
mod tests;
