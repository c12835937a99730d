//! Where a driver takes passengers: a circle or a polygon that the pick-up must lie in. Given to [`super::Limited`] with the
//! vehicle. It knows nothing of roads.

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

/// Why something is not an area.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotAnArea {
    /// Fewer corners than a triangle has.
    #[error("a polygon of {corners} corners has no inside: give at least three")]
    TooFewCorners {
        /// How many there are.
        corners: usize,
    },
    /// NaN, infinite or negative.
    #[error("{radius_m} m is no radius: give a number of metres that is not negative")]
    NotARadius {
        /// As given.
        radius_m: f64,
    },
}

/// A circle, its edge counted, or a polygon.
#[derive(Debug, Clone, PartialEq)]
pub struct Area(Shape);

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Circle {
        middle: LatLng,
        radius_m: f64,
        /// Further north or south, or east or west, is outside, degrees.
        reach: [f64; 2],
    },
    /// Corners as degrees north and east of the first, and how far they reach.
    Polygon { first: LatLng, corners: Vec<[f64; 2]>, low: [f64; 2], high: [f64; 2] },
}

impl Area {
    /// All that is within so many metres by great-circle.
    ///
    /// # Errors
    /// [`NotAnArea::NotARadius`].
    pub fn circle(middle: LatLng, radius_m: f64) -> Result<Self, NotAnArea> {
        if radius_m.is_finite() && radius_m >= 0.0 {
            let angle = (radius_m / EARTH_RADIUS_M).min(std::f64::consts::PI);
            let lat = middle.lat().abs().to_radians();
            // A circle around a pole reaches all the way round.
            let is_round = lat + angle >= std::f64::consts::FRAC_PI_2;
            let east = if is_round { std::f64::consts::PI } else { (angle.sin() / lat.cos()).asin() };
            let reach = [angle, east].map(|reach| reach.to_degrees() + 1e-9);
            Ok(Self(Shape::Circle { middle, radius_m, reach }))
        } else {
            Err(NotAnArea::NotARadius { radius_m })
        }
    }

    /// What lies inside these corners, joined in turn by lines that are straight in degrees; the last is joined to the
    /// first. Where lines cross, what is enclosed an odd number of times is inside. It may lie across the date line, but
    /// not around a pole.
    ///
    /// # Errors
    /// [`NotAnArea::TooFewCorners`].
    pub fn polygon(corners: &[LatLng]) -> Result<Self, NotAnArea> {
        let [first, _, _, ..] = corners else { return Err(NotAnArea::TooFewCorners { corners: corners.len() }) };
        let corners: Vec<[f64; 2]> = corners.iter().map(|corner| beside(*first, *corner)).collect();
        let far = |pick: fn(f64, f64) -> f64| {
            corners.iter().fold([0.0; 2], |[north, east], corner| [pick(north, corner[0]), pick(east, corner[1])])
        };
        let (low, high) = (far(f64::min), far(f64::max));
        Ok(Self(Shape::Polygon { first: *first, corners, low, high }))
    }

    /// Whether a place lies in it. Time: the number of corners, where it is not clear at once.
    #[must_use]
    pub fn holds(&self, place: LatLng) -> bool {
        match &self.0 {
            Shape::Circle { middle, radius_m, reach } => {
                let [north, east] = beside(*middle, place);
                north.abs() <= reach[0] && east.abs() <= reach[1] && middle.crow_m(place) <= *radius_m
            }
            Shape::Polygon { first, corners, low, high } => {
                let [north, east] = beside(*first, place);
                if north < low[0] || north > high[0] || east < low[1] || east > high[1] {
                    return false;
                }
                // Whoever goes from here to the east leaves an area that he was in.
                let next = corners.iter().cycle().skip(1);
                corners.iter().zip(next).fold(false, |inside, (one, other)| {
                    let between = (one[0] > north) != (other[0] > north);
                    let at = (other[1] - one[1]) * (north - one[0]) / (other[0] - one[0]) + one[1];
                    inside ^ (between && east < at)
                })
            }
        }
    }
}

/// How far a place is north and east of another, degrees, the short way round.
fn beside(first: LatLng, place: LatLng) -> [f64; 2] {
    let east = place.lng() - first.lng();
    let short = if east > 180.0 {
        east - 360.0
    } else if east < -180.0 {
        east + 360.0
    } else {
        east
    };
    [place.lat() - first.lat(), short]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    #[test]
    fn a_polygon_holds_what_its_lines_enclose_also_across_the_date_line() {
        for lng in [8.0, 179.0, -180.0] {
            let east = |by: f64| if lng + by > 180.0 { lng + by - 360.0 } else { lng + by };
            // A square of two degrees with a notch from the south up to its middle.
            let corners = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (1.0, 1.0)];
            let area = Area::polygon(&corners.map(|(north, by)| at(north, east(by)))).unwrap();
            for (north, by, is_inside) in
                [(1.5, 1.0, true), (0.5, 1.0, false), (0.5, 0.2, true), (0.5, 1.8, true), (2.5, 1.0, false)]
            {
                assert_eq!(area.holds(at(north, east(by))), is_inside, "{north}, {by} beside {lng}");
            }
            let west = if lng < -179.9 { lng + 359.9 } else { lng - 0.1 };
            assert!(!area.holds(at(1.5, east(2.1))) && !area.holds(at(1.5, west)));
        }
    }

    #[test]
    fn a_circle_holds_its_edge_and_nothing_outside() {
        let middle = at(49.4, 8.7);
        let there = at(49.41, 8.7);
        let m = middle.crow_m(there);
        assert!(Area::circle(middle, m).unwrap().holds(there));
        assert!(!Area::circle(middle, m - 1e-6).unwrap().holds(there));
    }

    #[test]
    fn a_circle_holds_just_what_is_near_enough_anywhere_on_earth() {
        for lat in [-90.0, -89.9, -60.0, 0.0, 45.0, 89.5, 90.0] {
            for (radius_m, step) in [(1e3, 0.004), (2e5, 0.9), (9e6, 40.0), (3e7, 40.0)] {
                let middle = at(lat, 179.9);
                let area = Area::circle(middle, radius_m).unwrap();
                for (north, east) in (-4..=4).flat_map(|north| (-4..=4).map(move |east| (north, east))) {
                    let lat = (lat + step * f64::from(north)).clamp(-90.0, 90.0);
                    let lng = (179.9 + 3.0 * step * f64::from(east) + 540.0).rem_euclid(360.0) - 180.0;
                    assert_eq!(area.holds(at(lat, lng)), middle.crow_m(at(lat, lng)) <= radius_m);
                }
            }
        }
    }

    #[test]
    fn what_has_no_inside_is_refused_in_a_sentence() {
        let two = Area::polygon(&[at(0.0, 0.0), at(1.0, 1.0)]).unwrap_err();
        assert_eq!(two.to_string(), "a polygon of 2 corners has no inside: give at least three");
        for radius_m in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(matches!(Area::circle(at(0.0, 0.0), radius_m), Err(NotAnArea::NotARadius { .. })));
        }
    }
}
