//! The transcript of one history, and how to replay it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::rc::Rc;

/// The lines of one history.
#[derive(Clone, Default)]
pub(crate) struct Transcript(Rc<RefCell<Vec<String>>>);

impl Transcript {
    pub(crate) fn note(&self, line: String) {
        self.0.borrow_mut().push(line);
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// Prints the transcript of a history that fails, and how to replay it alone.
pub(crate) struct FailureReport {
    pub(crate) scenario: &'static str,
    pub(crate) seed: u64,
    pub(crate) transcript: Transcript,
}

impl Drop for FailureReport {
    fn drop(&mut self) {
        if std::thread::panicking() {
            log(&format!(
                "{}\n{}\nreplay: {}",
                self.scenario,
                self.transcript.lines().join("\n"),
                replay(self.scenario, self.seed)
            ));
        }
    }
}

/// A line to copy: it plays one history of one scenario.
fn replay(scenario: &str, seed: u64) -> String {
    format!(
        "BASIC_OAUTH_SEED={seed} BASIC_OAUTH_SCHEDULES=1 cargo test --profile simulation \
         --test simulation {scenario} -- --exact"
    )
}

/// Prints even if the test passes: the test harness only captures what macros print.
pub(crate) fn log(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// How often each thing happened.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts: Vec<_> = self.0.iter().map(|(what, count)| format!("{count} {what}")).collect();
        f.write_str(&counts.join(", "))
    }
}
