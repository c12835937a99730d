//! A fast replica of the event loop of `dispatch_sim.py`, to the rounding of what a policy is told. [`super::greedy`] and
//! the bench's policies run in it. It holds no opinion on who gets which car.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "requests and vehicles are numbered by their place in the arrays, as in the simulator that this replicates"
)]

use std::collections::BTreeMap;

use fareway_matching::policy::{Pair, Request, Snapshot, Vehicle, VehicleState};
use fareway_shared::place::LatLng;

use super::world::World;
use crate::row::Failed;

pub(crate) const PATIENCE_S: f64 = 300.0;
pub(crate) const MAX_DRIVE_S: f64 = 900.0;
pub(crate) const SPEED_MPS: f64 = 24.0 / 3.6;
pub(crate) const DETOUR: f64 = 1.35;
const WARM_UP_S: f64 = 1_800.0;

/// What a run came to, in the simulator's words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) served_pct: f64,
    pub(crate) mean_wait_s: f64,
    pub(crate) p90_wait_s: f64,
    pub(crate) empty_km_per_trip: f64,
    pub(crate) reassigned_per_trip: f64,
    pub(crate) broken: usize,
    pub(crate) refused: usize,
    pub(crate) gini: f64,
    pub(crate) think_ms_mean: f64,
    /// Scored requests that were picked up.
    pub(crate) served: usize,
    /// What requests of the warm-up, which are not scored, waited in all.
    pub(crate) warm_up_wait_s: f64,
    /// Requests that gave up, those of the warm-up too.
    pub(crate) lost_with_warm_up: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Idle,
    Driving,
    Occupied,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Car {
    pub(crate) doing: Doing,
    pub(crate) place: LatLng,
    started: LatLng,
    begun_s: f64,
    pub(crate) next_s: f64,
    job: Option<usize>,
    /// The request that it shall have next while it is occupied or driving.
    mate: Option<usize>,
    earned_s: f64,
    trips: usize,
    empty_m: f64,
}

/// The state of a run.
pub(crate) struct Fleet<'w> {
    pub(crate) world: &'w World,
    pub(crate) now_s: f64,
    pub(crate) cars: Vec<Car>,
    /// Request to vehicle, not picked up yet.
    pub(crate) mates: BTreeMap<usize, usize>,
    order: Vec<usize>,
    promised: Vec<bool>,
    pub(crate) waiting: Vec<usize>,
    pub(crate) waits_s: Vec<f64>,
    warm_up_wait_s: f64,
    pub(crate) lost: usize,
    changes: usize,
    broken: usize,
    refused: usize,
    next: usize,
}

pub(crate) fn drive_s(from: LatLng, to: LatLng) -> f64 {
    from.crow_m(to) * DETOUR / SPEED_MPS
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round_ties_even() / per_unit
}

