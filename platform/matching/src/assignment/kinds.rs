//! A tree of boxes by great circle, as [`super::boxes`], for columns that differ in more than where they are: a box also knows
//! the lowest of price and handicap in it, and which kinds of columns. Asked by [`super::limited_source`], which says what a
//! column really costs.
//!
//! A box's price may be older than its columns' prices, but only lower, so what it rules out stays ruled out.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "levels and groups are laid out here; distances are cut to their range"
)]

use fareway_shared::place::EARTH_RADIUS_M;

use super::{limited_source::Side, sphere::Point};

/// Columns in a leaf, and boxes in a box.
const FAN: usize = 8;
/// Further than any limit, in units of cost.
const FAR: f32 = 536_870_912.0;
/// A price above every other: of a column that is not there.
const NOWHERE: i32 = i32::MAX / 2;

/// Eight columns, coarsely.
#[derive(Debug, Clone, Copy)]
struct Leaf {
    at: [[f32; FAN]; 3],
}

/// Eight boxes: middles, half sizes, and the lowest price and all kinds in each.
#[derive(Debug, Clone, Copy)]
struct Group {
    middle: [[f32; FAN]; 3],
    half: [[f32; FAN]; 3],
    price: [i32; FAN],
    mark: [u64; FAN],
}

/// Boxes that are not there.
const EMPTY: Group = Group { middle: [[0.0; FAN]; 3], half: [[0.0; FAN]; 3], price: [NOWHERE; FAN], mark: [0; FAN] };

/// The box around some columns.
#[derive(Debug, Clone, Copy)]
struct Room {
    axes: [[f64; 2]; 3],
    mark: u64,
}

const NOTHING: Room = Room { axes: [[f64::MAX, f64::MIN]; 3], mark: 0 };

/// The tree.
#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    /// The columns in the tree's order.
    cols: Vec<u32>,
    leaves: Vec<Leaf>,
    /// `levels[0]` holds the boxes of leaves; the last level is one group.
    levels: Vec<Vec<Group>>,
    /// Units of cost for a radius, and what a coarse distance may be wrong by.
    unit: f32,
    slack: f32,
    stack: Vec<Visit>,
}

/// A box still to be looked into.
#[derive(Debug, Clone, Copy)]
struct Visit {
    /// Nothing in it costs less.
    at_least: i32,
    level: u32,
    index: u32,
}

/// Where a search is made from, and what it heeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    /// Where.
    pub point: Point,
    /// Kinds of columns that may fit.
    pub mark: u64,
    /// What is further off does not count.
    pub reach: i32,
}

impl Kinds {
    /// Over some columns in the order of the curve, at prices as low as can be. `reach` is the furthest that any place, or
    /// any point that will be asked from, lies from the middle, on the unit sphere; a metre costs `per_m`.
    pub(crate) fn new(cols: Vec<u32>, side: &Side, reach: f64, per_m: f64) -> Self {
        let mut leaves = Vec::with_capacity(cols.len().div_ceil(FAN));
        let mut rooms: Vec<Room> = Vec::with_capacity(leaves.capacity());
        for chunk in cols.chunks(FAN) {
            let (mut leaf, mut room) = (Leaf { at: [[9.0; FAN]; 3] }, NOTHING);
            for (slot, col) in chunk.iter().enumerate() {
                let point = side.point[*col as usize];
                room.mark |= side.mark[*col as usize];
                for (axis, at) in [point.x, point.y, point.z].into_iter().enumerate() {
                    leaf.at[axis][slot] = at as f32;
                    room.axes[axis] = [room.axes[axis][0].min(at), room.axes[axis][1].max(at)];
                }
            }
            leaves.push(leaf);
            rooms.push(room);
        }
        let mut levels = Vec::new();
        while levels.is_empty() || rooms.len() > 1 {
            let (level, above) = rooms.chunks(FAN).map(gather).unzip::<_, _, Vec<Group>, Vec<Room>>();
            levels.push(level);
            rooms = above;
        }
        let unit = EARTH_RADIUS_M * per_m;
        let slack = (2.0 + per_m + unit * reach * 1e-6) as f32;
        Self { cols, leaves, levels, unit: unit as f32, slack, stack: Vec::new() }
    }

