//! A rough first answer by auction: rows bid for columns in steps, which brings prices near where they will end and costs
//! next to nothing a bid. Called by [`super::paths`], which repairs whatever is left wrong; nothing here must be exact but
//! [`Paths::settle`], which makes bounds and prices true again.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and columns are dense ids checked at the door, below 2^24"
)]

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    paths::{DEAD, Match, NONE, Paths},
    source::Source,
};

/// The step where columns are many. Smaller steps mean more bids, larger ones more repair.
const SLACK_STEP: i32 = 5;
/// Each round's step is so much smaller than the last.
const FINER: i32 = 6;
/// Bids a row may make on average in one round.
const BIDS: usize = 100;

/// A list this long is made anew rather than longer.
const LONG: usize = 24;
/// What a row can see when it bids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Its list, and more of it as soon as something unlisted could be cheaper.
    Growing,
    /// Its list, as if there were nothing else.
    Listed,
}

/// Who has a column that no row has.
const IDLER: u32 = NONE - 1;

/// Columns are never left over in a round but the first: what no row has is an idler's, whom any column would do. Otherwise
/// whatever a row left last would stay free at whatever it had come to cost, and one that was never wanted would be taken
/// for it: to mend that is far more work than to find the answer.
#[derive(Debug)]
struct Idle {
    /// What is not an idler's, the cheapest first. Prices may have risen since.
    cheapest: BinaryHeap<Reverse<(i32, u32)>>,
}

impl Idle {
    /// Gives all free columns but `wanted` to idlers.
    fn new(found: &mut Match, wanted: usize) -> Self {
        let all = (0..).zip(&found.col_price).zip(&mut found.col_mate).filter(|((_, price), _)| **price != DEAD);
        let (mut cheapest, mut wanted) = (Vec::new(), wanted);
        for ((col, price), mate) in all {
            if *mate == NONE && wanted == 0 {
                *mate = IDLER;
                continue;
            }
            wanted -= usize::from(*mate == NONE);
            cheapest.push(Reverse((*price, col)));
        }
        Self { cheapest: cheapest.into() }
    }

    /// A column is no longer an idler's.
    fn put(&mut self, col: u32, found: &Match) {
        self.cheapest.push(Reverse((found.col_price[col as usize], col)));
    }

    /// The cheapest column that is not an idler's.
    fn first(&mut self, found: &Match) -> Option<(i32, u32)> {
        loop {
            let Reverse((price, col)) = *self.cheapest.peek()?;
            let now = found.col_price[col as usize];
            if found.col_mate[col as usize] == IDLER {
                self.cheapest.pop();
            } else if now > price {
                self.cheapest.pop();
                self.cheapest.push(Reverse((now, col)));
            } else {
                return Some((price, col));
            }
        }
    }

    /// An idler takes the cheapest column and makes it dearer than the second. Returns the row that lost it.
    fn bid(&mut self, step: i32, found: &mut Match) -> u32 {
        let Some((first, col)) = self.first(found) else { return NONE };
        self.cheapest.pop();
        let holder = std::mem::replace(&mut found.col_mate[col as usize], IDLER);
        let second = self.first(found).map_or(first, |(second, _)| second);
        found.col_price[col as usize] = second + step;
        if holder != NONE {
            found.row_mate[holder as usize] = NONE;
        }
        holder
    }

    /// Takes its column from every idler that would have another more than a step cheaper.
    fn leave_what_is_too_dear(&mut self, step: i32, found: &mut Match, waiting: &mut Vec<u32>) {
        let Some((first, _)) = self.first(found) else { return };
        for col in 0..found.col_mate.len() {
            if found.col_mate[col] == IDLER && found.col_price[col] > first + step {
                found.col_mate[col] = NONE;
                self.put(col as u32, found);
                waiting.push(IDLER);
            }
        }
    }
}

impl<S: Source> Paths<S> {
    /// One round of small bids. Returns who is left to place.
    pub(crate) fn bid(&mut self, mut waiting: Vec<u32>) -> Vec<u32> {
        self.round(SLACK_STEP, Sight::Growing, &mut waiting, None);
        self.settle()
    }

