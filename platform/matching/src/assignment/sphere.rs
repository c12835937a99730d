//! Great-circle metres as whole numbers, fast. [`super::crow`] builds it once from raw coordinates; the search tree reads
//! it. The number is always the one that `2 R asin(sqrt(haversine))` rounds to: where the fast way comes too near to a
//! rounding edge, or far from home, the slow way decides.
#![expect(clippy::as_conversions, reason = "places and metres become small integers, with their ranges stated")]

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

/// Adding this to a number below 2^31 leaves the number, rounded half to even, in the low 32 bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// Squared half chord above which the series for the arc sine is not used: 250 km.
const NEAR: f64 = 4e-4;
/// How far from a rounding edge, in metres, the fast way is trusted. It is wrong by less than 1e-7.
const EDGE: f64 = 0.5 - 1e-5;

/// A place as a point on the unit sphere, measured from the instance's middle so that small numbers stay exact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// Towards latitude 0, longitude 0.
    pub x: f64,
    /// Towards latitude 0, longitude 90 east.
    pub y: f64,
    /// Towards the north pole.
    pub z: f64,
}

impl Point {
    /// The point of a place, as it lies from the middle of the earth.
    pub(crate) fn of(place: LatLng) -> Self {
        let (sin_lat, cos_lat) = place.lat().to_radians().sin_cos();
        let (sin_lng, cos_lng) = place.lng().to_radians().sin_cos();
        Self { x: cos_lat * cos_lng, y: cos_lat * sin_lng, z: sin_lat }
    }

    /// The same point as it lies from another.
    pub(crate) fn from(self, middle: Self) -> Self {
        Self { x: self.x - middle.x, y: self.y - middle.y, z: self.z - middle.z }
    }

    /// The squared chord to another point, both measured from the same middle.
    #[inline]
    pub(crate) fn chord2(self, other: Self) -> f64 {
        let Self { x, y, z } = self.from(other);
        x * x + y * y + z * z
    }
}

/// Metres of a squared chord, with the fraction.
#[inline]
pub(crate) fn near_metres(chord2: f64) -> f64 {
    let half2 = chord2 * 0.25;
    let series = 1.0 + half2 * (1.0 / 6.0 + half2 * (3.0 / 40.0 + half2 * (15.0 / 336.0)));
    2.0 * EARTH_RADIUS_M * half2.sqrt() * series
}

/// Whole metres of a squared chord, and whether that is sure.
#[inline]
pub(crate) fn round_metres(chord2: f64) -> (i32, bool) {
    let metres = near_metres(chord2);
    let shifted = metres + ROUNDING;
    let off = (metres - (shifted - ROUNDING)).abs();
    (shifted.to_bits() as i32, off < EDGE && chord2 < 4.0 * NEAR)
}

/// Whole metres by the formula itself.
pub(crate) fn exact_metres(from: LatLng, to: LatLng) -> i32 {
    from.crow_m(to).round_ties_even() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    #[test]
    fn the_fast_way_gives_the_formulas_number_wherever_it_says_it_is_sure() {
        let middle = Point::of(place(37.7, -122.4));
        let mut seed = 1_u64;
        let mut unit = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let mut sure = 0;
        for round in 0..200_000 {
            let spread = [1e-4, 1e-2, 1.0, 8.0, 60.0][round % 5];
            let mut near =
                || place(37.7 * f64::from(u8::from(round % 2 == 0)) + spread * unit(), -122.4 + spread * unit());
            let (from, to) = (near(), near());
            let chord2 = Point::of(from).from(middle).chord2(Point::of(to).from(middle));
            let (metres, is_sure) = round_metres(chord2);
            if is_sure {
                sure += 1;
                assert_eq!(metres, exact_metres(from, to), "{from:?} {to:?}");
            }
        }
        assert!(sure > 100_000);
    }
}
