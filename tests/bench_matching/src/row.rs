//! One line of the bench's table, as it is shown and as it stands in `target/bench/matching.json`. Every part returns
//! such rows; `main` writes them.

use serde::Serialize;

/// Why a part of the bench could not run.
pub(crate) type Failed = Box<dyn std::error::Error>;

/// Ours beside a peer, or beside a limit where there is no peer.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub name: String,
    /// Our figure.
    pub ours: f64,
    /// The peer's figure, or the limit.
    pub peer: f64,
    /// How many times better ours is.
    pub ratio: f64,
    /// Of both figures.
    pub unit: &'static str,
    /// Who the peer is, and what else one must know.
    pub note: String,
}

impl Row {
    /// A figure of which more is better.
    pub(crate) fn more(name: &str, ours: f64, peer: f64, unit: &'static str, note: impl Into<String>) -> Self {
        Self { name: name.into(), ours, peer, ratio: ours / peer, unit, note: note.into() }
    }

    /// A figure of which less is better.
    pub(crate) fn less(name: &str, ours: f64, peer: f64, unit: &'static str, note: impl Into<String>) -> Self {
        Self { name: name.into(), ours, peer, ratio: peer / ours, unit, note: note.into() }
    }
}
