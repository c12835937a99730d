//! Shortest paths: an unmatched row gets a column by the cheapest chain of changes, or stays alone; many rows at once where
//! that gets on. Half of [`super::paths`], which says what is kept true.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and columns are dense ids checked at the door; keys are costs below 2^31"
)]

use std::cmp::Reverse;

use super::{
    paths::{NONE, Paths, Reach},
    source::Source,
};

/// So many unmatched rows are placed together, as long as one in so many finds its place each time.
const MANY: usize = 8;
/// What a step of a path costs besides, in pairs looked at.
const STEP: usize = 16;
/// Marks an entry of the queue as a row whose list must grow, not as a column that was reached.
const GROW: u64 = 1 << 31;

/// Where a path ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// At a free column.
    Free(u32),
    /// At a row that goes unmatched.
    Alone(u32),
}

impl<S: Source> Paths<S> {
    /// Places unmatched rows: many at a time as long as that gets on, then one by one. When patience is at an end, what is found
    /// is good for nothing.
    pub(crate) fn place_all(&mut self, mut waiting: Vec<u32>) {
        let mut is_many = waiting.len() >= MANY;
        while is_many && self.patience > 0 {
            let before = waiting.len();
            waiting = self.place_many(waiting);
            is_many = waiting.len() >= MANY && (before - waiting.len()) * MANY >= before;
        }
        for row in waiting {
            if self.patience == 0 {
                return;
            }
            self.place(row);
        }
    }

    /// Finds the cheapest chains from all unmatched rows at once, and makes as many of them as do not cross. Returns the
    /// rows that are left.
    fn place_many(&mut self, mut waiting: Vec<u32>) -> Vec<u32> {
        let (best, _) = self.search(&waiting);
        self.reprice(best);
        self.search += 1;
        waiting.retain(|row| !self.place_for_nothing(*row));
        waiting
    }

    /// Follows pairs that cost just what prices say from an unmatched row to a free column, or to a row that may as well
    /// stay alone, and makes the changes. What it has come by once it does not try again for the next row.
    fn place_for_nothing(&mut self, start: u32) -> bool {
        self.stack.clear();
        self.stack.push((start, 0));
        while let Some((row, next)) = self.stack.last_mut() {
            let (price, alone) = (self.found.row_price[*row as usize], self.found.alone[*row as usize]);
            if price == alone {
                let end = End::Alone(*row);
                self.change(start, end);
                return true;
            }
            let followed = &mut self.followed[self.lists.id(*row as usize)];
            self.patience = self.patience.saturating_sub(1);
            if *next == 0 && std::mem::replace(followed, (self.search, i32::MIN)).0 == self.search {
                self.stack.pop();
                continue;
            }
            let Some(entry) = self.lists.of(*row as usize).get(*next) else {
                self.stack.pop();
                continue;
            };
            *next += 1;
            let col = entry.col as usize;
            let reach = &mut self.reach[col];
            if reach.search == self.search || entry.cost + self.found.col_price[col] != price {
                continue;
            }
            *reach = Reach { search: self.search, at: 0, from: *row, done: true };
            match self.found.col_mate[col] {
                NONE => {
                    self.change(start, End::Free(entry.col));
                    return true;
                }
                mate => self.stack.push((mate, 0)),
            }
        }
        false
    }

    /// Finds the cheapest chain of changes that places an unmatched row, and makes it.
    pub(crate) fn place(&mut self, start: u32) {
        let (best, end) = self.search(&[start]);
        self.reprice(best);
        self.change(start, end);
    }

    /// Searches from unmatched rows until the nearest end is known. Returns how far it is.
    fn search(&mut self, starts: &[u32]) -> (i32, End) {
        self.search += 1;
        self.queue.clear();
        self.rows.clear();
        self.cols.clear();
        self.followed.resize(self.lists.count(), (0, 0));
        let (mut best, mut end) = (i32::MAX, End::Alone(NONE));
        for start in starts {
            self.scan(*start, 0, &mut best, &mut end);
        }
        while let Some(Reverse(next)) = self.queue.pop() {
            let at = (next >> 32) as i32;
            if at >= best {
                break;
            }
            let id = next as u32;
            if self.patience == 0 {
                break;
            }
            if next & GROW != 0 {
                self.widen(id & !(GROW as u32), &mut best, &mut end);
                continue;
            }
            let reach = &mut self.reach[id as usize];
            if reach.done || reach.at != at {
                continue;
            }
            reach.done = true;
            self.patience = self.patience.saturating_sub(STEP);
            self.cols.push(id);
            self.scan(self.found.col_mate[id as usize], at, &mut best, &mut end);
        }
        (best, end)
    }

    /// Takes into the prices what the last search found to be `best` away.
    fn reprice(&mut self, best: i32) {
        for &(row, at) in &self.rows {
            self.found.row_price[row as usize] += best - at;
        }
        for &col in &self.cols {
            self.found.col_price[col as usize] += best - self.reach[col as usize].at;
        }
    }

    /// Follows every listed edge of a row reached at cost `at`.
    fn scan(&mut self, row: u32, at: i32, best: &mut i32, end: &mut End) {
        self.rows.push((row, at));
        let slack = at + self.found.alone[row as usize] - self.found.row_price[row as usize];
        if slack < *best {
            (*best, *end) = (slack, End::Alone(row));
        }
        // What is alike leads to the same places, and no sooner.
        let base = at - self.found.row_price[row as usize];
        let followed = &mut self.followed[self.lists.id(row as usize)];
        if followed.0 != self.search || base < followed.1 {
            *followed = (self.search, base);
            self.follow(row, 0, at, best, end);
        }
    }

    /// Follows the edges of a row from its `first`-th on, and queues the growth of its list.
    fn follow(&mut self, row: u32, first: usize, at: i32, best: &mut i32, end: &mut End) {
        let base = at - self.found.row_price[row as usize];
        let list = &self.lists.of(row as usize)[first..];
        self.patience = self.patience.saturating_sub(list.len());
        for entry in list {
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
        let unlisted = base.saturating_add(self.lists.bound(row as usize));
        if unlisted < *best {
            self.queue.push(Reverse((unlisted.max(at) as u64) << 32 | GROW | u64::from(row)));
        }
    }

    /// Lists more columns for a row that the search has reached.
    fn widen(&mut self, row: u32, best: &mut i32, end: &mut End) {
        let mate = self.found.row_mate[row as usize];
        let at = if mate == NONE { 0 } else { self.reach[mate as usize].at };
        let first = self.lists.of(row as usize).len();
        let bound = self.lists.bound(row as usize);
        self.grow(row as usize, bound.saturating_add(1));
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
