//! What the policy remembers from one tick to the next, bounded by the requests and vehicles of the last snapshot. Whole
//! numbers only, so that it is the same after being stored. Made and read by [`super::decide`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Limits, Snapshot, VehicleState};

/// The memory. `Carried::default()` is that of a fleet seen for the first time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The instant of the last snapshot.
    pub(super) last_s: Option<f64>,
    /// Milliseconds between the last two snapshots.
    pub(super) tick_ms: Option<u64>,
    /// How often each promised request's vehicle has changed.
    pub(super) changes: BTreeMap<u64, u32>,
    /// Per vehicle not occupied, how long it was idle before it was last sent somewhere, in milliseconds.
    pub(super) idle_ms: BTreeMap<u64, u64>,
    /// Changes that may still be made, in thousandths.
    pub(super) change_budget: u64,
}

impl Carried {
    /// How often the vehicle of a promised request has changed.
    #[must_use]
    pub fn changes(&self, request: u64) -> u32 {
        self.changes.get(&request).copied().unwrap_or(0)
    }

    /// How long a vehicle had nothing to do, in seconds.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "milliseconds of idleness are far below 2^53"
    )]
    pub fn idle_s(&self, vehicle: u64) -> f64 {
        self.idle_ms.get(&vehicle).copied().unwrap_or(0) as f64 / 1_000.0
    }

    /// Seconds between the last two snapshots: the next one is expected as soon. Before there are two, a usual tick.
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "milliseconds of a tick are far below 2^53")]
    pub(super) fn tick_s(&self) -> f64 {
        self.tick_ms.map_or(10.0, |ms| ms as f64 / 1_000.0)
    }

    /// The memory with this snapshot's idleness in it: what is decided with.
    #[expect(
        clippy::as_conversions,
        reason = "a float cast to an integer saturates, and a day has 86 million milliseconds"
    )]
    pub(super) fn seen(&self, snapshot: &Snapshot) -> Self {
        let passed_ms = self.last_s.map_or(0, |last_s| ((snapshot.at_s - last_s) * 1_000.0).round() as u64);
        let idle_ms = |id: u64, idle: bool| {
            let before = self.idle_ms.get(&id).copied();
            (id, before.map_or(0, |ms| if idle { ms.saturating_add(passed_ms) } else { ms }))
        };
        let free = snapshot.vehicles.iter().filter_map(|vehicle| match vehicle.state {
            VehicleState::Idle => Some(idle_ms(vehicle.id, true)),
            VehicleState::ToPickup { .. } => Some(idle_ms(vehicle.id, false)),
            VehicleState::Occupied { .. } => None,
        });
        let tick_ms = self.last_s.map(|_| passed_ms);
        Self { last_s: Some(snapshot.at_s), tick_ms, changes: self.changes.clone(), idle_ms: free.collect(), ..*self }
    }

    /// Counts what was decided: `held` are the promised requests with whether their vehicle changed.
    pub(super) fn decided(&mut self, limits: &Limits, held: impl Iterator<Item = (u64, Promise)>) {
        let before = std::mem::take(&mut self.changes);
        for (request, promise) in held {
            let so_far = before.get(&request).copied().unwrap_or(0);
            let changed = match promise {
                Promise::New => {
                    self.change_budget = self.change_budget.saturating_add(u64::from(limits.changes_per_1000));
                    0
                }
                Promise::Kept => 0,
                Promise::Changed => {
                    self.change_budget = self.change_budget.saturating_sub(1_000);
                    1
                }
            };
            self.changes.insert(request, so_far.saturating_add(changed));
        }
    }
}

/// What became of a promise at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    New,
    Kept,
    Changed,
}
