//! The simulator's greedy baseline, event by event: a new request takes the nearest idle vehicle, a vehicle that becomes
//! idle takes the nearest waiting request. Called by the dispatch bench.

#![expect(clippy::indexing_slicing, reason = "requests and vehicles are numbered by their place in the arrays")]

use super::{
    fleet::{Doing, Fleet, MAX_DRIVE_S, Outcome, drive_s},
    world::World,
};

/// A run of the baseline.
pub(crate) fn run(world: &World) -> Outcome {
    let mut fleet = Fleet::new(world);
    loop {
        let (asked_s, event_s) = fleet.next_s();
        let now_s = asked_s.min(event_s);
        if !now_s.is_finite() || fleet.too_late() {
            break;
        }
        fleet.now_s = now_s;
        fleet.settle(now_s);
        if asked_s <= event_s {
            let request = fleet.arrive_one();
            fleet.expire();
            if let Some(vehicle) = nearest_idle(&fleet, request) {
                fleet.waiting.retain(|other| *other != request);
                fleet.promise(request, vehicle);
                fleet.go(vehicle, request, now_s);
            }
        } else {
            fleet.expire();
            take_nearest_waiting(&mut fleet);
        }
    }
    fleet.outcome(0, 0.0)
}

fn nearest_idle(fleet: &Fleet<'_>, request: usize) -> Option<usize> {
    let pickup = fleet.world.asked[request].pickup;
    let idle = fleet.cars.iter().enumerate().filter(|(_, car)| car.doing == Doing::Idle);
    let near = idle.map(|(vehicle, car)| (vehicle, drive_s(pickup, car.place)));
    let near = near.min_by(|one, other| one.1.total_cmp(&other.1));
    near.filter(|(_, s)| *s <= MAX_DRIVE_S).map(|(vehicle, _)| vehicle)
}

fn take_nearest_waiting(fleet: &mut Fleet<'_>) {
    let now_s = fleet.now_s;
    for vehicle in 0..fleet.cars.len() {
        let car = fleet.cars[vehicle];
        if car.doing != Doing::Idle || car.next_s.total_cmp(&now_s).is_ne() || fleet.waiting.is_empty() {
            continue;
        }
        fleet.cars[vehicle].next_s = -1.0;
        let near =
            fleet.waiting.iter().map(|&request| (request, drive_s(fleet.world.asked[request].pickup, car.place)));
        let Some((request, s)) = near.min_by(|one, other| one.1.total_cmp(&other.1)) else { continue };
        if s <= MAX_DRIVE_S {
            fleet.waiting.retain(|other| *other != request);
            fleet.promise(request, vehicle);
            fleet.go(vehicle, request, now_s);
        }
    }
}
