//! How long it takes without a map: the great circle, longer by a factor that is fitted from finished trips. Called by
//! [`super::Eta`], and by whoever fits. San Francisco's detours are its own: fit yours.

use fareway_shared::place::LatLng;

/// A great circle's detour and speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crow {
    /// Metres by road for a metre by great-circle, 1 or more.
    detour: f64,
    /// Metres by road a second.
    speed_mps: f64,
}

/// A finished trip, as far as a detour is fitted from it.
#[derive(Debug, Clone, Copy)]
pub struct Driven {
    /// Where it began.
    pub pickup: LatLng,
    /// Where it ended.
    pub dropoff: LatLng,
    /// What it drove, metres.
    pub road_m: f64,
    /// How long that took, seconds.
    pub time_s: f64,
}

/// Why nothing was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no detour can be fitted: of {given} trips none has a distance and a time that a car can have driven")]
pub struct NothingToFit {
    /// How many trips were given.
    pub given: usize,
}

/// Shorter trips say more about where the meter was pressed than about roads.
const CROW_M_MIN: f64 = 200.0;
/// What a car can have driven in a city on the whole, metres a second.
const SPEEDS_MPS: std::ops::RangeInclusive<f64> = 0.5..=45.0;
/// A trip of more detour went somewhere else first.
const DETOUR_MAX: f64 = 4.0;

impl Default for Crow {
    /// 24 km/h and 1.35: what the simulator drives.
    fn default() -> Self {
        Self { detour: 1.35, speed_mps: 24.0 / 3.6 }
    }
}

impl Crow {
    /// Fits detour and speed: the medians over trips, so that a few that went astray do not count. Time: a sort.
    ///
    /// # Errors
    /// [`NothingToFit`] if not one trip is usable.
    pub fn fit(trips: &[Driven]) -> Result<Self, NothingToFit> {
        let usable = trips.iter().filter_map(|trip| {
            let crow_m = trip.pickup.crow_m(trip.dropoff);
            let (detour, speed_mps) = (trip.road_m / crow_m, trip.road_m / trip.time_s);
            let sound = crow_m >= CROW_M_MIN && (1.0..=DETOUR_MAX).contains(&detour) && SPEEDS_MPS.contains(&speed_mps);
            sound.then_some((detour, speed_mps))
        });
        let (mut detours, mut speeds): (Vec<f64>, Vec<f64>) = usable.unzip();
        match (median(&mut detours), median(&mut speeds)) {
            (Some(detour), Some(speed_mps)) => Ok(Self { detour, speed_mps }),
            _ => Err(NothingToFit { given: trips.len() }),
        }
    }

    /// Metres by road for a metre by great-circle.
    #[must_use]
    pub const fn detour(&self) -> f64 {
        self.detour
    }

    /// Metres by road a second.
    #[must_use]
    pub const fn speed_mps(&self) -> f64 {
        self.speed_mps
    }

    /// From one place to another, metres by road and ms.
    #[must_use]
    pub fn between(&self, from: LatLng, to: LatLng) -> (f64, u32) {
        let road_m = from.crow_m(to) * self.detour;
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and the cast saturates"
        )]
        let ms = (road_m / self.speed_mps * 1000.0).round() as u32;
        (road_m, ms)
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detour_is_fitted_from_trips_and_strays_do_not_count() {
        let at = |lat| LatLng::new(lat, 8.7).unwrap();
        let trip = |lat: f64, detour: f64, speed_mps: f64| {
            let (pickup, dropoff) = (at(49.4), at(49.4 + lat));
            let road_m = pickup.crow_m(dropoff) * detour;
            Driven { pickup, dropoff, road_m, time_s: road_m / speed_mps }
        };
        let mut trips: Vec<Driven> =
            (1..=9).map(|i| trip(0.01 * f64::from(i), 1.2 + 0.02 * f64::from(i), 8.0)).collect();
        trips.extend([trip(0.02, 50.0, 8.0), trip(0.00001, 1.3, 8.0), trip(0.02, 1.3, 4000.0)]);
        let fitted = Crow::fit(&trips).unwrap();
        assert!((fitted.detour() - 1.30).abs() < 1e-9 && (fitted.speed_mps() - 8.0).abs() < 1e-9);
        assert_eq!(Crow::fit(&trips[9..]), Err(NothingToFit { given: 3 }));
        let (road_m, ms) = fitted.between(at(49.4), at(49.4));
        assert!(road_m.abs() < 1e-9 && ms == 0);
    }
}
