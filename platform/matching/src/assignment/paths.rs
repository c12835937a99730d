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

use super::{
    lists::Lists,
    source::{Columns, Source},
};

/// No partner.
pub(crate) const NONE: u32 = u32::MAX;
/// The price of a column that is no more, above what anybody pays; its negative is that of a row that is no more.
pub(crate) const DEAD: i32 = 1 << 29;
/// What the growth of a list costs, in pairs looked at.
pub(crate) const GROWTH: usize = 200;
/// Slots compared at once.
const BLOCK: usize = 64;
/// One row in this many left to place is few: paths do it at once.
const FEW: usize = 12;

/// Prices and partners of both sides.
#[derive(Debug, Clone, Default)]
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
        (0..self.row_mate.len()).all(|row| self.row_is_whole(row))
            && (0..self.col_mate.len()).all(|col| self.col_is_whole(col))
    }

    pub(super) fn row_is_whole(&self, row: usize) -> bool {
        let mate = self.row_mate[row];
        mate == NONE || self.col_mate[mate as usize] as usize == row
    }

    fn col_is_whole(&self, col: usize) -> bool {
        let (mate, price) = (self.col_mate[col], self.col_price[col]);
        if mate == NONE {
            price == 0 || price == DEAD
        } else {
            price >= 0 && self.row_mate[mate as usize] as usize == col
        }
    }

    /// Whether it is whole if another was that differs from it in some rows only. Who lost a partner may not have one still.
    pub(crate) fn is_whole_since(&self, other: &Self) -> bool {
        let mut cols = differing((&other.col_price, &other.col_mate), (&self.col_price, &self.col_mate));
        let mut rows = differing((&other.row_price, &other.row_mate), (&self.row_price, &self.row_mate));
        cols.all(|col| {
            let lost = other.col_mate[col];
            self.col_is_whole(col) && (lost == NONE || self.row_is_whole(lost as usize))
        }) && rows.all(|row| {
            let lost = other.row_mate[row];
            self.row_is_whole(row) && (lost == NONE || self.col_is_whole(lost as usize))
        })
    }
}

/// Where prices or partners differ.
pub(super) fn differing<'a>(
    (prices, mates): (&'a [i32], &'a [u32]),
    (other_prices, other_mates): (&'a [i32], &'a [u32]),
) -> impl Iterator<Item = usize> {
    let blocks = (0..prices.len().div_ceil(BLOCK)).filter(move |block| {
        let here = block * BLOCK..(block * BLOCK + BLOCK).min(prices.len());
        prices[here.clone()] != other_prices[here.clone()] || mates[here.clone()] != other_mates[here]
    });
    let slots = blocks.flat_map(move |block| block * BLOCK..(block * BLOCK + BLOCK).min(prices.len()));
    slots.filter(move |slot| prices[*slot] != other_prices[*slot] || mates[*slot] != other_mates[*slot])
}

/// How prices are brought near their end before paths finish the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rough {
    /// Not at all.
    No,
    /// There are columns enough: one round of small bids.
    Slack,
    /// There are hardly columns enough: rounds of ever smaller bids, the first in steps of this.
    Tight(i32),
}

impl Rough {
    /// For sides where there are hardly columns enough: the first step is a fifth of how far things lie apart, or of what it
    /// costs to stay alone.
    pub(crate) fn tight(apart: f64, alone: i32) -> Self {
        Self::Tight((apart as i32).min(alone) / 5 + 1)
    }
}

/// Whether of two sides the longer is hardly longer than the other.
pub(crate) fn is_tight(one: usize, other: usize) -> bool {
    one.max(other) * 20 < one.min(other) * 21
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
    pub(super) queue: BinaryHeap<Reverse<u64>>,
    pub(super) reach: Vec<Reach>,
    /// Per list, in which search it was followed, and from what base.
    pub(super) followed: Vec<(u32, i32)>,
    pub(super) rows: Vec<(u32, i32)>,
    pub(super) stack: Vec<(u32, usize)>,
    pub(super) cols: Vec<u32>,
    pub(super) search: u32,
    /// The lists of the columns, when those are rows; and what they pay for staying alone, which is nothing.
    pub(super) other_lists: Lists,
    pub(super) other_alone: Vec<i32>,
    pub(super) is_turned: bool,
    /// Pairs that may still be looked at before all is given up.
    pub patience: usize,
    /// Columns whose price fell: bounds of lists do not hold for them.
    pub fallen: Vec<u32>,
    /// Whether every fall of a price was proved from its own side.
    pub(super) is_sound: bool,
}

