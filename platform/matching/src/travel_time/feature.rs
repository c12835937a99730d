//! What a drive looks like to the model: a row of numbers. Read by fitting and predicting alike, so that both see the same.

use std::f32::consts::TAU;

use fareway_shared::place::LatLng;
use serde::{Deserialize, Serialize};

const WEEK_S: f64 = 7.0 * 86_400.0;
const DAY_S: f64 = 86_400.0;
/// 1970-01-01 was a Thursday: so many days after the Monday of its week.
const MONDAY_S: f64 = 3.0 * DAY_S;
/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_195.08;

/// How many numbers a row has.
pub(super) const FEATURES: usize = 18;

/// A drive to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drive {
    /// When it begins: seconds since 1970-01-01 on the city's own clock.
    pub local_s: f64,
    /// Where it begins.
    pub pickup: LatLng,
    /// Where it ends.
    pub dropoff: LatLng,
}

/// A drive with what it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FinishedTrip {
    /// The drive.
    pub drive: Drive,
    /// Seconds from pick-up to drop-off.
    pub took_s: f64,
}

impl Drive {
    /// The row: time of week and day, both places straight and turned by 45 degrees, distance and direction.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a tree's thresholds are coarser than f32"
    )]
    pub(super) fn row(&self) -> [f32; FEATURES] {
        let week_s = (self.local_s + MONDAY_S).rem_euclid(WEEK_S);
        let day_s = self.local_s.rem_euclid(DAY_S);
        let (from, to) = (self.pickup, self.dropoff);
        let north_m = (to.lat() - from.lat()) * DEGREE_M;
        let shrink = ((from.lat() + to.lat()) / 2.0).to_radians().cos();
        let east_m = (to.lng() - from.lng()) * DEGREE_M * shrink;
        let crow_m = north_m.hypot(east_m);
        let (from_x, to_x) = (from.lng() * shrink, to.lng() * shrink);
        let turn = (north_m as f32).atan2(east_m as f32) / TAU;
        [
            week_s as f32,
            day_s as f32,
            from.lat() as f32,
            from.lng() as f32,
            to.lat() as f32,
            to.lng() as f32,
            (from.lat() + from_x) as f32,
            (from.lat() - from_x) as f32,
            (to.lat() + to_x) as f32,
            (to.lat() - to_x) as f32,
            crow_m as f32,
            (north_m.abs() + east_m.abs()) as f32,
            ((north_m + east_m).abs() + (north_m - east_m).abs()) as f32,
            north_m as f32,
            east_m as f32,
            turn,
            ((from.lat() + to.lat()) / 2.0) as f32,
            ((from.lng() + to.lng()) / 2.0) as f32,
        ]
    }
}
