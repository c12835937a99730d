//! Exact great-circle distance between stored coordinates, and cheap bounds of it that never reject what is in reach.
//! Used by the readers' search. Distances are compared as the haversine itself, `sin²(angle / 2)`: it grows with the
//! distance, and no root or arc sine is spent on cars that are not among the answer.

#![expect(clippy::as_conversions, reason = "steps are below 2^33, exact in f64; limits saturate at the map's edge")]

use fareway_shared::place::EARTH_RADIUS_M;

use super::{
    fixed::{AROUND, Fixed, STEPS},
    look::{Copied, SLOTS},
};

/// Radians in a step.
const STEP_RAD: f64 = std::f64::consts::PI / 180.0 / STEPS;
const STEPS_PER_RAD: f64 = 1.0 / STEP_RAD;
/// The haversine of a step, which is small: a quarter of its square.
const STEP_HAVERSINE: f64 = STEP_RAD * STEP_RAD / 4.0;
/// Angles below this (190 km) are computed by short series, exact to the last bits of f64.
const SMALL_RAD: f64 = 0.03;
/// The same in steps.
const SMALL_STEPS: f64 = SMALL_RAD / STEP_RAD;
/// What rounding may add to a bound; thousands of times more than it does.
const ROUNDING: f64 = 1e-9;
/// What rounding may add to an estimate, which is f32; some five times more than it does.
const ROUNDING_F32: f64 = 2e-6;
/// A haversine that no two places exceed.
pub(super) const EVERYWHERE: f64 = 2.0;

/// `sin²(angle / 2)` of a small angle, from its square.
#[inline(always)]
fn half_sine_squared(square: f64) -> f64 {
    square * (1.0 / 4.0 - square * (1.0 / 48.0 - square * (1.0 / 1440.0 - square * (1.0 / 80_640.0))))
}

/// Great-circle metres of a haversine; agrees with [`fareway_shared::place::LatLng::crow_m`] to a micrometre.
#[inline]
pub(super) fn crow_m(haversine: f64) -> f64 {
    let root = haversine.min(1.0).sqrt();
    let angle = if haversine < 1e-4 {
        root * (1.0 + haversine * (1.0 / 6.0 + haversine * (3.0 / 40.0 + haversine * (15.0 / 336.0))))
    } else {
        root.asin()
    };
    2.0 * EARTH_RADIUS_M * angle
}

/// The haversine of great-circle metres: the other way round.
pub(super) fn haversine_of(crow_m: f64) -> f64 {
    let half = crow_m / (2.0 * EARTH_RADIUS_M);
    if half >= std::f64::consts::FRAC_PI_2 { EVERYWHERE } else { half.sin() * half.sin() }
}

/// A rectangle of the map in steps, ends included; it may reach past the map's edges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub y0: i64,
    pub y1: i64,
    pub x0: i64,
    pub x1: i64,
}

/// The place a question is asked from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eye {
    pub at: Fixed,
    lat_rad: f64,
    sin: f64,
    cos: f64,
}

impl Eye {
    pub(super) fn new(at: Fixed) -> Self {
        let lat_rad = at.lat_rad();
        let (sin, cos) = lat_rad.sin_cos();
        Self { at, lat_rad, sin, cos: cos.max(0.0) }
    }

    /// The haversine to a stored place: the key that answers are ordered by.
    #[inline(always)]
    pub(super) fn haversine(&self, to: Fixed) -> f64 {
        let (y, x) = self.gaps(to.word());
        if y.abs() < SMALL_STEPS && x < SMALL_STEPS {
            self.haversine_small(y, x)
        } else {
            self.haversine_wide(to.lat_rad(), x * STEP_RAD)
        }
    }

    /// Steps north and steps east or west, whichever way is shorter, to a stored place.
    #[inline(always)]
    fn gaps(&self, word: u64) -> (f64, f64) {
        // Signed, since vector units convert no other 32-bit numbers.
        let signed = |steps: u32| f64::from((steps ^ 1 << 31) as i32);
        let to = Fixed::of_word(word);
        let x = (signed(to.x) - signed(self.at.x)).abs();
        let other_way = AROUND as f64 - x;
        (signed(to.y) - signed(self.at.y), if x < other_way { x } else { other_way })
    }

    /// The haversine over gaps of less than [`SMALL_STEPS`].
    #[inline(always)]
    fn haversine_small(&self, y: f64, x: f64) -> f64 {
        let (y, x) = (y * STEP_RAD, x * STEP_RAD);
        let square = y * y;
        let half_lat = half_sine_squared(square);
        let sine = y * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0 - square * (1.0 / 5040.0))));
        let cos_there = self.cos * (1.0 - 2.0 * half_lat) - self.sin * sine;
        half_lat + self.cos * (if cos_there > 0.0 { cos_there } else { 0.0 }) * half_sine_squared(x * x)
    }

    /// The haversine to a latitude at a difference of longitude, both in radians, of any size.
    fn haversine_wide(&self, lat_rad: f64, lng_gap_rad: f64) -> f64 {
        let half_lat = ((lat_rad - self.lat_rad) / 2.0).sin();
        let half_lng = (lng_gap_rad / 2.0).sin();
        half_lat * half_lat + self.cos * lat_rad.cos().max(0.0) * half_lng * half_lng
    }
}

