//! Candidates by great circle: the columns cheapest for a row, distance plus price, from a tree of boxes; and the proof over
//! all pairs from the same tree. Made by [`super::crow`], asked by [`super::paths`].
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, below 2^24"
)]

use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

use super::{
    boxes::{Ask, Boxes, FAN, ROOM},
    curve::{Square, order},
    lists::{Entry, Lists},
    paths::{DEAD, GROWTH, Match, NONE},
    source::{Columns, Source},
    sphere::{Middle, Point, exact_metres, near_metres, reach, round_metres},
};

/// Candidates that a list should have to begin with, and gain each time it needs more.
pub(crate) const STEP: usize = 8;
/// Candidates kept while all that is looked for is the cheapest.
const FEW: usize = 24;
/// No place on earth is farther from another, metres.
const FARTHEST_M: f64 = 2.1e7;
/// How far a first look reaches, metres; the next learn from it.
const FIRST_M: i32 = 100;

/// One side, in the order of the curve.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    /// The caller's number of each.
    pub id: Vec<u32>,
    /// Where each is.
    pub place: Vec<LatLng>,
    /// The same, as the tree measures.
    pub point: Vec<Point>,
}

impl Side {
    /// These places, in the order of a curve, `fill` of them to a leaf.
    pub(crate) fn new(places: &[LatLng], square: &Square, middle: &Middle, fill: usize) -> Self {
        let order = order(places, square);
        let slots = places.len().div_ceil(fill) * FAN;
        let (mut id, mut place, mut point) =
            (Vec::with_capacity(slots), Vec::with_capacity(slots), Vec::with_capacity(slots));
        for leaf in order.chunks(fill) {
            for number in leaf {
                let at = places[*number as usize];
                id.push(*number);
                place.push(at);
                point.push(middle.point(at));
            }
            if fill < FAN {
                let slots = id.len().next_multiple_of(FAN);
                id.resize(slots, NONE);
                place.resize(slots, places[0]);
                point.resize(slots, Point::NOWHERE);
            }
        }
        Self { id, place, point }
    }

    /// For each the first of those, next to each other, that are at the very same place. Vacant slots are like nobody.
    pub(crate) fn alike(&self) -> Vec<u32> {
        let mut first = 0;
        let alike = self.place.iter().enumerate().map(|(slot, place)| {
            if *place != self.place[first] || self.id[slot] == NONE || self.id[first] == NONE {
                first = slot;
            }
            first as u32
        });
        alike.collect()
    }

    fn set(&mut self, slot: usize, number: u32, place: LatLng, point: Point) {
        (self.id[slot], self.place[slot], self.point[slot]) = (number, place, point);
    }
}

/// Both sides and the tree over the columns.
#[derive(Debug, Clone)]
pub(crate) struct CrowSource {
    /// What is matched.
    pub rows: Side,
    /// What it is matched to.
    pub cols: Side,
    tree: Boxes,
    /// The tree over the rows, once they have been columns.
    other: Option<Boxes>,
    /// Values from here on need not be listed; and the same for the other way round.
    limit: i32,
    other_limit: i32,
    middle: Middle,
    /// How far any place lies from the middle.
    reach: f64,
    listed: Vec<u32>,
    mark: u32,
    /// How far the next first look reaches, metres.
    first_m: i32,
    /// The same for a look that begins at a value known to be near the cheapest.
    again_m: i32,
    fresh: Vec<Entry>,
}

/// Whole metres from one of a side to one of another.
fn metres(rows: &Side, row: usize, cols: &Side, col: usize) -> i32 {
    let (metres, is_sure) = round_metres(rows.point[row].chord2(cols.point[col]));
    if is_sure { metres } else { exact_metres(rows.place[row], cols.place[col]) }
}

