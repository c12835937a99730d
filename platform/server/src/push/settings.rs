//! Every bound of the car links. Read by the configuration, obeyed by the rest of this folder.

use std::time::Duration;

use fareway_shared::protocol::car::HEARTBEAT_S;

/// How many cars, how much may wait for one of them, and for how long anything is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushSettings {
    /// Links at the same time; one more is told to come back later.
    pub links_max: u32,
    /// Connections that have not greeted yet; more wait in the listener's backlog.
    pub handshakes_max: u32,
    /// Messages that wait for one car; one more and the car counts as a slow reader and is dropped.
    pub queue_max: usize,
    /// Spans of the link.
    pub times: LinkTimes,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self { links_max: 20_000, handshakes_max: 512, queue_max: 256, times: LinkTimes::default() }
    }
}

/// How long things may take on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTimes {
    /// From the accepted connection, and again from a grant of enrolment, to the greeting.
    pub greet_within: Duration,
    /// Silence after which the platform pings.
    pub ping_after: Duration,
    /// Silence after which the link counts as dead.
    pub silent_max: Duration,
    /// How long an older link of the same device has to prove that it lives.
    pub probe_within: Duration,
    /// How long one write may be stuck before the car counts as a slow reader.
    pub write_within: Duration,
    /// How long a refused car is given to read why.
    pub farewell_within: Duration,
    /// How long a shutdown waits for the links to close.
    pub drain_within: Duration,
}

impl Default for LinkTimes {
    fn default() -> Self {
        let heartbeat = Duration::from_secs(HEARTBEAT_S);
        Self {
            greet_within: Duration::from_secs(10),
            ping_after: heartbeat.saturating_mul(2),
            silent_max: heartbeat.saturating_mul(3),
            probe_within: Duration::from_secs(2),
            write_within: Duration::from_secs(10),
            farewell_within: Duration::from_secs(2),
            drain_within: Duration::from_secs(5),
        }
    }
}