/// How a column was reached in one search.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    pub search: u32,
    pub at: i32,
    pub from: u32,
    pub done: bool,
}

impl<S: Source> Paths<S> {
    /// Nobody matched yet, all columns free. Columns that are no more have the price [`DEAD`], rows that are no more its
    /// negative as what they pay for staying alone.
    pub(crate) fn new(source: S, lists: Lists, alone: Vec<i32>, col_price: Vec<i32>) -> Self {
        let (rows, cols) = (alone.len(), col_price.len());
        let found = Match {
            row_price: alone.iter().map(|alone| (*alone).min(0)).collect(),
            col_price,
            row_mate: vec![NONE; rows],
            col_mate: vec![NONE; cols],
            alone,
        };
        Self {
            source,
            lists,
            found,
            queue: BinaryHeap::new(),
            reach: vec![Reach::default(); cols.max(rows)],
            followed: Vec::new(),
            rows: Vec::new(),
            stack: Vec::new(),
            cols: Vec::new(),
            search: 0,
            other_lists: Lists::default(),
            other_alone: vec![0; cols],
            is_turned: false,
            patience: usize::MAX,
            fallen: Vec::new(),
            is_sound: true,
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
        let rows = self.found.alone.iter().filter(|alone| **alone != -DEAD).count();
        if waiting.len() * FEW > rows {
            waiting = match rough {
                Rough::No => waiting,
                Rough::Slack => self.bid(waiting),
                Rough::Tight(step) => self.bid_scaling(step, waiting),
            };
        }
        self.place_all(waiting);
        self.lower();
    }

    /// Gives an unmatched row the highest price that no column contradicts.
    pub(crate) fn price(&mut self, row: usize) {
        self.lists.clear(row);
        self.spend(GROWTH);
        let cols = Columns { prices: &self.found.col_price, mates: &self.found.col_mate };
        self.source.first_look(row, &self.found.row_price, &cols, &mut self.lists);
        let (first, ..) = self.cheapest(row);
        self.found.row_price[row] = first.min(self.lists.bound(row)).min(self.found.alone[row]);
    }

    /// Has more listed for a row.
    pub(crate) fn grow(&mut self, row: usize, need: i32) {
        self.spend(GROWTH);
        let cols = Columns { prices: &self.found.col_price, mates: &self.found.col_mate };
        self.source.grow(row, need, &cols, &mut self.lists);
    }

    /// Has looked at so many pairs.
    pub(crate) fn spend(&mut self, pairs: usize) {
        self.patience = self.patience.saturating_sub(pairs);
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
        if self.found.alone[row] == -DEAD {
            return true;
        }
        self.grow(row, i32::MIN);
        let (first, col, _) = self.cheapest(row);
        let alone = self.found.alone[row];
        let bound = self.lists.bound(row);
        self.found.row_price[row] = first.min(bound).min(alone);
        if first > bound || first >= alone {
            return false;
        }
        if self.found.col_mate[col as usize] != NONE {
            return self.take_free(row);
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
                self.spend(self.lists.of(row).len());
                let (mut first, mut col, mut second) = self.cheapest(row);
                if self.lists.bound(row) < first.min(self.found.alone[row]) {
                    self.grow(row, first.min(self.found.alone[row]));
                    (first, col, second) = self.cheapest(row);
                }
                let bound = self.lists.bound(row);
                if bound < first.min(self.found.alone[row]) {
                    self.found.row_price[row] = bound;
                    left.push(row as u32);
                    break;
                }
                let alone = self.found.alone[row];
                if first >= alone {
                    self.found.row_price[row] = alone;
                    break;
                }
                let second = second.min(self.lists.bound(row)).min(alone);
                let holder = self.found.col_mate[col as usize];
                if holder == NONE {
                    self.found.row_price[row] = first;
                    self.found.row_mate[row] = col;
                    self.found.col_mate[col as usize] = row as u32;
                    break;
                }
                if second == first || budget == 0 {
                    self.found.row_price[row] = first;
                    if !self.take_free(row) {
                        left.push(row as u32);
                    }
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
}
