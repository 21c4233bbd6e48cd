//! Runs other programs. Their output is shown line by line, or only after a failure.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};

use anyhow::{Context, Result, bail};
use duct::Expression;

use crate::progress::{log, task};

/// Builds a command line without standard input: a program that prompts must fail, not wait.
pub(crate) fn cmd<P, A>(program: P, arguments: impl IntoIterator<Item = A>) -> Expression
where
    P: Into<OsString>,
    A: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    duct::cmd(program.into(), arguments).stdin_null()
}

/// Builds a command line for the cargo that runs `xtask`.
pub(crate) fn cargo<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Expression {
    cmd(cargo_program(), arguments)
}

pub(crate) fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a command under a title and returns its output. Shows it only if the command fails.
///
/// # Errors
/// If the command cannot be started, or does not exit with zero.
pub(crate) fn run(title: &str, command: &Expression) -> Result<String> {
    task(title, || {
        let output = command
            .stderr_to_stdout()
            .stdout_capture()
            .unchecked()
            .run()
            .with_context(|| format!("{title}: could not be started"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            log(text.trim_end());
            bail!("{title} failed ({})", output.status);
        }
        Ok(text)
    })
}

/// What a finished command printed, and whether it succeeded.
pub(crate) struct CommandOutput {
    pub(crate) text: String,
    pub(crate) success: bool,
}

/// Runs a command under a title and shows each line as it comes.
pub(crate) fn stream(title: &str, command: &Expression) -> Result<CommandOutput> {
    task(title, || {
        let reader = command
            .stderr_to_stdout()
            .unchecked()
            .reader()
            .with_context(|| format!("{title}: could not be started"))?;
        let mut text = String::new();
        let mut lines = BufReader::new(&reader);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let shown = String::from_utf8_lossy(&line);
            log(&format!("    {}", shown.trim_end()));
            text.push_str(&shown);
            line.clear();
        }
        let success = reader.try_wait()?.is_some_and(|output| output.status.success());
        Ok(CommandOutput { text, success })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_an_error_and_a_missing_one_too() {
        assert!(run("a failing command", &cmd("cargo", ["no-such-subcommand"])).is_err());
        assert!(run("a missing command", &cmd("no-such-program-anywhere", ["x"])).is_err());
    }

    #[test]
    fn a_streamed_command_returns_its_output() {
        let output = stream("version", &cmd("cargo", ["--version"])).unwrap();
        assert!(output.success);
        assert!(output.text.starts_with("cargo "));
    }
}
