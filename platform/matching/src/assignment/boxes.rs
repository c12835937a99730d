//! Boxes over places that carry prices: which columns are cheaper for a row than some bound, distance plus price, without
//! looking at the others. Sixteen places make a leaf, sixteen boxes a box above. Asked by [`super::crow_source`].
//!
//! A box's price may be older than its places' prices, but only lower, so what it rules out stays ruled out. Every visit
//! brings it up to date.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "levels and groups are laid out here; metres are cut to their range; kernels are compiled per vector unit"
)]

use fareway_shared::place::EARTH_RADIUS_M;
use fearless_simd::{Level, Simd, dispatch, f32x16, i32x16, prelude::*, u32x16};

use super::{lists::Entry, paths::NONE, sphere::Point};

/// Places in a leaf, and boxes in a box.
pub(crate) const FAN: usize = 16;
/// Candidates kept while a search goes on. More than that, and only the cheapest third stays.
pub(crate) const ROOM: usize = 48;
/// Boxes of each level that are tried for a new place.
const TRIES: usize = 4;
/// What a column that somebody has is dearer by, so that of equals a free one comes first.
const TAKEN_M: f32 = 0.4;
/// Half a metre of rounding.
const HALF_M: f32 = 0.5;
/// The earth's radius, coarsely.
const RADIUS_M: f32 = EARTH_RADIUS_M as f32;
/// A coordinate that nobody has.
const NOWHERE: f32 = Point::NOWHERE.x as f32;
/// A price above every other: of a place that is not there.
const NO_PRICE: f32 = 1e12;

type Lanes = [f32; FAN];

/// Sixteen boxes: middles, half sizes, and the lowest price in each.
#[derive(Debug, Clone, Copy)]
struct Group {
    middle: [Lanes; 3],
    half: [Lanes; 3],
    price: Lanes,
}

/// Boxes that are not there.
const EMPTY: Group = Group { middle: [[NOWHERE; FAN]; 3], half: [[0.0; FAN]; 3], price: [NO_PRICE; FAN] };

/// The tree. Columns are numbered in its order.
#[derive(Debug, Clone)]
pub(crate) struct Boxes {
    leaves: Vec<[Lanes; 3]>,
    /// `levels[0]` holds the boxes of leaves; the last level is one group.
    levels: Vec<Vec<Group>>,
    /// Per leaf, which of its slots may be given to a new place.
    vacant: Vec<u16>,
    /// What a coarse distance may be wrong by, metres.
    error_m: f32,
    level: Level,
    stack: Vec<(u32, u32)>,
    found: Found,
}

/// What a search has found so far.
#[derive(Debug, Clone)]
struct Found {
    len: usize,
    keys: [f32; ROOM + FAN],
    cols: [u32; ROOM + FAN],
}

/// One row's question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// Where the row is.
    pub from: Point,
    /// Columns from this value on need not be told.
    pub below: i32,
    /// Prices and partners of all columns.
    pub prices: &'a [i32],
    /// See [`Self::prices`].
    pub mates: &'a [u32],
    /// Columns whose number here is `mark` are passed over.
    pub listed: &'a [u32],
    /// See [`Self::listed`].
    pub mark: u32,
    /// Candidates kept, [`ROOM`] at most.
    pub room: usize,
}

impl Boxes {
    /// Over places in the order of the curve, some of which may be nowhere, all prices 0. `reach` is the furthest that any
    /// place, or any point that will be asked from, lies from the middle, on the unit sphere.
    pub(crate) fn new(points: &[Point], reach: f64) -> Self {
        let mut leaves = Vec::with_capacity(points.len().div_ceil(FAN));
        let mut boxes: Vec<[[f64; 2]; 3]> = Vec::with_capacity(leaves.capacity());
        let mut vacant = Vec::with_capacity(leaves.capacity());
        for chunk in points.chunks(FAN) {
            let mut leaf = [[NOWHERE; FAN]; 3];
            let mut room = [[f64::MAX, f64::MIN]; 3];
            let mut free = u16::MAX;
            for (slot, point) in chunk.iter().enumerate().filter(|(_, point)| point.is_somewhere()) {
                free &= !(1 << slot);
                for (axis, at) in [point.x, point.y, point.z].into_iter().enumerate() {
                    leaf[axis][slot] = at as f32;
                    room[axis] = [room[axis][0].min(at), room[axis][1].max(at)];
                }
            }
            leaves.push(leaf);
            boxes.push(room);
            vacant.push(if chunk.len() == FAN { free } else { 0 });
        }
        let mut levels = Vec::new();
        while levels.is_empty() || boxes.len() > 1 {
            let (level, above) = boxes.chunks(FAN).map(gather).unzip();
            levels.push(level);
            boxes = above;
        }
        let found = Found { len: 0, keys: [0.0; ROOM + FAN], cols: [0; ROOM + FAN] };
        Self { leaves, levels, vacant, error_m: error_m(reach), level: Level::new(), stack: Vec::new(), found }
    }