impl CrowSource {
    /// Of two sides, both measured from one middle. To stay alone costs `alone`.
    pub(crate) fn new(rows: Side, cols: Side, middle: Middle, alone: i32) -> Self {
        let reach = reach(rows.point.iter().chain(&cols.point));
        let (tree, listed) = (Boxes::new(&cols.point, reach), vec![0; cols.id.len()]);
        Self {
            rows,
            cols,
            tree,
            middle,
            other: None,
            limit: alone,
            other_limit: 0,
            reach,
            listed,
            mark: 0,
            first_m: FIRST_M,
            again_m: FIRST_M,
            fresh: Vec::new(),
        }
    }

    /// Finds the columns below a value that are not marked, into `fresh`. Returns the bound of what is left.
    fn ask(&mut self, row: usize, below: i32, cols: &Columns<'_>, room: usize) -> i32 {
        let (rows, cols_of) = (&self.rows, &self.cols);
        let ask = Ask {
            from: self.rows.point[row],
            below,
            prices: cols.prices,
            mates: cols.mates,
            listed: &self.listed,
            mark: self.mark,
            room,
        };
        self.tree.cheaper(ask, |col| metres(rows, row, cols_of, col), &mut self.fresh)
    }

    /// Makes rows of the columns and columns of the rows.
    fn swap_sides(&mut self) {
        std::mem::swap(&mut self.rows, &mut self.cols);
        std::mem::swap(&mut self.limit, &mut self.other_limit);
        let tree = self.other.take().unwrap_or_else(|| Boxes::new(&self.cols.point, self.reach));
        self.other = Some(std::mem::replace(&mut self.tree, tree));
        self.listed.resize(self.cols.id.len().max(self.rows.id.len()), 0);
    }

    /// How far things lie apart, metres.
    pub(crate) fn apart_m(&self) -> f64 {
        EARTH_RADIUS_M * self.reach
    }

    /// A slot for one more row, where its neighbours are, if there is room.
    pub(crate) fn add_row(&mut self, number: u32, place: LatLng) -> Option<u32> {
        self.swap_sides();
        let slot = self.add_col(number, place);
        self.swap_sides();
        slot
    }

    /// A slot for one more column, where its neighbours are, if there is room.
    pub(crate) fn add_col(&mut self, number: u32, place: LatLng) -> Option<u32> {
        let point = self.middle.point(place);
        let slot = self.tree.insert(point)?;
        self.cols.set(slot, number, place, point);
        self.stretch(point);
        Some(slot as u32)
    }

    /// A row is no more. Its slot may be given to another.
    pub(crate) fn remove_row(&mut self, row: u32) {
        self.swap_sides();
        self.remove(row, true);
        self.swap_sides();
    }

    /// A column is no more. It may stand on lists for ever, so its slot is not used again.
    pub(crate) fn remove_col(&mut self, col: u32) {
        self.remove(col, false);
    }

    fn remove(&mut self, col: u32, may_reuse: bool) {
        let slot = col as usize;
        self.cols.set(slot, NONE, self.cols.place[slot], Point::NOWHERE);
        self.tree.remove(slot, may_reuse);
    }

    /// Keeps coarse distances coarse enough for a place further out than any before.
    fn stretch(&mut self, point: Point) {
        let reach = point.chord2(Point::MIDDLE).sqrt();
        if reach > self.reach {
            self.reach = reach;
            self.tree.stretch(reach);
            if let Some(other) = &mut self.other {
                other.stretch(reach);
            }
        }
    }

    /// Puts columns whose price fell on the list of every row whose list promises to name all that is so cheap. False if that
    /// is more work than looking at so many pairs.
    pub(crate) fn list_fallen(&mut self, fallen: &[u32], found: &Match, lists: &mut Lists, mut pairs: usize) -> bool {
        if fallen.len() * GROWTH > pairs {
            return false;
        }
        let rows = 0..self.rows.id.len();
        let promised: Vec<i32> = rows.map(|row| lists.bound(row).saturating_neg().min(DEAD)).collect();
        self.swap_sides();
        self.tree.refresh_all(&promised);
        let rows = Columns { prices: &promised, mates: &found.row_mate };
        for col in fallen {
            let below = -found.col_price[*col as usize];
            self.mark += 1;
            while pairs > 0 {
                pairs = pairs.saturating_sub(GROWTH);
                let is_whole = self.ask(*col as usize, below, &rows, ROOM) >= below;
                pairs = pairs.saturating_sub(self.take_fresh(*col, lists));
                if is_whole {
                    break;
                }
            }
        }
        self.swap_sides();
        pairs > 0
    }

