//! What the policy promises, held over towns that live for hundreds of ticks.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

mod town;

use std::collections::{BTreeMap, BTreeSet};

use fareway_matching::policy::{Carried, Limits, Pair, PolicyError, Snapshot, Vehicle, VehicleState, decide};
use town::Town;

fn pickup_s(snapshot: &Snapshot, request: u64, vehicle: u64) -> f64 {
    let request = snapshot.requests.iter().find(|other| other.id == request).unwrap();
    let vehicle = snapshot.vehicles.iter().find(|other| other.id == vehicle).unwrap();
    let crow_m = request.pickup().unwrap().crow_m(vehicle.place().unwrap());
    vehicle.free_in_s() + crow_m * snapshot.detour / snapshot.speed_mps
}

/// A town, `ticks` long; `check` sees each snapshot with what was decided on it.
fn live(seed: u64, cars: u64, ticks: u64, limits: &Limits, mut check: impl FnMut(&Snapshot, &[Pair])) -> Town {
    let mut town = Town::new(seed, cars);
    let mut carried = Carried::default();
    for tick in 0..ticks {
        let decision = decide(&town.snapshot, limits, &carried).unwrap();
        check(&town.snapshot, &decision.pairs);
        carried = decision.carried;
        let asking = if tick % 40 < 20 { 1 + seed % 2 } else { town.draw.below(2) };
        town.live(&decision.pairs, asking);
    }
    town
}

#[test]
fn no_promise_is_broken_no_car_is_given_twice_and_no_pick_up_is_later_than_allowed() {
    for seed in 1..6 {
        for limits in [Limits::default(), Limits { ahead_s: 120.0, change_s: 5.0, ..Limits::default() }] {
            let town = live(seed, 12 + 9 * seed, 220, &limits, |snapshot, pairs| {
                let requests: BTreeSet<u64> = pairs.iter().map(|pair| pair.request).collect();
                let vehicles: BTreeSet<u64> = pairs.iter().map(|pair| pair.vehicle).collect();
                assert_eq!((requests.len(), vehicles.len()), (pairs.len(), pairs.len()));
                for request in &snapshot.requests {
                    assert!(request.vehicle.is_none() || requests.contains(&request.id), "{request:?} lost its car");
                }
                for pair in pairs {
                    let request = snapshot.requests.iter().find(|other| other.id == pair.request).unwrap();
                    let s = pickup_s(snapshot, pair.request, pair.vehicle);
                    assert!(request.vehicle == Some(pair.vehicle) || s <= snapshot.max_drive_s, "{pair:?} in {s} s");
                }
            });
            assert!(town.picked_up > 50, "only {} rides: the town proves nothing", town.picked_up);
        }
    }
}

#[test]
fn changes_stay_within_what_is_stated_each_and_all_together() {
    let mut changed_at_all = 0;
    for (seed, per_1000, each) in [(1, 500, 2), (2, 200, 4), (3, 0, 4), (4, 500, 0)] {
        let limits = Limits { changes_per_1000: per_1000, changes_max: each, change_s: 1.0, ..Limits::default() };
        let mut changes: BTreeMap<u64, u32> = BTreeMap::new();
        live(seed, 25, 250, &limits, |snapshot, pairs| {
            let promised: BTreeMap<u64, Option<u64>> = snapshot.requests.iter().map(|r| (r.id, r.vehicle)).collect();
            for pair in pairs {
                let count = changes.entry(pair.request).or_default();
                let before = promised[&pair.request];
                *count += u32::from(before.is_some() && before != Some(pair.vehicle));
                assert!(*count <= each);
            }
            let all: u64 = changes.values().map(|count| u64::from(*count)).sum();
            assert!(all * 1_000 <= changes.len() as u64 * u64::from(per_1000));
            changed_at_all = changed_at_all.max(all);
        });
    }
    assert!(changed_at_all > 5, "nothing ever changed: the bound was not tried");
}

