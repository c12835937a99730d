//! Peers that are written in Python: the virtual environment they run in, made if need be, and a run of one of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{built, row::Failed};

/// What the peers need.
const PACKAGES: &[&str] = &["numpy", "pandas", "scipy", "lapx", "ortools", "scikit-learn"];

/// The Python of the peers' environment, in `target/bench/peers` or the folder that `FAREWAY_PEERS` names. Nothing, with a
/// sentence, where there is no Python that can make one.
pub(crate) fn python(part: &str) -> Result<Option<PathBuf>, Failed> {
    let folder = env::var_os("FAREWAY_PEERS").map_or_else(|| built().join("peers"), PathBuf::from);
    let python = folder.join("bin").join("python");
    if python.exists() {
        return Ok(Some(python));
    }
    fs::create_dir_all(&folder)?;
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("{part}: its peers are skipped, because there is no python3 that can make a virtual environment");
        return Ok(None);
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    Ok(Some(python))
}

/// One of the peers, on one core.
pub(crate) fn peer(python: &Path, script: &str) -> Command {
    let mut peer = Command::new(python);
    peer.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script));
    peer.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
    peer
}

/// What a program printed.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let out = command.stderr(Stdio::inherit()).output()?;
    if out.status.success() { Ok(out.stdout) } else { Err(format!("{command:?} failed: {}", out.status).into()) }
}