    /// Puts a column on the lists of the rows just found, and marks them. Returns how many pairs it looked at.
    fn take_fresh(&mut self, col: u32, lists: &mut Lists) -> usize {
        let mut pairs = 0;
        for Entry { col: row, cost } in self.fresh.drain(..) {
            self.listed[row as usize] = self.mark;
            pairs += lists.of(row as usize).len();
            if lists.of(row as usize).iter().all(|entry| entry.col != col) {
                lists.append(row as usize, &[Entry { col, cost }]);
            }
        }
        pairs
    }

    /// Marks what is listed for a row.
    fn mark(&mut self, list: &[Entry]) {
        self.mark += 1;
        for entry in list {
            self.listed[entry.col as usize] = self.mark;
        }
    }
}

impl Source for CrowSource {
    fn grow(&mut self, row: usize, need: i32, cols: &Columns<'_>, lists: &mut Lists) {
        let list = lists.of(row);
        self.mark(list);
        // A first look knows nothing; a new one knows near which value the cheapest is.
        let (is_first, is_new) = (list.is_empty() && need == i32::MIN, list.is_empty() && need > i32::MIN);
        let bound = lists.bound(row);
        let costs = list.iter().map(|entry| entry.cost);
        let (near, far) = costs.fold((i32::MAX, 0), |(near, far), cost| (near.min(cost), far.max(cost)));
        // Where eight columns more may be expected: by how far apart those listed lie, or by what earlier looks found.
        let mut gap = match (is_first, is_new) {
            (true, _) => self.first_m,
            (_, true) => self.again_m,
            _ => (far - near) / (list.len() as i32) * STEP as i32 + 1,
        };
        let mut below = need.max(bound).saturating_add(gap);
        if need == i32::MIN && bound == i32::MIN {
            below = self.limit;
        }
        loop {
            below = below.min(self.limit);
            let bound = self.ask(row, below, cols, ROOM);
            lists.set_bound(row, bound);
            let found = self.fresh.len();
            if found >= STEP / 2 || bound >= self.limit {
                break;
            }
            gap = gap.saturating_mul(2);
            below = bound.saturating_add(gap);
        }
        let ratio = (STEP as f64 / self.fresh.len().max(1) as f64).sqrt();
        if is_first {
            self.first_m = ((f64::from(lists.bound(row)) * ratio.clamp(0.5, 2.0)) as i32).max(1);
        } else if is_new {
            let ratio = if lists.bound(row) < below { 0.7 } else { ratio.clamp(0.8, 1.25) };
            self.again_m = (f64::from(gap) * ratio + 1.0).min(FARTHEST_M) as i32;
        }
        lists.append(row, &self.fresh);
    }

    fn turn(&mut self, cols: &[i32]) {
        self.swap_sides();
        self.tree.refresh_all(cols);
    }

    fn fell(&mut self, _: &[i32], cols: &[i32]) {
        self.tree.refresh_all(cols);
    }

    fn first_look(&mut self, row: usize, prices: &[i32], cols: &Columns<'_>, lists: &mut Lists) {
        self.mark += 1;
        // A row near by tells what the cheapest costs at most.
        let leaf = row / FAN * FAN..(row / FAN * FAN + FAN).min(prices.len());
        let near = leaf.filter(|other| *other != row && prices[*other] > -DEAD);
        let near_m = |other: usize| near_metres(self.rows.point[row].chord2(self.rows.point[other])) as i32 + 3;
        let most = near.map(|other| prices[other].saturating_add(near_m(other))).min().unwrap_or(self.limit);
        let bound = self.ask(row, most.min(self.limit), cols, FEW);
        lists.set_bound(row, bound);
        lists.append(row, &self.fresh);
    }

    fn cost(&self, row: usize, col: usize) -> i32 {
        metres(&self.rows, row, &self.cols, col)
    }
}
