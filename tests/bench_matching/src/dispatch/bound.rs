//! What no policy can do better, even one that knows the whole evening beforehand: a lower bound of the total wait. Shown
//! beside the policies' figures by the dispatch bench.
//!
//! **Driving is waiting.** A car drives empty only while it is assigned to a request that waits, each to another one. So at
//! every instant at least as many people wait as cars drive empty, and over an evening without broken promises
//!
//! ```text
//! total wait  ≥  what everyone waits for the first tick, when nobody can have a car yet  +  all empty driving      (1)
//! ```
//!
//! **Driving is at least the way.** The pick-ups of a car are a chain: a start, then each pick-up after the drop-off before
//! it. However it was diverted on the way, between drop-off `r` and pick-up `s` it drove no less than straight. Nobody is
//! picked up before they asked, so the ride of `r` ends at the earliest at `asked(r) + ride(r)`, and
//!
//! ```text
//! wait(s)  ≥  max(0, asked(r) + ride(r) + drive(r, s) − asked(s))                                                 (2)
//! ```
//!
//! **Chains are an assignment.** Each served `s` has one predecessor, a trip or a car's start, each of these at most one
//! successor. With `α` of (1) and `1 − α` of (2) a pair costs `α · drive + (1 − α) · late`, an unserved request `λ`; the
//! cheapest assignment costs no more than any policy's total wait plus `λ` for each request that it lost. This holds
//! whatever the policy reassigns and however early it sends cars to places where someone will ask.
//!
//! **Prices are enough.** For any prices `p ≥ 0` of predecessors, `Σ min(λ, min (cost + p)) − Σ p` is no more than the
//! cheapest assignment. So the bound holds although the prices come from an assignment over some of the 900 million pairs;
//! all of them are looked at for the minimum. It leaves out that waits add up along a chain and that an assigned car must
//! be within the longest drive, so the truth lies somewhere between it and the best policy.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbered by their place in the arrays; seconds of an evening in f32, shortened below for what rounding adds"
)]

use fareway_matching::assignment::sparse::{Edge, SparseProblem, solve};
use fareway_shared::place::{EARTH_RADIUS_M, LatLng};

use super::{
    fleet::{DETOUR, Outcome, SPEED_MPS},
    world::World,
};
use crate::row::Failed;

/// What an unserved request costs: any number gives a bound, and the best is near what one more request costs at the share
/// that the run lost. The shares are the upper ends, of 1.
const UNSERVED_S: [(f64, f32); 4] = [(0.06, 600.0), (0.12, 400.0), (0.18, 250.0), (1.0, 120.0)];
/// The share of (1); chosen for the highest bound.
const ALPHA: f32 = 0.9;
/// Rounding, and cars that move along degrees instead of great circles, must not lengthen a way.
const SHORTER: f64 = 0.999;
/// How often pairs are added: to an evening's first fleet, and to further ones, which begin with the prices of the last.
const ROUNDS: usize = 6;
const ROUNDS_MORE: usize = 3;
/// How many pairs of a request are added at most each time.
const MORE: usize = 24;

/// Pairs of an evening and the prices of its drop-offs: other fleets on the same evening are soon done with them.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    lists: Vec<Vec<(usize, f32)>>,
    price: Vec<f32>,
}

/// The bound of an evening.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// The least mean wait of the scored, for whoever loses as many and waits as long in the warm-up as the run did.
    pub(crate) mean_wait_s: f64,
}

impl Bound {
    /// Most of a minute for 30,000 requests, less for further fleets of the same evening.
    ///
    /// # Errors
    /// When the assignment cannot be solved.
    pub(crate) fn of(world: &World, tick_s: f64, run: &Outcome, prices: &mut Prices) -> Result<Self, Failed> {
        let first_tick = |at_s: f64| ((at_s - world.from_s) / tick_s).ceil().max(1.0) * tick_s + world.from_s - at_s;
        let delay_s: f64 = world.asked.iter().map(|asked| first_tick(asked.at_s)).sum();
        let lost = run.lost_with_warm_up as f64;
        let lost_share = lost / (world.asked.len() as f64).max(1.0);
        let unserved_s = UNSERVED_S.iter().find(|(share, _)| lost_share <= *share).map_or(0.0, |(_, cost_s)| *cost_s);
        let mut before = Before::of(world, unserved_s);
        let first = prices.lists.is_empty();
        let rounds = if first { ROUNDS } else { ROUNDS_MORE };
        prices.lists.resize(world.asked.len(), Vec::new());
        before.price.iter_mut().zip(&prices.price).for_each(|(price, earlier)| *price = *earlier);
        let mut best_s = 0.0_f64;
        for round in 0..rounds {
            best_s = best_s.max(before.widen(world, first && round == 0, &mut prices.lists));
            if round + 1 < rounds {
                before.reprice(&prices.lists)?;
            }
        }
        // Where cars start is another matter with another fleet.
        prices.lists.iter_mut().for_each(|list| list.retain(|pair| pair.0 < world.asked.len()));
        prices.price = before.price.into_iter().take(world.asked.len()).collect();
        let total_s = best_s + f64::from(ALPHA) * delay_s - f64::from(unserved_s) * lost - run.warm_up_wait_s;
        Ok(Self { mean_wait_s: total_s / (run.served as f64).max(1.0) })
    }
}

