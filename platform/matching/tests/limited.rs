//! Assignment by road and under limits: equal to trying everything on small instances and to a second solver on larger ones,
//! proved by its prices over every pair that may be made, by road and by great circle.
#![expect(clippy::as_conversions, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod city;

use std::sync::Arc;

use city::{Draw, roads};
use fareway_matching::{
    assignment::{
        Area, AssignmentError, COST_MAX, Limited, Matched, Promised, Request, Vehicle,
        sparse::{self, Edge, SparseProblem},
    },
    index::{Availability, Filter, Profile},
    roads::{By, Crow, Eta, Roads},
};
use fareway_shared::place::LatLng;

/// By what an instance is measured.
#[derive(Clone, Copy)]
enum Ground<'a> {
    Crow,
    Road(&'a Roads),
}

/// What a pair costs, worked out from what the request and the vehicle say and nothing else; None if it must not be made.
fn pair(ground: Ground<'_>, eta: &Eta, request: &Request, vehicle: &Vehicle) -> Option<u32> {
    let apart = match ground {
        Ground::Crow => vehicle.at.crow_m(request.pickup).round_ties_even() as u32,
        Ground::Road(_) => eta.between(vehicle.at, request.pickup).ms,
    };
    let fits = vehicle.profile.is_none_or(|profile| request.wants.fits(profile))
        && request.latest.is_none_or(|latest| apart <= latest)
        && vehicle.area.as_ref().is_none_or(|area| area.holds(request.pickup));
    let late = request
        .promised
        .map_or(0, |promised| u64::from(apart.saturating_sub(promised.by)) * u64::from(promised.late_per_1000) / 1000);
    let cost = u64::from(apart) + late + u64::from(vehicle.handicap);
    (fits && cost <= u64::from(COST_MAX)).then_some(cost as u32)
}

fn table(ground: Ground<'_>, requests: &[Request], vehicles: &[Vehicle]) -> Vec<Vec<Option<u32>>> {
    let eta = match ground {
        Ground::Crow => Eta::new(None, Crow::default()),
        Ground::Road(roads) => Eta::new(Some(roads.clone()), Crow::default()),
    };
    let row = |request: &Request| vehicles.iter().map(|vehicle| pair(ground, &eta, request, vehicle)).collect();
    requests.iter().map(row).collect()
}

/// Every way to match, tried.
fn brute_force(costs: &[Vec<Option<u32>>], requests: &[Request], taken: u32) -> u64 {
    let ([row, costs @ ..], [request, requests @ ..]) = (costs, requests) else { return 0 };
    let mut best = u64::from(request.unmatched) + brute_force(costs, requests, taken);
    for (col, cost) in row.iter().enumerate() {
        if let (Some(cost), 0) = (cost, taken >> col & 1) {
            best = best.min(u64::from(*cost) + brute_force(costs, requests, taken | 1 << col));
        }
    }
    best
}

/// The second solver, given every pair that may be made.
fn second_solver(costs: &[Vec<Option<u32>>], requests: &[Request]) -> u64 {
    let mut edges = Vec::new();
    for (request, row) in (0..).zip(costs) {
        edges.extend((0..).zip(row).filter_map(|(vehicle, cost)| cost.map(|cost| Edge { request, vehicle, cost })));
    }
    let unmatched = requests.iter().map(|request| request.unmatched).collect();
    sparse::solve(&SparseProblem { unmatched, vehicles: costs[0].len(), edges }).unwrap().cost
}

/// Holds an answer to its own words: a matching that costs what it says, proved by its prices over every pair.
fn holds(matched: &Matched, costs: &[Vec<Option<u32>>], requests: &[Request]) {
    let solution = &matched.solution;
    let mut free = vec![true; costs[0].len()];
    let mut sum = 0;
    for (row, vehicle) in solution.vehicle_of.iter().enumerate() {
        assert_eq!(vehicle.is_some(), matched.by[row].is_some());
        let Some(vehicle) = vehicle.map(|vehicle| vehicle as usize) else {
            sum += u64::from(requests[row].unmatched);
            assert_eq!(solution.request_price[row], requests[row].unmatched);
            continue;
        };
        assert!(std::mem::replace(&mut free[vehicle], false), "vehicle {vehicle} is matched twice");
        // Nothing stands here for a pair that must not be made.
        let cost = costs[row][vehicle].unwrap();
        sum += u64::from(cost);
        assert_eq!(solution.request_price[row], cost + solution.vehicle_price[vehicle]);
    }
    assert_eq!(sum, solution.cost);
    for (row, costs) in costs.iter().enumerate() {
        assert!(solution.request_price[row] <= requests[row].unmatched);
        for (col, cost) in costs.iter().enumerate() {
            let Some(cost) = cost else { continue };
            assert!(solution.request_price[row] <= cost + solution.vehicle_price[col], "pair {row}, {col}");
        }
    }
    for (col, free) in free.iter().enumerate() {
        assert!(!free || solution.vehicle_price[col] == 0, "free vehicle {col} has a price");
    }
}

