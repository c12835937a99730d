//! One command after another, each under a heading and with its time. Used by every task.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Why a task stopped: a sentence a person can act on.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// Shorthand for a failure that is a sentence of our own.
pub(crate) fn failed(sentence: impl Into<String>) -> Failed {
    Failed(sentence.into())
}

/// What is done and what of it went wrong, with times.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, f64, Option<String>)>,
}

impl Steps {
    /// Runs one step under its heading. A failure is remembered and handed back.
    pub(crate) fn run<T>(&mut self, title: &str, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
        say(&format!("\n=== {title}"));
        let began = Instant::now();
        let result = work();
        let problem = result.as_ref().err().map(|Failed(sentence)| sentence.clone());
        let seconds = began.elapsed().as_secs_f64();
        let word = if problem.is_some() { "FAILED" } else { "ok" };
        say(&format!("=== {title}: {word} after {seconds:.1} s"));
        self.done.push((title.to_owned(), seconds, problem));
        result
    }

    /// Prints every step with its time, and fails if one did.
    pub(crate) fn close(&self) -> Result<(), Failed> {
        say("\n=== Summary");
        for (title, seconds, problem) in &self.done {
            let word = problem.as_deref().map_or_else(|| "ok".to_owned(), |problem| format!("FAILED: {problem}"));
            say(&format!("{seconds:8.1} s  {title}: {word}"));
        }
        let problems = self.done.iter().filter(|(_, _, problem)| problem.is_some()).count();
        if problems == 0 { Ok(()) } else { Err(failed(format!("{problems} steps failed; see the summary"))) }
    }
}

/// A line for the person, in order with what commands print.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: not a reason to leave the work undone.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// `cargo`, the one that started us, in the repository.
pub(crate) fn cargo(root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command(root, cargo)
}

/// A command without standard input, in a folder.
pub(crate) fn command(folder: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs it with its output shown.
pub(crate) fn show(command: &mut Command) -> Result<(), Failed> {
    let status = command.status().map_err(|error| failed(format!("{} cannot be started: {error}", name(command))))?;
    if status.success() { Ok(()) } else { Err(failed(format!("{} ended with {status}", name(command)))) }
}

/// Runs it with its output shown and each line of it handed on.
pub(crate) fn show_and_read(command: &mut Command, mut read: impl FnMut(&str)) -> Result<(), Failed> {
    let started = command.stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| failed(format!("{} cannot be started: {error}", name(command))))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            say(&line);
            read(&line);
        }
    }
    let status = child.wait().map_err(|error| failed(format!("{} was lost: {error}", name(command))))?;
    if status.success() { Ok(()) } else { Err(failed(format!("{} ended with {status}", name(command)))) }
}

/// Runs it silently and hands out what it printed; `None` if it cannot be run or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// As a person would type it.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy().into_owned());
    format!("`{}`", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_named_as_it_would_be_typed() {
        let Failed(sentence) = show(command(Path::new("/"), "/bin/sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(sentence, "`sh -c exit 3` ended with exit status: 3");
        let Failed(sentence) = show(&mut command(Path::new("/"), "/no/such/program")).unwrap_err();
        assert!(sentence.starts_with("`program` cannot be started: "), "{sentence}");
    }

    #[test]
    fn one_failed_step_fails_the_whole_and_the_others_still_run() {
        let mut steps = Steps::default();
        assert!(steps.run("one", || Err::<(), _>(failed("broken"))).is_err());
        assert!(steps.run("two", || Ok(())).is_ok());
        assert!(steps.close().is_err());
        assert_eq!(steps.done.len(), 2);
    }

    #[test]
    fn lines_are_read_as_they_come() {
        let mut lines = Vec::new();
        let mut echo = command(Path::new("/"), "/bin/sh");
        show_and_read(echo.args(["-c", "echo one; echo two"]), |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two"]);
    }
}