impl<'w> Fleet<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        let car = |place: &LatLng| Car {
            doing: Doing::Idle,
            place: *place,
            started: *place,
            begun_s: 0.0,
            next_s: f64::INFINITY,
            job: None,
            mate: None,
            earned_s: 0.0,
            trips: 0,
            empty_m: 0.0,
        };
        Self {
            world,
            now_s: world.from_s,
            cars: world.starts.iter().map(car).collect(),
            mates: BTreeMap::new(),
            order: Vec::new(),
            promised: vec![false; world.asked.len()],
            waiting: Vec::new(),
            waits_s: Vec::new(),
            warm_up_wait_s: 0.0,
            lost: 0,
            changes: 0,
            broken: 0,
            refused: 0,
            next: 0,
        }
    }

    /// The instant of the next request, then that of the next thing that happens to a car.
    pub(crate) fn next_s(&self) -> (f64, f64) {
        let asked_s = self.world.asked.get(self.next).map_or(f64::INFINITY, |asked| asked.at_s);
        (asked_s, self.next_event().1)
    }

    fn next_event(&self) -> (usize, f64) {
        let mut first = (0, f64::INFINITY);
        for (at, car) in self.cars.iter().enumerate() {
            if car.doing != Doing::Idle && car.next_s < first.1 {
                first = (at, car.next_s);
            }
        }
        first
    }

    fn here(&self, vehicle: usize) -> LatLng {
        let car = &self.cars[vehicle];
        let (Doing::Driving, Some(job)) = (car.doing, car.job) else { return car.place };
        let to = self.world.asked[job].pickup;
        let share = ((self.now_s - car.begun_s) / (car.next_s - car.begun_s).max(1e-9)).clamp(0.0, 1.0);
        LatLng::new(
            car.started.lat() + share * (to.lat() - car.started.lat()),
            car.started.lng() + share * (to.lng() - car.started.lng()),
        )
        .unwrap_or(car.place)
    }

    pub(crate) fn go(&mut self, vehicle: usize, request: usize, at_s: f64) {
        let to = self.world.asked[request].pickup;
        let car = &mut self.cars[vehicle];
        car.started = car.place;
        car.doing = Doing::Driving;
        car.job = Some(request);
        car.begun_s = at_s;
        car.next_s = at_s + drive_s(to, car.place);
    }

    fn stop(&mut self, vehicle: usize) {
        let here = self.here(vehicle);
        let car = &mut self.cars[vehicle];
        car.empty_m += here.crow_m(car.started) * DETOUR;
        car.place = here;
        car.doing = Doing::Idle;
        car.job = None;
    }

    pub(crate) fn promise(&mut self, request: usize, vehicle: usize) {
        self.mates.insert(request, vehicle);
        self.order.push(request);
        self.cars[vehicle].mate = Some(request);
        self.promised[request] = true;
    }

    /// Everything that happens up to an instant.
    pub(crate) fn settle(&mut self, until_s: f64) {
        loop {
            let (vehicle, at_s) = self.next_event();
            if at_s > until_s {
                return;
            }
            let car = &mut self.cars[vehicle];
            if let (Doing::Driving, Some(request)) = (car.doing, car.job) {
                let asked = self.world.asked[request];
                self.mates.remove(&request);
                self.order.retain(|other| *other != request);
                car.mate = None;
                car.empty_m += asked.pickup.crow_m(car.started) * DETOUR;
                car.doing = Doing::Occupied;
                car.job = None;
                car.place = asked.dropoff;
                car.next_s = at_s + asked.ride_s;
                car.earned_s += asked.ride_s;
                car.trips += 1;
                if asked.at_s >= self.world.from_s + WARM_UP_S {
                    self.waits_s.push(at_s - asked.at_s);
                } else {
                    self.warm_up_wait_s += at_s - asked.at_s;
                }
            } else {
                car.doing = Doing::Idle;
                if let Some(next) = car.mate {
                    self.go(vehicle, next, at_s);
                }
            }
        }
    }

    /// Requests made by now.
    pub(crate) fn arrive(&mut self) {
        while self.world.asked.get(self.next).is_some_and(|asked| asked.at_s <= self.now_s) {
            self.waiting.push(self.next);
            self.next += 1;
        }
    }

    pub(crate) fn arrive_one(&mut self) -> usize {
        self.waiting.push(self.next);
        self.next += 1;
        self.next - 1
    }

    /// Those without a promise who are out of patience give up.
    pub(crate) fn expire(&mut self) {
        let (asked, promised, now_s) = (&self.world.asked, &self.promised, self.now_s);
        let mut lost = 0;
        self.waiting.retain(|&request| {
            let stays = now_s - asked[request].at_s <= PATIENCE_S || promised[request];
            lost += usize::from(!stays && asked[request].at_s >= self.world.from_s + WARM_UP_S);
            stays
        });
        self.lost += lost;
    }

    pub(crate) fn over(&self) -> bool {
        self.next >= self.world.asked.len() && self.waiting.is_empty() && self.mates.is_empty()
    }

    pub(crate) fn too_late(&self) -> bool {
        self.now_s > self.world.to_s + 7_200.0
    }

    pub(crate) fn anyone(&self) -> bool {
        !self.waiting.is_empty() || !self.mates.is_empty()
    }

    /// What a policy is told.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let request = |&id: &usize| {
            let asked = &self.world.asked[id];
            Request {
                id: id as u64,
                lat: asked.pickup.lat(),
                lon: asked.pickup.lng(),
                age_s: rounded(self.now_s - asked.at_s, 10.0),
                vehicle: self.mates.get(&id).map(|vehicle| *vehicle as u64),
            }
        };
        let vehicle = |(id, car): (usize, &Car)| {
            let here = self.here(id);
            Vehicle {
                id: id as u64,
                lat: rounded(here.lat(), 1e6),
                lon: rounded(here.lng(), 1e6),
                state: match (car.doing, car.job) {
                    (Doing::Occupied, _) => {
                        VehicleState::Occupied { free_in_s: rounded(car.next_s - self.now_s, 10.0) }
                    }
                    (Doing::Driving, Some(job)) => VehicleState::ToPickup { request: job as u64 },
                    _ => VehicleState::Idle,
                },
            }
        };
        Snapshot {
            at_s: self.now_s,
            speed_mps: SPEED_MPS,
            detour: DETOUR,
            patience_s: PATIENCE_S,
            max_drive_s: MAX_DRIVE_S,
            requests: self.waiting.iter().chain(&self.order).map(request).collect(),
            vehicles: self.cars.iter().enumerate().map(vehicle).collect(),
        }
    }

    /// Makes an answer hold.
    ///
    /// # Errors
    /// When it names an unknown or doubly used id.
    pub(crate) fn apply(&mut self, pairs: &[Pair]) -> Result<(), Failed> {
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        let mut used = vec![false; self.cars.len()];
        let mut named = vec![false; self.world.asked.len()];
        let mut known = vec![false; self.world.asked.len()];
        for request in self.waiting.iter().chain(self.mates.keys()) {
            known[*request] = true;
        }
        let mut order = Vec::new();
        for pair in pairs {
            let (request, vehicle) = (pair.request as usize, pair.vehicle as usize);
            let unknown = !known.get(request).copied().unwrap_or(false) || vehicle >= self.cars.len();
            if unknown || std::mem::replace(&mut used[vehicle], true) || std::mem::replace(&mut named[request], true) {
                return Err(Failed::from(format!("an answer named an unknown or doubly used id: {pair:?}")));
            }
            let car = &self.cars[vehicle];
            let busy_s = if car.doing == Doing::Occupied { car.next_s - self.now_s } else { 0.0 };
            let pickup_s = drive_s(self.world.asked[request].pickup, self.here(vehicle)) + busy_s;
            if pickup_s > MAX_DRIVE_S && self.mates.get(&request) != Some(&vehicle) {
                self.refused += 1;
            } else {
                wanted.insert(request, vehicle);
                order.push(request);
            }
        }
        for request in std::mem::take(&mut self.order) {
            let Some(&vehicle) = self.mates.get(&request) else { continue };
            if wanted.get(&request) == Some(&vehicle) {
                continue;
            }
            if self.cars[vehicle].doing == Doing::Driving && self.cars[vehicle].job == Some(request) {
                self.stop(vehicle);
            }
            if wanted.contains_key(&request) {
                self.changes += 1;
            } else {
                self.broken += 1;
                self.waiting.push(request);
            }
        }
        for car in &mut self.cars {
            car.mate = None;
        }
        for &request in &order {
            let vehicle = wanted[&request];
            self.promised[request] = true;
            self.cars[vehicle].mate = Some(request);
            if self.mates.get(&request) != Some(&vehicle) && self.cars[vehicle].doing == Doing::Idle {
                self.go(vehicle, request, self.now_s);
            }
        }
        self.mates = wanted;
        self.order = order;
        let mates = &self.mates;
        self.waiting.retain(|request| !mates.contains_key(request));
        Ok(())
    }

    pub(crate) fn outcome(mut self, ticks: usize, thought_s: f64) -> Outcome {
        let warm_s = self.world.from_s + WARM_UP_S;
        self.lost += self.waiting.iter().filter(|request| self.world.asked[**request].at_s >= warm_s).count();
        self.waits_s.sort_by(f64::total_cmp);
        let served = self.waits_s.len();
        let mut earned: Vec<f64> = self.cars.iter().map(|car| car.earned_s).collect();
        earned.sort_by(f64::total_cmp);
        let n = earned.len() as f64;
        let ranked: f64 = earned.iter().enumerate().map(|(at, e)| (2.0 * (at as f64 + 1.0) - n - 1.0) * e).sum();
        let trips = (self.cars.iter().map(|car| car.trips).sum::<usize>() as f64).max(1.0);
        Outcome {
            served_pct: 100.0 * served as f64 / ((served + self.lost) as f64).max(1.0),
            mean_wait_s: self.waits_s.iter().sum::<f64>() / (served as f64).max(1.0),
            p90_wait_s: quantile(&self.waits_s, 0.9),
            empty_km_per_trip: self.cars.iter().map(|car| car.empty_m).sum::<f64>() / trips / 1_000.0,
            reassigned_per_trip: self.changes as f64 / trips,
            broken: self.broken,
            refused: self.refused,
            gini: ranked / (n * earned.iter().sum::<f64>().max(1e-9)),
            think_ms_mean: 1_000.0 * thought_s / (ticks as f64).max(1.0),
            served,
            warm_up_wait_s: self.warm_up_wait_s,
            lost_with_warm_up: self.world.asked.len() - self.cars.iter().map(|car| car.trips).sum::<usize>(),
        }
    }
}

/// Linear between the two nearest of sorted values, as numpy's default.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = share * last as f64;
    let low = at.floor() as usize;
    let high = (low + 1).min(last);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

/// A run in ticks: `decide` is asked whenever anyone waits.
///
/// # Errors
/// When `decide` fails or answers with an unknown or doubly used id.
pub(crate) fn run(
    world: &World,
    tick_s: f64,
    mut decide: impl FnMut(&Snapshot) -> Result<Vec<Pair>, Failed>,
) -> Result<Outcome, Failed> {
    let mut fleet = Fleet::new(world);
    let (mut ticks, mut thought) = (0, std::time::Duration::ZERO);
    while !fleet.over() {
        fleet.now_s += tick_s;
        fleet.settle(fleet.now_s);
        fleet.arrive();
        fleet.expire();
        if fleet.anyone() {
            let snapshot = fleet.snapshot();
            let begun = std::time::Instant::now();
            let pairs = decide(&snapshot)?;
            thought += begun.elapsed();
            ticks += 1;
            fleet.apply(&pairs)?;
        }
        if fleet.too_late() {
            break;
        }
    }
    Ok(fleet.outcome(ticks, thought.as_secs_f64()))
}
