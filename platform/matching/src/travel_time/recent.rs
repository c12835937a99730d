//! How the last hours went beside what the forest expected: once for the city, once for each square of about a kilometre,
//! forgotten by halves. Bounded memory. Kept by [`super::TravelTimes`].

use std::collections::BTreeMap;

use fareway_shared::place::LatLng;
use serde::{Deserialize, Serialize};

/// Squares remembered at most; the one least lately seen gives way.
const SQUARES_MAX: usize = 4_096;
/// Squares to a degree.
const SQUARES_PER_DEGREE: f64 = 100.0;

/// A mean that forgets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Fading {
    sum: f64,
    weight: f64,
    at_s: f64,
}

impl Fading {
    fn add(&mut self, value: f64, weight: f64, at_s: f64, half_s: f64) {
        // A trip that ended earlier than the last one told of counts as if it had just ended.
        let keep = (-(at_s - self.at_s).max(0.0) / half_s).exp2();
        self.sum = self.sum.mul_add(keep, value * weight);
        self.weight = self.weight.mul_add(keep, weight);
        self.at_s = self.at_s.max(at_s);
    }

    /// The mean, pulled to nothing as if `prior` more had been seen without error.
    fn mean(&self, at_s: f64, half_s: f64, prior: f64) -> f64 {
        let keep = (-(at_s - self.at_s).max(0.0) / half_s).exp2();
        keep * self.sum / (keep * self.weight + prior)
    }
}

/// The shifts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    city: Fading,
    /// By square: of trips that began there, of trips that ended there.
    squares: BTreeMap<u32, [Fading; 2]>,
}

const CITY_HALF_S: f64 = 1_200.0;
const CITY_PRIOR: f64 = 20.0;
const SQUARE_HALF_S: f64 = 5_400.0;
const SQUARE_PRIOR: f64 = 40.0;

impl Recent {
    /// The shift of a drive's logarithm.
    pub(super) fn shift(&self, pickup: LatLng, dropoff: LatLng, at_s: f64) -> f64 {
        let of = |place: LatLng, end: usize| {
            let ends = self.squares.get(&square(place));
            ends.and_then(|ends| ends.get(end)).map_or(0.0, |end| end.mean(at_s, SQUARE_HALF_S, SQUARE_PRIOR))
        };
        self.city.mean(at_s, CITY_HALF_S, CITY_PRIOR) + of(pickup, 0) + of(dropoff, 1)
    }

    /// A finished trip: by how much its logarithm was above what the forest expected.
    pub(super) fn add(&mut self, pickup: LatLng, dropoff: LatLng, over: f64, at_s: f64) {
        // One lost driver must not slow the whole city.
        let over = over.clamp(-0.3, 0.3);
        let city = self.city.mean(at_s, CITY_HALF_S, CITY_PRIOR);
        self.city.add(over, 1.0, at_s, CITY_HALF_S);
        for (end, place) in [pickup, dropoff].into_iter().enumerate() {
            let ends = self.squares.entry(square(place)).or_default();
            if let Some(fading) = ends.get_mut(end) {
                fading.add(over - city, 1.0, at_s, SQUARE_HALF_S);
            }
        }
        if self.squares.len() > SQUARES_MAX {
            let seen = |ends: &[Fading; 2]| ends.iter().fold(f64::NEG_INFINITY, |at, end| at.max(end.at_s));
            let oldest = self.squares.iter().min_by(|one, other| seen(one.1).total_cmp(&seen(other.1)));
            let oldest = oldest.map(|(square, _)| *square);
            oldest.and_then(|square| self.squares.remove(&square));
        }
    }

    /// How many squares are remembered.
    pub(super) fn squares(&self) -> usize {
        self.squares.len()
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked place has a latitude of -90 to 90 and a longitude of -180 to 180 degrees"
)]
fn square(place: LatLng) -> u32 {
    let row = ((place.lat() + 90.0) * SQUARES_PER_DEGREE) as u32;
    let column = ((place.lng() + 180.0) * SQUARES_PER_DEGREE) as u32;
    row * 36_001 + column
}
