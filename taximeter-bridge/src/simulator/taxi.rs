//! The taxi behind the simulated meter: its clock, the ride that runs, and the ledger of what it charged. Both protocols
//! drive one. The ledger is the truth that the bridge's trips are held to.

use std::{path::PathBuf, time::Duration};

use jiff::civil::DateTime;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde::{Deserialize, Serialize};

use super::{Settings, tariff::Tariff, timing::Timing};

/// Metres in a simulated second.
const SPEED_MPS: u64 = 12;

/// A finished ride as the meter charged it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ride {
    /// The meter's number of the trip.
    pub trip_no: u32,
    /// Boarding by the meter's clock, seconds since 1970 UTC.
    pub board_unix: u32,
    /// Alighting by the meter's clock.
    pub exit_unix: u32,
    /// Hired distance.
    pub distance_m: u32,
    /// Waiting time.
    pub wait_s: u32,
    /// Amount in steps of the meter (0.1 yuan, or one baht).
    pub steps: u32,
}

/// The ride that runs.
#[derive(Clone, Copy, Debug)]
struct Hire {
    since: Duration,
    wait_percent: u64,
    /// The amount and seconds it shall end with.
    plan: Option<(u32, u64)>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    next_trip_no: u32,
    unsent: Vec<Ride>,
}

/// Clock, ride and ledger.
#[derive(Debug)]
pub(super) struct Taxi {
    timing: Timing,
    tariff: Tariff,
    started_unix: i64,
    clock_offset_s: i32,
    drift_ppm: i64,
    next_trip_no: u32,
    hire: Option<Hire>,
    pub(super) unsent: Vec<Ride>,
    state_file: Option<PathBuf>,
    pub(super) random: SmallRng,
}

impl Taxi {
    pub(super) fn new(settings: &Settings) -> Self {
        let saved = settings
            .state_file
            .as_ref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| serde_json::from_slice::<Saved>(&bytes).ok());
        let (next_trip_no, unsent) =
            saved.map_or((settings.first_trip_no, Vec::new()), |saved| (saved.next_trip_no, saved.unsent));
        Self {
            timing: settings.timing,
            tariff: Tariff::of(settings.protocol),
            started_unix: settings.meter_clock.seconds(),
            clock_offset_s: settings.clock_offset_s(),
            drift_ppm: settings.drift_ppm,
            next_trip_no,
            hire: None,
            unsent,
            state_file: settings.state_file.clone(),
            random: SmallRng::seed_from_u64(settings.seed ^ 0x7A11),
        }
    }

    pub(super) const fn is_hired(&self) -> bool {
        self.hire.is_some()
    }

    pub(super) const fn total_trips(&self) -> u32 {
        self.next_trip_no.saturating_sub(1)
    }

    /// Begins a ride; `plan` fixes its amount (steps) and length (seconds of the meter's clock).
    pub(super) fn hire(&mut self, now: Duration, plan: Option<(u32, u64)>) {
        self.hire = Some(Hire { since: now, wait_percent: self.random.gen_range(0..30), plan });
    }

    /// Ends the ride and books it.
    pub(super) fn stop(&mut self, now: Duration, steps: Option<u32>) -> Option<Ride> {
        let mut ride = self.ride(now)?;
        ride.steps = steps.or(self.hire.and_then(|hire| hire.plan).map(|plan| plan.0)).unwrap_or(ride.steps);
        self.hire = None;
        self.next_trip_no = self.next_trip_no.saturating_add(1);
        self.save();
        Some(ride)
    }

    /// The ride so far.
    pub(super) fn ride(&self, now: Duration) -> Option<Ride> {
        let hire = self.hire?;
        let seconds = self.seconds(now.saturating_sub(hire.since));
        let wait_s = seconds.saturating_mul(hire.wait_percent).checked_div(100)?;
        let distance_m = seconds.saturating_sub(wait_s).saturating_mul(SPEED_MPS);
        let steps = match hire.plan {
            Some((steps, length)) => {
                let start = self.tariff.start().min(u64::from(steps));
                let rise = u64::from(steps).saturating_sub(start).saturating_mul(seconds.min(length));
                start.saturating_add(rise.checked_div(length).unwrap_or(0))
            }
            None => self.tariff.steps(distance_m, wait_s),
        };
        let board_unix = self.unix(hire.since);
        Some(Ride {
            trip_no: self.next_trip_no,
            board_unix,
            exit_unix: board_unix.saturating_add(small(seconds)),
            distance_m: small(distance_m),
            wait_s: small(wait_s),
            steps: small(steps),
        })
    }

    /// The meter's clock, which drifts.
    pub(super) fn unix(&self, now: Duration) -> u32 {
        let seconds = i64::try_from(self.seconds(now)).unwrap_or(i64::MAX);
        let drift = seconds.saturating_mul(self.drift_ppm).checked_div(1_000_000).unwrap_or(0);
        u32::try_from(self.started_unix.saturating_add(seconds).saturating_add(drift)).unwrap_or(u32::MAX)
    }

    /// A moment of the meter's clock in the meter's local time.
    pub(super) fn local(&self, unix: u32) -> DateTime {
        jiff::tz::Offset::from_seconds(self.clock_offset_s)
            .ok()
            .zip(jiff::Timestamp::from_second(i64::from(unix)).ok())
            .map_or(DateTime::MIN, |(offset, instant)| offset.to_datetime(instant))
    }

    /// Trip numbers and trips still to be sent survive a restart of the meter.
    pub(super) fn save(&self) {
        let saved = Saved { next_trip_no: self.next_trip_no, unsent: self.unsent.clone() };
        if let Some(path) = &self.state_file
            && let Ok(bytes) = serde_json::to_vec(&saved)
            && let Err(error) = std::fs::write(path, bytes)
        {
            tracing::warn!("the meter's memory {} could not be written: {error}", path.display());
        }
    }

    fn seconds(&self, span: Duration) -> u64 {
        let seconds = span.as_micros().checked_div(self.timing.second.as_micros().max(1)).unwrap_or(0);
        u64::try_from(seconds).unwrap_or(u64::MAX)
    }
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
