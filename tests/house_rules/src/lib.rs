//! The rules of the house, held true by tests: which module may import which, which crate may use which, and the habits
//! that a machine can see. Called by `tests/house.rs` on this repository and by `tests/planted.rs` on small wrong ones.
//!
//! [`tree`] finds the files and [`rust`] reads what one of them names. On that stand the rules: [`arrows`] between the
//! platform's modules, [`crates`] between crates, [`purity`] of what has no world of its own, [`habits`] inside one file,
//! and [`origins`] on what must not be written down at all.

pub mod arrows;
pub mod crates;
pub mod habits;
pub mod origins;
pub mod purity;
pub mod rust;
pub mod tree;

use std::{fmt, io, path::Path};

/// One broken rule and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// The file, from the root of the repository.
    pub file: String,
    /// Counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What to do about it.
    pub rule: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.rule),
            line => write!(f, "{}:{line}: {}", self.file, self.rule),
        }
    }
}

/// Checks every rule on the repository at `root`.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn check(root: &Path) -> io::Result<Vec<Broken>> {
    let files = tree::files(root)?;
    let mut broken = Vec::new();
    for file in &files {
        habits::check(file, &mut broken);
        origins::check(file, &mut broken);
        if file.name() == "Cargo.toml" {
            crates::check_manifest(file, &mut broken);
        }
        if file.extension() == "rs" {
            match rust::read(&file.text) {
                Ok(source) => {
                    habits::check_rust(file, &source, &mut broken);
                    arrows::check(file, &source, &mut broken);
                    crates::check_source(file, &source, &mut broken);
                    purity::check(file, &source, &mut broken);
                }
                Err(reason) => broken.push(file.broken(0, format!("is not Rust: {reason}"))),
            }
        }
    }
    broken.sort();
    Ok(broken)
}
