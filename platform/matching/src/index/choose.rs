//! From cars read to the answer: the k nearest of them, or all in reach, nearest first, ties by number. Called by the
//! readers once what they read is known to be whole; works on their copy alone. The kernels are plain loops, compiled
//! for each level of vector unit and entered at the one there is; they give the same bits on all of them.

#![expect(clippy::indexing_slicing, clippy::as_conversions, reason = "places are below 4096 and come from these lists")]

use std::cmp::Ordering;

use fearless_simd::{Level, Simd, dispatch};

use super::{crow::Reach, filter::Filter, fixed::Fixed, profile::Tag, reader::Neighbour};

/// Low bits of a sorting key that say which of the cars read it is.
const PLACE_BITS: u32 = 12;
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;
/// Up to so many keys are sorted by counting for each how many are smaller.
const RANKED_MAX: usize = 64;
/// Keys that are compared at once.
const LANES: usize = 8;

/// What was read, and what is made of it; kept for the next question so that none has to ask for memory.
#[derive(Default)]
pub(super) struct Copied {
    /// Places, as words, of all cars read.
    pub words: Vec<u64>,
    /// And what is known of them.
    pub tags: Vec<u32>,
    numbers: Vec<f64>,
    keys: Vec<u64>,
    nearest: Vec<u64>,
    /// The answer.
    pub chosen: Vec<Neighbour>,
}

/// The order of answers: by distance, then by number.
fn order(one: &Neighbour, other: &Neighbour) -> Ordering {
    one.haversine.total_cmp(&other.haversine).then_with(|| one.tag.no().cmp(&other.tag.no()))
}

impl Copied {
    /// Chooses the k nearest that the filter accepts and the reach may hold. Says how many it chose from, and how far the
    /// k-th is, if there are as many: nearer than the reach's limit, it is the k-th of all.
    pub(super) fn choose<R: Reach>(
        &mut self,
        level: Level,
        reach: &R,
        filter: &Filter,
        k: usize,
    ) -> (usize, Option<f64>) {
        if self.words.len() > PLACES {
            return self.choose_of_many(reach, filter, k);
        }
        dispatch!(level, simd => self.choose_of_few(simd, reach, filter, k))
    }

    #[inline(always)]
    fn choose_of_few<S: Simd, R: Reach>(
        &mut self,
        simd: S,
        reach: &R,
        filter: &Filter,
        k: usize,
    ) -> (usize, Option<f64>) {
        simd.vectorize(
            #[inline(always)]
            || {
                reach.estimate(&self.words, &mut self.numbers);
                let found = self.sift(reach.estimate_max(), filter);
                if found < k {
                    return (found, None);
                }
                self.sort(found);
                (found, self.settle(reach, found, k))
            },
        )
    }

    /// Makes a key of everyone whose estimate is small enough and whom the filter accepts, without a branch a car. An
    /// estimate is never negative, so its bits are in its order; the lowest are traded for who it is.
    #[inline(always)]
    fn sift(&mut self, estimate_max: f64, filter: &Filter) -> usize {
        if self.keys.len() < PLACES {
            self.keys.resize(PLACES, 0);
        }
        let mut found = 0;
        for (place, &estimate) in self.numbers.iter().enumerate() {
            self.keys[found % PLACES] = estimate.to_bits() & !PLACE_MASK | place as u64;
            found += usize::from(estimate <= estimate_max);
        }
        if *filter == Filter::ANY {
            return found;
        }
        let mut accepted = 0;
        for read in 0..found {
            let key = self.keys[read];
            self.keys[accepted] = key;
            accepted += usize::from(filter.accepts(Tag(self.tags[(key & PLACE_MASK) as usize])));
        }
        accepted
    }

    /// Sorts the keys: few of them by counting, which has no branches to foresee.
    #[inline(always)]
    fn sort(&mut self, found: usize) {
        let found_keys = &mut self.keys[..found];
        if found > RANKED_MAX {
            found_keys.sort_unstable();
            return;
        }
        let mut keys = [u64::MAX; RANKED_MAX];
        let mut sorted = [0; 2 * RANKED_MAX];
        keys[..found].copy_from_slice(found_keys);
        for lanes in keys[..found.next_multiple_of(LANES)].chunks_exact(LANES) {
            let mut smaller = [0_u64; LANES];
            for &key in &*found_keys {
                for lane in 0..LANES {
                    smaller[lane] += u64::from(key < lanes[lane]);
                }
            }
            for lane in 0..LANES {
                sorted[smaller[lane] as usize % (2 * RANKED_MAX)] = lanes[lane];
            }
        }
        found_keys.copy_from_slice(&sorted[..found]);
    }

