//! A tree of boxes over places that carry prices: which columns are cheapest for a row, distance plus price, without
//! looking at the others. Eight places make a leaf, eight boxes a box above. Asked by [`super::crow`].
//!
//! A box's price may be older than its places' prices, but only lower, so what it rules out stays ruled out. Every visit
//! brings it up to date.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::needless_range_loop,
    reason = "levels and groups are laid out here; metres are cut to their range; loops over eight lanes become vector code"
)]

use fareway_shared::place::EARTH_RADIUS_M;

use super::{
    lists::Entry,
    sphere::{Point, round_metres},
};

/// Places in a leaf, and boxes in a box.
pub(crate) const FAN: usize = 8;
/// The earth's radius, coarsely.
const RADIUS_M: f32 = EARTH_RADIUS_M as f32;
/// A price above every other: of a place that is not there.
const NOWHERE: i32 = i32::MAX / 2;

/// Eight places, coarsely.
#[derive(Debug, Clone, Copy)]
struct Leaf {
    at: [[f32; FAN]; 3],
}

/// Eight boxes: middles, half sizes, and the lowest price in each.
#[derive(Debug, Clone, Copy)]
struct Group {
    middle: [[f32; FAN]; 3],
    half: [[f32; FAN]; 3],
    price: [i32; FAN],
}

/// Boxes that are not there.
const EMPTY: Group = Group { middle: [[0.0; FAN]; 3], half: [[0.0; FAN]; 3], price: [NOWHERE; FAN] };

/// The tree. Columns are numbered in its order.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    points: Vec<Point>,
    leaves: Vec<Leaf>,
    /// `levels[0]` holds the boxes of leaves; the last level is one group.
    levels: Vec<Vec<Group>>,
    /// Leaves that lie in boxes; whatever came later is looked at every time.
    boxed: usize,
    /// What a coarse distance may be wrong by, metres.
    slack_m: f32,
    stack: Vec<Visit>,
    best: Vec<(i32, Entry)>,
}

/// A box still to be looked into.
#[derive(Debug, Clone, Copy)]
struct Visit {
    /// Nothing in it is cheaper.
    at_least: f32,
    level: u32,
    index: u32,
}

/// What a search must know of the columns beside where they are.
pub(crate) trait Exact {
    /// Whole metres to a column when the chord alone cannot say.
    fn metres(&self, col: usize) -> i32;
    /// Whether the column is on the list already.
    fn is_listed(&self, col: usize) -> bool;
}

impl Tree {
    /// Over places in the order of the curve, all prices 0. `reach` is the furthest that any place, or any point that
    /// will be asked from, lies from the middle, on the unit sphere.
    pub(crate) fn new(points: Vec<Point>, reach: f64) -> Self {
        let mut leaves = Vec::with_capacity(points.len().div_ceil(FAN));
        let mut boxes: Vec<[[f64; 2]; 3]> = Vec::with_capacity(leaves.capacity());
        for chunk in points.chunks(FAN) {
            let mut leaf = Leaf { at: [[9.0; FAN]; 3] };
            let mut room = [[f64::MAX, f64::MIN]; 3];
            for (slot, point) in chunk.iter().enumerate() {
                for (axis, at) in [point.x, point.y, point.z].into_iter().enumerate() {
                    leaf.at[axis][slot] = at as f32;
                    room[axis] = [room[axis][0].min(at), room[axis][1].max(at)];
                }
            }
            leaves.push(leaf);
            boxes.push(room);
        }
        let mut levels = Vec::new();
        while levels.is_empty() || boxes.len() > 1 {
            let mut level = Vec::with_capacity(boxes.len().div_ceil(FAN));
            let mut above = Vec::with_capacity(level.capacity());
            for chunk in boxes.chunks(FAN) {
                let (group, room) = gather(chunk);
                level.push(group);
                above.push(room);
            }
            levels.push(level);
            boxes = above;
        }
        let boxed = leaves.len();
        Self { points, leaves, levels, boxed, slack_m: slack_m(reach), stack: Vec::new(), best: Vec::new() }
    }