    /// Brings every box up to date, `values` being price and handicap of each column.
    pub(crate) fn refresh_all(&mut self, value: impl Fn(usize) -> i32) {
        for (index, chunk) in self.cols.chunks(FAN).enumerate() {
            let low = chunk.iter().map(|col| value(*col as usize)).min().unwrap_or(NOWHERE);
            self.levels[0][index / FAN].price[index % FAN] = low;
        }
        for level in 1..self.levels.len() {
            for index in 0..self.levels[level - 1].len() {
                self.refresh(level, index);
            }
        }
    }

    /// Shows every column that may cost less than the bound, until none is left. `see` returns the bound, which may only
    /// fall.
    pub(crate) fn search(
        &mut self,
        asker: Asker,
        mut bound: i32,
        value: impl Fn(usize) -> i32,
        mut see: impl FnMut(u32) -> i32,
    ) {
        let from = [asker.point.x as f32, asker.point.y as f32, asker.point.z as f32];
        self.stack.clear();
        let top = self.levels.len() - 1;
        self.open(from, asker, top, 0, bound);
        while let Some(Visit { at_least, level, index }) = self.stack.pop() {
            if at_least >= bound {
                continue;
            }
            let index = index as usize;
            if level > 0 {
                self.open(from, asker, level as usize - 1, index, bound);
                self.refresh(level as usize, index);
                continue;
            }
            let away = self.away(from, &self.leaves[index].at, None);
            let mut low = NOWHERE;
            for (slot, col) in self.cols[index * FAN..].iter().take(FAN).enumerate() {
                let value = value(*col as usize);
                low = low.min(value);
                if away[slot] + value < bound && away[slot] <= asker.reach {
                    bound = see(*col);
                }
            }
            self.levels[0][index / FAN].price[index % FAN] = low;
        }
    }

    /// Units of cost that eight columns or boxes are away at least.
    #[inline]
    fn away(&self, from: [f32; 3], at: &[[f32; FAN]; 3], half: Option<&[[f32; FAN]; 3]>) -> [i32; FAN] {
        let mut chord2 = [0_f32; FAN];
        for axis in 0..3 {
            for slot in 0..FAN {
                let outside = (from[axis] - at[axis][slot]).abs() - half.map_or(0.0, |half| half[axis][slot]);
                let outside = outside.max(0.0);
                chord2[slot] += outside * outside;
            }
        }
        chord2.map(|chord2| (chord2.sqrt() * self.unit - self.slack).clamp(0.0, FAR) as i32)
    }

    /// Stacks the boxes of a group that may hold something below the bound, the most promising on top.
    #[inline]
    fn open(&mut self, from: [f32; 3], asker: Asker, level: usize, index: usize, bound: i32) {
        let group = &self.levels[level][index];
        let away = self.away(from, &group.middle, Some(&group.half));
        let (price, mark) = (group.price, group.mark);
        let first = self.stack.len();
        for slot in 0..FAN {
            let at_least = away[slot] + price[slot];
            if at_least >= bound || away[slot] > asker.reach || mark[slot] & asker.mark == 0 {
                continue;
            }
            let visit = Visit { at_least, level: level as u32, index: (index * FAN + slot) as u32 };
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
}

/// The group of up to eight boxes, and the box around them.
fn gather(rooms: &[Room]) -> (Group, Room) {
    let (mut group, mut around) = (EMPTY, NOTHING);
    for (slot, room) in rooms.iter().enumerate() {
        group.price[slot] = i32::MIN / 2;
        group.mark[slot] = room.mark;
        around.mark |= room.mark;
        for axis in 0..3 {
            let [low, high] = room.axes[axis];
            group.middle[axis][slot] = ((low + high) / 2.0) as f32;
            group.half[axis][slot] = ((high - low) / 2.0) as f32;
            around.axes[axis] = [around.axes[axis][0].min(low), around.axes[axis][1].max(high)];
        }
    }
    (group, around)
}
