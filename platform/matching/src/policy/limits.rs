//! What bounds the policy and what it pays for what. Every price is in seconds of a passenger's waiting, so that all of
//! them add. Given by the caller, stored beside the snapshot; the defaults were measured with the bench's evenings.

use serde::{Deserialize, Serialize};

use super::PolicyError;

/// Bounds and prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How often one request's vehicle may change before the pick-up.
    pub changes_max: u32,
    /// Changes allowed per promise made, over all requests, in thousandths. Never exceeded.
    pub changes_per_1000: u32,
    /// A change may put a promised pick-up off by so many seconds at most.
    pub later_s: f64,
    /// What a change must save, in seconds.
    pub change_s: f64,
    /// What it costs to leave a request without a vehicle for this tick, in seconds.
    pub unmatched_s: f64,
    /// What a second of empty driving costs besides the wait.
    pub empty_weight: f64,
    /// A car that has just become free counts as so many seconds farther than one that has been idle for
    /// [`Self::fair_after_s`], times the share of the fleet that is not idle: where cars are scarce, one that stands where
    /// nobody asks is worth calling from afar. It is also what bounds fairness among drivers: nobody waits longer than
    /// this for it.
    pub fair_s: f64,
    /// The idle time, in seconds, from which a car is no longer preferred any more.
    pub fair_after_s: f64,
    /// Vehicles free within so many seconds count as candidates.
    pub ahead_s: f64,
    /// So many of the cheapest vehicles are candidates of a request, and half as many idle ones besides.
    pub near: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            changes_max: 4,
            changes_per_1000: 500,
            later_s: 180.0,
            change_s: 50.0,
            unmatched_s: 5_000.0,
            empty_weight: 1.0,
            fair_s: 2_700.0,
            fair_after_s: 1_800.0,
            ahead_s: 0.0,
            near: 40,
        }
    }
}

impl Limits {
    /// That every price is a number that can be counted with.
    ///
    /// # Errors
    /// [`PolicyError::NotANumber`], [`PolicyError::NotPositive`] or [`PolicyError::NoCandidates`].
    pub fn check(&self) -> Result<(), PolicyError> {
        let not_negative = [
            ("later_s", self.later_s),
            ("change_s", self.change_s),
            ("unmatched_s", self.unmatched_s),
            ("empty_weight", self.empty_weight),
            ("fair_s", self.fair_s),
            ("ahead_s", self.ahead_s),
        ];
        for (field, value) in not_negative {
            super::snapshot::not_negative(field, value)?;
        }
        super::snapshot::positive("fair_after_s", self.fair_after_s)?;
        if self.near == 0 { Err(PolicyError::NoCandidates) } else { Ok(()) }
    }
}