    /// One more place, outside all boxes but those of a leaf that it fills up, which are widened to be always looked into.
    pub(crate) fn push(&mut self, point: Point) {
        let (leaf, slot) = (self.points.len() / FAN, self.points.len() % FAN);
        self.points.push(point);
        if slot == 0 {
            self.leaves.push(Leaf { at: [[9.0; FAN]; 3] });
        } else if leaf < self.boxed {
            let mut index = leaf;
            for level in &mut self.levels {
                for half in &mut level[index / FAN].half {
                    half[index % FAN] = 9.0;
                }
                index /= FAN;
            }
        }
        for (lane, at) in self.leaves[leaf].at.iter_mut().zip([point.x, point.y, point.z]) {
            lane[slot] = at as f32;
        }
    }

    /// Makes room for error in coarse distances for places this far from the middle.
    pub(crate) fn stretch(&mut self, reach: f64) {
        self.slack_m = slack_m(reach);
    }

    /// The up to `wanted` cheapest columns for a point that are not listed, in no order, and a bound for all others: each
    /// of them costs, with its price, at least that. Only columns below `limit` are looked for.
    pub(crate) fn cheapest<E: Exact>(
        &mut self,
        point: Point,
        (wanted, limit): (usize, i32),
        prices: &[i32],
        exact: &E,
        out: &mut Vec<Entry>,
    ) -> i32 {
        let from = [point.x as f32, point.y as f32, point.z as f32];
        let mut bound = limit;
        self.best.clear();
        self.stack.clear();
        let top = self.levels.len() - 1;
        self.open(from, top, 0, bound);
        while let Some(Visit { at_least, level, index }) = self.stack.pop() {
            if at_least >= bound as f32 {
                continue;
            }
            if level > 0 {
                self.open(from, level as usize - 1, index as usize, bound);
                self.refresh(level as usize, index as usize);
                continue;
            }
            let low = self.look(point, from, index as usize, prices, exact, wanted, &mut bound);
            self.levels[0][index as usize / FAN].price[index as usize % FAN] = low;
        }
        for late in self.boxed..self.leaves.len() {
            self.look(point, from, late, prices, exact, wanted, &mut bound);
        }
        out.clear();
        out.extend(self.best.iter().map(|(_, entry)| *entry));
        bound
    }

    /// Brings every box up to date.
    pub(crate) fn refresh_all(&mut self, prices: &[i32]) {
        for (index, chunk) in prices.chunks(FAN).take(self.boxed).enumerate() {
            self.levels[0][index / FAN].price[index % FAN] = chunk.iter().copied().min().unwrap_or(NOWHERE);
        }
        for level in 1..self.levels.len() {
            for index in 0..self.levels[level - 1].len() {
                self.refresh(level, index);
            }
        }
    }

    /// Stacks the boxes of a group that may hold something below the bound, the most promising on top.
    #[inline]
    fn open(&mut self, from: [f32; 3], level: usize, index: usize, bound: i32) {
        let group = &self.levels[level][index];
        let mut chord2 = [0_f32; FAN];
        for axis in 0..3 {
            for slot in 0..FAN {
                let outside = ((from[axis] - group.middle[axis][slot]).abs() - group.half[axis][slot]).max(0.0);
                chord2[slot] += outside * outside;
            }
        }
        let mut at_least = [0_f32; FAN];
        for slot in 0..FAN {
            at_least[slot] = chord2[slot].sqrt() * RADIUS_M + group.price[slot] as f32;
        }
        let first = self.stack.len();
        let cut = bound as f32 + self.slack_m;
        for slot in 0..FAN {
            if at_least[slot] >= cut {
                continue;
            }
            let visit = Visit {
                at_least: at_least[slot] - self.slack_m,
                level: level as u32,
                index: (index * FAN + slot) as u32,
            };
            let mut at = self.stack.len();
            self.stack.push(visit);
            while at > first && self.stack[at - 1].at_least < visit.at_least {
                self.stack[at] = self.stack[at - 1];
                at -= 1;
            }
            self.stack[at] = visit;
        }
    }

