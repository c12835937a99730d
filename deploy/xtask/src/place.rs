//! Where things are: the repository and what is built from it. Every task starts here.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository on this machine.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its root.
    pub(crate) root: PathBuf,
    /// Where Cargo builds.
    pub(crate) built: PathBuf,
}

impl Place {
    /// The repository that this program was built from.
    pub(crate) fn find() -> Self {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_owned();
        let built = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
        Self { root, built }
    }

    /// The web pages' source.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("platform/web")
    }

    /// A program of the house, as built for development.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.built.join("debug").join(name)
    }

    /// Where results for a person or a script go, whatever Cargo's own folder is.
    pub(crate) fn results(&self, task: &str) -> PathBuf {
        self.root.join("target").join(task)
    }
}
