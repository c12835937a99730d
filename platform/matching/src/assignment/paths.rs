//! The exact solver: shortest augmenting paths over lists that grow while they are searched. It knows rows, columns, costs
//! and prices, and nothing of places, roads or cars. Called by every entry of [`super`].
//!
//! Kept true between any two calls: a row's price is at most cost plus column price over *all* columns, listed or not; a
//! matched pair reaches that bound; a free column's price is 0; a row that stays unmatched has the price of doing so.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and columns are dense ids checked at the door; keys are costs below 2^31"
)]

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{lists::Lists, source::Source};

/// No partner.
pub(crate) const NONE: u32 = u32::MAX;
/// The price of a column that is no more, above what anybody pays; its negative is that of a row that is no more.
pub(crate) const DEAD: i32 = 1 << 29;
/// One row in this many left to place is few: paths do it at once.
const FEW: usize = 12;
/// Marks an entry of the queue as a row whose list must grow, not as a column that was reached.
const GROW: u64 = 1 << 31;

/// Prices and partners of both sides.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    /// What a row is willing to pay: the cost of its pair plus its partner's price.
    pub row_price: Vec<i32>,
    /// What a column is worth to the others: 0 while it is free.
    pub col_price: Vec<i32>,
    /// The column of each row, or [`NONE`].
    pub row_mate: Vec<u32>,
    /// The row of each column, or [`NONE`].
    pub col_mate: Vec<u32>,
    /// What it costs to leave a row unmatched.
    pub alone: Vec<i32>,
}

impl Match {
    /// Whether partners are mutual, prices at least 0, and those of free columns 0.
    pub(crate) fn is_whole(&self) -> bool {
        let rows = (0..).zip(&self.row_mate).all(|(row, mate)| *mate == NONE || self.col_mate[*mate as usize] == row);
        let cols = (0..).zip(&self.col_mate).zip(&self.col_price).all(|((col, mate), price)| {
            if *mate == NONE {
                *price == 0 || *price == DEAD
            } else {
                *price >= 0 && self.row_mate[*mate as usize] == col
            }
        });
        rows && cols
    }
}

/// How prices are brought near their end before paths finish the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rough {
    /// Not at all.
    No,
    /// There are columns enough: one round of small bids.
    Slack,
    /// There are hardly columns enough: rounds of ever smaller bids.
    Tight,
}

/// Where a path ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// At a free column.
    Free(u32),
    /// At a row that goes unmatched.
    Alone(u32),
}

/// The solver's state.
#[derive(Debug)]
pub(crate) struct Paths<S> {
    /// Where candidates come from.
    pub source: S,
    /// What has been listed of them.
    pub lists: Lists,
    /// The answer so far.
    pub found: Match,
    queue: BinaryHeap<Reverse<u64>>,
    reach: Vec<Reach>,
    rows: Vec<(u32, i32)>,
    cols: Vec<u32>,
    search: u32,
}

/// How a column was reached in one search.
#[derive(Debug, Clone, Copy, Default)]
struct Reach {
    search: u32,
    at: i32,
    from: u32,
    done: bool,
}

impl<S: Source> Paths<S> {
    /// Nobody matched yet, all columns free.
    pub(crate) fn new(source: S, lists: Lists, alone: Vec<i32>, cols: usize) -> Self {
        let rows = alone.len();
        let found = Match {
            row_price: vec![0; rows],
            col_price: vec![0; cols],
            row_mate: vec![NONE; rows],
            col_mate: vec![NONE; cols],
            alone,
        };
        Self {
            source,
            lists,
            found,
            queue: BinaryHeap::new(),
            reach: vec![Reach::default(); cols],
            rows: Vec::new(),
            cols: Vec::new(),
            search: 0,
        }
    }

    /// Matches every row, or leaves it alone where that is cheaper: each takes what is nearest, outbids whom it can, and is
    /// then placed at the end of a shortest path. Where many are left to place, `rough` first brings prices near their end.
    pub(crate) fn solve(&mut self, rough: Rough) {
        let mut waiting: Vec<u32> = Vec::new();
        for row in 0..self.found.alone.len() {
            if !self.take_nearest(row) {
                waiting.push(row as u32);
            }
        }
        for _ in 0..2 {
            waiting = self.outbid(waiting);
        }
        if waiting.len() * FEW > self.found.alone.len() {
            waiting = match rough {
                Rough::No => waiting,
                Rough::Slack => self.bid_growing(waiting),
                Rough::Tight => self.bid_scaling(waiting),
            };
        }
        for row in waiting {
            self.place(row);
        }
        self.lower();
    }

