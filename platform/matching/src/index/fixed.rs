//! Coordinates as stored: whole steps of 1e-7 degree (11 mm of latitude) counted from the south-west corner of the map,
//! both in one 64-bit word, so that a place is read and written whole. Used by everything beneath the index.

#![expect(clippy::as_conversions, reason = "steps are bounded by the range of a LatLng and fit both ways")]

use fareway_shared::place::LatLng;

/// Steps in a degree.
pub(super) const STEPS: f64 = 1e7;
/// Steps once around the earth.
pub(super) const AROUND: i64 = 3_600_000_000;
const SOUTH: i64 = 900_000_000;
const WEST: i64 = 1_800_000_000;

/// Low bits of either coordinate that a block keeps for every car; the others are the corner of a square of 65,536 steps
/// (730 m of latitude), which cars of one small leaf share.
pub(super) const REST_BITS: u32 = 16;
const REST_MASK: u32 = (1 << REST_BITS) - 1;

/// A place in steps: `y` north of the south pole, up to 1.8e9; `x` east of the antimeridian, up to [`AROUND`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed {
    pub y: u32,
    pub x: u32,
}

impl Fixed {
    /// The nearest step to a place: what was given with at most seven decimals is kept exactly.
    pub(super) fn of(place: LatLng) -> Self {
        let steps = |degrees: f64, offset: i64| (degrees * STEPS + (offset as f64 + 0.5)) as u32;
        Self { y: steps(place.lat(), SOUTH), x: steps(place.lng(), WEST) }
    }

    /// Back to degrees.
    #[expect(clippy::expect_used, reason = "steps are made of a LatLng and cannot be out of its range")]
    pub(super) fn place(self) -> LatLng {
        let degrees = |steps: u32, offset: i64| (i64::from(steps) - offset) as f64 / STEPS;
        LatLng::new(degrees(self.y, SOUTH), degrees(self.x, WEST)).expect("stored coordinates are in range")
    }

    /// Radians north of the equator.
    pub(super) fn lat_rad(self) -> f64 {
        ((i64::from(self.y) - SOUTH) as f64 / STEPS).to_radians()
    }

    pub(super) const fn word(self) -> u64 {
        (self.x as u64) << 32 | self.y as u64
    }

    /// The corner of the square it is in, and how far it is from there; both coordinates in either.
    pub(super) const fn parts(self) -> (u32, u32) {
        let corner = (self.x >> REST_BITS << REST_BITS) | self.y >> REST_BITS;
        (corner, self.x << REST_BITS | (self.y & REST_MASK))
    }

    /// The other way round.
    #[inline(always)]
    pub(super) const fn of_parts(corner: u32, rest: u32) -> Self {
        Self { y: corner << REST_BITS | (rest & REST_MASK), x: (corner >> REST_BITS << REST_BITS) | rest >> REST_BITS }
    }

    pub(super) const fn of_word(word: u64) -> Self {
        Self { y: word as u32, x: (word >> 32) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::store::WIDE;

    #[test]
    fn seven_decimals_come_back_as_they_were_given() {
        for (lat, lng) in [(37.785_89, -122.456_94), (-90.0, -180.0), (90.0, 180.0), (-0.000_000_1, 0.000_000_1)] {
            let place = LatLng::new(lat, lng).unwrap();
            assert_eq!(Fixed::of_word(Fixed::of(place).word()).place(), place);
        }
    }

    #[test]
    fn further_decimals_are_rounded_to_the_nearest_step() {
        let place = LatLng::new(10.000_000_04, -10.000_000_06).unwrap();
        assert_eq!(Fixed::of(place).place(), LatLng::new(10.0, -10.000_000_1).unwrap());
    }

    #[test]
    fn places_around_every_corner_s_edges_come_back_from_their_parts() {
        let square = 1_u32 << REST_BITS;
        let around = |end: u32| {
            let edges = [0, square, 2 * square, 13_733 * square, 27_465 * square, end / square * square, end];
            edges.map(|edge| [edge.saturating_sub(1), edge, (edge + 1).min(end)]).into_iter().flatten()
        };
        for y in around(1_800_000_000) {
            for x in around(3_600_000_000) {
                let (corner, rest) = Fixed { y, x }.parts();
                assert_eq!(Fixed::of_parts(corner, rest), Fixed { y, x });
                assert_ne!(corner, WIDE, "no place has the corner that means many");
            }
        }
    }

    #[test]
    fn places_of_one_square_share_its_corner_and_no_other_place_has_it() {
        let corner = |y, x| Fixed { y, x }.parts().0;
        let home = corner(65_536, 131_072);
        assert_eq!((corner(131_071, 131_072), corner(65_536, 196_607)), (home, home));
        for (y, x) in [(65_535, 131_072), (131_072, 131_072), (65_536, 131_071), (65_536, 196_608)] {
            assert_ne!(corner(y, x), home);
        }
    }
}
