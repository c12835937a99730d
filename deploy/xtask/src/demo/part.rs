//! One program of the demo: started, read line by line, told what to do, and ended with us whatever happens.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::step::{Failed, failed};

/// Lines that may wait to be read; a program that says more waits for us.
const LINES_MAX: usize = 4096;
/// Part of Debian's base system: ends a program when the one that started it is gone.
const SETPRIV: &str = "/usr/bin/setpriv";

/// A running program that prints JSON lines.
#[derive(Debug)]
pub(crate) struct Part {
    name: &'static str,
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<(Instant, Value)>,
    log: String,
}

impl Part {
    /// Starts `program`; what it says to people goes into `NAME.log`.
    pub(crate) fn start(name: &'static str, program: &Path, arguments: &[&str], folder: &Path) -> Result<Self, Failed> {
        let cannot =
            |error: std::io::Error| failed(format!("{name} cannot be started ({}): {error}", program.display()));
        let log = folder.join(format!("{name}.log"));
        let mut command = if Path::new(SETPRIV).exists() {
            let mut command = Command::new(SETPRIV);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(File::create(&log).map_err(cannot)?).spawn().map_err(cannot)?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (sender, lines) = sync_channel(LINES_MAX);
        if let Some(output) = output {
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // What is no JSON is for people.
                    if let Ok(value) = serde_json::from_str(&line)
                        && sender.send((Instant::now(), value)).is_err()
                    {
                        break;
                    }
                }
            });
        }
        Ok(Self { name, process, input, lines, log: log.display().to_string() })
    }

    /// Reads lines until one is what was waited for; says when that one came.
    pub(crate) fn until<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut is: impl FnMut(&Value) -> Option<T>,
    ) -> Result<(Instant, T), Failed> {
        let deadline = Instant::now() + patience;
        let mut last = Value::Null;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((at, line)) => {
                    if let Some(found) = is(&line) {
                        return Ok((at, found));
                    }
                    last = line;
                }
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = patience.as_secs();
                    return Err(failed(format!("{} did not say {what} within {seconds} s; last: {last}", self.name)));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failed(format!("{} ended before it said {what}; see {}", self.name, self.log)));
                }
            }
        }
    }

    /// What it has said since it was last read.
    pub(crate) fn news(&mut self) -> Vec<Value> {
        self.lines.try_iter().map(|(_, line)| line).collect()
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) -> Result<(), Failed> {
        let told = self.input.as_mut().map(|input| writeln!(input, "{line}").and_then(|()| input.flush()));
        match told {
            Some(Ok(())) => Ok(()),
            _ => Err(failed(format!("{} takes no more commands; see {}", self.name, self.log))),
        }
    }

    /// Whether it runs; if not, how it ended.
    pub(crate) fn check(&mut self) -> Result<(), Failed> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(failed(format!("{} ended with {status}; see {}", self.name, self.log))),
            Err(error) => Err(failed(format!("{} was lost: {error}", self.name))),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Everything it must keep is on its disk at any moment, so it need not be asked.
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> Part {
        Part::start("shell", Path::new("/bin/sh"), &["-c", script], folder).unwrap()
    }

    #[test]
    fn a_part_is_told_and_heard() {
        let folder = tempfile::tempdir().unwrap();
        let mut part =
            shell("echo not json; read word; echo \"{\\\"heard\\\":\\\"$word\\\"}\"; read end", folder.path());
        part.tell("hire").unwrap();
        let (_, heard) =
            part.until("it", Duration::from_secs(20), |line| line["heard"].as_str().map(str::to_owned)).unwrap();
        assert_eq!(heard, "hire");
        part.check().unwrap();
    }

    #[test]
    fn a_part_that_ends_is_missed_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = shell("exit 4", folder.path());
        let Failed(sentence) = part.until("its address", Duration::from_secs(20), |_| None::<()>).unwrap_err();
        assert!(sentence.starts_with("shell ended before it said its address; see "), "{sentence}");
    }
}