    /// Takes in one more place, in a vacant slot among its neighbours, whose boxes are widened for it. None if there is no
    /// such slot. Prices are to be brought up to date.
    pub(crate) fn insert(&mut self, point: Point) -> Option<usize> {
        let at = [point.x, point.y, point.z].map(|at| at as f32);
        let mut index = self.vacant_leaf(self.levels.len() - 1, 0, at)?;
        let slot = self.vacant[index].trailing_zeros() as usize;
        self.vacant[index] &= !(1 << slot);
        let place = index * FAN + slot;
        for (lane, at) in self.leaves[index].iter_mut().zip(at) {
            lane[slot] = at;
        }
        for level in &mut self.levels {
            level[index / FAN].widen(index % FAN, at);
            index /= FAN;
        }
        Some(place)
    }

    /// A leaf near a point that has a vacant slot, in one of the few nearest boxes of each level.
    fn vacant_leaf(&self, level: usize, index: usize, at: [f32; 3]) -> Option<usize> {
        let group = &self.levels[level][index];
        let mut near: Vec<(f32, usize)> = (0..FAN).map(|slot| (group.away(slot, at), index * FAN + slot)).collect();
        if level == 0 {
            near.retain(|(_, leaf)| self.vacant.get(*leaf).is_some_and(|vacant| *vacant != 0));
            return near.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, leaf)| leaf);
        }
        near.retain(|(_, below)| *below < self.levels[level - 1].len());
        near.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        near.into_iter().take(TRIES).find_map(|(_, below)| self.vacant_leaf(level - 1, below, at))
    }

    /// Leaves a slot without a place. It may be given to another if `may_reuse`.
    pub(crate) fn remove(&mut self, place: usize, may_reuse: bool) {
        let (leaf, slot) = (place / FAN, place % FAN);
        for lane in &mut self.leaves[leaf] {
            lane[slot] = NOWHERE;
        }
        if may_reuse {
            self.vacant[leaf] |= 1 << slot;
        }
    }

    /// Makes room for error in coarse distances for places this far from the middle.
    pub(crate) fn stretch(&mut self, reach: f64) {
        self.error_m = error_m(reach);
    }

    /// Columns that are cheaper for a row than what it asks, in no order, and a bound for all others: each of them costs,
    /// with its price, at least that. Where very many are cheaper, some of the cheapest and a lower bound. `cost` says
    /// whole metres to a column.
    pub(crate) fn cheaper(&mut self, ask: Ask<'_>, cost: impl Fn(usize) -> i32, out: &mut Vec<Entry>) -> i32 {
        let error_m = self.error_m + ask.below.unsigned_abs() as f32 * 2e-7;
        let mut key_max = ask.below as f32 + TAKEN_M + HALF_M - 0.95 + error_m;
        self.found.len = 0;
        let level = self.level;
        let is_whole = dispatch!(level, simd => self.search(simd, &ask, error_m, &mut key_max));
        out.clear();
        out.extend(self.found.cols[..self.found.len].iter().map(|col| Entry { col: *col, cost: cost(*col as usize) }));
        if is_whole { ask.below } else { (key_max - TAKEN_M - HALF_M - error_m).ceil() as i32 }
    }

    /// Brings every box up to date.
    pub(crate) fn refresh_all(&mut self, prices: &[i32]) {
        for (index, chunk) in prices.chunks(FAN).enumerate() {
            let low = chunk.iter().copied().min().map_or(NO_PRICE, |price| price as f32);
            self.levels[0][index / FAN].price[index % FAN] = low;
        }
        for level in 1..self.levels.len() {
            for index in 0..self.levels[level - 1].len() {
                let low = self.levels[level - 1][index].price.iter().copied().fold(NO_PRICE, f32::min);
                self.levels[level][index / FAN].price[index % FAN] = low;
            }
        }
    }

    #[inline(always)]
    fn search<S: Simd>(&mut self, simd: S, ask: &Ask<'_>, error_m: f32, key_max: &mut f32) -> bool {
        simd.vectorize(
            #[inline(always)]
            || self.walk(simd, ask, error_m, key_max),
        )
    }

    /// Looks into every box that may hold something cheaper. False if there was too much, and `key_max` is lower now.
    #[inline(always)]
    fn walk<S: Simd>(&mut self, simd: S, ask: &Ask<'_>, error_m: f32, key_max: &mut f32) -> bool {
        let from = [ask.from.x, ask.from.y, ask.from.z].map(|at| f32x16::splat(simd, at as f32));
        let mut is_whole = true;
        let top = self.levels.len() - 1;
        self.stack.clear();
        self.stack.push((top as u32, 0));
        while let Some((level, index)) = self.stack.pop() {
            let (level, index) = (level as usize, index as usize);
            let group = &self.levels[level][index];
            let at_least = at_least(simd, group, &from);
            let mut bits = at_least.simd_lt(f32x16::splat(simd, *key_max + error_m)).to_bitmask();
            if bits != 0 {
                let nearest = f32x16::splat(simd, simd.reduce_min_f32x16(at_least));
                let nearest = at_least.simd_eq(nearest).to_bitmask().trailing_zeros() as usize;
                bits &= !(1 << nearest);
                if level > 0 {
                    while bits != 0 {
                        let slot = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        self.stack.push((level as u32 - 1, (index * FAN + slot) as u32));
                    }
                    self.stack.push((level as u32 - 1, (index * FAN + nearest) as u32));
                } else {
                    let at_least = at_least.to_array();
                    let mut slot = nearest;
                    loop {
                        if at_least[slot] < *key_max + error_m {
                            let low = self.look(simd, &from, index * FAN + slot, ask, key_max, &mut is_whole);
                            self.levels[0][index].price[slot] = low;
                        }
                        if bits == 0 {
                            break;
                        }
                        slot = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                    }
                }
            }
            if level < top {
                let price = f32x16::from_slice(simd, &self.levels[level][index].price);
                let low = simd.reduce_min_f32x16(price);
                self.levels[level + 1][index / FAN].price[index % FAN] = low;
            }
        }
        is_whole
    }

    /// Looks at the places of a leaf. Returns their lowest price.
    #[inline(always)]
    fn look<S: Simd>(
        &mut self,
        simd: S,
        from: &[f32x16<S>; 3],
        index: usize,
        ask: &Ask<'_>,
        key_max: &mut f32,
        is_whole: &mut bool,
    ) -> f32 {
        let first = index * FAN;
        let end = ask.prices.len().min(first + FAN);
        let leaf = &self.leaves[index];
        let mut chord2 = f32x16::splat(simd, 0.0);
        for axis in 0..3 {
            let away = from[axis] - f32x16::from_slice(simd, &leaf[axis]);
            chord2 += away * away;
        }
        let (prices, mates, listed) = if end - first == FAN {
            (
                i32x16::from_slice(simd, &ask.prices[first..end]),
                u32x16::from_slice(simd, &ask.mates[first..end]),
                u32x16::from_slice(simd, &ask.listed[first..end]),
            )
        } else {
            let here = |all: &[u32], slot: usize| all.get(first + slot).copied().unwrap_or(ask.mark);
            (
                i32x16::from_fn(simd, |slot| ask.prices.get(first + slot).copied().unwrap_or(i32::MAX)),
                u32x16::from_fn(simd, |slot| here(ask.mates, slot)),
                u32x16::from_fn(simd, |slot| here(ask.listed, slot)),
            )
        };
        let prices: f32x16<S> = prices.to_float();
        let taken =
            mates.simd_eq(u32x16::splat(simd, NONE)).select(f32x16::splat(simd, 0.0), f32x16::splat(simd, TAKEN_M));
        let key = chord2.sqrt() * f32x16::splat(simd, RADIUS_M) + prices + taken;
        let fits = key.simd_lt(f32x16::splat(simd, *key_max)) & !listed.simd_eq(u32x16::splat(simd, ask.mark));
        let bits = fits.to_bitmask();
        if bits != 0 {
            let found = &mut self.found;
            let len = found.len;
            simd.compress_f32x16(key, fits).store_slice(&mut found.keys[len..len + FAN]);
            let cols = u32x16::from_fn(simd, |slot| slot as u32) + u32x16::splat(simd, first as u32);
            simd.compress_u32x16(cols, fits).store_slice(&mut found.cols[len..len + FAN]);
            found.len += bits.count_ones() as usize;
            if found.len > ask.room {
                *key_max = found.tighten(simd, ask.room / 3);
                *is_whole = false;
            }
        }
        simd.reduce_min_f32x16(prices)
    }
}

