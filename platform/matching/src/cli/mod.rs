//! The program's commands, one file each. Called by `main`; the only place beside it that touches files, clocks and the
//! terminal.

pub(crate) mod eta;
pub(crate) mod map;

use std::{fs, io, path::Path};

/// Why a command ended: a sentence for whoever typed it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failed(String);

impl Failed {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    fs::read(path).map_err(|error| Failed::new(format!("{} cannot be read: {error}", path.display())))
}
