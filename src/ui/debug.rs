//! What `AuthDebug` shows: the state, the times and the last events, and never a secret.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::event::Event;
use crate::session::AuthState;
use crate::time::{UnixTime, push_decimal};

/// How many events a log keeps.
const LONGEST: usize = 50;

/// Keeps the last 50 events of a client, for `AuthDebug` and for bug reports. No event holds a secret.
///
/// A clone is the same log.
///
/// # Example: a log of everything that the client does
/// ```
/// use basic_oauth::Options;
/// # #[cfg(all(feature = "leptos", not(feature = "yew")))]
/// # use basic_oauth::leptos::EventLog;
/// # #[cfg(feature = "yew")]
/// use basic_oauth::yew::EventLog;
///
/// let log = EventLog::new();
/// let options = Options::new("your-client-id", "/callback").on_event(log.listener());
/// assert!(log.events().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct EventLog(Arc<Mutex<Vec<(UnixTime, Event)>>>);

impl EventLog {
    /// Returns an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a function for [`Options::on_event`](crate::Options::on_event), which adds each event.
    pub fn listener(&self) -> impl Fn(&Event) + Clone + Send + Sync + use<> {
        let log = self.clone();
        move |event| log.add(now(), *event)
    }

    /// Returns the events and their times, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<(UnixTime, Event)> {
        self.lock().clone()
    }

    fn add(&self, at: UnixTime, event: Event) {
        let mut events = self.lock();
        if events.len() == LONGEST {
            events.remove(0);
        }
        events.push((at, event));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(UnixTime, Event)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two logs are equal if they are the same one.
impl PartialEq for EventLog {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventLog")
    }
}

/// The rows of `AuthDebug`: names and texts.
pub(crate) type Rows = Vec<(&'static str, String)>;

/// Returns the rows for this state. A user is personal, so only their presence is shown.
pub(crate) fn debug_rows(
    state: &AuthState,
    expires_at: Option<UnixTime>,
    log: Option<&EventLog>,
) -> Rows {
    rows(state, expires_at, &log.map(EventLog::events).unwrap_or_default(), now())
}

fn rows(
    state: &AuthState,
    expires_at: Option<UnixTime>,
    events: &[(UnixTime, Event)],
    now: UnixTime,
) -> Rows {
    let mut rows = Rows::new();
    match state {
        AuthState::Loading => rows.push(("state", "loading".into())),
        AuthState::SignedOut { reason, .. } => {
            rows.push(("state", "signed-out".into()));
            rows.push(("reason", reason.as_str().into()));
        }
        AuthState::SignedIn { user, scope, refresh, .. } => {
            rows.push(("state", "signed-in".into()));
            rows.push(("user", if user.is_some() { "known" } else { "not known" }.into()));
            rows.push(("scope", scope.as_str().into()));
            rows.push(("refresh", refresh.as_str().into()));
            rows.push(("token expires", expires_at.map_or("never".into(), |at| distance(at, now))));
        }
    }
    if let Some(error) = state.error() {
        rows.push(("error", [error.code().as_str(), ": ", &error.message()].concat()));
    }
    let scheduled = events.iter().rev().find_map(|(_, event)| match event {
        Event::RefreshScheduled(at) => Some(*at),
        _ => None,
    });
    if let Some(at) = scheduled.filter(|_| state.is_signed_in()) {
        rows.push(("next refresh", distance(at, now)));
    }
    // The newest first, so that it is seen without scrolling.
    for (at, event) in events.iter().rev() {
        rows.push(("event", [&distance(*at, now), ": ", &described(event)].concat()));
    }
    rows
}

fn described(event: &Event) -> String {
    let detail = match event {
        Event::RefreshFailed(code)
        | Event::RevocationFailed(code)
        | Event::SignInFailed(code)
        | Event::UserFailed(code) => code.as_str(),
        Event::SignedOut(reason) => reason.as_str(),
        _ => return event.as_str().into(),
    };
    [event.as_str(), " (", detail, ")"].concat()
}

/// Returns a moment as its distance from now: `in 5 min 10 s`, `2 s ago`.
fn distance(at: UnixTime, now: UnixTime) -> String {
    if at > now {
        ["in ", &duration(at.since(now))].concat()
    } else {
        [&duration(now.since(at)), " ago"].concat()
    }
}

fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let mut text = String::new();
    for (count, unit) in [(seconds / 3600, " h "), (seconds / 60 % 60, " min ")] {
        if count > 0 {
            push_decimal(&mut text, count);
            text.push_str(unit);
        }
    }
    push_decimal(&mut text, seconds % 60);
    text.push_str(" s");
    text
}