#[test]
fn a_change_never_puts_a_pick_up_off_by_more_than_stated() {
    let limits = Limits { later_s: 30.0, change_s: 1.0, ..Limits::default() };
    let mut worse = 0;
    live(7, 25, 300, &limits, |snapshot, pairs| {
        for pair in pairs {
            let request = snapshot.requests.iter().find(|other| other.id == pair.request).unwrap();
            let Some(held) = request.vehicle.filter(|held| *held != pair.vehicle) else { continue };
            let later_s = pickup_s(snapshot, pair.request, pair.vehicle) - pickup_s(snapshot, pair.request, held);
            assert!(later_s <= limits.later_s, "{later_s} s later");
            worse += usize::from(later_s > 0.0);
        }
    });
    assert!(worse > 0, "no change ever cost anyone anything: the bound was not tried");
}

#[test]
fn the_same_town_is_decided_the_same_whatever_order_it_is_told_in() {
    let limits = Limits::default();
    let mut tick = 0;
    let mut carried = Carried::default();
    live(3, 30, 80, &limits, |snapshot, pairs| {
        let again = decide(snapshot, &limits, &carried).unwrap();
        assert_eq!(again.pairs, pairs, "tick {tick}");
        let stored = serde_json::to_string(&(snapshot, &carried)).unwrap();
        let (read, remembered): (Snapshot, Carried) = serde_json::from_str(&stored).unwrap();
        assert_eq!(decide(&read, &limits, &remembered).unwrap(), again, "tick {tick}, from what was stored");
        carried = again.carried;
        tick += 1;
    });
}

#[test]
fn of_two_equally_near_cars_the_one_idle_for_longer_drives() {
    let mut snapshot = Town::new(1, 0).snapshot;
    let car = |id, lon, state| Vehicle { id, lat: 37.76, lon, state };
    let occupied = VehicleState::Occupied { free_in_s: 15.0 };
    let mut carried = Carried::default();
    for (at_s, second) in [(0.0, occupied), (10.0, occupied), (20.0, VehicleState::Idle), (30.0, VehicleState::Idle)] {
        snapshot.at_s = at_s;
        snapshot.vehicles = vec![car(1, -122.44, second), car(2, -122.42, VehicleState::Idle)];
        carried = decide(&snapshot, &Limits::default(), &carried).unwrap().carried;
    }
    assert!(carried.idle_s(2) > carried.idle_s(1));
    snapshot.at_s = 40.0;
    snapshot.requests = vec![town_request(9, 37.76, -122.43)];
    let pairs = decide(&snapshot, &Limits::default(), &carried).unwrap().pairs;
    assert_eq!(pairs, [Pair { request: 9, vehicle: 2 }]);
}

#[test]
fn a_car_idle_for_long_is_called_from_farther_but_no_farther_than_stated() {
    // Eight of ten cars are busy, so 48 of the 60 s count; with empty driving counted twice that is 24 s of driving.
    let limits = Limits { fair_s: 60.0, fair_after_s: 20.0, empty_weight: 1.0, ..Limits::default() };
    for (farther_s, chosen) in [(20.0, 2), (28.0, 1)] {
        let mut snapshot = Town::new(1, 0).snapshot;
        let degrees = farther_s / (111_195.0 * f64::cos(37.76_f64.to_radians()) * snapshot.detour / snapshot.speed_mps);
        let car = |id, lon, state| Vehicle { id, lat: 37.76, lon, state };
        let mut carried = Carried::default();
        for at_s in [0.0, 10.0, 20.0, 30.0] {
            let fresh =
                if at_s < 30.0 { VehicleState::Occupied { free_in_s: 30.0 - at_s } } else { VehicleState::Idle };
            snapshot.at_s = at_s;
            snapshot.vehicles = vec![car(1, -122.431, fresh), car(2, -122.429 + degrees, VehicleState::Idle)];
            snapshot.vehicles.extend((3..11).map(|id| car(id, -122.3, VehicleState::Occupied { free_in_s: 900.0 })));
            snapshot.requests = if at_s < 30.0 { Vec::new() } else { vec![town_request(9, 37.76, -122.43)] };
            let decision = decide(&snapshot, &limits, &carried).unwrap();
            carried = decision.carried;
            if at_s >= 30.0 {
                assert_eq!(decision.pairs, [Pair { request: 9, vehicle: chosen }], "{farther_s} s farther");
            }
        }
    }
}

