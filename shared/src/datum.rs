//! GCJ-02, the datum of Chinese maps and wallets, and WGS-84, which everything inside the house speaks. The one place that
//! converts; edges call it. The shift is public knowledge in the field though never published by its makers: a polynomial
//! with waves around 105° E, 35° N on the Krasovsky ellipsoid, tens to hundreds of metres inside China and nothing outside.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::place::LatLng;

/// Semi-major axis of the Krasovsky ellipsoid, metres, and its squared eccentricity.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;
/// Where maps are shifted: the box that the field uses for China.
const LAT: std::ops::RangeInclusive<f64> = 0.8293..=55.8271;
const LNG: std::ops::RangeInclusive<f64> = 72.004..=137.8347;
/// Each step takes the remaining error to less than a hundredth; four leave far less than a millimetre.
const STEPS: u32 = 4;

/// What coordinates are given in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// As receivers say.
    #[default]
    Wgs84,
    /// As Chinese maps and wallets say.
    Gcj02,
}

impl Datum {
    /// The place in WGS-84.
    #[must_use]
    pub fn to_wgs84(self, given: LatLng) -> LatLng {
        match self {
            Self::Wgs84 => given,
            Self::Gcj02 => unshifted(given),
        }
    }

    /// A WGS-84 place in this datum.
    #[must_use]
    pub fn of_wgs84(self, place: LatLng) -> LatLng {
        match self {
            Self::Wgs84 => place,
            Self::Gcj02 => shifted(place),
        }
    }
}

fn is_shifted(place: LatLng) -> bool {
    LAT.contains(&place.lat()) && LNG.contains(&place.lng())
}

fn shifted(place: LatLng) -> LatLng {
    if !is_shifted(place) {
        return place;
    }
    let (north, east) = shift(place.lat(), place.lng());
    LatLng::new(place.lat() + north, place.lng() + east).unwrap_or(place)
}

/// The place that is shifted to the given one. A given place in the box but shifted from outside stays as it is.
fn unshifted(given: LatLng) -> LatLng {
    if !is_shifted(given) {
        return given;
    }
    let mut guess = given;
    for _ in 0..STEPS {
        let (north, east) = shift(guess.lat(), guess.lng());
        guess = LatLng::new(given.lat() - north, given.lng() - east).unwrap_or(given);
    }
    guess
}

/// How far a place is shifted, degrees north and east.
fn shift(lat: f64, lng: f64) -> (f64, f64) {
    let (x, y) = (lng - 105.0, lat - 35.0);
    let wave = |height: f64, turns: f64| height * (turns * PI).sin();
    let both = (wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x)) * 2.0 / 3.0;
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + both
        + (wave(20.0, y) + wave(40.0, y / 3.0)) * 2.0 / 3.0
        + (wave(160.0, y / 12.0) + wave(320.0, y / 30.0)) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + both
        + (wave(20.0, x) + wave(40.0, x / 3.0)) * 2.0 / 3.0
        + (wave(150.0, x / 12.0) + wave(300.0, x / 30.0)) * 2.0 / 3.0;
    let sine = lat.to_radians().sin();
    let flat = 1.0 - ECCENTRICITY_2 * sine * sine;
    let north = north_m / (AXIS_M * (1.0 - ECCENTRICITY_2) / (flat * flat.sqrt()));
    let east = east_m / (AXIS_M / flat.sqrt() * lat.to_radians().cos());
    (north.to_degrees(), east.to_degrees())
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::SmallRng};

    use super::*;

    fn at(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    #[test]
    fn a_place_in_beijing_is_shifted_as_everybody_shifts_it() {
        // The pair that public converters give as their example.
        let map = Datum::Gcj02.of_wgs84(at(39.915, 116.404));
        assert!((map.lat() - 39.916_404_281_501_64).abs() < 1e-9, "{map:?}");
        assert!((map.lng() - 116.410_244_499_169_38).abs() < 1e-9, "{map:?}");
    }

    #[test]
    fn what_a_map_says_comes_back_to_a_millimetre() {
        let mut random = SmallRng::seed_from_u64(3);
        for _ in 0..2_000 {
            let place = at(random.gen_range(18.0..53.0), random.gen_range(74.0..134.0));
            let map = Datum::Gcj02.of_wgs84(place);
            let apart_m = place.crow_m(map);
            assert!((1.0..1_500.0).contains(&apart_m), "{place:?} is shifted by {apart_m} m");
            assert!(place.crow_m(Datum::Gcj02.to_wgs84(map)) < 1e-3, "{place:?}");
        }
    }

    #[test]
    fn nothing_is_shifted_outside_and_nothing_in_wgs_84() {
        let (jakarta, berlin) = (at(-6.2, 106.8), at(52.5, 13.4));
        for place in [jakarta, berlin] {
            assert_eq!(Datum::Gcj02.of_wgs84(place), place);
            assert_eq!(Datum::Gcj02.to_wgs84(place), place);
        }
        assert_eq!(Datum::Wgs84.to_wgs84(at(31.3, 120.6)), at(31.3, 120.6));
    }
}