#[cfg(target_arch = "wasm32")]
fn now() -> UnixTime {
    use crate::platform::Platform as _;
    crate::platform::browser::Browser.now()
}

#[cfg(not(target_arch = "wasm32"))]
fn now() -> UnixTime {
    std::time::SystemTime::now().into()
}

/// Calls `tick` each second, until it returns false. A server has no timers.
#[cfg(target_arch = "wasm32")]
pub(crate) fn every_second(tick: impl Fn() -> bool + 'static) {
    use crate::platform::Platform as _;
    let browser = crate::platform::browser::Browser;
    browser.spawn(Box::pin(async move {
        while tick() {
            browser.sleep(Duration::from_secs(1)).await;
        }
    }));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn every_second(_: impl Fn() -> bool + 'static) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Json;
    use crate::error::{Error, ErrorCode};
    use crate::protocol::scope::Scope;
    use crate::protocol::userinfo::User;
    use crate::session::{RefreshStatus, SignedOutReason};

    const NOW: UnixTime = UnixTime::from_millis(1_000_000_000);

    fn after(seconds: i64) -> UnixTime {
        UnixTime::from_millis(NOW.as_millis() + 1000 * seconds)
    }

    fn text(rows: &Rows) -> String {
        rows.iter().map(|(name, text)| format!("{name}: {text}\n")).collect()
    }

    #[test]
    fn a_signed_in_user_is_shown_with_times_and_the_newest_event_first() {
        let state = AuthState::SignedIn {
            user: User::from_json(Json::object([("sub", "did:ada".into())])),
            scope: Scope::granted("profile"),
            refresh: RefreshStatus::Ok,
            error: None,
        };
        let events = [(after(-70), Event::SignedIn), (NOW, Event::RefreshScheduled(after(3540)))];
        let text = text(&rows(&state, Some(after(3600)), &events, NOW));
        assert_eq!(
            text,
            "state: signed-in\nuser: known\nscope: profile\nrefresh: ok\ntoken expires: in 1 h 0 s\n\
             next refresh: in 59 min 0 s\nevent: 0 s ago: refresh-scheduled\n\
             event: 1 min 10 s ago: signed-in\n"
        );
        assert!(!text.contains("ada"), "the user is personal");
    }

    #[test]
    fn a_signed_out_user_is_shown_with_the_reason_and_the_error() {
        let error = Some(Error::new(ErrorCode::SessionRevoked));
        let reason = SignedOutReason::Revoked;
        let state = AuthState::SignedOut { reason, error };
        let events = [(NOW, Event::SignedOut(reason))];
        let text = text(&rows(&state, None, &events, NOW));
        assert!(
            text.starts_with("state: signed-out\nreason: revoked\nerror: session-revoked: The")
        );
        assert!(text.ends_with("event: 0 s ago: signed-out (revoked)\n"), "{text}");
        assert_eq!(rows(&AuthState::Loading, None, &[], NOW), [("state", "loading".into())]);
    }

    #[test]
    fn a_log_keeps_the_last_events_and_a_clone_is_the_same_log() {
        let log = EventLog::new();
        let listener = log.listener();
        for _ in 0..60 {
            listener(&Event::Refreshed);
        }
        listener(&Event::SignedIn);
        let events = log.events();
        assert_eq!((events.len(), events.last().map(|it| it.1)), (50, Some(Event::SignedIn)));
        assert_eq!(log, log.clone());
        assert_ne!(log, EventLog::new());
    }
}
