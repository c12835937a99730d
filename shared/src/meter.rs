//! What a taximeter says, in words common to all makes. Nothing here is ever computed by Fareway: every number came
//! from the meter's own line.

use serde::{Deserialize, Serialize};

use crate::{money::Money, time::Timestamp};

/// The meter's position (taximeter.md §9). The meter's truth, not the trip's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "position", rename_all = "snake_case")]
pub enum MeterState {
    /// Nothing was heard since the link opened, or for too long.
    NoLink,
    /// The driver is signed out at the meter.
    SignedOut,
    /// For hire.
    Vacant,
    /// Hired; `time_running` is false while only distance is charged.
    Hired {
        /// Whether the waiting clock runs.
        time_running: bool,
    },
    /// The trip ended and the fare stands on the meter, which is not yet for hire again.
    Stopped,
    /// The meter reports trouble.
    Fault,
}

/// The running fare, only from meters that give one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningFare {
    /// What the meter shows now.
    pub amount: Money,
    /// Hired distance so far, metres.
    pub distance_m: u32,
    /// When the bridge heard it, host clock.
    pub heard_at: Timestamp,
}

/// A finished trip as the meter recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripRecord {
    /// Which meter: its serial number, or the configured name where the protocol carries none.
    pub meter_id: String,
    /// The meter's own trip or receipt number.
    pub trip_no: u32,
    /// Boarding time by the meter's clock, `YYYY-MM-DD HH:MM[:SS]`; `None` where the meter sent no valid time.
    pub boarded: Option<String>,
    /// Alighting time by the meter's clock, same form.
    pub alighted: Option<String>,
    /// Hired distance, metres.
    pub distance_m: Option<u32>,
    /// Empty distance before the trip, metres, where the meter tells.
    pub empty_m: Option<u32>,
    /// Waiting time, seconds.
    pub waiting_s: Option<u32>,
    /// The transaction amount on the meter.
    pub amount: Money,
    /// The surcharge on the meter; shown beside the amount, never added to it (taximeter.md §1.5).
    pub surcharge: Option<Money>,
    /// The record came late, by a second upload; it never opens a bill.
    pub late: bool,
    /// SHA-256 over the raw frames that this record was read from.
    #[serde(with = "hex::serde")]
    pub frames_sha256: [u8; 32],
    /// When the bridge heard it, host clock.
    pub heard_at: Timestamp,
}

impl TripRecord {
    /// What makes two records the same trip: meter, trip number and boarding time.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.meter_id, self.trip_no, self.boarded.as_deref().unwrap_or("?"))
    }
}
