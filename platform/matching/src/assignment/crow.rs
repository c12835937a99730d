//! Requests and vehicles by great-circle metres, exact over all pairs, from raw coordinates. Called by the policy, by
//! `fareway-match solve` and by the bench.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, below 2^24; costs are below 2^29"
)]

use fareway_shared::place::LatLng;

use super::{
    AssignmentError, Solution,
    boxes::FAN,
    crow_source::{CrowSource, STEP, Side},
    curve::Square,
    error::{COST_MAX, check_sides},
    lists::Lists,
    paths::{DEAD, Match, NONE, Paths, Rough, is_tight},
    sphere::Middle,
};

/// An instance, laid out for the search.
#[derive(Debug, Clone)]
pub struct Crow {
    source: CrowSource,
    unmatched_m: u32,
    /// Vehicles are the rows, because there are fewer.
    pub(crate) turned: bool,
    /// There are hardly columns enough.
    is_tight: bool,
}

impl Crow {
    /// Lays out requests and vehicles. A request that stays unmatched costs `unmatched_m`. O(n) but for the tree above the
    /// places, which is O(n log n) of very little.
    ///
    /// # Errors
    /// [`AssignmentError`] for an empty or too long side, or too high a cost.
    pub fn new(requests: &[LatLng], vehicles: &[LatLng], unmatched_m: u32) -> Result<Self, AssignmentError> {
        Self::with_room(requests, vehicles, unmatched_m, FAN)
    }

    /// The same with only `fill` places to a leaf, so that others may come later.
    pub(crate) fn with_room(
        requests: &[LatLng],
        vehicles: &[LatLng],
        unmatched_m: u32,
        fill: usize,
    ) -> Result<Self, AssignmentError> {
        check_sides(requests.len(), vehicles.len())?;
        if unmatched_m > COST_MAX {
            return Err(AssignmentError::TooDear { cost: unmatched_m });
        }
        let turned = vehicles.len() < requests.len();
        let (rows, cols) = if turned { (vehicles, requests) } else { (requests, vehicles) };
        let square = Square::around(rows[0], rows.iter().chain(cols));
        let middle = Middle::at(square.middle());
        let side = |places: &[LatLng]| Side::new(places, &square, &middle, fill);
        let is_tight = is_tight(rows.len(), cols.len());
        Ok(Self {
            source: CrowSource::new(side(rows), side(cols), middle, unmatched_m as i32),
            unmatched_m,
            turned,
            is_tight,
        })
    }

    /// The cheapest assignment over all pairs, proved over all pairs. The same input gives the same answer, always.
    ///
    /// # Errors
    /// [`AssignmentError::Unproven`] if the solver is at fault; an answer that comes back is a proven one.
    pub fn solve(self) -> Result<Solution, AssignmentError> {
        let (unmatched_m, turned) = (self.unmatched_m, self.turned);
        let paths = self.solved()?;
        Ok(told(&paths.source, &paths.found, unmatched_m, turned))
    }

    /// The solver, done and proved.
    pub(crate) fn solved(self) -> Result<Paths<CrowSource>, AssignmentError> {
        let alike = self.source.rows.alike();
        let crowded = (0..).zip(&alike).filter(|(row, first)| row != *first).count() * 2 > alike.len();
        let rough = if crowded {
            Rough::No
        } else if self.is_tight {
            Rough::tight(self.source.apart_m(), self.unmatched_m as i32)
        } else {
            Rough::Slack
        };
        let (rows, cols) = (&self.source.rows.id, &self.source.cols.id);
        let alone = rows.iter().map(|id| if *id == NONE { -DEAD } else { self.unmatched_m as i32 }).collect();
        let prices = cols.iter().map(|id| if *id == NONE { DEAD } else { 0 }).collect();
        let lists = Lists::new(alike, STEP);
        let mut paths = Paths::new(self.source, lists, alone, prices);
        paths.solve(rough);
        if paths.is_proved() { Ok(paths) } else { Err(AssignmentError::Unproven) }
    }
}

/// The answer in the caller's numbers. A request's price and a vehicle's differ by at most what their pair costs; where the
/// sides were turned, both are what is left of the price of staying unmatched.
fn told(source: &CrowSource, found: &Match, unmatched_m: u32, turned: bool) -> Solution {
    let (rows, cols) = (source.rows.id.len(), source.cols.id.len());
    let mut row_price = vec![0; rows];
    let mut col_price = vec![0; cols];
    let told = |price: i32| if turned { unmatched_m - price as u32 } else { price as u32 };
    for (id, price) in source.rows.id.iter().zip(&found.row_price).filter(|(id, _)| **id != NONE) {
        row_price[*id as usize] = told(*price);
    }
    for (id, price) in source.cols.id.iter().zip(&found.col_price).filter(|(id, _)| **id != NONE) {
        col_price[*id as usize] = told(*price);
    }
    let requests = if turned { cols } else { rows };
    let (mut vehicle_of, mut cost, mut matched) = (vec![None; requests], 0, 0);
    for (row, mate) in found.row_mate.iter().enumerate().filter(|(_, mate)| **mate != NONE) {
        let (me, other) = (source.rows.id[row], source.cols.id[*mate as usize]);
        let (request, vehicle) = if turned { (other, me) } else { (me, other) };
        vehicle_of[request as usize] = Some(vehicle);
        cost += (found.row_price[row] - found.col_price[*mate as usize]) as u64;
        matched += 1;
    }
    cost += (requests - matched) as u64 * u64::from(unmatched_m);
    let (request_price, vehicle_price) = if turned { (col_price, row_price) } else { (row_price, col_price) };
    Solution { cost, vehicle_of, request_price, vehicle_price }
}