    /// Rounds of ever smaller bids. Returns who is left to place.
    pub(crate) fn bid_scaling(&mut self, mut step: i32, mut waiting: Vec<u32>) -> Vec<u32> {
        let sight = if self.source.sample(&mut self.lists) { Sight::Listed } else { Sight::Growing };
        self.round(step, sight, &mut waiting, None);
        let mut idle = Idle::new(&mut self.found, waiting.len());
        while step > 1 {
            step = (step / FINER).max(1);
            if sight == Sight::Listed {
                self.list_second();
            }
            self.leave_what_is_too_dear(step, &mut waiting);
            idle.leave_what_is_too_dear(step, &mut self.found, &mut waiting);
            self.round(step, sight, &mut waiting, Some(&mut idle));
        }
        self.level();
        self.settle()
    }

    /// Lists what could be second for a row by now.
    fn list_second(&mut self) {
        for row in 0..self.found.alone.len() {
            let (_, _, second) = self.cheapest(row);
            if self.lists.bound(row) < second {
                self.grow(row, second);
            }
        }
    }

    /// Takes its column from every row that sees one cheaper by more than a step.
    fn leave_what_is_too_dear(&mut self, step: i32, waiting: &mut Vec<u32>) {
        for row in 0..self.found.alone.len() {
            let mate = self.found.row_mate[row];
            let Some(own) = self.lists.of(row).iter().find(|entry| entry.col == mate) else { continue };
            let (first, ..) = self.cheapest(row);
            if own.cost + self.found.col_price[mate as usize] > first + step {
                self.part(row);
                waiting.push(row as u32);
            }
        }
    }

    /// Unmatched rows bid until all are matched, or stay alone, or the budget is used up.
    fn round(&mut self, step: i32, sight: Sight, waiting: &mut Vec<u32>, mut idle: Option<&mut Idle>) {
        let mut budget = BIDS * self.found.alone.len();
        while let Some(start) = waiting.pop() {
            let mut row = start;
            while row != NONE {
                if budget == 0 {
                    waiting.push(row);
                    return;
                }
                budget -= 1;
                row = match &mut idle {
                    Some(idle) if row == IDLER => idle.bid(step, &mut self.found),
                    idle => self.bid_once(row as usize, step, sight, idle.as_deref_mut()),
                };
            }
        }
    }

    /// One bid: the row takes its cheapest column and makes it dearer, by what it saves over the second and a step. Returns
    /// who lost the column, or who is to have one in place of a row that stays alone.
    fn bid_once(&mut self, row: usize, step: i32, sight: Sight, idle: Option<&mut Idle>) -> u32 {
        let alone = self.found.alone[row];
        self.spend(self.lists.of(row).len());
        let (mut first, mut col, mut second) = self.cheapest(row);
        // A metre less is near enough, and where very many cost the same there may be no list with the last of them.
        while sight == Sight::Growing && self.lists.bound(row) < first.min(alone) - 1 {
            // What became too dear for the row would only be in the way.
            if self.lists.of(row).len() > LONG {
                self.lists.clear(row);
            }
            self.grow(row, first.min(alone));
            (first, col, second) = self.cheapest(row);
        }
        if first >= alone {
            return if idle.is_some() { IDLER } else { NONE };
        }
        if sight == Sight::Growing {
            second = second.min(self.lists.bound(row).max(first));
        }
        let second = second.min(alone);
        let holder = std::mem::replace(&mut self.found.col_mate[col as usize], row as u32);
        self.found.row_mate[row] = col;
        self.found.col_price[col as usize] += second - first + step;
        match (holder, idle) {
            (NONE, _) => {}
            (IDLER, Some(idle)) => idle.put(col, &self.found),
            _ => self.found.row_mate[holder as usize] = NONE,
        }
        holder
    }