impl Group {
    /// How far a point is from the middle of one of the boxes, squared.
    fn away(&self, slot: usize, at: [f32; 3]) -> f32 {
        (0..3).map(|axis| at[axis] - self.middle[axis][slot]).map(|away| away * away).sum()
    }

    /// Makes one of the boxes large enough for a point.
    fn widen(&mut self, slot: usize, at: [f32; 3]) {
        for (axis, at) in at.into_iter().enumerate() {
            let (middle, half) = (self.middle[axis][slot], &mut self.half[axis][slot]);
            *half = half.max((at - middle).abs());
        }
    }
}

impl Found {
    /// Keeps the cheapest few. Returns the dearest key among them: everything dropped has that or more.
    #[inline(always)]
    fn tighten<S: Simd>(&mut self, simd: S, kept: usize) -> f32 {
        let mut keys = [f32::INFINITY; ROOM + FAN];
        keys[..self.len].copy_from_slice(&self.keys[..self.len]);
        let mut key_max = f32::NEG_INFINITY;
        for place in 0..self.len {
            let key = keys[place];
            let mut cheaper = 0;
            for lanes in 0..self.len.div_ceil(FAN) {
                let others = f32x16::from_slice(simd, &keys[lanes * FAN..(lanes + 1) * FAN]);
                cheaper += others.simd_lt(f32x16::splat(simd, key)).to_bitmask().count_ones();
            }
            if (cheaper as usize) < kept {
                key_max = key_max.max(key);
            }
        }
        let (len, cols) = (std::mem::replace(&mut self.len, 0), self.cols);
        for place in 0..len {
            if keys[place] < key_max {
                self.keep(keys[place], cols[place]);
            }
        }
        for place in 0..len {
            if keys[place] == key_max && self.len < kept {
                self.keep(key_max, cols[place]);
            }
        }
        key_max
    }

