//! Any costs, any constraints: the caller lists the pairs that may be made, each with its cost, and gets the cheapest
//! assignment over them. A pair that must not be made (class, seats, wheelchair, latest pick-up, area) is left out.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are checked at the door; costs are below 2^29"
)]

use super::{
    AssignmentError, Solution,
    error::{COST_MAX, check_sides},
    lists::{Entry, Lists},
    paths::{Match, NONE, Paths, Rough},
    source::{Columns, Source},
};

/// A pair that may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The request, counted from 0.
    pub request: u32,
    /// The vehicle, counted from 0.
    pub vehicle: u32,
    /// What it costs, in any one unit, up to [`COST_MAX`].
    pub cost: u32,
}

/// Requests, vehicles, and what may be made of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseProblem {
    /// Per request, what it costs to leave it unmatched, up to [`COST_MAX`]. As many as there are requests.
    pub unmatched: Vec<u32>,
    /// How many vehicles there are.
    pub vehicles: usize,
    /// The pairs, in any order. Of two that name the same pair the cheaper counts.
    pub edges: Vec<Edge>,
}

/// The cheapest assignment over the listed pairs, with its prices. The result is the same for the same problem, always.
///
/// O(r · (e + v) log v) at worst for r requests, v vehicles and e edges; near linear where most requests can have what they
/// want.
///
/// # Errors
/// [`AssignmentError`] for an empty or too long side, an id or a cost out of range.
pub fn solve(problem: &SparseProblem) -> Result<Solution, AssignmentError> {
    check(problem)?;
    let rows = problem.unmatched.len();
    let mut paths = Paths::new(
        Listed,
        lists(problem),
        problem.unmatched.iter().map(|cost| *cost as i32).collect(),
        vec![0; problem.vehicles],
    );
    paths.solve(Rough::No);
    let found = &paths.found;
    prove(problem, found)?;
    let mut solution = Solution {
        cost: 0,
        vehicle_of: found.row_mate.iter().map(|mate| (*mate != NONE).then_some(*mate)).collect(),
        request_price: found.row_price.iter().map(|price| *price as u32).collect(),
        vehicle_price: found.col_price.iter().map(|price| *price as u32).collect(),
    };
    for row in 0..rows {
        let mate = found.row_mate[row];
        let price = if mate == NONE { 0 } else { found.col_price[mate as usize] };
        solution.cost += (found.row_price[row] - price) as u64;
    }
    Ok(solution)
}

/// Everything is listed from the start.
#[derive(Debug)]
struct Listed;

impl Source for Listed {
    fn grow(&mut self, row: usize, _: i32, _: &Columns<'_>, lists: &mut Lists) {
        lists.set_bound(row, i32::MAX);
    }

    fn cost(&self, _: usize, _: usize) -> i32 {
        i32::MAX
    }

    fn turn(&mut self, _: &[i32]) {}

    fn fell(&mut self, _: &[i32], _: &[i32]) {}

    fn begin(&self, lists: &Lists, prices: &[i32], new: &mut Lists) {
        new.begin(prices);
        for row in 0..lists.count() {
            for entry in lists.of(row) {
                new.append(entry.col as usize, &[Entry { col: row as u32, cost: entry.cost }]);
            }
        }
        for row in 0..prices.len() {
            new.set_bound(row, i32::MAX);
        }
    }
}

fn lists(problem: &SparseProblem) -> Lists {
    let mut sorted: Vec<Edge> = problem.edges.clone();
    sorted.sort_unstable_by_key(|edge| (edge.request, edge.vehicle, edge.cost));
    sorted.dedup_by_key(|edge| (edge.request, edge.vehicle));
    let mut lists = Lists::new((0..problem.unmatched.len() as u32).collect(), 0);
    for row in sorted.chunk_by(|one, other| one.request == other.request) {
        let entries: Vec<Entry> = row.iter().map(|edge| Entry { col: edge.vehicle, cost: edge.cost as i32 }).collect();
        lists.append(row[0].request as usize, &entries);
    }
    lists
}

fn check(problem: &SparseProblem) -> Result<(), AssignmentError> {
    let (requests, vehicles) = (problem.unmatched.len(), problem.vehicles);
    check_sides(requests, vehicles)?;
    if let Some(&cost) = problem.unmatched.iter().find(|cost| **cost > COST_MAX) {
        return Err(AssignmentError::TooDear { cost });
    }
    for &Edge { request, vehicle, cost } in &problem.edges {
        if request as usize >= requests {
            return Err(AssignmentError::NoSuchRequest { request, count: requests });
        }
        if vehicle as usize >= vehicles {
            return Err(AssignmentError::NoSuchVehicle { vehicle, count: vehicles });
        }
        if cost > COST_MAX {
            return Err(AssignmentError::TooDear { cost });
        }
    }
    Ok(())
}

/// Holds the answer to the proof of optimality: no pair is cheaper than its prices say, and made pairs cost just that.
fn prove(problem: &SparseProblem, found: &Match) -> Result<(), AssignmentError> {
    let fits = |edge: &Edge| {
        found.row_price[edge.request as usize] - found.col_price[edge.vehicle as usize] <= edge.cost as i32
    };
    let mut cheapest = vec![i32::MAX; problem.unmatched.len()];
    for edge in &problem.edges {
        if found.row_mate[edge.request as usize] == edge.vehicle {
            let cost = &mut cheapest[edge.request as usize];
            *cost = (*cost).min(edge.cost as i32);
        }
    }
    let made = (0..cheapest.len()).all(|row| {
        let (mate, price) = (found.row_mate[row], found.row_price[row]);
        if mate == NONE {
            price == found.alone[row]
        } else {
            price <= found.alone[row] && price - found.col_price[mate as usize] == cheapest[row]
        }
    });
    if made && problem.edges.iter().all(fits) && found.is_whole() { Ok(()) } else { Err(AssignmentError::Unproven) }
}
