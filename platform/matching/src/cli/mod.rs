//! The program's commands, one file each. Called by `main`; the only place beside it that touches files, clocks and the
//! terminal.

pub(crate) mod eta;
pub(crate) mod explain;
pub(crate) mod fit;
pub(crate) mod map;
pub(crate) mod policy;
pub(crate) mod solve;

use std::{error::Error, fs, path::Path};

/// Why a command ended: sentences for whoever typed it.
pub(crate) type Failed = Box<dyn Error>;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}