/// Computes a number of each word, in a loop that vector units take several words at a time of.
#[inline(always)]
fn for_each(words: &[u64], numbers: &mut Vec<f64>, number: impl Fn(u64) -> f64) {
    numbers.resize(words.len(), 0.0);
    for (slot, &word) in numbers.iter_mut().zip(words) {
        *slot = number(word);
    }
}

/// What may be within a limit of an eye. Where it errs, it says yes.
pub(super) trait Reach {
    /// The longitudes that something within the limit may have between two latitudes, of those within bounds.
    fn longitudes(&self, bounds: &Rect, y0: i64, y1: i64) -> (i64, i64);
    /// Whether a rectangle that meets these longitudes may hold something within the limit.
    fn may_hold(&self, rect: &Rect) -> bool;
    /// Something that grows about as the haversine to each place of a block; never negative.
    fn estimate(&self, block: &Copied, estimates: &mut [f32; SLOTS]);
    /// The true haversine to each of some stored places whose estimates are within [`Reach::estimate_max`].
    fn measure(&self, words: &[u64], haversines: &mut Vec<f64>);
    /// The largest estimate that something within a haversine may have.
    fn estimate_within(&self, haversine: f64) -> f32;
    /// The same of the limit.
    fn estimate_max(&self) -> f32;
}

/// Reach over a small part of the earth, measured on a plane.
pub(super) struct Near<'eye> {
    eye: &'eye Eye,
    /// The same eye as seen from across the antimeridian, where the reach touches that: on either side of it a place has
    /// two longitudes.
    across: Option<i64>,
    high: i64,
    wide: i64,
    /// How much a squared step of longitude counts beside one of latitude.
    step_x: f64,
    /// The inverse, rounded up.
    per_x: f64,
    /// Squared steps of latitude to a haversine, by which an estimate is never less.
    slack: f64,
    square_max: f64,
}

impl<'eye> Near<'eye> {
    /// The reach of a haversine limit, or nothing where the plane is too far from the sphere: then [`Far`] it is.
    pub(super) fn new(eye: &'eye Eye, limit: f64) -> Option<Self> {
        let angle = 2.0 * limit.sqrt() * 1.001;
        // The least cosine of a latitude in reach bounds the longitudes in reach.
        let cos_least = eye.cos * (1.0 - angle * angle / 2.0) - eye.sin.abs() * angle;
        if cos_least <= 0.01 || angle > SMALL_RAD * 0.8 * cos_least {
            return None;
        }
        let width = angle / cos_least * 1.001;
        // True ≥ planar × (1 - loss): the other latitude's cosine may be less, and a sine is less than its angle.
        let loss = (1.0 - cos_least / eye.cos) + width * width / 6.0;
        if loss > 0.25 {
            return None;
        }
        let slack = (1.0 / (1.0 - loss) + ROUNDING_F32) * (1.0 / STEP_HAVERSINE);
        let (high, wide) = ((angle * STEPS_PER_RAD) as i64 + 1, (width * STEPS_PER_RAD) as i64 + 1);
        let x = i64::from(eye.at.x);
        let across = if x - wide <= 0 {
            Some(x + AROUND)
        } else if x + wide >= AROUND {
            Some(x - AROUND)
        } else {
            None
        };
        let step_x = eye.cos * eye.cos;
        let per_x = (1.0 + ROUNDING) / step_x;
        Some(Self { eye, across, high, wide, step_x, per_x, slack, square_max: limit * slack })
    }

    /// Where to look, and where else across the antimeridian.
    pub(super) fn bounds(&self) -> (Rect, Option<Rect>) {
        let y = i64::from(self.eye.at.y);
        let around = |x: i64| Rect { y0: y - self.high, y1: y + self.high, x0: x - self.wide, x1: x + self.wide };
        (around(i64::from(self.eye.at.x)), self.across.map(around))
    }
}

impl Reach for Near<'_> {
    #[inline(always)]
    fn longitudes(&self, bounds: &Rect, y0: i64, y1: i64) -> (i64, i64) {
        let y = i64::from(self.eye.at.y);
        let gap = (y0 - y).max(y - y1).max(0) as f64;
        let wide = ((self.square_max - gap * gap).max(0.0) * self.per_x).sqrt() as i64 + 1;
        let x = (bounds.x0 + bounds.x1) / 2;
        (x - wide, x + wide)
    }

    #[inline(always)]
    fn may_hold(&self, _: &Rect) -> bool {
        true
    }

    #[inline(always)]
    fn estimate(&self, block: &Copied, estimates: &mut [f32; SLOTS]) {
        let step_x = self.step_x as f32;
        // Steps wrap at 2^32, so that no difference is wrong that is small enough to matter.
        let square = |to: Fixed, eye_x: i64| {
            let y = to.y.wrapping_sub(self.eye.at.y) as i32 as f32;
            let x = to.x.wrapping_sub(eye_x as u32) as i32 as f32;
            y * y + x * x * step_x
        };
        let here = i64::from(self.eye.at.x);
        block.for_each(estimates, |to, _| square(to, here));
        if let Some(across) = self.across {
            block.for_each(estimates, |to, estimate| estimate.min(square(to, across)));
        }
    }

    #[inline(always)]
    fn measure(&self, words: &[u64], haversines: &mut Vec<f64>) {
        let eye = *self.eye;
        for_each(words, haversines, |word| {
            let (y, x) = eye.gaps(word);
            eye.haversine_small(y, x)
        });
    }

    fn estimate_within(&self, haversine: f64) -> f32 {
        (haversine * self.slack) as f32
    }

    fn estimate_max(&self) -> f32 {
        self.square_max as f32
    }
}

