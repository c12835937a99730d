//! How finished trips went beside what the forest expected: in the city of late, near either end, between two places, and
//! from a place in a direction. Each is a mean that forgets by halves and is pulled to nothing while few trips speak
//! for it; each is of what the means before it left unexplained. Bounded memory. Kept by [`super::TravelTimes`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use fareway_shared::place::LatLng;
use serde::{Deserialize, Serialize};

use super::{Drive, TravelTimeError};

/// Means kept at most; then the half least lately told of gives way.
const MEANS_MAX: usize = 131_072;
/// One lost driver must not slow the whole city: a trip counts as at most so far off, as a logarithm.
const OVER_MAX: f64 = 0.3;

/// A kind of mean: how fast it forgets, and how many trips without error it is pulled to nothing with.
struct Kind {
    half_s: f64,
    prior: f64,
}

/// In the order in which they explain: the city; squares of some two kilometres around pick-up and drop-off; pairs of
/// squares of one kilometre and of 400 m; squares of 500 m around the pick-up with the direction of the drive.
const KINDS: [Kind; 6] = [
    Kind { half_s: 1_500.0, prior: 30.0 },
    Kind { half_s: 3_600.0, prior: 20.0 },
    Kind { half_s: 5_400.0, prior: 10.0 },
    Kind { half_s: 5.0 * DAY_S, prior: 10.0 },
    Kind { half_s: 5.0 * DAY_S, prior: 12.0 },
    Kind { half_s: DAY_S, prior: 25.0 },
];
const DAY_S: f64 = 86_400.0;

/// A mean that forgets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Fading {
    sum: f64,
    weight: f64,
    at_s: f64,
}

impl Fading {
    fn add(&mut self, value: f64, at_s: f64, kind: &Kind) {
        // A trip that ended earlier than the last one told of counts as if it had just ended.
        let keep = self.keep(at_s, kind);
        self.sum = self.sum.mul_add(keep, value);
        self.weight = self.weight.mul_add(keep, 1.0);
        self.at_s = self.at_s.max(at_s);
    }

    fn keep(&self, at_s: f64, kind: &Kind) -> f64 {
        (-(at_s - self.at_s).max(0.0) / kind.half_s).exp2()
    }

    fn mean(&self, at_s: f64, kind: &Kind) -> f64 {
        let keep = self.keep(at_s, kind);
        keep * self.sum / keep.mul_add(self.weight, kind.prior)
    }
}

/// Keys are mixed already.
#[derive(Debug, Clone, Copy, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The means, by what they are of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    means: HashMap<u64, Fading, BuildHasherDefault<Mixed>>,
}

impl Recent {
    /// The shift of a drive's logarithm.
    pub(super) fn shift(&self, drive: &Drive) -> f64 {
        if self.means.is_empty() {
            return 0.0;
        }
        let mean = |(key, kind)| self.means.get(&key).map_or(0.0, |mean| mean.mean(drive.local_s, kind));
        keys(drive).into_iter().zip(&KINDS).map(mean).sum()
    }

    /// A finished trip: by how much its logarithm was above what the forest expected.
    pub(super) fn add(&mut self, drive: &Drive, over: f64, at_s: f64) {
        let mut over = over.clamp(-OVER_MAX, OVER_MAX);
        for (key, kind) in keys(drive).into_iter().zip(&KINDS) {
            let mean = self.means.entry(key).or_default();
            let explained = mean.mean(at_s, kind);
            mean.add(over, at_s, kind);
            over -= explained;
        }
        if self.means.len() > MEANS_MAX {
            self.forget();
        }
    }

    /// Drops the half least lately told of.
    fn forget(&mut self) {
        let mut told: Vec<f64> = self.means.values().map(|mean| mean.at_s).collect();
        let half = told.len() / 2;
        let (_, &mut middle, _) = told.select_nth_unstable_by(half, f64::total_cmp);
        self.means.retain(|_, mean| mean.at_s > middle);
    }

    /// That the means are such as are kept.
    pub(super) fn check(&self) -> Result<(), TravelTimeError> {
        let sound = |mean: &Fading| mean.sum.is_finite() && mean.at_s.is_finite() && (0.0..1e12).contains(&mean.weight);
        let whole = self.means.len() <= MEANS_MAX && self.means.values().all(sound);
        if whole { Ok(()) } else { Err(TravelTimeError::Torn("means")) }
    }

    /// How many means are kept.
    pub(super) fn means(&self) -> usize {
        self.means.len()
    }
}

/// What a drive's means are kept under.
fn keys(drive: &Drive) -> [u64; KINDS.len()] {
    let (from, to) = (drive.pickup, drive.dropoff);
    [
        mixed(0, 0, 0),
        mixed(1, square(from, 50.0), 0),
        mixed(2, square(to, 50.0), 0),
        mixed(3, square(from, 100.0), square(to, 100.0)),
        mixed(4, square(from, 250.0), square(to, 250.0)),
        mixed(5, square(from, 200.0), direction(from, to)),
    ]
}

/// Three numbers as one in which every bit depends on all of theirs.
fn mixed(kind: u64, one: u64, other: u64) -> u64 {
    let step = |sum: u64, next: u64| {
        let product = (sum ^ next).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        product ^ product >> 32
    };
    step(step(step(1, kind), one), other)
}

/// One of eight directions.
fn direction(from: LatLng, to: LatLng) -> u64 {
    let north = to.lat() - from.lat();
    let east = (to.lng() - from.lng()) * from.lat().to_radians().cos();
    u64::from(north > 0.0) << 2 | u64::from(east > 0.0) << 1 | u64::from(north.abs() > east.abs())
}

/// The square that a place is in, of so many to a degree of latitude and four fifths as many to one of longitude.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked place has a latitude of -90 to 90 and a longitude of -180 to 180 degrees"
)]
fn square(place: LatLng, per_degree: f64) -> u64 {
    let row = ((place.lat() + 90.0) * per_degree) as u64;
    let column = ((place.lng() + 180.0) * per_degree * 0.8) as u64;
    row << 32 | column
}
