//! The assignment problem of one tick: which vehicles each request may have, at what cost. Made for [`super::decide`];
//! it decides nothing.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "vehicles are numbered by their place in the array made here, and float casts to integers saturate"
)]

use std::collections::BTreeMap;

use fareway_shared::place::EARTH_RADIUS_M;

use super::{Carried, Limits, Request, Snapshot, sparse::Problem};

/// A promised request is never left out: this is above any sum of the others' costs that could tempt to it.
const PROMISED_MS: i64 = 1 << 40;

/// A vehicle that may be given to someone now.
pub(super) struct Car {
    pub(super) id: u64,
    pub(super) free_in_s: f64,
    idle: bool,
    /// By how many seconds it is put back behind cars that have been idle for longer.
    behind_s: f64,
    at: [f64; 3],
}

/// Vehicles and the rules of this tick.
pub(super) struct Field<'a> {
    snapshot: &'a Snapshot,
    limits: &'a Limits,
    pub(super) cars: Vec<Car>,
    /// What a change must save this time, in seconds; infinite where no promise may change.
    pub(super) change_s: f64,
    place_of: BTreeMap<u64, usize>,
}

/// What one vehicle would mean for one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    /// Seconds until the pick-up.
    pub(super) pickup_s: f64,
    /// Of them, driving.
    pub(super) drive_s: f64,
    /// The price of the pair, milliseconds of waiting.
    pub(super) cost_ms: i64,
}

impl<'a> Field<'a> {
    /// The vehicles that are free, on their way, free soon, or promised.
    pub(super) fn new(snapshot: &'a Snapshot, limits: &'a Limits, carried: &Carried) -> Self {
        let promised: std::collections::BTreeSet<u64> = snapshot.requests.iter().filter_map(|r| r.vehicle).collect();
        let counts = |free_in_s: f64, id: u64| free_in_s <= limits.ahead_s || promised.contains(&id);
        let idle = snapshot.vehicles.iter().filter(|vehicle| vehicle.state == super::VehicleState::Idle).count();
        let busy = 1.0 - idle as f64 / snapshot.vehicles.len().max(1) as f64;
        // A little even where all are idle, so that of equals the one idle for longer drives.
        let fair_s = limits.fair_s * busy.max(0.05);
        let cars: Vec<Car> = snapshot
            .vehicles
            .iter()
            .filter(|vehicle| counts(vehicle.free_in_s(), vehicle.id))
            .map(|vehicle| Car {
                id: vehicle.id,
                free_in_s: vehicle.free_in_s(),
                idle: vehicle.state == super::VehicleState::Idle,
                behind_s: fair_s * (1.0 - (carried.idle_s(vehicle.id) / limits.fair_after_s).min(1.0)),
                at: on_sphere(vehicle.lat, vehicle.lon),
            })
            .collect();
        let place_of = cars.iter().enumerate().map(|(at, car)| (car.id, at)).collect();
        Self { snapshot, limits, cars, change_s: limits.change_s, place_of }
    }

    /// Where a vehicle stands among [`Self::cars`].
    pub(super) fn column(&self, vehicle: u64) -> Option<usize> {
        self.place_of.get(&vehicle).copied()
    }

    /// What a vehicle would mean for a request.
    pub(super) fn reach(&self, request: &Request, column: usize) -> Reach {
        self.reach_from(on_sphere(request.lat, request.lon), request, column)
    }

    fn reach_from(&self, pickup: [f64; 3], request: &Request, column: usize) -> Reach {
        let car = &self.cars[column];
        let chord = pickup.iter().zip(car.at).map(|(one, other)| (one - other) * (one - other)).sum::<f64>().sqrt();
        let crow_m = 2.0 * EARTH_RADIUS_M * arc_sine((chord / 2.0).min(1.0));
        let drive_s = crow_m * self.snapshot.detour / self.snapshot.speed_mps;
        let pickup_s = car.free_in_s + drive_s;
        let changed = request.vehicle.is_some_and(|held| held != car.id);
        let change_s = if changed { self.change_s } else { 0.0 };
        let cost_ms =
            (1_000.0 * (pickup_s + self.limits.empty_weight * drive_s + car.behind_s + change_s)).round() as i64;
        Reach { pickup_s, drive_s, cost_ms }
    }

    /// What it costs to leave a request without a vehicle.
    pub(super) fn unmatched_ms(&self, request: &Request) -> i64 {
        if request.vehicle.is_some() { PROMISED_MS } else { (self.limits.unmatched_s * 1_000.0) as i64 }
    }

    /// Rows are the snapshot's requests, columns are [`Self::cars`].
    pub(super) fn problem(&self, carried: &Carried) -> Problem {
        let mut problem = Problem::new(self.cars.len());
        let mut near = Vec::new();
        let mut idle = Vec::new();
        for request in &self.snapshot.requests {
            near.clear();
            let held = request.vehicle.and_then(|vehicle| self.column(vehicle));
            let may_change = self.change_s.is_finite() && carried.changes(request.id) < self.limits.changes_max;
            let unmatched = self.unmatched_ms(request);
            if held.is_none() || may_change {
                let pickup = on_sphere(request.lat, request.lon);
                let promised_s = held.map_or(f64::INFINITY, |held| self.reach_from(pickup, request, held).pickup_s);
                let latest_s = self.snapshot.max_drive_s.min(promised_s + self.limits.later_s);
                near.extend((0..self.cars.len()).filter(|column| Some(*column) != held).filter_map(|column| {
                    let reach = self.reach_from(pickup, request, column);
                    // A little inside, so that rounding on the wire cannot make it a refusal.
                    (reach.pickup_s + 0.5 <= latest_s && reach.cost_ms < unmatched).then_some((column, reach.cost_ms))
                }));
                self.thin(&mut near, &mut idle);
            }
            near.extend(held.map(|held| (held, self.reach(request, held).cost_ms)));
            problem.row(near.iter().copied(), unmatched);
        }
        problem
    }

    /// Keeps the cheapest, and the cheapest idle ones besides: where cars are scarce, the near ones are all taken.
    fn thin(&self, near: &mut Vec<(usize, i64)>, idle: &mut Vec<(usize, i64)>) {
        let most = self.limits.near;
        if near.len() <= most {
            return;
        }
        near.select_nth_unstable_by_key(most, |(column, cost)| (*cost, *column));
        idle.clear();
        idle.extend(near[most..].iter().filter(|(column, _)| self.cars[*column].idle));
        near.truncate(most);
        let more = most.div_ceil(2);
        if idle.len() > more {
            idle.select_nth_unstable_by_key(more, |(column, cost)| (*cost, *column));
            idle.truncate(more);
        }
        near.append(idle);
    }
}

/// A place as a unit vector: a distance then costs no more than a square root and an arc.
fn on_sphere(lat: f64, lon: f64) -> [f64; 3] {
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// Within 250 km the series is exact to the last bits of f64, and the same on every machine.
fn arc_sine(value: f64) -> f64 {
    let square = value * value;
    if square < 4e-4 {
        value
            * (1.0
                + square * (1.0 / 6.0 + square * (3.0 / 40.0 + square * (15.0 / 336.0 + square * (105.0 / 3_456.0)))))
    } else {
        value.asin()
    }
}