/// Solves, and holds the answer to both proofs.
fn solves(ground: Ground<'_>, requests: &[Request], vehicles: &[Vehicle]) -> Matched {
    let solve = || match ground {
        Ground::Crow => Limited::by_crow(requests, vehicles).unwrap().solve().unwrap(),
        Ground::Road(roads) => Limited::by_road(roads, Crow::default(), requests, vehicles).unwrap().solve().unwrap(),
    };
    let matched = solve();
    let costs = table(ground, requests, vehicles);
    holds(&matched, &costs, requests);
    assert_eq!(matched.solution.cost, second_solver(&costs, requests));
    if requests.len() <= 6 && vehicles.len() <= 6 {
        assert_eq!(matched.solution.cost, brute_force(&costs, requests, 0));
    }
    assert_eq!(matched, solve(), "the same instance gives the same answer");
    matched
}

/// How an instance is drawn.
#[derive(Clone, Copy)]
struct Town {
    /// Costs are about this high: metres or ms across the town.
    across: u32,
    /// One in so many places is off the map; 0: none.
    stray: u64,
    /// Places are rounded to so many to a side; 0: not at all.
    ties: u64,
}

fn place(draw: &mut Draw, town: Town) -> LatLng {
    let mut unit = || if town.ties > 0 { draw.below(town.ties) as f64 / town.ties as f64 } else { draw.unit() };
    let (north, east) = (unit(), unit());
    if town.stray > 0 && draw.below(town.stray) == 0 {
        return LatLng::new(49.46 + 0.05 * north, 8.75 + 0.05 * east).unwrap();
    }
    LatLng::new(49.40 + 0.01 * north, 8.67 + 0.015 * east).unwrap()
}

fn profile(draw: &mut Draw) -> Profile {
    let profile = Profile::new(draw.below(3) as u8, 3 + draw.below(5) as u8).unwrap();
    let free = if draw.below(9) == 0 { Availability::Paused } else { Availability::Vacant };
    let profile = profile.with_availability(free);
    if draw.below(4) == 0 { profile.with_wheelchair() } else { profile }
}

fn wants(draw: &mut Draw) -> Filter {
    let wants = [Filter::ANY, Filter::VACANT, Filter::VACANT.in_classes(&[1]), Filter::VACANT.in_classes(&[0, 2])];
    let wants = wants[draw.below(4) as usize].with_seats(draw.below(8) as u8);
    if draw.below(6) == 0 { wants.with_wheelchair() } else { wants }
}

/// Requests and vehicles with everything that they may ask for and offer, each now and then.
fn limited(draw: &mut Draw, town: Town, rows: usize, cols: usize) -> (Vec<Request>, Vec<Vehicle>) {
    let across = u64::from(town.across);
    let some = |draw: &mut Draw, one_in: u64, below: u64| (draw.below(one_in) == 0).then(|| draw.below(below) as u32);
    let requests = (0..rows)
        .map(|_| Request {
            pickup: place(draw, town),
            wants: wants(draw),
            latest: some(draw, 3, across),
            promised: some(draw, 3, across / 2).map(|by| Promised { by, late_per_1000: draw.below(4_000) as u32 }),
            unmatched: (draw.below(2 * across) + if draw.below(3) == 0 { 5 * across } else { 0 }) as u32,
        })
        .collect();
    let triangle = |draw: &mut Draw| Area::polygon(&[place(draw, town), place(draw, town), place(draw, town)]).unwrap();
    let vehicles = (0..cols)
        .map(|_| Vehicle {
            at: place(draw, town),
            profile: (draw.below(9) > 0).then(|| profile(draw)),
            area: match draw.below(6) {
                0 => Some(Arc::new(triangle(draw))),
                1 => Some(Arc::new(Area::circle(place(draw, town), 600.0).unwrap())),
                _ => None,
            },
            handicap: if draw.below(2) == 0 { draw.below(2 * across) as u32 } else { 0 },
        })
        .collect();
    (requests, vehicles)
}