    /// Brings the price of a box up to date with those of the boxes in it.
    fn refresh(&mut self, level: usize, index: usize) {
        let low = self.levels[level - 1][index].price.iter().copied().fold(NOWHERE, i32::min);
        self.levels[level][index / FAN].price[index % FAN] = low;
    }

    /// Looks at the places of a leaf. Returns their lowest price.
    #[expect(clippy::too_many_arguments, reason = "one search's state, kept in registers")]
    #[inline]
    fn look<E: Exact>(
        &mut self,
        point: Point,
        from: [f32; 3],
        index: usize,
        prices: &[i32],
        exact: &E,
        wanted: usize,
        bound: &mut i32,
    ) -> i32 {
        let leaf = &self.leaves[index];
        let first = index * FAN;
        let mut price = [NOWHERE; FAN];
        let here = &prices[first..self.points.len().min(first + FAN)];
        if let Ok(eight) = <[i32; FAN]>::try_from(here) {
            price = eight;
        } else {
            price[..here.len()].copy_from_slice(here);
        }
        let mut chord2 = [0_f32; FAN];
        for axis in 0..3 {
            for slot in 0..FAN {
                let away = from[axis] - leaf.at[axis][slot];
                chord2[slot] += away * away;
            }
        }
        let mut roughly = [0_f32; FAN];
        for slot in 0..FAN {
            roughly[slot] = chord2[slot].sqrt() * RADIUS_M + price[slot] as f32;
        }
        for slot in 0..FAN {
            if roughly[slot] < *bound as f32 + self.slack_m {
                self.consider(point, first + slot, price[slot], exact, wanted, bound);
            }
        }
        price.into_iter().fold(NOWHERE, i32::min)
    }

    /// Keeps a column if it is among the cheapest so far.
    #[inline]
    fn consider<E: Exact>(&mut self, point: Point, col: usize, price: i32, exact: &E, wanted: usize, bound: &mut i32) {
        let (metres, is_sure) = round_metres(point.chord2(self.points[col]));
        if metres - 1 + price >= *bound || exact.is_listed(col) {
            return;
        }
        let cost = if is_sure { metres } else { exact.metres(col) };
        let value = cost + price;
        if value >= *bound {
            return;
        }
        let entry = (value, Entry { col: col as u32, cost });
        let mut at = self.best.len();
        self.best.push(entry);
        while at > 0 && self.best[at - 1].0 > value {
            self.best[at] = self.best[at - 1];
            at -= 1;
        }
        self.best[at] = entry;
        if self.best.len() >= wanted {
            self.best.truncate(wanted);
            *bound = self.best[wanted - 1].0;
        }
    }
}

/// What a coarse distance may be wrong by for places this far from the middle, metres.
fn slack_m(reach: f64) -> f32 {
    (1.0 + EARTH_RADIUS_M * reach * 1e-6) as f32
}

/// The group of up to eight boxes, and the box around them.
fn gather(boxes: &[[[f64; 2]; 3]]) -> (Group, [[f64; 2]; 3]) {
    let mut group = EMPTY;
    let mut around = [[f64::MAX, f64::MIN]; 3];
    for (slot, room) in boxes.iter().enumerate() {
        group.price[slot] = 0;
        for axis in 0..3 {
            let [low, high] = room[axis];
            group.middle[axis][slot] = ((low + high) / 2.0) as f32;
            group.half[axis][slot] = ((high - low) / 2.0) as f32;
            around[axis] = [around[axis][0].min(low), around[axis][1].max(high)];
        }
    }
    (group, around)
}
