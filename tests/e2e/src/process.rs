//! Processes that end with the value that stands for them, together with all they have started.

use std::collections::HashMap;
use std::fs;
use std::process::Stdio;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A child process, killed with its descendants when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When it cannot be started; the error names it.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).kill_on_drop(true);
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child })
    }

    /// Starts a program and waits for the first line that it prints.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends without a line.
    pub async fn start_and_read_line(mut command: Command) -> Result<(Self, String)> {
        command.stdout(Stdio::piped());
        let mut process = Self::start(command)?;
        let output = process.child.stdout.take().context("its output is not piped")?;
        let mut lines = BufReader::new(output).lines();
        let line = lines.next_line().await?.context("it ended without a word")?;
        // Kept open and empty: a program that prints into a closed pipe may end.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((process, line))
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let own = self.child.id().and_then(|id| i32::try_from(id).ok());
        let Some(own) = own else { return };
        // A browser leaves its driver's process group, so the group alone would not do.
        for id in descendants(own).into_iter().chain([own]) {
            if let Some(pid) = Pid::from_raw(id) {
                kill_process(pid, Signal::KILL).ok();
            }
        }
    }
}

/// Returns all processes below one, as Linux lists them. Only WebKitGTK, which runs on Linux, needs it.
fn descendants(of: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(parent) = parent(id) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = Vec::new();
    let mut left = vec![of];
    while let Some(id) = left.pop() {
        let below = children.remove(&id).unwrap_or_default();
        found.extend(&below);
        left.extend(below);
    }
    found
}

fn parent(id: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may itself hold spaces and parentheses.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
