//! Requests and vehicles with all that they ask for and offer, by road or by great circle, exact over all pairs that may be
//! made. Called by the policy, by `fareway-match solve --map` and by the bench.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "ids are positions in lists made here, below 2^24; costs are below 2^29"
)]

use fareway_shared::place::LatLng;

use super::{
    AssignmentError, Request, Solution, Vehicle,
    curve::{Square, order},
    error::{COST_MAX, check_sides},
    limited_source::{LimitedSource, Measure, Net, STEP, Side},
    limits::Rules,
    lists::Lists,
    paths::{Match, NONE, Paths, Rough, is_tight},
    sphere::Middle,
};
use crate::roads::{By, Crow, Ends, Roads, Way};

/// A place farther from every road than this is not on the map, metres: as for [`crate::roads::Eta`].
const REACH_M: f64 = 1000.0;

/// An instance under limits, laid out for the search.
#[derive(Debug)]
pub struct Limited<'a> {
    source: LimitedSource<'a>,
    unmatched: Vec<u32>,
    /// Prices to begin with, of whatever the columns are.
    prices: Vec<i32>,
    /// There are hardly enough of the other side.
    is_tight: bool,
}

/// A cheapest assignment, and by what its pairs were measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The assignment and its prices. A request's price is at most cost, lateness and handicap of any pair that may be
    /// made, plus the vehicle's price; of a made pair it is just that.
    pub solution: Solution,
    /// By what the pair of each matched request is measured.
    pub by: Vec<Option<By>>,
}

impl Limited<'static> {
    /// By great circle, costs in whole metres.
    ///
    /// # Errors
    /// [`AssignmentError`] for an empty or too long side, or too high a cost.
    pub fn by_crow(requests: &[Request], vehicles: &[Vehicle]) -> Result<Self, AssignmentError> {
        Self::new(requests, vehicles, Measure::Metres, None)
    }
}

impl<'a> Limited<'a> {
    /// By road from vehicle to pick-up, costs in whole ms: that of [`Roads::time_ms`]. A place more than 1 km from every
    /// road, or on one that the rest of the city cannot be reached from or by, is met and meets by great circle with a
    /// detour, costs by [`Crow::between`].
    ///
    /// # Errors
    /// [`AssignmentError`] for an empty or too long side, or too high a cost.
    pub fn by_road(
        roads: &'a Roads,
        crow: Crow,
        requests: &[Request],
        vehicles: &[Vehicle],
    ) -> Result<Self, AssignmentError> {
        Self::new(requests, vehicles, Measure::Ms(crow), Some(roads))
    }

    fn new(
        requests: &[Request],
        vehicles: &[Vehicle],
        measure: Measure,
        roads: Option<&'a Roads>,
    ) -> Result<Self, AssignmentError> {
        check_sides(requests.len(), vehicles.len())?;
        let rules = Rules::new(requests, vehicles)?;
        let pickups: Vec<LatLng> = requests.iter().map(|request| request.pickup).collect();
        let cars: Vec<LatLng> = vehicles.iter().map(|vehicle| vehicle.at).collect();
        let square = Square::around(pickups[0], pickups.iter().chain(&cars));
        let middle = Middle::at(square.middle());
        let [wanted, offered] = rules.marks();
        // Rows are the side of which there are fewer, not counting whom nobody can want. Where those are vehicles, a request
        // that is worth less than another is a column with a handicap.
        let [askers, offers] = [[&wanted, &offered], [&offered, &wanted]].map(|[mine, others]| {
            let any = others.iter().fold(0, |any, mark| any | mark);
            mine.iter().filter(|mark| **mark & any != 0).count()
        });
        let turned = offers < askers;
        let dearest = requests.iter().map(|request| request.unmatched as i32).max().unwrap_or(0);
        let mut asking = side(&pickups, &square, &wanted);
        for id in asking.id.iter().map(|id| *id as usize) {
            let unmatched = requests[id].unmatched as i32;
            asking.reach.push(rules.latest(id));
            asking.handicap.push(if turned { dearest - unmatched } else { 0 });
            asking.limit.push(if turned { 0 } else { unmatched });
        }
        let mut offering = side(&cars, &square, &offered);
        for handicap in offering.id.iter().map(|id| vehicles[*id as usize].handicap as i32) {
            offering.reach.push(i32::MAX);
            offering.handicap.push(if turned { 0 } else { handicap });
            // Below nothing stands for a vehicle that nobody can be worth.
            offering.limit.push(if turned { (dearest - handicap).max(-1) } else { 0 });
        }
        let net = roads.map(|roads| {
            let ends = |side: &Side, way: Way| Ends::new(roads, way, roads.snap_all(&side.place, REACH_M));
            let (asking, offering) = (ends(&asking, Way::In), ends(&offering, Way::Out));
            if turned { Net::new(roads, offering, asking) } else { Net::new(roads, asking, offering) }
        });
        let is_tight = is_tight(requests.len(), vehicles.len());
        if is_tight || net.as_ref().is_none_or(Net::has_strays) {
            for side in [&mut asking, &mut offering] {
                side.point = side.place.iter().map(|place| middle.point(*place)).collect();
            }
        }
        let sides = if turned { [offering, asking] } else { [asking, offering] };
        let prices = vec![0; sides[1].id.len()];
        Ok(Self {
            source: LimitedSource::new(sides, turned, rules, measure, net),
            prices,
            is_tight,
            unmatched: requests.iter().map(|request| request.unmatched).collect(),
        })
    }