fn plain(draw: &mut Draw, town: Town, rows: usize, cols: usize, unmatched: u32) -> (Vec<Request>, Vec<Vehicle>) {
    let requests = (0..rows).map(|_| Request::new(place(draw, town), unmatched)).collect();
    (requests, (0..cols).map(|_| Vehicle::new(place(draw, town))).collect())
}

const METRES: Town = Town { across: 1_500, stray: 0, ties: 0 };

#[test]
fn small_instances_under_limits_cost_what_trying_everything_finds() {
    let mut draw = Draw(1);
    let towns = [roads(1), roads(2)];
    for round in 0..1_000 {
        let (rows, cols) = (1 + draw.below(6) as usize, 1 + draw.below(6) as usize);
        let ties = [0, 2, 5][round % 3];
        let (requests, vehicles) = limited(&mut draw, Town { ties, ..METRES }, rows, cols);
        solves(Ground::Crow, &requests, &vehicles);
        let town = Town { across: 250_000, stray: [0, 3, 8][round / 3 % 3], ties };
        let (requests, vehicles) = limited(&mut draw, town, rows, cols);
        solves(Ground::Road(&towns[round % 2]), &requests, &vehicles);
    }
}

#[test]
fn larger_instances_under_limits_cost_what_the_second_solver_finds() {
    let mut draw = Draw(2);
    let towns = [roads(3), roads(4)];
    for (round, (rows, cols)) in
        [(60, 60), (90, 40), (40, 90), (120, 130), (130, 120), (1, 80), (80, 1), (150, 150)].into_iter().enumerate()
    {
        let ties = [0, 6, 30][round % 3];
        let (requests, vehicles) = limited(&mut draw, Town { ties, ..METRES }, rows, cols);
        solves(Ground::Crow, &requests, &vehicles);
        for stray in [0, 5] {
            let town = Town { across: 250_000, stray, ties };
            let (requests, vehicles) = limited(&mut draw, town, rows, cols);
            solves(Ground::Road(&towns[round % 2]), &requests, &vehicles);
        }
    }
}

#[test]
fn without_limits_as_many_are_matched_as_there_are_on_the_shorter_side() {
    let mut draw = Draw(3);
    for (seed, rows, cols) in [(5, 100, 100), (6, 60, 150), (7, 150, 60), (8, 200, 200), (9, 1, 1)] {
        let town = roads(seed);
        for (stray, ties) in [(0, 0), (4, 0), (1, 0), (0, 5)] {
            let drawn = Town { across: 250_000, stray, ties };
            let (requests, vehicles) = plain(&mut draw, drawn, rows, cols, 100_000_000);
            let matched = solves(Ground::Road(&town), &requests, &vehicles);
            assert_eq!(matched.solution.vehicle_of.iter().flatten().count(), rows.min(cols));
            let by_road = matched.by.iter().flatten().filter(|by| **by == By::Road).count();
            assert!(if stray == 0 { by_road == rows.min(cols) } else { by_road < rows.min(cols).max(2) });
            let (requests, vehicles) = plain(&mut draw, Town { ties, ..METRES }, rows, cols, 100_000);
            let matched = solves(Ground::Crow, &requests, &vehicles);
            assert!(matched.by.iter().flatten().all(|by| *by == By::Crow));
        }
    }
}

#[test]
fn a_request_that_nobody_may_serve_stays_unmatched_and_costs_what_it_says() {
    let here = LatLng::new(49.405, 8.675).unwrap();
    let car = Vehicle { profile: Some(Profile::new(1, 4).unwrap()), ..Vehicle::new(here) };
    let ask = Request::new(here, 1_000);
    let paused = Profile::new(1, 4).unwrap().with_availability(Availability::Paused);
    let elsewhere = Area::circle(LatLng::new(49.5, 8.7).unwrap(), 100.0).unwrap();
    let pairs = [
        (Request { wants: Filter::ANY.in_classes(&[2]), ..ask.clone() }, car.clone()),
        (Request { wants: Filter::ANY.with_seats(5), ..ask.clone() }, car.clone()),
        (Request { wants: Filter::ANY.with_wheelchair(), ..ask.clone() }, car.clone()),
        (Request { wants: Filter::VACANT, ..ask.clone() }, Vehicle { profile: Some(paused), ..car.clone() }),
        (ask.clone(), Vehicle { area: Some(Arc::new(elsewhere)), ..car.clone() }),
        (ask.clone(), Vehicle { handicap: 1_001, ..car.clone() }),
        (
            Request { latest: Some(0), ..ask.clone() },
            Vehicle { at: LatLng::new(49.406, 8.675).unwrap(), ..car.clone() },
        ),
    ];
    let town = roads(1);
    for (request, vehicle) in pairs {
        for ground in [Ground::Crow, Ground::Road(&town)] {
            // On both sides once as the longer one.
            for (asks, cars) in [(1, 1), (1, 3), (3, 1)] {
                let matched = solves(ground, &vec![request.clone(); asks], &vec![vehicle.clone(); cars]);
                assert_eq!((matched.solution.cost, matched.by), (1_000 * asks as u64, vec![None; asks]));
            }
        }
        let matched = solves(Ground::Crow, std::slice::from_ref(&ask), std::slice::from_ref(&car));
        assert_eq!((matched.solution.cost, matched.by), (0, vec![Some(By::Crow)]));
    }
}

