//! What the car knows of time. Its own wall clock may stand in 1970, so deadlines run on the monotonic clock and expiry is
//! judged by the platform's time, carried forward from the last signed greeting. Nothing here asks a clock.

use std::time::Duration;

use fareway_shared::time::Timestamp;

/// One instant, as the outermost loop read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic time since some start of this process's choosing.
    pub tick: Duration,
    /// The machine's wall clock; used only for labels that nobody relies on.
    pub wall: Timestamp,
}

/// Trusted time: the platform's, plus what the monotonic clock has counted since it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    server_time: Timestamp,
    heard: Duration,
}

impl Anchor {
    /// Takes the server time of a verified greeting.
    pub(crate) fn new(server_time: Timestamp, heard: Moment) -> Self {
        Self { server_time, heard: heard.tick }
    }

    /// Trusted time at an instant.
    pub(crate) fn at(self, now: Moment) -> Timestamp {
        self.server_time.after(now.tick.saturating_sub(self.heard))
    }

    /// When the monotonic clock will stand at an instant of trusted time, or stood when it was heard.
    pub(crate) fn tick_of(self, at: Timestamp) -> Duration {
        self.heard.saturating_add(at.since(self.server_time))
    }
}
