//! Finds the text files of the repository, called by [`crate::check`]. It follows no links and opens nothing that is
//! built or fetched.

use std::{fs, io, path::Path};

use crate::Broken;

/// What is built, fetched or kept by git.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", ".git", ".svelte-kit"];

/// One text file.
#[derive(Debug)]
pub struct File {
    /// From the root of the repository, with `/` between folders.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The name up to its first dot.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// What follows the last dot of the name; empty if there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether the whole file is test code: an integration test, the whole-system tests, or a `tests.rs` beside a
    /// module.
    #[must_use]
    pub fn is_test(&self) -> bool {
        const PROGRAMS: &[&str] = &["tests/alipay-sandbox/src/", "tests/bench/src/", "tests/house_rules/src/"];
        let in_tests = self.path.starts_with("tests/") || self.path.contains("/tests/");
        let program = PROGRAMS.iter().any(|folder| self.path.starts_with(folder) && !self.path.contains("/src/tests/"));
        self.stem() == "tests" || (in_tests && !program)
    }

    /// Reports this file.
    #[must_use]
    pub fn broken(&self, line: usize, rule: impl Into<String>) -> Broken {
        Broken { file: self.path.clone(), line, rule: rule.into() }
    }
}

/// Every text file below `root`; what is not UTF-8 is no text.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn files(root: &Path) -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    visit(root, "", &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, found: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            visit(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
        {
            found.push(File { path, text });
        }
    }
    Ok(())
}
