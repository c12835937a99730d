//! The world of `dispatch_sim.py`: every weekday's trips between two local hours overlaid on one evening, and where the
//! fleet starts. Read by [`super::fleet`]; decides nothing.

#![expect(clippy::indexing_slicing, reason = "indices are drawn below the length of what they index, beside the draw")]

use fareway_shared::place::LatLng;

use super::numpy_draw::NumpyDraw;
use crate::row::Failed;

/// The San Francisco file is of ten May days, all of them seven hours behind UTC.
const UTC_OFFSET_S: i64 = -7 * 3600;
const DAY_S: i64 = 86_400;

/// One finished trip of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trip {
    pub(crate) pickup_unix_s: i64,
    pub(crate) dropoff_unix_s: i64,
    pub(crate) pickup: LatLng,
    pub(crate) dropoff: LatLng,
}

impl Trip {
    /// Seconds since local midnight at the pick-up.
    pub(crate) fn local_s(&self) -> i64 {
        (self.pickup_unix_s + UTC_OFFSET_S).rem_euclid(DAY_S)
    }

    /// Days since 1970-01-01, local.
    pub(crate) fn local_day(&self) -> i64 {
        (self.pickup_unix_s + UTC_OFFSET_S).div_euclid(DAY_S)
    }

    /// Monday is 0. 1970-01-01 was a Thursday.
    pub(crate) fn weekday(&self) -> i64 {
        (self.local_day() + 3).rem_euclid(7)
    }

    /// Seconds since 1970 on the city's own clock, at the pick-up.
    pub(crate) fn on_city_clock_s(&self, utc_offset_s: i32) -> f64 {
        i32::try_from(self.pickup_unix_s).map_or(f64::MAX, f64::from) + f64::from(utc_offset_s)
    }

    /// Seconds from pick-up to drop-off.
    pub(crate) fn took_s(&self) -> f64 {
        seconds(self.ride_s())
    }

    fn ride_s(&self) -> i64 {
        self.dropoff_unix_s - self.pickup_unix_s
    }
}

/// A request of the overlaid evening.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) at_s: f64,
    pub(crate) pickup: LatLng,
    pub(crate) dropoff: LatLng,
    pub(crate) ride_s: f64,
}

/// Which evening, and with how many cars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evening {
    pub(crate) from_h: f64,
    pub(crate) to_h: f64,
    pub(crate) fleet: usize,
    pub(crate) seed: u32,
}

/// The requests of an evening in order, and where its vehicles stand idle at the start.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) from_s: f64,
    pub(crate) to_s: f64,
    pub(crate) asked: Vec<Asked>,
    pub(crate) starts: Vec<LatLng>,
}

/// One line of the trip file; its columns are as in the data's README.
pub(super) fn trip(line: &str) -> Result<Trip, Failed> {
    let cells: Vec<&str> = line.split(',').collect();
    let cell = |at: usize| cells.get(at).copied().ok_or_else(|| Failed::from(format!("a short line: {line}")));
    let place =
        |lat: usize| -> Result<LatLng, Failed> { Ok(LatLng::new(cell(lat)?.parse()?, cell(lat + 1)?.parse()?)?) };
    Ok(Trip {
        pickup_unix_s: cell(0)?.parse()?,
        dropoff_unix_s: cell(1)?.parse()?,
        pickup: place(3)?,
        dropoff: place(5)?,
    })
}

impl World {
    /// The overlaid evening; `kept` chooses trips by their local day, so that other sets of days can be tried.
    pub(crate) fn of(trips: &[Trip], evening: Evening, kept: impl Fn(&Trip) -> bool) -> Self {
        let within = |trip: &Trip, from_h: f64, to_h: f64| {
            let local_s = seconds(trip.local_s());
            trip.weekday() < 5 && local_s >= from_h * 3600.0 && local_s < to_h * 3600.0 && kept(trip)
        };
        let mut asked: Vec<Asked> = trips
            .iter()
            .filter(|trip| within(trip, evening.from_h, evening.to_h))
            .map(|trip| Asked {
                at_s: seconds(trip.local_s()),
                pickup: trip.pickup,
                dropoff: trip.dropoff,
                ride_s: seconds(trip.ride_s()),
            })
            .collect();
        asked.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
        let before: Vec<LatLng> = trips
            .iter()
            .filter(|trip| within(trip, evening.from_h - 1.0, evening.from_h))
            .map(|trip| trip.dropoff)
            .collect();
        let drawn = NumpyDraw::seeded(evening.seed).without_replacement(before.len(), evening.fleet.min(before.len()));
        let starts = drawn.into_iter().cycle().take(evening.fleet).map(|at| before[at]).collect();
        Self { from_s: evening.from_h * 3600.0, to_s: evening.to_h * 3600.0, asked, starts }
    }
}

/// Whole seconds of a day or two as a float; exact.
fn seconds(whole: i64) -> f64 {
    i32::try_from(whole).map_or(f64::MAX, f64::from)
}
