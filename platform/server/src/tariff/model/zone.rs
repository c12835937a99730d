//! Zones: parts of the map that a tariff names, such as an airport. A place may lie in several.

use fareway_shared::place::LatLng;

/// A named part of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its name, as surcharges and fixed prices say it.
    pub name: String,
    /// Where it is.
    pub shape: Shape,
}

/// Where a zone is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Everything within a great-circle distance, the line itself included.
    Circle {
        /// The middle.
        centre: LatLng,
        /// The distance in metres.
        radius_m: u32,
    },
    /// Everything inside the corners, joined in order by lines that are straight in degrees, the last to the first. Where
    /// the lines cross, a place counts as inside if an odd number of them lies east of it.
    Polygon(Vec<LatLng>),
}

impl Zone {
    pub(super) fn contains(&self, place: LatLng) -> bool {
        match &self.shape {
            Shape::Circle { centre, radius_m } => centre.crow_m(place) <= f64::from(*radius_m),
            Shape::Polygon(corners) => {
                let next = corners.iter().cycle().skip(1);
                corners.iter().zip(next).filter(|(one, other)| passes_east(**one, **other, place)).count() % 2 == 1
            }
        }
    }
}

/// Whether the line from `one` to `other` crosses the parallel of `place` east of it. The lower end belongs to the line and
/// the upper one does not, so a parallel through a corner is counted once.
fn passes_east(one: LatLng, other: LatLng, place: LatLng) -> bool {
    if (one.lat() > place.lat()) == (other.lat() > place.lat()) {
        return false;
    }
    let share = (place.lat() - one.lat()) / (other.lat() - one.lat());
    place.lng() < one.lng() + share * (other.lng() - one.lng())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    fn zone(shape: Shape) -> Zone {
        Zone { name: "airport".to_owned(), shape }
    }

    #[test]
    fn a_circle_ends_at_its_radius() {
        let circle = zone(Shape::Circle { centre: at(31.0, 120.0), radius_m: 1000 });
        // One degree of latitude is 6,371,008.8 m × π / 180 = 111,195.08 m, so 1,000 m are 0.0089932 degrees.
        assert!(circle.contains(at(31.008_99, 120.0)));
        assert!(!circle.contains(at(31.009_00, 120.0)));
    }

    #[test]
    fn a_polygon_may_be_bent_and_a_parallel_through_a_corner_counts_once() {
        // A letter L: its inner corner is outside.
        let bent = zone(Shape::Polygon(vec![
            at(0.0, 0.0),
            at(0.0, 2.0),
            at(1.0, 2.0),
            at(1.0, 1.0),
            at(2.0, 1.0),
            at(2.0, 0.0),
        ]));
        for (lat, lng, inside) in [
            (0.5, 0.5, true),
            (0.5, 1.5, true),
            (1.5, 0.5, true),
            (1.5, 1.5, false),
            (1.0, 0.5, true),
            (-0.1, 0.5, false),
            (0.5, 2.1, false),
            (0.5, -0.1, false),
            (2.0, 0.5, false),
            (0.0, 0.5, true),
            (1.0, -1.0, false),
        ] {
            assert_eq!(bent.contains(at(lat, lng)), inside, "{lat}, {lng}");
        }
    }
}
