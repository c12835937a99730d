//! R3: a batch of requests and cars matched by road time beside the same by great circle, positions in, proven pairs out;
//! and against a second solver that is given every pair. Called by `roads`.

use std::time::Instant;

use fareway_matching::{
    assignment::{
        Crow, Limited, Request, Vehicle,
        sparse::{self, Edge, SparseProblem},
    },
    roads::{self, Roads, Snap},
};
use fareway_shared::place::LatLng;

use super::{REACH_M, ROUNDS, least, positions};
use crate::row::{Failed, Row};

/// Requests and cars of the instance, and of others.
const SIZES: [[usize; 2]; 4] = [[5_000, 10_000], [3_000, 3_000], [8_000, 6_400], [20_000, 40_000]];
/// Requests and cars of the instance that the second solver is given.
const SMALL: [usize; 2] = [1_000, 1_100];
/// What a request that stays unmatched costs, metres by great circle and ms by road.
const UNMATCHED_M: u32 = 100_000;
const UNMATCHED_MS: u32 = 7_200_000;

/// Measures it.
pub(crate) fn rows(roads: &Roads) -> Result<Vec<Row>, Failed> {
    agree(roads)?;
    let mut rows = SIZES.into_iter().map(|size| row(roads, size)).collect::<Result<Vec<Row>, Failed>>()?;
    rows.push(warm(roads)?);
    Ok(rows)
}

/// The next batch, in which one in a hundred of each side is elsewhere, begun with the last one's prices and without.
fn warm(roads: &Roads) -> Result<Row, Failed> {
    let [requests, cars] = SIZES[0];
    let places = positions::seeded(roads, 3, requests + cars);
    let elsewhere = positions::seeded(roads, 5, (requests + cars) / 100);
    let (pickups, vehicles) = sides(&places, requests);
    let last = Limited::by_road(roads, roads::Crow::default(), &pickups, &vehicles)?.solve()?.solution;
    let mut moved = places;
    for (place, other) in moved.iter_mut().step_by(100).zip(elsewhere) {
        *place = other;
    }
    let (pickups, vehicles) = sides(&moved, requests);
    let batch = || Limited::by_road(roads, roads::Crow::default(), &pickups, &vehicles);
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let without = batch()?.solve()?.solution.cost;
        cold.push(started.elapsed());
        let started = Instant::now();
        let with = batch()?.starting_from(&last.request_price, &last.vehicle_price).solve()?.solution.cost;
        warm.push(started.elapsed());
        if with != without {
            return Err(format!("a batch begun with prices costs {with} ms, without {without}").into());
        }
    }
    let note = "the same batch without: 1 % moved, cost equal";
    Ok(Row::less("R3 5000 x 10000, with the last prices", least(&warm) * 1e3, least(&cold) * 1e3, "ms", note))
}

fn sides(places: &[LatLng], requests: usize) -> (Vec<Request>, Vec<Vehicle>) {
    let (pickups, vehicles) = places.split_at(requests);
    let pickups = pickups.iter().map(|at| Request::new(*at, UNMATCHED_MS)).collect();
    (pickups, vehicles.iter().map(|at| Vehicle::new(*at)).collect())
}

fn row(roads: &Roads, [requests, cars]: [usize; 2]) -> Result<Row, Failed> {
    let places = positions::seeded(roads, 3, requests + cars);
    let (pickups, vehicles) = places.split_at(requests);
    let (mut by_road, mut by_crow, mut cost) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..if requests == 5_000 { ROUNDS } else { 3 } {
        let started = Instant::now();
        cost.0 = solve(roads, pickups, vehicles)?;
        by_road.push(started.elapsed());
        let started = Instant::now();
        cost.1 = Crow::new(pickups, vehicles, UNMATCHED_M)?.solve()?.cost;
        by_crow.push(started.elapsed());
    }
    let (ours, crow) = (least(&by_road) * 1e3, least(&by_crow) * 1e3);
    let note = format!("the same by great circle; total {} ms by road, {} m by great circle; proved", cost.0, cost.1);
    Ok(Row::less(&format!("R3 {requests} x {cars} by road time"), ours, crow, "ms", note))
}

fn solve(roads: &Roads, pickups: &[LatLng], vehicles: &[LatLng]) -> Result<u64, Failed> {
    let requests: Vec<Request> = pickups.iter().map(|at| Request::new(*at, UNMATCHED_MS)).collect();
    let vehicles: Vec<Vehicle> = vehicles.iter().map(|at| Vehicle::new(*at)).collect();
    let crow = roads::Crow::default();
    Ok(Limited::by_road(roads, crow, &requests, &vehicles)?.solve()?.solution.cost)
}

/// A second solver that is given the road times of all pairs finds the same total.
fn agree(roads: &Roads) -> Result<(), Failed> {
    let [requests, cars] = SMALL;
    let places = positions::seeded(roads, 4, requests + cars);
    let (pickups, vehicles) = places.split_at(requests);
    let snaps: Vec<Snap> = vehicles.iter().filter_map(|at| roads.snap(*at, REACH_M)).collect();
    let (mut edges, mut times) = (Vec::new(), Vec::new());
    for (request, at) in (0..).zip(pickups) {
        let pickup = roads.snap(*at, REACH_M).ok_or("a position off the map")?;
        roads.times_to(&snaps, &pickup, u32::MAX, &mut times);
        let all = (0..).zip(&times).filter_map(|(vehicle, ms)| ms.map(|cost| Edge { request, vehicle, cost }));
        edges.extend(all);
    }
    let dense = sparse::solve(&SparseProblem { unmatched: vec![UNMATCHED_MS; requests], vehicles: cars, edges })?;
    let ours = solve(roads, pickups, vehicles)?;
    if ours != dense.cost {
        return Err(format!(
            "{requests} x {cars} by road: ours costs {ours} ms, over a table of all pairs {}",
            dense.cost
        )
        .into());
    }
    println!("roads: {requests} x {cars} by road costs what the solver over a table of all pairs finds: {ours} ms");
    Ok(())
}