    /// Begins where the last batch ended: with the prices that requests and vehicles had then, in this batch's numbers. Whoever
    /// was not there has the price 0 as a vehicle and its `unmatched` as a request; what is missing at the end is taken for
    /// new. The answer costs the same whatever the prices are; near ones find it sooner.
    #[must_use]
    pub fn starting_from(mut self, request_price: &[u32], vehicle_price: &[u32]) -> Self {
        for (price, id) in self.prices.iter_mut().zip(&self.source.cols.id) {
            let id = *id as usize;
            let before = if self.source.turned {
                request_price.get(id).map(|price| self.unmatched[id].saturating_sub(*price))
            } else {
                vehicle_price.get(id).copied()
            };
            *price = before.unwrap_or(0).min(COST_MAX) as i32;
        }
        self
    }

    /// The cheapest assignment over all pairs that may be made, proved over all of them. The same input gives the same
    /// answer, always.
    ///
    /// # Errors
    /// [`AssignmentError::Unproven`] if the solver is at fault; an answer that comes back is a proven one.
    pub fn solve(self) -> Result<Matched, AssignmentError> {
        let Self { mut source, unmatched, prices, is_tight } = self;
        source.lay_out(&prices);
        let dearest = source.rows.limit.iter().copied().max().unwrap_or(0);
        let rough = if is_tight { Rough::tight(source.apart_at_most(), dearest) } else { Rough::No };
        let (rows, alone) = (source.rows.id.len(), source.rows.limit.clone());
        let mut paths = Paths::new(source, Lists::new((0..rows as u32).collect(), STEP), alone, prices);
        paths.solve(rough);
        paths.source.prove(&paths.found)?;
        Ok(told(&paths.source, &paths.found, &unmatched))
    }
}

/// One side in the order of the curve.
fn side(places: &[LatLng], square: &Square, marks: &[u64]) -> Side {
    let id = order(places, square);
    let place = id.iter().map(|id| places[*id as usize]).collect();
    let mark = id.iter().map(|id| marks[*id as usize]).collect();
    let [reach, handicap, limit] = [0; 3].map(|_| Vec::with_capacity(places.len()));
    Side { id, place, mark, reach, handicap, limit, point: Vec::new() }
}

/// The answer in the caller's numbers. Where vehicles were the rows, a price is what is left of staying unmatched.
fn told(source: &LimitedSource<'_>, found: &Match, unmatched: &[u32]) -> Matched {
    let vehicles = if source.turned { source.rows.id.len() } else { source.cols.id.len() };
    let (mut request_price, mut vehicle_price) = (vec![0; unmatched.len()], vec![0; vehicles]);
    for (row, id) in source.rows.id.iter().map(|id| *id as usize).enumerate() {
        if source.turned {
            vehicle_price[id] = (found.alone[row] - found.row_price[row]) as u32;
        } else {
            request_price[id] = found.row_price[row] as u32;
        }
    }
    for (col, id) in source.cols.id.iter().map(|id| *id as usize).enumerate() {
        if source.turned {
            request_price[id] = unmatched[id] - found.col_price[col] as u32;
        } else {
            vehicle_price[id] = found.col_price[col] as u32;
        }
    }
    let (mut vehicle_of, mut by) = (vec![None; unmatched.len()], vec![None; unmatched.len()]);
    let mut cost = unmatched.iter().map(|unmatched| u64::from(*unmatched)).sum();
    for (row, mate) in found.row_mate.iter().enumerate().filter(|(_, mate)| **mate != NONE) {
        let (me, other) = (source.rows.id[row], source.cols.id[*mate as usize]);
        let (request, vehicle) = if source.turned { (other, me) } else { (me, other) };
        vehicle_of[request as usize] = Some(vehicle);
        by[request as usize] = Some(source.by(row, *mate as usize));
        let price = request_price[request as usize] - vehicle_price[vehicle as usize];
        cost = cost + u64::from(price) - u64::from(unmatched[request as usize]);
    }
    Matched { solution: Solution { cost, vehicle_of, request_price, vehicle_price }, by }
}
