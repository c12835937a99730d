//! Requests and vehicles by great-circle metres, exact over all pairs, from raw coordinates.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, at most 2^24 long"
)]

use fareway_shared::place::LatLng;

use super::{
    AssignmentError, Solution,
    curve::{Square, order},
    error::{COST_MAX, SIDE_MAX},
    lists::{Entry, Lists},
    paths::{Match, NONE, Paths},
    source::Source,
    sphere::{Point, exact_metres},
    tree::{Exact, Tree},
};

/// Candidates listed for a row to begin with, and each time it needs more.
const STEP: usize = 8;

/// One side, in the order of the curve.
#[derive(Debug, Clone)]
struct Side {
    /// The caller's number of each.
    id: Vec<u32>,
    place: Vec<LatLng>,
    point: Vec<Point>,
}

/// An instance, laid out for the search.
#[derive(Debug, Clone)]
pub struct Crow {
    rows: Side,
    cols: Side,
    tree: Tree,
    alone: u32,
    /// Vehicles are the rows, because there are fewer.
    turned: bool,
}

impl Crow {
    /// Lays out requests and vehicles. A request that stays unmatched costs `unmatched_m`. O(n log n).
    ///
    /// # Errors
    /// [`AssignmentError`] for an empty or too long side, or too high a cost.
    pub fn new(requests: &[LatLng], vehicles: &[LatLng], unmatched_m: u32) -> Result<Self, AssignmentError> {
        check(requests.len(), vehicles.len(), unmatched_m)?;
        let turned = vehicles.len() < requests.len();
        let (rows, cols) = if turned { (vehicles, requests) } else { (requests, vehicles) };
        let square = Square::around(requests[0], rows.iter().chain(cols));
        let middle = Point::of(square.middle());
        let (rows, cols) = (Side::new(rows, &square, middle), Side::new(cols, &square, middle));
        let origin = Point { x: 0.0, y: 0.0, z: 0.0 };
        let reach2 = rows.point.iter().chain(&cols.point).map(|point| point.chord2(origin)).fold(0.0, f64::max);
        let tree = Tree::new(&cols.point, reach2.sqrt());
        Ok(Self { rows, cols, tree, alone: unmatched_m, turned })
    }

    /// The cheapest assignment over all pairs.
    ///
    /// # Errors
    /// [`AssignmentError::Unproven`] never, unless the solver is at fault.
    pub fn solve(self) -> Result<Solution, AssignmentError> {
        let (rows, cols) = (self.rows.id.len(), self.cols.id.len());
        let alone = self.alone as i32;
        let (turned, request_count, vehicle_count) = if self.turned { (true, cols, rows) } else { (false, rows, cols) };
        let source = CrowSource {
            rows: self.rows,
            cols: self.cols,
            tree: self.tree,
            alone,
            listed: vec![0; cols],
            mark: 0,
            fresh: Vec::new(),
        };
        let mut paths = Paths::new(source, Lists::new(rows, STEP), vec![alone; rows], cols);
        paths.solve();
        let mut solution = Solution {
            cost: 0,
            vehicle_of: vec![None; request_count],
            request_price: vec![self.alone; request_count],
            vehicle_price: vec![0; vehicle_count],
        };
        let Paths { mut source, found, .. } = paths;
        source.prove(&found)?;
        for row in 0..rows {
            let (mate, price) = (found.row_mate[row], found.row_price[row] as u32);
            let me = source.rows.id[row];
            let other = if mate == NONE { None } else { Some(source.cols.id[mate as usize]) };
            if turned {
                solution.vehicle_price[me as usize] = self.alone - price;
            } else {
                solution.request_price[me as usize] = price;
            }
            if let Some(other) = other {
                let (request, vehicle) = if turned { (other, me) } else { (me, other) };
                solution.vehicle_of[request as usize] = Some(vehicle);
                solution.cost += exact_metres(source.rows.place[row], source.cols.place[mate as usize]) as u64;
            }
        }
        for col in 0..cols {
            let price = found.col_price[col] as u32;
            let me = source.cols.id[col] as usize;
            if turned { solution.request_price[me] = self.alone - price } else { solution.vehicle_price[me] = price }
        }
        let unmatched = solution.vehicle_of.iter().filter(|v| v.is_none()).count() as u64;
        solution.cost += unmatched * u64::from(self.alone);
        Ok(solution)
    }
}

fn check(requests: usize, vehicles: usize, unmatched: u32) -> Result<(), AssignmentError> {
    if requests == 0 {
        return Err(AssignmentError::NoRequests);
    }
    if vehicles == 0 {
        return Err(AssignmentError::NoVehicles);
    }
    let count = requests.max(vehicles);
    if count > SIDE_MAX {
        return Err(AssignmentError::TooMany { count });
    }
    if unmatched > COST_MAX {
        return Err(AssignmentError::TooDear { cost: unmatched });
    }
    Ok(())
}

impl Side {
    fn new(places: &[LatLng], square: &Square, middle: Point) -> Self {
        let id = order(places, square);
        let place: Vec<LatLng> = id.iter().map(|id| places[*id as usize]).collect();
        let point = place.iter().map(|place| Point::of(*place).from(middle)).collect();
        Self { id, place, point }
    }
}

/// Lists vehicles, or requests, by distance plus price.
#[derive(Debug)]
struct CrowSource {
    rows: Side,
    cols: Side,
    tree: Tree,
    alone: i32,
    listed: Vec<u32>,
    mark: u32,
    fresh: Vec<Entry>,
}

/// One row's view of the columns.
struct View<'a> {
    from: LatLng,
    to: &'a [LatLng],
    listed: &'a [u32],
    mark: u32,
}

impl Exact for View<'_> {
    fn metres(&self, col: usize) -> i32 {
        exact_metres(self.from, self.to[col])
    }

    fn is_listed(&self, col: usize) -> bool {
        self.listed[col] == self.mark
    }
}

impl CrowSource {
    /// Holds the answer to the proof of optimality over all pairs: no column, listed or not, is cheaper for a row than its
    /// price says, and made pairs cost just that.
    fn prove(&mut self, found: &Match) -> Result<(), AssignmentError> {
        self.tree.refresh_all(&found.col_price);
        self.mark += 1;
        for row in 0..found.row_mate.len() {
            let (mate, price) = (found.row_mate[row], found.row_price[row]);
            let fits = if mate == NONE {
                price == self.alone
            } else {
                let cost = exact_metres(self.rows.place[row], self.cols.place[mate as usize]);
                price <= self.alone && price - found.col_price[mate as usize] == cost
            };
            let view = View { from: self.rows.place[row], to: &self.cols.place, listed: &self.listed, mark: self.mark };
            self.tree.cheapest(self.rows.point[row], (1, price), &found.col_price, &view, &mut self.fresh);
            if !fits || !self.fresh.is_empty() {
                return Err(AssignmentError::Unproven);
            }
        }
        if found.is_whole() { Ok(()) } else { Err(AssignmentError::Unproven) }
    }
}

impl Source for CrowSource {
    fn grow(&mut self, row: usize, prices: &[i32], lists: &mut Lists) {
        self.mark += 1;
        let list = lists.of(row);
        for entry in list {
            self.listed[entry.col as usize] = self.mark;
        }
        let wanted = list.len().max(STEP);
        let view = View { from: self.rows.place[row], to: &self.cols.place, listed: &self.listed, mark: self.mark };
        let bound = self.tree.cheapest(self.rows.point[row], (wanted, self.alone), prices, &view, &mut self.fresh);
        lists.append(row, &self.fresh);
        lists.bound[row] = bound;
    }
}
