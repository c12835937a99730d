//! A whole shift from a seed: sign in, then ride after ride with pauses, then done. `engine` asks it what to do next.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::SmallRng};

use super::{fault::Fault, timing::Timing};

/// Frames that must have gone out on a whole line between two rides: a few heartbeats, or the trip told often enough.
const FRAMES_BETWEEN: u32 = 16;

/// What the driver and the world do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    SignIn,
    Hire,
    Event(Fault),
    Stop,
    Done,
}

/// Faults that befall the line or the meter as a whole, one in each ride.
const EVENTS: [Fault; 5] =
    [Fault::CableOut, Fault::AdapterOut, Fault::MeterReboot, Fault::WrongBaud, Fault::HostRestart];

pub(super) struct Script {
    random: SmallRng,
    second: Duration,
    rest: Duration,
    outage: Duration,
    rides: u32,
    events: Vec<Fault>,
    due: Duration,
    next: Vec<Deed>,
}

impl Script {
    pub(super) fn new(seed: u64, timing: &Timing, rides: u32, faults: &[Fault], now: Duration) -> Self {
        Self {
            random: SmallRng::seed_from_u64(seed ^ 0x5C21),
            second: timing.second,
            rest: timing.heartbeat.saturating_mul(3),
            outage: timing.outage,
            rides,
            events: faults.iter().copied().filter(|fault| EVENTS.contains(fault)).collect(),
            due: now,
            next: vec![Deed::SignIn],
        }
    }

    /// What is due now, if anything; `free` while no event is going on, `frames` sent since the last ride ended.
    pub(super) fn next(&mut self, now: Duration, free: bool, frames: u32) -> Option<Deed> {
        if now < self.due {
            return None;
        }
        // A ride may end while the cable is out, but none begins before the last was told: a running-fare meter would
        // forget it.
        let may = match self.next.last()? {
            Deed::Stop => true,
            Deed::Hire => free && frames >= FRAMES_BETWEEN,
            _ => free,
        };
        if !may {
            return None;
        }
        let deed = self.next.pop()?;
        let ride = self.second.saturating_mul(self.random.gen_range(8..24));
        self.due = now.saturating_add(match deed {
            Deed::SignIn | Deed::Stop => self.rest,
            Deed::Hire => ride,
            Deed::Event(_) => self.outage.checked_div(self.random.gen_range(1..3)).unwrap_or(self.outage),
            Deed::Done => Duration::ZERO,
        });
        if self.next.is_empty() && deed != Deed::Done {
            self.plan_ride();
        }
        Some(deed)
    }

    fn plan_ride(&mut self) {
        if self.rides == 0 {
            self.next.push(Deed::Done);
            return;
        }
        self.rides = self.rides.saturating_sub(1);
        self.next.push(Deed::Stop);
        if !self.events.is_empty() {
            self.events.rotate_left(1);
            self.next.extend(self.events.last().copied().map(Deed::Event));
        }
        self.next.push(Deed::Hire);
    }
}