    /// Brings the price of every free column that has one down to 0, or finds it a partner on the way.
    pub(crate) fn lower(&mut self) {
        let free = (0..).zip(&self.found.col_mate).zip(&self.found.col_price);
        let priced: Vec<u32> =
            free.filter(|((_, mate), price)| **mate == NONE && **price > 0).map(|((col, _), _)| col).collect();
        if priced.is_empty() {
            return;
        }
        self.bring_down(&priced, &[]);
    }

    /// Brings these free columns' prices down to 0, or finds them partners on the way. Those of them that are `new` first
    /// get a price at which no row would gain by them.
    pub(crate) fn bring_down(&mut self, priced: &[u32], new: &[u32]) {
        let alone = vec![0; self.found.col_price.len()];
        let alone = std::mem::replace(&mut self.found.alone, alone);
        self.turn();
        for col in new {
            self.price(*col as usize);
        }
        for col in priced {
            self.place(*col);
        }
        self.turn();
        self.found.alone = alone;
    }

    /// Gives an unmatched row the highest price that no column contradicts.
    pub(crate) fn price(&mut self, row: usize) {
        self.lists.clear(row);
        self.source.grow(row, &self.found.col_price, &mut self.lists);
        let (first, ..) = self.cheapest(row);
        self.found.row_price[row] = first.min(self.lists.bound[row]).min(self.found.alone[row]);
    }

    /// Room for one more column.
    pub(crate) fn more_columns(&mut self) {
        self.reach.push(Reach::default());
    }

    /// Makes rows of the columns and columns of the rows. Prices change sign: what a column is worth is then what a row
    /// would rather not pay, so a free column with a price is a row that must be placed, and the same search does it.
    fn turn(&mut self) {
        let negated = |prices: &[i32]| prices.iter().map(|price| -price).collect::<Vec<i32>>();
        let (rows, cols) = (negated(&self.found.col_price), negated(&self.found.row_price));
        self.lists = self.source.turn(&self.lists, &rows, &cols);
        self.reach = vec![Reach::default(); cols.len()];
        self.search = 0;
        (self.found.row_price, self.found.col_price) = (rows, cols);
        std::mem::swap(&mut self.found.row_mate, &mut self.found.col_mate);
    }

    /// The two cheapest columns for a row, cost plus price: `(cheapest, its column, second)`.
    pub(crate) fn cheapest(&self, row: usize) -> (i32, u32, i32) {
        let (mut first, mut col, mut second) = (i32::MAX, NONE, i32::MAX);
        for entry in self.lists.of(row) {
            let value = entry.cost + self.found.col_price[entry.col as usize];
            if value < first {
                (second, first, col) = (first, value, entry.col);
            } else if value < second {
                second = value;
            }
        }
        (first, col, second)
    }

    /// Gives the row its cheapest column if that is free. False if the row must wait.
    fn take_nearest(&mut self, row: usize) -> bool {
        self.source.grow(row, &self.found.col_price, &mut self.lists);
        let (first, col, _) = self.cheapest(row);
        let alone = self.found.alone[row];
        let bound = self.lists.bound[row];
        self.found.row_price[row] = first.min(bound).min(alone);
        if first > bound || first >= alone || self.found.col_mate[col as usize] != NONE {
            return false;
        }
        self.found.row_mate[row] = col;
        self.found.col_mate[col as usize] = row as u32;
        true
    }