fn town_request(id: u64, lat: f64, lon: f64) -> fareway_matching::policy::Request {
    fareway_matching::policy::Request { id, lat, lon, age_s: 0.0, vehicle: None }
}

#[test]
fn a_fleet_without_requests_and_requests_without_a_fleet_are_decided_on() {
    let nobody = Town::new(1, 4).snapshot;
    assert_eq!(decide(&nobody, &Limits::default(), &Carried::default()).unwrap().pairs, []);
    let mut no_cars = Town::new(1, 0).snapshot;
    no_cars.requests.push(town_request(1, 37.76, -122.43));
    assert_eq!(decide(&no_cars, &Limits::default(), &Carried::default()).unwrap().pairs, []);
}

#[test]
fn a_snapshot_that_contradicts_itself_is_refused_with_a_reason() {
    let good = {
        let mut snapshot = Town::new(1, 3).snapshot;
        snapshot.requests = vec![town_request(1, 37.76, -122.43), town_request(2, 37.77, -122.43)];
        snapshot
    };
    let refused = |change: &dyn Fn(&mut Snapshot)| {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        decide(&snapshot, &Limits::default(), &Carried::default()).unwrap_err()
    };
    assert!(decide(&good, &Limits::default(), &Carried::default()).is_ok());
    assert!(matches!(refused(&|s| s.requests[0].lat = f64::NAN), PolicyError::RequestPlace { id: 1, .. }));
    assert!(matches!(
        refused(&|s| (s.vehicles[0].lat, s.vehicles[0].lon) = (-122.4, 37.7)),
        PolicyError::VehiclePlace { .. }
    ));
    assert!(matches!(refused(&|s| s.requests[1].id = 1), PolicyError::RequestTwice(1)));
    assert!(matches!(refused(&|s| s.vehicles[1].id = s.vehicles[0].id), PolicyError::VehicleTwice(500)));
    assert!(matches!(
        refused(&|s| s.requests[0].vehicle = Some(9)),
        PolicyError::UnknownVehicle { request: 1, vehicle: 9 }
    ));
    let twice = |s: &mut Snapshot| s.requests.iter_mut().for_each(|request| request.vehicle = Some(500));
    assert!(matches!(refused(&twice), PolicyError::PromisedTwice(500)));
    let one_sided = |s: &mut Snapshot| s.vehicles[0].state = VehicleState::ToPickup { request: 1 };
    assert!(matches!(refused(&one_sided), PolicyError::OneSidedPromise { .. }));
    let nan = |s: &mut Snapshot| s.vehicles[0].state = VehicleState::Occupied { free_in_s: f64::NAN };
    assert!(matches!(refused(&nan), PolicyError::NotANumber { field: "free_in_s", .. }));
    assert!(matches!(refused(&|s| s.speed_mps = 0.0), PolicyError::NotPositive { field: "speed_mps", .. }));
    assert!(matches!(refused(&|s| s.requests[0].age_s = -1.0), PolicyError::NotANumber { field: "age_s", .. }));
    let none = Limits { near: 0, ..Limits::default() };
    assert!(matches!(decide(&good, &none, &Carried::default()), Err(PolicyError::NoCandidates)));
    let nan = Limits { change_s: f64::NAN, ..Limits::default() };
    assert!(matches!(decide(&good, &nan, &Carried::default()), Err(PolicyError::NotANumber { .. })));
    let later =
        decide(&Snapshot { at_s: 50.0, ..good.clone() }, &Limits::default(), &Carried::default()).unwrap().carried;
    assert!(matches!(decide(&good, &Limits::default(), &later), Err(PolicyError::ClockWentBack { .. })));
}
