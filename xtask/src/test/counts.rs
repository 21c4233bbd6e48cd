//! Counts passed and failed tests in the output of test programs.

use anyhow::{Error, Result};

use crate::command::CommandOutput;
use crate::progress::log;

/// How many tests passed and failed, and the names of those that failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Counts one check.
    pub(crate) fn check(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => {
                log(&format!("  ok  {name}"));
                self.passed += 1;
            }
            Err(error) => self.fail(name, &error),
        }
    }

    pub(crate) fn fail(&mut self, name: &str, error: &Error) {
        log(&format!("  FAILED  {name}: {error:#}"));
        self.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// Counts the tests that a program ran. A program that failed without a failed test, or that ran
    /// no test, counts as one failure.
    pub(crate) fn count(&mut self, name: &str, output: &CommandOutput) {
        let counts = Counts::read(&output.text);
        self.passed += counts.passed;
        self.failed += counts.failed;
        for test in failed_tests(&output.text) {
            let message = message_of(test, &output.text);
            self.failures.push(format!("{name}: {test}{message}"));
        }
        if !output.success && counts.failed == 0 {
            self.fail(name, &Error::msg("the program failed without a failed test"));
        } else if counts.failed > 0 && failed_tests(&output.text).next().is_none() {
            self.failures.push(format!("{name}: {} failed or ignored", counts.failed));
        } else if counts.passed + counts.failed == 0 {
            self.fail(name, &Error::msg("no test ran"));
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend_from_slice(&other.failures);
    }

    pub(crate) fn passed(&self) -> usize {
        self.passed
    }

    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    pub(crate) fn failures(&self) -> &[String] {
        &self.failures
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.passed + self.failed == 0
    }
}

/// How many tests passed and failed. An ignored test counts as failed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Counts {
    /// Adds up the result lines of libtest, wasm-bindgen-test and node.
    pub(crate) fn read(text: &str) -> Self {
        text.lines().map(|line| Self::of_line(line.trim())).fold(Self::default(), |sum, counts| {
            Self { passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }
        })
    }

    fn of_line(line: &str) -> Self {
        if let Some(result) = line.strip_prefix("test result: ") {
            let number = |what: &str| {
                result
                    .split(['.', ';'])
                    .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
                    .unwrap_or(0)
            };
            return Self { passed: number("passed"), failed: number("failed") + number("ignored") };
        }
        let of_node = |key: &str| -> Option<usize> {
            line.strip_prefix("ℹ ")?.strip_prefix(key)?.trim().parse().ok()
        };
        let failed = ["fail ", "cancelled ", "skipped ", "todo "];
        Self {
            passed: of_node("pass ").unwrap_or(0),
            failed: failed.into_iter().find_map(of_node).unwrap_or(0),
        }
    }
}

/// Returns the number of random schedules in the output of a simulation.
pub(crate) fn schedules(text: &str) -> u64 {
    let counts = text.lines().filter_map(|line| {
        let (before, _) = line.split_once(" schedules, seeds ")?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    });
    counts.sum()
}

fn failed_tests(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter_map(|line| {
        let of_rust = line.strip_prefix("test ").and_then(|line| {
            line.strip_suffix("... FAILED")
                .or_else(|| line.strip_suffix("... FAIL"))
                .or_else(|| line.split_once("... ignored").map(|(name, _)| name))
        });
        let of_node = || line.strip_prefix("✖ ").filter(|rest| *rest != "failing tests:");
        of_rust.or_else(of_node).map(str::trim)
    })
}

/// Returns what libtest captured of a failed test, on lines of their own, or nothing. A log that is
/// cut in the middle still has it, because the summary comes last.
fn message_of(test: &str, text: &str) -> String {
    const MOST_LINES: usize = 12;
    let heading = format!("---- {test} stdout ----");
    let after = text.lines().skip_while(|line| line.trim() != heading).skip(1);
    let is_end = |line: &str| line == "failures:" || line.starts_with("---- ");
    let captured = after.map(str::trim).take_while(|line| !is_end(line));
    let lines = captured.filter(|line| !line.is_empty()).take(MOST_LINES);
    lines.map(|line| format!("\n    {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str, success: bool) -> CommandOutput {
        CommandOutput { text: text.to_owned(), success }
    }

    #[test]
    fn result_lines_are_added_up_and_an_ignored_test_is_a_failure() {
        let text = "\
running 3 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.05s
    test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 9 filtered out; finished in 1s
";
        assert_eq!(Counts::read(text), Counts { passed: 5, failed: 5 });
    }

    #[test]
    fn the_summary_of_node_is_understood() {
        let text =
            "✔ a (1ms)\nℹ tests 5\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n";
        assert_eq!(Counts::read(text), Counts { passed: 3, failed: 2 });
    }

    #[test]
    fn a_program_that_dies_without_a_result_is_one_failure() {
        let mut tally = Tally::default();
        tally.count("died", &output("test result: ok. 2 passed; 0 failed; 0 ignored", false));
        assert_eq!((tally.passed(), tally.failed()), (2, 1));
    }

    #[test]
    fn a_program_that_runs_nothing_is_a_failure() {
        let mut tally = Tally::default();
        tally.count("empty", &output("test result: ok. 0 passed; 0 failed; 0 ignored", true));
        assert_eq!((tally.passed(), tally.failed()), (0, 1));
    }

    #[test]
    fn failures_are_named() {
        let text = "test a::b ... FAILED\ntest c ... ok\ntest d ... ignored, slow\n\
                    test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured";
        let mut tally = Tally::default();
        tally.count("native", &output(text, false));
        assert_eq!(tally.failures(), ["native: a::b", "native: d"]);
        assert_eq!((tally.passed(), tally.failed()), (1, 2));
    }

    #[test]
    fn a_failure_comes_with_what_the_test_said() {
        let text = "test a::b ... FAILED\n\nfailures:\n\n---- a::b stdout ----\n\n\
                    thread 'a::b' panicked at b.rs:1\n  left: 1\n\n\nfailures:\n    a::b\n\n\
                    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured";
        let mut tally = Tally::default();
        tally.count("native", &output(text, false));
        let expected = "native: a::b\n    thread 'a::b' panicked at b.rs:1\n    left: 1";
        assert_eq!(tally.failures(), [expected]);
    }

    #[test]
    fn schedules_are_added_up() {
        let text = "test a ... r150_b: 8500 schedules, seeds 0..8500: 3 refreshes\n    \
                    r150_c: 20 schedules, seeds 7..27: 4 schedules\nfew schedules, seeds 1\n";
        assert_eq!(schedules(text), 8520);
        assert_eq!(schedules("test result: ok. 3 passed"), 0);
    }

    #[test]
    fn checks_count_one_each() {
        let mut tally = Tally::default();
        tally.check("good", Ok(()));
        tally.check("bad", Err(Error::msg("why")));
        let mut sum = Tally::default();
        sum.add(&tally);
        sum.add(&tally);
        assert_eq!((sum.passed(), sum.failed(), sum.failures().len()), (2, 2, 2));
    }
}