    fn keep(&mut self, key: f32, col: u32) {
        (self.keys[self.len], self.cols[self.len]) = (key, col);
        self.len += 1;
    }
}

/// What everything in each of sixteen boxes costs at least.
#[inline(always)]
fn at_least<S: Simd>(simd: S, group: &Group, from: &[f32x16<S>; 3]) -> f32x16<S> {
    let mut chord2 = f32x16::splat(simd, 0.0);
    for axis in 0..3 {
        let away = (from[axis] - f32x16::from_slice(simd, &group.middle[axis])).abs();
        let outside = (away - f32x16::from_slice(simd, &group.half[axis])).max(f32x16::splat(simd, 0.0));
        chord2 += outside * outside;
    }
    chord2.sqrt() * f32x16::splat(simd, RADIUS_M) + f32x16::from_slice(simd, &group.price)
}

/// What a coarse distance may be wrong by for places this far from the middle, metres.
fn error_m(reach: f64) -> f32 {
    (1e-3 + EARTH_RADIUS_M * reach * 1e-6) as f32
}

/// The group of up to sixteen boxes, and the box around them.
fn gather(boxes: &[[[f64; 2]; 3]]) -> (Group, [[f64; 2]; 3]) {
    let mut group = EMPTY;
    let mut around = [[f64::MAX, f64::MIN]; 3];
    for (slot, room) in boxes.iter().enumerate() {
        if room[0][0] > room[0][1] {
            continue;
        }
        group.price[slot] = 0.0;
        for axis in 0..3 {
            let [low, high] = room[axis];
            group.middle[axis][slot] = ((low + high) / 2.0) as f32;
            group.half[axis][slot] = ((high - low) / 2.0) as f32;
            around[axis] = [around[axis][0].min(low), around[axis][1].max(high)];
        }
    }
    (group, around)
}