/// Reach over any part of the earth, poles and antimeridian included, measured on the sphere.
pub(super) struct Far<'eye> {
    eye: &'eye Eye,
    limit: f64,
}

impl<'eye> Far<'eye> {
    pub(super) const fn new(eye: &'eye Eye, limit: f64) -> Self {
        Self { eye, limit }
    }

    /// Where to look.
    pub(super) fn bounds(&self) -> Rect {
        let high =
            if self.limit >= 1.0 { AROUND } else { (2.0 * self.limit.sqrt().asin() * 1.001 / STEP_RAD) as i64 + 1 };
        let y = i64::from(self.eye.at.y);
        Rect { y0: y - high, y1: y + high, x0: 0, x1: AROUND }
    }
}

impl Reach for Far<'_> {
    fn longitudes(&self, bounds: &Rect, _: i64, _: i64) -> (i64, i64) {
        (bounds.x0, bounds.x1)
    }

    fn may_hold(&self, rect: &Rect) -> bool {
        let x = i64::from(self.eye.at.x);
        let (west, east) = (rect.x0, rect.x1.min(AROUND));
        let gap = if (west..=east).contains(&x) {
            0
        } else {
            let gap_to = |edge: i64| (edge - x).abs().min(AROUND - (edge - x).abs());
            gap_to(west).min(gap_to(east))
        };
        let gap = gap as f64 * STEP_RAD;
        let lat_of = |y: i64| (y - AROUND / 4) as f64 * STEP_RAD;
        let (south, north) = (lat_of(rect.y0), lat_of(rect.y1.min(AROUND / 2)));
        // Along a meridian the distance is least at one latitude and grows to both sides of it.
        let least_at = self.eye.sin.atan2(self.eye.cos * gap.cos());
        let nearest = if (south..=north).contains(&least_at) {
            self.eye.haversine_wide(least_at, gap)
        } else {
            self.eye.haversine_wide(south, gap).min(self.eye.haversine_wide(north, gap))
        };
        nearest <= self.limit * (1.0 + ROUNDING) + f64::EPSILON
    }

    fn estimate(&self, block: &Copied, estimates: &mut [f32; SLOTS]) {
        block.for_each(estimates, |to, _| self.eye.haversine(to) as f32);
    }

    fn measure(&self, words: &[u64], haversines: &mut Vec<f64>) {
        for_each(words, haversines, |word| self.eye.haversine(Fixed::of_word(word)));
    }

    fn estimate_within(&self, haversine: f64) -> f32 {
        (haversine * (1.0 + ROUNDING_F32)) as f32
    }

    fn estimate_max(&self) -> f32 {
        self.estimate_within(self.limit)
    }
}

/// How many times one count is the other.
pub(super) fn ratio(wanted: usize, found: usize) -> f64 {
    wanted as f64 / found as f64
}

/// A sparse leaf may lie beside a crowded one, so the first look goes no farther than 2.5 km.
const START_MAX: f64 = 4e-8;
/// Looking a little too far costs less than looking twice.
const GENEROSITY: f64 = 1.25;

/// The limit that about `k` cars should be within, if the last answer around here reached so far for each car.
pub(super) fn reached_limit(reached: f32, k: usize) -> f64 {
    (f64::from(reached) * k as f64 * GENEROSITY).clamp(1e-18, START_MAX)
}

/// What is noted of how far answers around here reached for each car, after one more: as far as that, or, if it reached
/// less far, a little nearer than before. So few of the next fall short and must look twice.
pub(super) fn reached_each(before: f32, last: f64, k: usize) -> f32 {
    let reached = (last / k as f64) as f32;
    reached.max(before + (reached - before) * 0.125)
}

impl Eye {
    /// The limit that about `k` cars should be within, if `cars` of them stand on 2^`area_bits` square steps around here.
    pub(super) fn crowded_limit(&self, area_bits: u32, cars: u32, k: usize) -> f64 {
        let area = (1_u128 << area_bits) as f64 * STEP_RAD * STEP_RAD * self.cos;
        let square = area * k as f64 / (f64::from(cars.max(1)) * std::f64::consts::PI);
        (square * GENEROSITY / 4.0).clamp(1e-18, START_MAX)
    }
}