/// Where cars come from: drop-offs, then starts.
struct Before {
    at: [Vec<f32>; 3],
    ready_s: Vec<f32>,
    price: Vec<f32>,
    centre: [f64; 3],
    unserved_s: f32,
}

impl Before {
    fn of(world: &World, unserved_s: f32) -> Self {
        let centre = world.asked.first().map_or([0.0; 3], |asked| on_sphere(asked.pickup));
        let mut before = Self { at: Default::default(), ready_s: Vec::new(), price: Vec::new(), centre, unserved_s };
        for asked in &world.asked {
            before.add(asked.dropoff, (asked.at_s + asked.ride_s - world.from_s) as f32);
        }
        for start in &world.starts {
            before.add(*start, 0.0);
        }
        before
    }

    fn add(&mut self, place: LatLng, ready_s: f32) {
        let axes = self.drive_axes(place);
        for (axis, value) in self.at.iter_mut().zip(axes) {
            axis.push(value);
        }
        self.ready_s.push(ready_s);
        self.price.push(0.0);
    }

    /// Seconds of driving from the centre on each axis: a chord is no longer than the arc.
    fn drive_axes(&self, place: LatLng) -> [f32; 3] {
        let at = on_sphere(place);
        std::array::from_fn(|axis| {
            ((at[axis] - self.centre[axis]) * EARTH_RADIUS_M * SHORTER * DETOUR / SPEED_MPS) as f32
        })
    }

    /// What every pair of a request costs with the price in it.
    fn costs(&self, pickup: [f32; 3], asked_s: f32, costs: &mut [f32]) {
        let [x, y, z] = &self.at;
        let places = x.iter().zip(y).zip(z).zip(&self.ready_s).zip(&self.price);
        for (cost, ((((x, y), z), ready_s), price)) in costs.iter_mut().zip(places) {
            let (x, y, z) = (x - pickup[0], y - pickup[1], z - pickup[2]);
            let drive_s = (x * x + y * y + z * z).sqrt();
            let late_s = (ready_s + drive_s - asked_s).max(0.0);
            *cost = ALPHA * drive_s + (1.0 - ALPHA) * late_s + price;
        }
    }

    /// The bound at these prices; each list gets the pairs that the prices are wrong about.
    fn widen(&self, world: &World, first: bool, lists: &mut [Vec<(usize, f32)>]) -> f64 {
        let mut costs = vec![0.0_f32; self.price.len()];
        let mut bound_s = -self.price.iter().map(|price| f64::from(*price)).sum::<f64>();
        for (row, (asked, list)) in world.asked.iter().zip(lists).enumerate() {
            self.costs(self.drive_axes(asked.pickup), (asked.at_s - world.from_s) as f32, &mut costs);
            // No trip follows itself.
            costs[row] = f32::INFINITY;
            bound_s += f64::from(costs.iter().copied().fold(self.unserved_s, f32::min));
            if first {
                // Near ones, and ones from ever farther around, so that prices are about right from the start.
                for stride in [1, 5, 25, 125] {
                    self.list(&costs, row % stride, stride, self.unserved_s, list);
                }
            } else {
                let listed = list.iter().map(|(at, cost)| cost + self.price[*at]).fold(self.unserved_s, f32::min);
                self.list(&costs, 0, 1, listed - 0.01, list);
            }
        }
        bound_s
    }

    /// Lists the cheapest of every so many, if they are cheaper than that.
    fn list(&self, costs: &[f32], from: usize, stride: usize, below_s: f32, list: &mut Vec<(usize, f32)>) {
        let mut found: Vec<usize> = (from..costs.len()).step_by(stride).filter(|at| costs[*at] < below_s).collect();
        if found.len() > MORE {
            found.select_nth_unstable_by(MORE, |one, other| costs[*one].total_cmp(&costs[*other]));
            found.truncate(MORE);
        }
        list.extend(found.into_iter().map(|at| (at, costs[at] - self.price[at])));
    }

    /// The prices of the cheapest assignment over the lists.
    fn reprice(&mut self, lists: &[Vec<(usize, f32)>]) -> Result<(), Failed> {
        let edges = lists.iter().enumerate().flat_map(|(row, list)| {
            list.iter().map(move |(at, cost)| Edge {
                request: row as u32,
                vehicle: *at as u32,
                cost: (cost * 1e3) as u32,
            })
        });
        let unmatched = vec![(self.unserved_s * 1e3) as u32; lists.len()];
        let problem = SparseProblem { unmatched, vehicles: self.price.len(), edges: edges.collect() };
        let solution = solve(&problem)?;
        for (price, found) in self.price.iter_mut().zip(&solution.vehicle_price) {
            *price = *found as f32 / 1e3;
        }
        Ok(())
    }
}

fn on_sphere(place: LatLng) -> [f64; 3] {
    let (lat, lng) = (place.lat().to_radians(), place.lng().to_radians());
    [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
}
