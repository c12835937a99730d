//! From cars read to the answer: the k nearest of them, or all in reach, nearest first, ties by number. Called by the
//! readers within a look. The kernels are plain loops, compiled for each level of vector unit and entered at the one there
//! is; they give the same bits on all of them.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "places among those read come from these lists")]

use std::array;
use std::cmp::Ordering;

use fearless_simd::{Level, Simd, dispatch, f32x16, f64x8, prelude::*, u32x16, u64x8};

use super::{
    crow::{Reach, share},
    filter::Filter,
    fixed::Fixed,
    look::Cars,
    profile::Tag,
    reader::Neighbour,
};

/// Low bits of a key that say which of the cars read it is; the others are the highest of its estimate.
const PLACE_BITS: u32 = 12;
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
/// Keys that are compared at once, and distances.
const LANES: usize = 16;
const WIDE_LANES: usize = 8;
/// Up to so many candidates are put in order by counting for each how many come before it.
const RANKED_MAX: usize = 64;
/// So many more candidates than wanted, since estimates may swap neighbours.
const MORE: usize = 2;

/// How many are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// So many, or the reach was too small.
    Nearest(usize),
    /// So many, or all there are.
    AtMost(usize),
}

/// What is made of the cars on the way to the answer; kept for the next question so that none has to ask for memory.
#[derive(Default)]
pub(super) struct Choice {
    estimates: Vec<f32>,
    /// Of those in reach: estimate above, place among the cars read below, so in the order of estimates.
    keys: Vec<u32>,
    /// Of those that may be among the answer.
    candidates: Vec<u32>,
    words: Vec<u64>,
    haversines: Vec<f64>,
    tags: Vec<Tag>,
    numbers: Vec<u64>,
    /// The answer, and after it what is left of others.
    chosen: Vec<Neighbour>,
    count: usize,
}

/// The order of answers: by distance, then by number.
fn order(one: &Neighbour, other: &Neighbour) -> Ordering {
    one.haversine.total_cmp(&other.haversine).then_with(|| one.tag.no().cmp(&other.tag.no()))
}

#[inline(always)]
const fn place_of(key: u32) -> usize {
    (key & PLACE_MASK) as usize
}

/// The largest key that an estimate may have.
#[inline(always)]
const fn key_max(estimate: f32) -> u32 {
    estimate.to_bits() | PLACE_MASK
}

impl Choice {
    /// Chooses the nearest that the filter accepts and the reach may hold. Says how many it chose from, and how far the
    /// last is, if there are as many as wanted: nearer than the reach's limit, it is that of all.
    pub(super) fn choose<R: Reach>(
        &mut self,
        level: Level,
        cars: Cars<'_>,
        reach: &R,
        filter: &Filter,
        wanted: Wanted,
    ) -> (usize, Option<f64>) {
        dispatch!(level, simd => self.choose_on(simd, cars, reach, filter, wanted))
    }

    #[inline(always)]
    fn choose_on<S: Simd, R: Reach>(
        &mut self,
        simd: S,
        cars: Cars<'_>,
        reach: &R,
        filter: &Filter,
        wanted: Wanted,
    ) -> (usize, Option<f64>) {
        simd.vectorize(
            #[inline(always)]
            || {
                reach.estimate(cars.words, &mut self.estimates);
                match wanted {
                    Wanted::Nearest(k) if cars.words.len() <= PLACES => {
                        self.choose_of_few(simd, cars, reach, filter, k)
                    }
                    _ => self.choose_of_many(cars, reach, filter, wanted),
                }
            },
        )
    }