    /// Each waiting row outbids the holder of its cheapest column by as much as it can, and the holder goes on.
    fn outbid(&mut self, waiting: Vec<u32>) -> Vec<u32> {
        let mut left = Vec::new();
        let mut budget = 4 * waiting.len() + 16;
        for start in waiting {
            let mut row = start as usize;
            loop {
                let (mut first, mut col, mut second) = self.cheapest(row);
                while self.lists.bound[row] < first.min(self.found.alone[row]) {
                    self.source.grow(row, &self.found.col_price, &mut self.lists);
                    (first, col, second) = self.cheapest(row);
                }
                let alone = self.found.alone[row];
                if first >= alone {
                    self.found.row_price[row] = alone;
                    break;
                }
                let second = second.min(self.lists.bound[row]).min(alone);
                let holder = self.found.col_mate[col as usize];
                if holder == NONE {
                    self.found.row_price[row] = first;
                    self.found.row_mate[row] = col;
                    self.found.col_mate[col as usize] = row as u32;
                    break;
                }
                if second == first || budget == 0 {
                    self.found.row_price[row] = first;
                    left.push(row as u32);
                    break;
                }
                budget -= 1;
                self.found.row_price[row] = second;
                self.found.col_price[col as usize] += second - first;
                self.found.row_mate[row] = col;
                self.found.col_mate[col as usize] = row as u32;
                self.found.row_mate[holder as usize] = NONE;
                row = holder as usize;
            }
        }
        left
    }

    /// Finds the cheapest chain of changes that places an unmatched row, and makes it.
    pub(crate) fn place(&mut self, start: u32) {
        self.search += 1;
        self.queue.clear();
        self.rows.clear();
        self.cols.clear();
        let (mut best, mut end) = (i32::MAX, End::Alone(start));
        self.scan(start, 0, &mut best, &mut end);
        while let Some(Reverse(next)) = self.queue.pop() {
            let at = (next >> 32) as i32;
            if at >= best {
                break;
            }
            let id = next as u32;
            if next & GROW != 0 {
                self.widen(id & !(GROW as u32), &mut best, &mut end);
                continue;
            }
            let reach = &mut self.reach[id as usize];
            if reach.done || reach.at != at {
                continue;
            }
            reach.done = true;
            self.cols.push(id);
            self.scan(self.found.col_mate[id as usize], at, &mut best, &mut end);
        }
        for &(row, at) in &self.rows {
            self.found.row_price[row as usize] += best - at;
        }
        for &col in &self.cols {
            self.found.col_price[col as usize] += best - self.reach[col as usize].at;
        }
        self.change(start, end);
    }

    /// Follows every listed edge of a row reached at cost `at`.
    fn scan(&mut self, row: u32, at: i32, best: &mut i32, end: &mut End) {
        self.rows.push((row, at));
        let slack = at + self.found.alone[row as usize] - self.found.row_price[row as usize];
        if slack < *best {
            (*best, *end) = (slack, End::Alone(row));
        }
        self.follow(row, 0, at, best, end);
    }

    /// Follows the edges of a row from its `first`-th on, and queues the growth of its list.
    fn follow(&mut self, row: u32, first: usize, at: i32, best: &mut i32, end: &mut End) {
        let base = at - self.found.row_price[row as usize];
        for entry in &self.lists.of(row as usize)[first..] {
            let col = entry.col as usize;
            let key = base + entry.cost + self.found.col_price[col];
            let reach = &mut self.reach[col];
            if key >= *best || (reach.search == self.search && key >= reach.at) {
                continue;
            }
            *reach = Reach { search: self.search, at: key, from: row, done: false };
            if self.found.col_mate[col] == NONE {
                (*best, *end) = (key, End::Free(entry.col));
            } else {
                self.queue.push(Reverse((key as u64) << 32 | u64::from(entry.col)));
            }
        }
        let unlisted = base.saturating_add(self.lists.bound[row as usize]);
        if unlisted < *best {
            self.queue.push(Reverse((unlisted.max(at) as u64) << 32 | GROW | u64::from(row)));
        }
    }

    /// Lists more columns for a row that the search has reached.
    fn widen(&mut self, row: u32, best: &mut i32, end: &mut End) {
        let mate = self.found.row_mate[row as usize];
        let at = if mate == NONE { 0 } else { self.reach[mate as usize].at };
        let first = self.lists.of(row as usize).len();
        self.source.grow(row as usize, &self.found.col_price, &mut self.lists);
        self.follow(row, first, at, best, end);
    }

    /// Walks the path back and gives every row on it its new column.
    fn change(&mut self, start: u32, end: End) {
        let mut col = match end {
            End::Free(col) => col,
            End::Alone(row) => std::mem::replace(&mut self.found.row_mate[row as usize], NONE),
        };
        while col != NONE {
            let row = self.reach[col as usize].from;
            let left = std::mem::replace(&mut self.found.row_mate[row as usize], col);
            self.found.col_mate[col as usize] = row;
            if row == start {
                break;
            }
            col = left;
        }
    }
}
