//! Shows the progress of work: a line at its start, one every half minute, one at its end.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const HEARTBEAT: Duration = Duration::from_secs(30);

/// Runs `work` under a title and logs how long it took.
pub(crate) fn task<T>(title: &str, work: impl FnOnce() -> T) -> T {
    log(&format!("  · {title}"));
    let started = Instant::now();
    // Dropping the sender ends the thread, also when `work` unwinds.
    let (working, done) = mpsc::channel::<()>();
    let label = title.to_owned();
    let heartbeat = thread::spawn(move || {
        while let Err(mpsc::RecvTimeoutError::Timeout) = done.recv_timeout(HEARTBEAT) {
            log(&format!("    … {label}: {}", elapsed(started)));
        }
    });
    let result = work();
    drop(working);
    // The thread only logs, so its panic needs no handling.
    let _ = heartbeat.join();
    if started.elapsed() >= Duration::from_secs(2) {
        log(&format!("    {title}: {}", elapsed(started)));
    }
    result
}

/// Prints a line on standard error; standard output is for results.
pub(crate) fn log(line: &str) {
    eprintln!("{line}");
}

pub(crate) fn elapsed(since: Instant) -> String {
    seconds(since.elapsed())
}

pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(754)), "12 min 34 s");
    }

    #[test]
    fn a_task_hands_its_result_through() {
        assert_eq!(task("counting", || 3), 3);
    }
}