    #[inline(always)]
    fn choose_of_few<S: Simd, R: Reach>(
        &mut self,
        simd: S,
        cars: Cars<'_>,
        reach: &R,
        filter: &Filter,
        k: usize,
    ) -> (usize, Option<f64>) {
        let max = reach.estimate_max();
        let found = self.sift(simd, cars, max, filter);
        if found < k {
            return (found, None);
        }
        if found > k.saturating_add(2 * MORE) {
            let narrow = self.narrow(simd, found, max, k + MORE);
            let fewer = self.nominate(simd, found, narrow);
            let last = self.settle(simd, cars, reach, fewer, k);
            // Whoever is nearer than the last has an estimate that is no larger than this.
            if reach.estimate_within(last) <= narrow {
                return (found, Some(last));
            }
        }
        self.nominate(simd, found, max);
        (found, Some(self.settle(simd, cars, reach, found, k)))
    }

    /// Makes a key of everyone whose estimate is small enough and whom the filter accepts, without a branch a car. An
    /// estimate is never negative, so its bits are in its order.
    #[inline(always)]
    fn sift<S: Simd>(&mut self, simd: S, cars: Cars<'_>, estimate_max: f32, filter: &Filter) -> usize {
        if self.keys.len() < PLACES + LANES {
            self.keys.resize(PLACES + LANES, 0);
        }
        let max = f32x16::splat(simd, estimate_max);
        let high = u32x16::splat(simd, !PLACE_MASK);
        let mut places = u32x16::from_slice(simd, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let mut found = 0;
        for estimates in self.estimates.chunks_exact(LANES) {
            let estimates = f32x16::from_slice(simd, estimates);
            let small = estimates.simd_le(max);
            let keys: u32x16<S> = estimates.bitcast();
            (keys & high | places).compress(small).store_slice(&mut self.keys[found..found + LANES]);
            found += small.to_bitmask().count_ones() as usize;
            places += LANES as u32;
        }
        if *filter == Filter::ANY {
            return found;
        }
        let mut accepted = 0;
        for read in 0..found {
            let key = self.keys[read];
            self.keys[accepted] = key;
            accepted += usize::from(filter.accepts(cars.tag(place_of(key))));
        }
        accepted
    }

    /// An estimate that enough keys are within, and not many more: one of sixteen steps up to the largest.
    #[inline(always)]
    fn narrow<S: Simd>(&self, simd: S, found: usize, estimate_max: f32, enough: usize) -> f32 {
        let step = |at: usize| estimate_max * share(at + 1, LANES);
        let steps: [u32; LANES] = array::from_fn(|at| key_max(step(at)));
        let steps = u32x16::from_slice(simd, &steps);
        let (one, none) = (u32x16::splat(simd, 1), u32x16::splat(simd, 0));
        let mut within = none;
        for &key in &self.keys[..found] {
            within += u32x16::splat(simd, key).simd_le(steps).select(one, none);
        }
        within.as_slice().iter().position(|&within| within as usize >= enough).map_or(estimate_max, step)
    }

    /// Makes candidates of the keys with estimates up to a largest, and says how many they are.
    #[inline(always)]
    fn nominate<S: Simd>(&mut self, simd: S, found: usize, estimate_max: f32) -> usize {
        let whole = found.next_multiple_of(LANES);
        self.keys[found..whole].fill(u32::MAX);
        if self.candidates.len() < whole {
            self.candidates.resize(whole, 0);
        }
        let max = u32x16::splat(simd, key_max(estimate_max));
        let mut nominated = 0;
        for keys in self.keys[..whole].chunks_exact(LANES) {
            let keys = u32x16::from_slice(simd, keys);
            let small = keys.simd_le(max);
            keys.compress(small).store_slice(&mut self.candidates[nominated..nominated + LANES]);
            nominated += small.to_bitmask().count_ones() as usize;
        }
        nominated
    }

    /// Measures so many candidates and chooses the k nearest of them, in order. Says how far the last is.
    #[inline(always)]
    fn settle<S: Simd, R: Reach>(&mut self, simd: S, cars: Cars<'_>, reach: &R, count: usize, k: usize) -> f64 {
        let candidates = &self.candidates[..count];
        self.words.clear();
        self.words.extend(candidates.iter().map(|&key| cars.words[place_of(key)]));
        self.tags.clear();
        self.tags.extend(candidates.iter().map(|&key| cars.tag(place_of(key))));
        reach.measure(&self.words, &mut self.haversines);
        self.count = count.min(k);
        if count > RANKED_MAX {
            self.chosen.clear();
            for at in 0..count {
                self.chosen.push(self.measured(at));
            }
            self.chosen.sort_unstable_by(order);
        } else {
            self.rank(simd, count);
        }
        self.chosen().last().map_or(0.0, |last| last.haversine)
    }

    /// A candidate as it is in an answer.
    #[inline(always)]
    fn measured(&self, at: usize) -> Neighbour {
        Neighbour { haversine: self.haversines[at], spot: Fixed::of_word(self.words[at]), tag: self.tags[at] }
    }

    /// Puts up to [`RANKED_MAX`] measured candidates in order, by counting, which has no branches to foresee.
    #[inline(always)]
    fn rank<S: Simd>(&mut self, simd: S, count: usize) {
        if self.chosen.len() < 2 * RANKED_MAX {
            self.chosen.resize(2 * RANKED_MAX, Neighbour::NOWHERE);
        }
        let whole = count.next_multiple_of(WIDE_LANES);
        self.numbers.clear();
        self.numbers.extend(self.tags.iter().map(|tag| u64::from(tag.no().0)));
        self.numbers.resize(whole, 0);
        self.haversines.resize(whole, f64::INFINITY);
        let (one, none) = (u64x8::splat(simd, 1), u64x8::splat(simd, 0));
        for first in (0..count).step_by(WIDE_LANES) {
            let lanes = first..first + WIDE_LANES;
            let far = f64x8::from_slice(simd, &self.haversines[lanes.clone()]);
            let numbers = u64x8::from_slice(simd, &self.numbers[lanes]);
            let mut before = none;
            for (&haversine, &number) in self.haversines[..count].iter().zip(&self.numbers[..count]) {
                let haversine = f64x8::splat(simd, haversine);
                let tied = haversine.simd_eq(far) & u64x8::splat(simd, number).simd_lt(numbers);
                before += (haversine.simd_lt(far) | tied).select(one, none);
            }
            for (at, &before) in (first..count).zip(before.as_slice()) {
                self.chosen[before as usize % (2 * RANKED_MAX)] = self.measured(at);
            }
        }
    }

    /// The same without limits to how many were read, and without haste.
    fn choose_of_many<R: Reach>(
        &mut self,
        cars: Cars<'_>,
        reach: &R,
        filter: &Filter,
        wanted: Wanted,
    ) -> (usize, Option<f64>) {
        let max = reach.estimate_max();
        self.words.clear();
        self.chosen.clear();
        for (place, &word) in cars.words.iter().enumerate() {
            let tag = cars.tag(place);
            if self.estimates[place] <= max && filter.accepts(tag) {
                self.words.push(word);
                self.chosen.push(Neighbour { haversine: 0.0, spot: Fixed::of_word(word), tag });
            }
        }
        let found = self.chosen.len();
        let k = match wanted {
            Wanted::Nearest(k) if found < k => return (found, None),
            Wanted::Nearest(k) | Wanted::AtMost(k) => k.min(found),
        };
        reach.measure(&self.words, &mut self.haversines);
        for (one, &haversine) in self.chosen.iter_mut().zip(&self.haversines) {
            one.haversine = haversine;
        }
        if k < found {
            self.chosen.select_nth_unstable_by(k, order);
        }
        self.count = k;
        self.chosen[..k].sort_unstable_by(order);
        (found, self.chosen().last().map(|last| last.haversine))
    }

    /// The answer.
    pub(super) fn chosen(&self) -> &[Neighbour] {
        &self.chosen[..self.count]
    }

    /// Drops what is beyond a radius.
    pub(super) fn keep_within(&mut self, radius_m: f64) {
        self.count = self.chosen().partition_point(|one| one.crow_m() <= radius_m);
    }
}
