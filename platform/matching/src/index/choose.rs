//! From cars read to the answer: the k nearest of them, or all in reach, nearest first, ties by number. Called by the
//! readers within a look. The kernels are plain loops, compiled for each level of vector unit and entered at the one there
//! is; they give the same bits on all of them.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "places among those read come from these lists")]

use std::array;
use std::cmp::Ordering;

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*, u32x16};

use super::{
    crow::Reach,
    filter::Filter,
    fixed::Fixed,
    look::{Cars, SLOTS},
    reader::Neighbour,
};

/// Low bits of a key that say which of the cars read it is; the others are the highest of its estimate.
const PLACE_BITS: u32 = 12;
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
/// Keys that are compared at once.
const LANES: usize = 16;
/// Up to so many are put in order without a sort proper.
const RANKED_VECTORS: usize = 6;
const RANKED_MAX: usize = RANKED_VECTORS * LANES;
/// So many are measured at once.
const MEASURED: usize = 8;
/// So many more are measured than wanted, since estimates may swap neighbours.
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
    /// Of those in reach: estimate above, place among the cars read below, so in the order of estimates.
    keys: Vec<u32>,
    /// The same in order.
    ordered: Vec<u32>,
    /// Of those that are measured.
    words: Vec<u64>,
    haversines: Vec<f64>,
    /// Those measured, in order: the answer first.
    chosen: Vec<Neighbour>,
    count: usize,
}

/// The order of answers: by distance, then by number.
fn order(one: &Neighbour, other: &Neighbour) -> Ordering {
    // Distances are never negative, so their bits are in their order.
    one.haversine.to_bits().cmp(&other.haversine.to_bits()).then_with(|| one.tag.no().cmp(&other.tag.no()))
}