    /// Frees what idlers have, and lowers all prices alike until that costs nothing.
    fn level(&mut self) {
        let found = &mut self.found;
        let dearest =
            found.col_mate.iter().zip(&found.col_price).filter(|(mate, _)| **mate == IDLER).map(|(_, price)| *price);
        let level = dearest.max().unwrap_or(0);
        for (mate, price) in found.col_mate.iter_mut().zip(&mut found.col_price).filter(|(_, price)| **price != DEAD) {
            *price = (*price - level).max(0);
            if *mate == IDLER {
                (*mate, *price) = (NONE, 0);
            }
        }
        if level > 0 {
            self.lists.lower(level);
            self.source.fell(&self.found.row_price, &self.found.col_price);
        }
    }

    /// Makes every row's price true over all columns, and parts the pairs that do not reach it. Prices have only risen
    /// since the lists were bounded, so a list is asked for anew only where its bound no longer says enough. Returns the
    /// rows that are left to place.
    pub(crate) fn settle(&mut self) -> Vec<u32> {
        let mut parted = Vec::new();
        for row in 0..self.found.alone.len() {
            let (mut first, ..) = self.cheapest(row);
            if self.lists.bound(row) < first.min(self.found.alone[row]) {
                self.lists.clear(row);
                self.grow(row, first.min(self.found.alone[row]).saturating_add(1));
                (first, ..) = self.cheapest(row);
            }
            let price = first.min(self.lists.bound(row)).min(self.found.alone[row]);
            self.found.row_price[row] = price;
            if !self.reaches(row, self.found.row_mate[row]) {
                self.part(row);
                parted.push(row as u32);
            }
        }
        parted.retain(|row| !self.take_free(*row as usize));
        parted
    }

    /// Whether a column is listed for a row and costs, with its price, just the row's price.
    fn reaches(&self, row: usize, col: u32) -> bool {
        let mut list = self.lists.of(row).iter();
        list.any(|entry| {
            entry.col == col && entry.cost + self.found.col_price[col as usize] == self.found.row_price[row]
        })
    }

    /// Gives a row a free column that its price reaches. False if there is none on its list.
    pub(crate) fn take_free(&mut self, row: usize) -> bool {
        let free = self.lists.of(row).iter().find(|entry| {
            let col = entry.col as usize;
            self.found.col_mate[col] == NONE && entry.cost + self.found.col_price[col] == self.found.row_price[row]
        });
        let Some(col) = free.map(|entry| entry.col) else { return false };
        self.found.row_mate[row] = col;
        self.found.col_mate[col as usize] = row as u32;
        true
    }

    /// Parts a row from its column, if it has one.
    pub(crate) fn part(&mut self, row: usize) {
        let mate = std::mem::replace(&mut self.found.row_mate[row], NONE);
        if mate != NONE {
            self.found.col_mate[mate as usize] = NONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use fareway_shared::place::LatLng;

    use crate::assignment::Crow;

    /// Pairs that a cold solve looks at.
    fn effort(requests: &[LatLng], vehicles: &[LatLng]) -> usize {
        usize::MAX - Crow::new(requests, vehicles, 100_000).unwrap().solved().unwrap().patience
    }

    #[test]
    fn where_few_must_stay_alone_it_is_hardly_more_work_than_where_nobody_must() {
        for seed in 1..=4_u64 {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut places = |count: usize| -> Vec<LatLng> {
                let mut unit = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 11) as f64 / (1_u64 << 53) as f64
                };
                (0..count).map(|_| LatLng::new(37.7 + 0.1 * unit(), -122.4 + 0.1 * unit()).unwrap()).collect()
            };
            let (mut requests, vehicles) = (places(400), places(400));
            let nobody = effort(&requests, &vehicles);
            for alone in [1, 2, 10, 19] {
                let few = effort(&requests, &vehicles[alone..]).max(effort(&requests[alone..], &vehicles));
                assert!(few < 2 * nobody, "seed {seed}: {few} pairs looked at with {alone} alone, {nobody} with none");
            }
            // One that is not worth going to.
            requests[0] = LatLng::new(35.0, -122.0).unwrap();
            let far = effort(&requests, &vehicles);
            assert!(far < 2 * nobody, "seed {seed}: {far} pairs looked at with one far away, {nobody} with none");
        }
    }
}
