//! What is stored of a decision, and how it is made again. Written by whoever decides, read by [`super::explain`].

use serde::{Deserialize, Serialize};

use crate::policy::{Carried, Decision, Limits, PolicyError, Snapshot, decide};

/// Everything that a decision was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was known.
    pub snapshot: Snapshot,
    /// The bounds and prices of that day.
    pub limits: Limits,
    /// What was remembered.
    pub carried: Carried,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum NotExplained {
    /// The record is no JSON, or not of a decision.
    #[error("the record cannot be read: give one line that `fareway-match policy --record` wrote")]
    Unreadable(#[from] serde_json::Error),
    /// The policy would not have decided on it.
    #[error("the record could not have been decided on")]
    Undecided(#[from] PolicyError),
    /// Nobody of that number waited.
    #[error("request {0} is not in the record: ask for one that waited at that tick")]
    UnknownRequest(u64),
}

impl Record {
    /// From one stored line.
    ///
    /// # Errors
    /// [`NotExplained::Unreadable`].
    pub fn from_json(line: &[u8]) -> Result<Self, NotExplained> {
        Ok(serde_json::from_slice(line)?)
    }

    /// The decision, made again: the same to the bit.
    ///
    /// # Errors
    /// [`PolicyError`] as when it was first made.
    pub fn replay(&self) -> Result<Decision, PolicyError> {
        decide(&self.snapshot, &self.limits, &self.carried)
    }
}
