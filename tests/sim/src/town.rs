//! Where things are: a town of ten by ten kilometres without a map, in which cars drive 24 km/h with a detour.

use fareway_shared::place::LatLng;
use rand::{Rng, rngs::SmallRng};

const SOUTH: f64 = 31.28;
const WEST: f64 = 120.55;
/// Ten kilometres.
const HIGH: f64 = 0.09;
const WIDE: f64 = 0.105;

/// Any place of the town; two thirds are in its middle.
pub fn anywhere(random: &mut SmallRng) -> LatLng {
    let spread = if random.gen_bool(0.67) { 0.4 } else { 1.0 };
    let mut along = |from: f64, whole: f64| from + whole * (0.5 + spread * (random.gen_range(0.0..1.0) - 0.5));
    LatLng::new(along(SOUTH, HIGH), along(WEST, WIDE)).unwrap()
}

/// Seconds from one place to another.
#[must_use]
#[expect(clippy::as_conversions, reason = "seconds of a drive through a town")]
pub fn drive_s(from: LatLng, to: LatLng) -> u64 {
    (from.crow_m(to) * 1.35 / (24.0 / 3.6)).ceil() as u64
}
