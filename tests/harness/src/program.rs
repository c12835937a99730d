//! The real `fareway` program as a process of its own, so that it can be killed as a machine kills: without a word.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
};

/// The program with its settings.
#[derive(Debug)]
pub struct Program {
    executable: PathBuf,
    settings: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Program {
    /// The program at `executable`, not running yet.
    #[must_use]
    pub fn at(executable: &Path, settings: &Path) -> Self {
        Self { executable: executable.to_owned(), settings: settings.to_owned(), child: Mutex::default() }
    }

    /// Starts `fareway serve` and waits until it says that it serves.
    ///
    /// # Panics
    /// It did not start; its own words are in the message.
    pub async fn start(&self) {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let mut child = Command::new(&self.executable)
            .args(["serve", "--config"])
            .arg(&self.settings)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = tokio::time::timeout(crate::patience::LIMIT, lines.next_line()).await;
        if !matches!(ready, Ok(Ok(Some(_)))) {
            panic!("the program did not start: {}", self.said());
        }
        *self.child.lock().await = Some(child);
    }

    /// SIGKILL, and waits until nothing of it is left.
    pub async fn kill(&self) {
        if let Some(mut child) = self.child.lock().await.take() {
            child.kill().await.unwrap();
        }
    }

    /// Kills it and starts it again, as a service manager does.
    pub async fn is_killed_and_started(&self) {
        self.kill().await;
        self.start().await;
    }

    /// Runs it with other words to its end, for commands and for starts that fail.
    pub async fn run(executable: &Path, arguments: &[&str]) -> Output {
        let run = Command::new(executable).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
        tokio::time::timeout(crate::patience::LIMIT, run).await.expect("the program ends by itself").unwrap()
    }

    fn log(&self) -> PathBuf {
        self.settings.with_file_name("program.log")
    }

    /// Everything it has written to its log.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the program's log:\n{}", self.said());
        }
    }
}
