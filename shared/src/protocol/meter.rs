//! Bridge ↔ in-car app: one JSON object a line over a loopback socket. The bridge repeats every finished trip from its
//! own disk until the app has acknowledged it.

use serde::{Deserialize, Serialize};

use crate::{
    meter::{MeterState, RunningFare, TripRecord},
    time::Timestamp,
};

/// Largest line either side accepts, bytes.
pub const LINE_BYTES_MAX: usize = 8 * 1024;

/// Everything the bridge says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MeterNotice {
    /// First line of every connection.
    Hello {
        /// `jtt905` or `gwp5043`.
        protocol: String,
        /// Whether this meter gives a running fare at all.
        gives_fare: bool,
    },
    /// Where the meter stands; sent on every change and once after `Hello`.
    State {
        /// The position.
        state: MeterState,
        /// Silent for too long: keep the position with a "no link" mark, show no amount.
        stale: bool,
        /// Forced on or off at the meter.
        forced: bool,
        /// When heard, host clock.
        at: Timestamp,
    },
    /// The running fare; `None` blanks it.
    Fare {
        /// What the meter shows now.
        fare: Option<RunningFare>,
    },
    /// A hire began.
    TripStarted {
        /// By the meter's clock, `YYYY-MM-DD HH:MM[:SS]`; `None` when the start was only implied.
        started: Option<String>,
        /// When heard, host clock.
        at: Timestamp,
    },
    /// A hire ended; repeated after a reconnect until acknowledged.
    TripEnded {
        /// Number in the bridge's spool.
        spool: u64,
        /// The record.
        record: TripRecord,
    },
    /// The meter says a hire ended but its record is missing (taximeter.md §9).
    RecordMissing {
        /// When noticed, host clock.
        at: Timestamp,
    },
}

/// Everything the app says to the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToBridge {
    /// The trip is on the app's disk; the bridge may forget it.
    TripStored {
        /// Number in the bridge's spool.
        spool: u64,
    },
}
