//! How fast the simulated meter lives. Real by default; tests compress it, since a pseudo-terminal has no line rate of
//! its own.

use std::time::Duration;

use crate::config::Protocol;

/// Every span the simulator waits for.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// One byte on the line.
    pub byte: Duration,
    /// One second of the meter's clock.
    pub second: Duration,
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// Shortest and longest wait before a query is answered.
    pub answer: (Duration, Duration),
    /// How long the meter waits for an acknowledgement.
    pub acknowledge: Duration,
    /// Between second uploads of trips that were not acknowledged.
    pub upload: Duration,
    /// The frame gap of the bridge under test; pauses are a half, one and a half and ten of it.
    pub gap: Duration,
    /// How long a cable stays out, a wrong baud rate lasts, a meter takes to start again.
    pub outage: Duration,
}

impl Timing {
    /// As on a real line: 9600 bits per second (115200 for GWP5043), heartbeat every 5 s.
    #[must_use]
    pub const fn real(protocol: Protocol) -> Self {
        Self {
            byte: match protocol {
                Protocol::Jtt905 => Duration::from_micros(1042),
                Protocol::Gwp5043 => Duration::from_micros(87),
            },
            second: Duration::from_secs(1),
            heartbeat: Duration::from_secs(5),
            answer: (Duration::from_millis(20), Duration::from_millis(200)),
            acknowledge: Duration::from_secs(2),
            upload: Duration::from_secs(30),
            gap: Duration::from_millis(100),
            outage: Duration::from_secs(10),
        }
    }

    /// About fifty times as fast, for tests.
    #[must_use]
    pub const fn compressed() -> Self {
        Self {
            byte: Duration::from_micros(60),
            second: Duration::from_millis(20),
            heartbeat: Duration::from_millis(30),
            answer: (Duration::from_millis(1), Duration::from_millis(10)),
            acknowledge: Duration::from_millis(250),
            upload: Duration::from_millis(150),
            gap: Duration::from_millis(20),
            outage: Duration::from_millis(250),
        }
    }
}
