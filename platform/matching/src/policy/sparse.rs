//! The minimum-cost assignment on a list of edges, exact, by shortest augmenting paths, with its dual prices. Called by
//! [`super::decide`]; it knows nothing of cars or requests.

#![expect(clippy::indexing_slicing, reason = "rows and columns are numbered by their place in the arrays made here")]

use std::{cmp::Reverse, collections::BinaryHeap};

/// Rows × columns with a cost on some pairs; every row may stay unmatched at its own cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    /// Where each row's edges begin, and at last their number.
    first: Vec<usize>,
    edges: Vec<(usize, i64)>,
    unmatched: Vec<i64>,
    columns: usize,
}

/// The optimum and the proof of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solution {
    /// The column of each row.
    pub(super) column: Vec<Option<usize>>,
    /// What each row pays at most: its dual price.
    pub(super) row_price: Vec<i64>,
    /// What each column costs the others who want it, never negative: its dual price with the sign turned.
    pub(super) column_price: Vec<i64>,
}

impl Problem {
    /// A problem with so many columns and no rows.
    pub(super) fn new(columns: usize) -> Self {
        Self { first: vec![0], edges: Vec::new(), unmatched: Vec::new(), columns }
    }

    /// Adds a row with its edges, each column below the number of columns.
    pub(super) fn row(&mut self, edges: impl IntoIterator<Item = (usize, i64)>, unmatched: i64) {
        self.edges.extend(edges);
        self.first.push(self.edges.len());
        self.unmatched.push(unmatched);
    }

    /// The edges of a row.
    pub(super) fn edges(&self, row: usize) -> &[(usize, i64)] {
        &self.edges[self.first[row]..self.first[row + 1]]
    }

    /// One Dijkstra a row over reduced costs: O(rows × edges × log edges) at worst, near-linear in practice.
    pub(super) fn solve(&self) -> Solution {
        let rows = self.unmatched.len();
        let mut search = Search {
            problem: self,
            column: vec![None; rows],
            row: vec![None; self.columns],
            row_price: vec![0; rows],
            column_dual: vec![0; self.columns],
            reached: vec![i64::MAX; self.columns],
            from: vec![0; self.columns],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        };
        for row in 0..rows {
            search.augment(row);
        }
        let column_price = search.column_dual.iter().map(|dual| -dual).collect();
        Solution { column: search.column, row_price: search.row_price, column_price }
    }
}

struct Search<'p> {
    problem: &'p Problem,
    column: Vec<Option<usize>>,
    row: Vec<Option<usize>>,
    row_price: Vec<i64>,
    column_dual: Vec<i64>,
    reached: Vec<i64>,
    from: Vec<usize>,
    touched: Vec<usize>,
    heap: BinaryHeap<Reverse<(i64, usize)>>,
}

impl Search<'_> {
    /// Gives `start` a column or leaves some row unmatched, whichever is cheapest.
    fn augment(&mut self, start: usize) {
        let mut row = start;
        let mut at = 0;
        // The cheapest way found so far to end by leaving a row unmatched.
        let mut leave = (i64::MAX, start);
        let mut scanned: Vec<(usize, i64)> = Vec::new();
        let end = loop {
            let unmatched = at + self.problem.unmatched[row] - self.row_price[row];
            if unmatched < leave.0 {
                leave = (unmatched, row);
            }
            for &(column, cost) in self.problem.edges(row) {
                let way = at + cost - self.row_price[row] - self.column_dual[column];
                if way < self.reached[column] {
                    if self.reached[column] == i64::MAX {
                        self.touched.push(column);
                    }
                    self.reached[column] = way;
                    self.from[column] = row;
                    self.heap.push(Reverse((way, column)));
                }
            }
            let next = loop {
                match self.heap.pop() {
                    Some(Reverse((way, column))) if way > self.reached[column] => {}
                    other => break other,
                }
            };
            let Some(Reverse((way, column))) = next else { break None };
            if way >= leave.0 {
                break None;
            }
            at = way;
            match self.row[column] {
                None => break Some(column),
                Some(taken) => {
                    scanned.push((column, way));
                    row = taken;
                }
            }
        };
        let total = if end.is_some() { at } else { leave.0 };
        for &(column, way) in &scanned {
            if let Some(taken) = self.row[column] {
                self.row_price[taken] += total - way;
            }
            self.column_dual[column] += way - total;
        }
        self.row_price[start] = total;
        let mut free = end.or_else(|| {
            let left = leave.1;
            let column = self.column[left].take();
            if left == start { None } else { column }
        });
        while let Some(column) = free {
            let row = self.from[column];
            self.row[column] = Some(row);
            free = self.column[row].replace(column);
            if row == start {
                break;
            }
        }
        for column in self.touched.drain(..) {
            self.reached[column] = i64::MAX;
        }
        self.heap.clear();
    }
}

#[cfg(test)]
#[expect(clippy::as_conversions, reason = "tests")]
mod tests {
    use super::*;

    /// The cheapest of all ways, by trying them.
    fn brute(problem: &Problem, row: usize, taken: &mut Vec<bool>) -> i64 {
        if row == problem.unmatched.len() {
            return 0;
        }
        let mut best = problem.unmatched[row] + brute(problem, row + 1, taken);
        for &(column, cost) in problem.edges(row) {
            if !std::mem::replace(&mut taken[column], true) {
                best = best.min(cost + brute(problem, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }

    #[test]
    fn the_optimum_is_that_of_trying_everything_and_its_prices_prove_it() {
        let mut seed = 1_u64;
        let mut draw = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..400 {
            let (rows, columns) = (draw(7), 1 + draw(6) as usize);
            let mut problem = Problem::new(columns);
            for _ in 0..rows {
                let kept = 1 + draw(3);
                let edges: Vec<(usize, i64)> =
                    (0..columns).filter_map(|column| (draw(3) < kept).then_some((column, draw(12) as i64))).collect();
                problem.row(edges, 4 + draw(12) as i64);
            }
            let solution = problem.solve();
            let (mut cost, mut prices) = (0, 0);
            let mut used = vec![false; columns];
            for row in 0..problem.unmatched.len() {
                prices += solution.row_price[row];
                assert!(solution.row_price[row] <= problem.unmatched[row]);
                for &(column, edge) in problem.edges(row) {
                    assert!(edge >= solution.row_price[row] - solution.column_price[column]);
                }
                match solution.column[row] {
                    None => cost += problem.unmatched[row],
                    Some(column) => {
                        assert!(!std::mem::replace(&mut used[column], true));
                        cost += problem.edges(row).iter().find(|edge| edge.0 == column).unwrap().1;
                    }
                }
            }
            assert!(solution.column_price.iter().all(|price| *price >= 0));
            prices -= solution.column_price.iter().sum::<i64>();
            assert_eq!(cost, brute(&problem, 0, &mut vec![false; columns]));
            assert_eq!(cost, prices, "the prices of the dual come to the cost of the primal");
        }
    }
}