/// Puts in order what nearly is.
#[inline(always)]
fn put_few_in_order(cars: &mut [Neighbour]) {
    for first in 1..cars.len() {
        let mut at = first;
        while at > 0 && order(&cars[at - 1], &cars[at]) == Ordering::Greater {
            cars.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[inline(always)]
const fn place_of(key: u32) -> usize {
    (key & PLACE_MASK) as usize
}

/// An estimate that a key's own is not below.
#[inline(always)]
const fn estimate_least(key: u32) -> f32 {
    f32::from_bits(key & !PLACE_MASK)
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
            || match wanted {
                Wanted::Nearest(k) if cars.blocks.len() * SLOTS <= PLACES => {
                    self.choose_of_few(simd, cars, reach, filter, k)
                }
                _ => self.choose_of_many(cars, reach, filter, wanted),
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
        let found = self.sift(simd, cars, reach, filter);
        if found < k {
            return (found, None);
        }
        let few = found.min(k.saturating_add(MORE));
        self.put_in_order(simd, found, few);
        let last = self.settle(cars, reach, few, k);
        // Whoever is nearer than the last has an estimate that is no larger than this.
        if few == found || reach.estimate_within(last) < estimate_least(self.ordered[few]) {
            return (found, Some(last));
        }
        (found, Some(self.settle(cars, reach, found, k)))
    }

    /// Makes a key of everyone whose estimate is small enough and whom the filter accepts, without a branch a car. An
    /// estimate is never negative, so its bits are in its order.
    #[inline(always)]
    fn sift<S: Simd, R: Reach>(&mut self, simd: S, cars: Cars<'_>, reach: &R, filter: &Filter) -> usize {
        if self.keys.len() < PLACES + LANES {
            self.keys.resize(PLACES + LANES, 0);
        }
        let max = f32x16::splat(simd, reach.estimate_max());
        let high = u32x16::splat(simd, !PLACE_MASK);
        let lanes = u32x16::from_slice(simd, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let (mut found, mut first) = (0, 0);
        let mut estimates = [0.0; SLOTS];
        for block in cars.blocks {
            reach.estimate(block, &mut estimates);
            let end = u32x16::splat(simd, first + block.len());
            for estimates in estimates.chunks_exact(LANES) {
                let estimates = f32x16::from_slice(simd, estimates);
                let places = lanes + first;
                let inside = estimates.simd_le(max) & places.simd_lt(end);
                let keys: u32x16<S> = estimates.bitcast();
                (keys & high | places).compress(inside).store_slice(&mut self.keys[found..found + LANES]);
                found += inside.to_bitmask().count_ones() as usize;
                first += LANES as u32;
            }
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

    /// Puts so many keys in order, of which no two are equal; if they are very many, the first few, and the one after
    /// them.
    #[inline(always)]
    fn put_in_order<S: Simd>(&mut self, simd: S, count: usize, few: usize) {
        let whole = count.next_multiple_of(LANES);
        if self.ordered.len() < whole {
            self.ordered.resize(whole, 0);
        }
        match whole / LANES {
            0..=2 => self.rank::<S, 2>(simd, count),
            3 => self.rank::<S, 3>(simd, count),
            4 => self.rank::<S, 4>(simd, count),
            5..=RANKED_VECTORS => self.rank::<S, RANKED_VECTORS>(simd, count),
            _ => {
                let keys = &mut self.ordered[..count];
                keys.copy_from_slice(&self.keys[..count]);
                if few < count {
                    keys.select_nth_unstable(few);
                }
                keys[..few].sort_unstable();
            }
        }
    }

    /// Puts as many as so many vectors hold in order, by counting for each how many come before it, which has no
    /// branches to foresee.
    #[inline(always)]
    fn rank<S: Simd, const VECTORS: usize>(&mut self, simd: S, count: usize) {
        self.keys[count..VECTORS * LANES].fill(u32::MAX);
        let all: [u32x16<S>; VECTORS] =
            array::from_fn(|at| u32x16::from_slice(simd, &self.keys[at * LANES..(at + 1) * LANES]));
        for &key in &self.keys[..count] {
            let one = u32x16::splat(simd, key);
            let mut before = 0;
            for keys in all {
                before += keys.simd_lt(one).to_bitmask().count_ones() as usize;
            }
            self.ordered[before] = key;
        }
    }

    /// Measures the first so many and puts them in order, of which the k nearest are the answer. Says how far the last
    /// of these is.
    #[inline(always)]
    fn settle<R: Reach>(&mut self, cars: Cars<'_>, reach: &R, count: usize, k: usize) -> f64 {
        let keys = &self.ordered[..count];
        // Whole vectors: what is past the count is measured for nothing.
        self.words.resize(count.next_multiple_of(MEASURED), 0);
        for (word, &key) in self.words.iter_mut().zip(keys) {
            *word = cars.spot(place_of(key)).word();
        }
        reach.measure(&self.words, &mut self.haversines);
        self.chosen.resize(count, Neighbour::NOWHERE);
        for (((one, &key), &word), &haversine) in
            self.chosen.iter_mut().zip(keys).zip(&self.words).zip(&self.haversines)
        {
            *one = Neighbour { haversine, spot: Fixed::of_word(word), tag: cars.tag(place_of(key)) };
        }
        if count > RANKED_MAX {
            self.chosen.sort_unstable_by(order);
        } else {
            put_few_in_order(&mut self.chosen);
        }
        self.count = count.min(k);
        self.chosen().last().map_or(0.0, |last| last.haversine)
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
        let mut estimates = [0.0; SLOTS];
        for (first, block) in (0..).step_by(SLOTS).zip(cars.blocks) {
            reach.estimate(block, &mut estimates);
            for (place, &estimate) in (first..).zip(&estimates[..block.len() as usize]) {
                let tag = cars.tag(place);
                if estimate <= max && filter.accepts(tag) {
                    let spot = cars.spot(place);
                    self.words.push(spot.word());
                    self.chosen.push(Neighbour { haversine: 0.0, spot, tag });
                }
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
