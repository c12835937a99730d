//! What was recorded in real cities and lies beside the checkout: found, or its absence told, and read. Called by every part.

use std::{
    env,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use crate::row::Failed;

/// A file of `../shared`, or of the folder that `FAREWAY_SHARED` names; nothing, with a sentence, where it is absent.
pub(crate) fn shared(part: &str, file: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = env::var_os("FAREWAY_SHARED").map_or_else(beside, PathBuf::from).join(file);
    if !path.exists() {
        println!(
            "{part}: skipped, because {} is not here; set FAREWAY_SHARED to the folder that has it",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// The lines of a gzip file, its head left out.
pub(crate) fn lines(path: &Path) -> Result<Vec<String>, Failed> {
    Ok(BufReader::new(GzDecoder::new(File::open(path)?)).lines().skip(1).collect::<Result<_, _>>()?)
}