#[test]
fn soft_costs_decide_where_nothing_else_does() {
    let at = |north: f64| LatLng::new(49.405 + north, 8.675).unwrap();
    let town = roads(1);
    for ground in [Ground::Crow, Ground::Road(&town)] {
        // Who has been idle longer goes, though a little further off.
        let [near, far] = [0.0005, 0.001].map(|north| Vehicle::new(at(north)));
        let near = Vehicle { handicap: 300_000, ..near };
        let matched = solves(ground, &[Request::new(at(0.0), 10_000_000)], &[near, far]);
        assert_eq!(matched.solution.vehicle_of, [Some(1)]);
        // Of two who want one car, who has waited longer or was promised gets it, though further off.
        let asks = [Request::new(at(0.0005), 1_000_000), Request::new(at(0.001), 2_000_000)];
        let car = [Vehicle::new(at(0.0))];
        assert_eq!(solves(ground, &asks, &car).solution.vehicle_of, [None, Some(0)]);
        let promised = Some(Promised { by: 0, late_per_1000: 5_000_000 });
        let asks = [Request::new(at(0.0005), 1_000), Request { promised, ..Request::new(at(0.0), 1_000_000) }];
        let cars = [Vehicle::new(at(0.0)), Vehicle::new(at(0.0005))];
        assert_eq!(solves(ground, &asks, &cars).solution.vehicle_of, [Some(1), Some(0)]);
    }
}

#[test]
fn a_batch_that_begins_with_any_prices_costs_what_it_costs_without() {
    let mut draw = Draw(11);
    let town = roads(4);
    for (rows, cols) in [(60, 90), (90, 60), (70, 70)] {
        let drawn = Town { across: 250_000, stray: 4, ties: 0 };
        let (requests, vehicles) = plain(&mut draw, drawn, rows, cols, 900_000);
        let batch = || Limited::by_road(&town, Crow::default(), &requests, &vehicles).unwrap();
        let cold = batch().solve().unwrap().solution;
        let wild: Vec<u32> = (0..rows.max(cols)).map(|_| draw.below(1_000_000) as u32).collect();
        let (few, huge) = (vec![7; 3], vec![u32::MAX; rows.max(cols)]);
        for [request_price, vehicle_price] in
            [[&cold.request_price, &cold.vehicle_price], [&wild, &wild], [&few, &few], [&huge, &huge], [&few, &huge]]
        {
            let warm = batch().starting_from(request_price, vehicle_price).solve().unwrap().solution;
            assert_eq!(warm.cost, cold.cost);
        }
    }
}

#[test]
fn bad_input_is_a_typed_error() {
    let here = LatLng::new(49.405, 8.675).unwrap();
    let (ask, car) = ([Request::new(here, 5)], [Vehicle::new(here)]);
    let by_crow = |asks: &[Request], cars: &[Vehicle]| Limited::by_crow(asks, cars).map(|_| ()).unwrap_err();
    assert_eq!(by_crow(&[], &car), AssignmentError::NoRequests);
    assert_eq!(by_crow(&ask, &[]), AssignmentError::NoVehicles);
    let cost = COST_MAX + 1;
    assert_eq!(by_crow(&[Request::new(here, cost)], &car), AssignmentError::TooDear { cost });
    assert_eq!(by_crow(&ask, &[Vehicle { handicap: cost, ..car[0].clone() }]), AssignmentError::TooDear { cost });
    let roads = roads(1);
    let by_road = Limited::by_road(&roads, Crow::default(), &[], &car).map(|_| ()).unwrap_err();
    assert_eq!(by_road, AssignmentError::NoRequests);
}