    /// Replaces estimates by the truth for the first k keys and all that may be nearer than the last of them, and puts
    /// the answer in order.
    #[inline(always)]
    fn settle<R: Reach>(&mut self, reach: &R, found: usize, k: usize) -> Option<f64> {
        let keys = &self.keys[..found];
        let mut measured = found.min(k.saturating_add(4));
        let last = loop {
            self.nearest.clear();
            self.nearest.extend(keys[..measured].iter().map(|key| self.words[(key & PLACE_MASK) as usize]));
            reach.measure(&self.nearest, &mut self.numbers);
            let last = self.numbers[..k.min(measured)].iter().copied().fold(0.0, f64::max);
            // Whoever is nearer than that has an estimate that is no larger than this.
            let estimate_max = last * reach.slack();
            let may_be_nearer = |key: u64| f64::from_bits(key & !PLACE_MASK) <= estimate_max;
            match keys.get(measured) {
                Some(&next) if may_be_nearer(next) => {
                    measured = keys.partition_point(|&key| may_be_nearer(key)).max(measured + 1);
                }
                _ => break last,
            }
        };
        self.chosen.clear();
        self.chosen.extend(keys.iter().zip(self.nearest.iter().zip(&self.numbers)).map(
            |(key, (&word, &haversine))| Neighbour {
                haversine,
                spot: Fixed::of_word(word),
                tag: Tag(self.tags[(key & PLACE_MASK) as usize]),
            },
        ));
        if !self.chosen.is_sorted_by(|one, next| order(one, next).is_le()) {
            self.chosen.sort_unstable_by(order);
        }
        self.chosen.truncate(k);
        (self.chosen.len() == k).then_some(last)
    }

    /// The same without limits to how many were read, and without haste.
    fn choose_of_many<R: Reach>(&mut self, reach: &R, filter: &Filter, k: usize) -> (usize, Option<f64>) {
        self.choose_all(reach, filter);
        let found = self.chosen.len();
        if found < k {
            return (found, None);
        }
        let last = k - 1;
        self.chosen.select_nth_unstable_by(last, order);
        self.chosen.truncate(k);
        self.chosen.sort_unstable_by(order);
        (found, self.chosen.get(last).map(|last| last.haversine))
    }

    /// Takes everyone whom the filter accepts and the reach may hold, in no order.
    pub(super) fn choose_all<R: Reach>(&mut self, reach: &R, filter: &Filter) {
        let mut accepted = 0;
        for place in 0..self.words.len() {
            (self.words[accepted], self.tags[accepted]) = (self.words[place], self.tags[place]);
            accepted += usize::from(filter.accepts(Tag(self.tags[place])));
        }
        self.words.truncate(accepted);
        self.tags.truncate(accepted);
        reach.estimate(&self.words, &mut self.numbers);
        let mut kept = 0;
        for place in 0..accepted {
            (self.words[kept], self.tags[kept]) = (self.words[place], self.tags[place]);
            kept += usize::from(self.numbers[place] <= reach.estimate_max());
        }
        self.words.truncate(kept);
        reach.measure(&self.words, &mut self.numbers);
        self.chosen.clear();
        self.chosen.extend(
            self.words.iter().zip(self.tags.iter().zip(&self.numbers)).map(|(&word, (&tag, &haversine))| Neighbour {
                haversine,
                spot: Fixed::of_word(word),
                tag: Tag(tag),
            }),
        );
    }

    /// How many of those read the filter accepts.
    pub(super) fn count(&self, filter: &Filter) -> usize {
        self.tags.iter().filter(|&&tag| filter.accepts(Tag(tag))).count()
    }

    /// Drops what is beyond a radius and puts the rest in order.
    pub(super) fn keep_within(&mut self, radius_m: f64) {
        self.chosen.retain(|one| one.crow_m() <= radius_m);
        self.chosen.sort_unstable_by(order);
    }
}
