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

/// Angles from the middle, in radians, below which sines and cosines come from a few terms of their series: 120 km.
const CLOSE_RAD: f64 = 0.02;

/// A place as a point on the unit sphere, measured from the instance's middle so that small numbers stay exact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// Out of the earth where the middle's meridian meets the equator.
    pub x: f64,
    /// East of the middle.
    pub y: f64,
    /// North.
    pub z: f64,
}

/// The middle of an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Middle {
    place: LatLng,
    sin_lat: f64,
    cos_lat: f64,
}

impl Middle {
    /// There.
    pub(crate) fn at(place: LatLng) -> Self {
        let (sin_lat, cos_lat) = place.lat().to_radians().sin_cos();
        Self { place, sin_lat, cos_lat }
    }

    /// A place as it lies from here.
    #[inline]
    pub(crate) fn point(&self, place: LatLng) -> Point {
        let north = (place.lat() - self.place.lat()).to_radians();
        let east = (place.lng() - self.place.lng()).to_radians();
        let is_close = north.abs().max(east.abs()) < CLOSE_RAD;
        let ((sin_north, less_north), (sin_east, less_east)) =
            if is_close { (close(north), close(east)) } else { (anywhere(north), anywhere(east)) };
        let less_cos = self.cos_lat * less_north - self.sin_lat * sin_north;
        let cos_lat = self.cos_lat + less_cos;
        Point {
            x: less_cos + cos_lat * less_east,
            y: cos_lat * sin_east,
            z: self.sin_lat * less_north + self.cos_lat * sin_north,
        }
    }
}

/// Sine, and cosine less one, of a small angle.
fn close(rad: f64) -> (f64, f64) {
    let two = rad * rad;
    let sin = rad * (1.0 - two * (1.0 / 6.0 - two * (1.0 / 120.0 - two * (1.0 / 5_040.0))));
    (sin, -two * (0.5 - two * (1.0 / 24.0 - two * (1.0 / 720.0))))
}

/// The same of any angle.
fn anywhere(rad: f64) -> (f64, f64) {
    let half = (rad / 2.0).sin();
    (rad.sin(), -2.0 * half * half)
}

impl Point {
    /// Where nobody is: farther than anything on earth.
    pub(crate) const NOWHERE: Self = Self { x: 1e6, y: 1e6, z: 1e6 };

    /// Whether it is on earth.
    pub(crate) fn is_somewhere(self) -> bool {
        self.x < Self::NOWHERE.x
    }

    /// The middle itself.
    pub(crate) const MIDDLE: Self = Self { x: 0.0, y: 0.0, z: 0.0 };

    /// The squared chord to another point, both measured from the same middle.
    #[inline]
    pub(crate) fn chord2(self, other: Self) -> f64 {
        let (x, y, z) = (self.x - other.x, self.y - other.y, self.z - other.z);
        x * x + y * y + z * z
    }
}

/// How far the farthest of some points that are on earth lies from the middle, on the unit sphere.
pub(crate) fn reach<'a>(points: impl Iterator<Item = &'a Point>) -> f64 {
    let places = points.filter(|point| point.is_somewhere());
    places.map(|point| point.chord2(Point::MIDDLE)).fold(0.0, f64::max).sqrt()
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
        let middle = Middle::at(place(37.7, -122.4));
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
            let chord2 = middle.point(from).chord2(middle.point(to));
            let (metres, is_sure) = round_metres(chord2);
            if is_sure {
                sure += 1;
                assert_eq!(metres, exact_metres(from, to), "{from:?} {to:?}");
            }
        }
        assert!(sure > 100_000);
    }
}
