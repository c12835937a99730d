//! Assignment beside brute force on small instances and a second solver on larger ones.
#![expect(clippy::as_conversions, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use fareway_matching::assignment::{
    AssignmentError, COST_MAX, Change, Crow, Solution, Standing,
    sparse::{self, Edge, SparseProblem},
};
use fareway_shared::place::LatLng;

/// A seeded draw.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 40) as f64 / (1_u64 << 40) as f64
    }

    fn place(&mut self, lat: f64, lng: f64, spread: f64) -> LatLng {
        LatLng::new(lat + spread * (self.unit() - 0.5), lng + spread * (self.unit() - 0.5)).unwrap()
    }
}

/// Every pair's cost, rows requests.
type Costs = Vec<Vec<Option<u32>>>;

/// The second solver: the textbook Hungarian method on the square matrix with a stay-at-home column per request.
fn hungarian(costs: &Costs, unmatched: &[u32]) -> u64 {
    let (rows, cols) = (costs.len(), costs[0].len() + costs.len());
    let cost = |row: usize, col: usize| -> i64 {
        costs[row].get(col).map_or_else(|| i64::from(unmatched[row]), |cost| cost.map_or(1 << 40, i64::from))
    };
    let (mut u, mut v) = (vec![0_i64; rows + 1], vec![0_i64; cols + 1]);
    let mut mate = vec![0_usize; cols + 1];
    for row in 1..=rows {
        mate[0] = row;
        let (mut col, mut least, mut seen) = (0, vec![i64::MAX; cols + 1], vec![false; cols + 1]);
        let mut way = vec![0_usize; cols + 1];
        while mate[col] != 0 {
            seen[col] = true;
            let (at, mut delta, mut next) = (mate[col], i64::MAX, 0);
            for other in (1..=cols).filter(|other| !seen[*other]) {
                let slack = cost(at - 1, other - 1) - u[at] - v[other];
                if slack < least[other] {
                    (least[other], way[other]) = (slack, col);
                }
                if least[other] < delta {
                    (delta, next) = (least[other], other);
                }
            }
            for other in 0..=cols {
                if seen[other] {
                    u[mate[other]] += delta;
                    v[other] -= delta;
                } else {
                    least[other] = least[other].saturating_sub(delta);
                }
            }
            col = next;
        }
        while col != 0 {
            let before = way[col];
            mate[col] = mate[before];
            col = before;
        }
    }
    (1..=cols).filter(|col| mate[*col] != 0).map(|col| cost(mate[col] - 1, col - 1) as u64).sum()
}

/// Every way to match, tried.
fn brute_force(costs: &Costs, unmatched: &[u32], row: usize, taken: u32) -> u64 {
    if row == costs.len() {
        return 0;
    }
    let mut best = u64::from(unmatched[row]) + brute_force(costs, unmatched, row + 1, taken);
    for (col, cost) in costs[row].iter().enumerate() {
        if let (Some(cost), 0) = (cost, taken >> col & 1) {
            best = best.min(u64::from(*cost) + brute_force(costs, unmatched, row + 1, taken | 1 << col));
        }
    }
    best
}

/// Holds a solution to its own words: a matching, that costs what it says, proved by its prices over every pair.
fn holds(solution: &Solution, costs: &Costs, unmatched: &[u32]) {
    let mut taken = vec![false; costs[0].len()];
    let mut sum = 0;
    for (row, vehicle) in solution.vehicle_of.iter().enumerate() {
        let Some(vehicle) = vehicle else {
            sum += u64::from(unmatched[row]);
            assert_eq!(solution.request_price[row], unmatched[row]);
            continue;
        };
        assert!(!std::mem::replace(&mut taken[*vehicle as usize], true), "vehicle {vehicle} is matched twice");
        let cost = costs[row][*vehicle as usize].unwrap();
        sum += u64::from(cost);
        assert_eq!(solution.request_price[row], cost + solution.vehicle_price[*vehicle as usize]);
    }
    assert_eq!(sum, solution.cost);
    for (row, costs) in costs.iter().enumerate() {
        assert!(solution.request_price[row] <= unmatched[row]);
        for (col, cost) in costs.iter().enumerate() {
            let Some(cost) = cost else { continue };
            assert!(solution.request_price[row] <= cost + solution.vehicle_price[col], "pair {row}, {col}");
        }
    }
    for (col, taken) in taken.iter().enumerate() {
        assert!(*taken || solution.vehicle_price[col] == 0, "free vehicle {col} has a price");
    }
}

fn sparse_of(costs: &Costs, unmatched: &[u32]) -> SparseProblem {
    let edge = |(request, row): (usize, &Vec<Option<u32>>)| -> Vec<Edge> {
        let edge = |(vehicle, cost): (usize, &Option<u32>)| {
            cost.map(|cost| Edge { request: request as u32, vehicle: vehicle as u32, cost })
        };
        row.iter().enumerate().filter_map(edge).collect()
    };
    SparseProblem {
        unmatched: unmatched.to_vec(),
        vehicles: costs[0].len(),
        edges: costs.iter().enumerate().flat_map(edge).collect(),
    }
}

fn crow_costs(requests: &[LatLng], vehicles: &[LatLng]) -> Costs {
    let cost = |from: &LatLng, to: &LatLng| Some(from.crow_m(*to).round_ties_even() as u32);
    requests.iter().map(|from| vehicles.iter().map(|to| cost(from, to)).collect()).collect()
}

/// Solves by great circle and holds the answer to both proofs.
fn solves(requests: &[LatLng], vehicles: &[LatLng], unmatched_m: u32) -> Solution {
    let costs = crow_costs(requests, vehicles);
    let unmatched = vec![unmatched_m; requests.len()];
    let solution = Crow::new(requests, vehicles, unmatched_m).unwrap().solve().unwrap();
    holds(&solution, &costs, &unmatched);
    assert_eq!(solution.cost, hungarian(&costs, &unmatched));
    solution
}

#[test]
fn small_sparse_problems_cost_what_trying_everything_finds() {
    let mut draw = Draw(1);
    for _ in 0..3_000 {
        let (rows, cols) = (1 + draw.below(6) as usize, 1 + draw.below(6) as usize);
        let (top, missing) = ([3, 20, 1_000][draw.below(3) as usize], draw.below(4));
        let mut cost = || (draw.below(4) >= missing).then(|| draw.below(top) as u32);
        let costs: Costs = (0..rows).map(|_| (0..cols).map(|_| cost()).collect()).collect();
        let unmatched: Vec<u32> = (0..rows).map(|_| draw.below(top * 2) as u32).collect();
        let solution = sparse::solve(&sparse_of(&costs, &unmatched)).unwrap();
        holds(&solution, &costs, &unmatched);
        assert_eq!(solution.cost, brute_force(&costs, &unmatched, 0, 0));
        assert_eq!(solution.cost, hungarian(&costs, &unmatched), "the second solver agrees with brute force too");
    }
}

#[test]
fn larger_sparse_problems_cost_what_the_second_solver_finds() {
    let mut draw = Draw(2);
    for (rows, cols, top) in [(60, 60, 50), (80, 40, 1_000), (40, 90, 100_000), (120, 120, 5), (70, 70, 1)] {
        let mut cost = || (draw.below(5) > 1).then(|| draw.below(top) as u32);
        let costs: Costs = (0..rows).map(|_| (0..cols).map(|_| cost()).collect()).collect();
        let unmatched: Vec<u32> = (0..rows).map(|_| draw.below(top * 3) as u32).collect();
        let solution = sparse::solve(&sparse_of(&costs, &unmatched)).unwrap();
        holds(&solution, &costs, &unmatched);
        assert_eq!(solution.cost, hungarian(&costs, &unmatched));
    }
}

#[test]
fn places_are_matched_at_the_cost_that_the_second_solver_finds() {
    let mut draw = Draw(3);
    for (rows, cols) in [(1, 1), (1, 200), (200, 1), (100, 100), (60, 150), (150, 60), (99, 100), (300, 300)] {
        let requests: Vec<LatLng> = (0..rows).map(|_| draw.place(37.7, -122.4, 0.1)).collect();
        let vehicles: Vec<LatLng> = (0..cols).map(|_| draw.place(37.75, -122.45, 0.2)).collect();
        let solution = solves(&requests, &vehicles, 100_000);
        assert_eq!(solution.vehicle_of.iter().flatten().count(), rows.min(cols));
        solves(&requests, &vehicles, 3_000);
        solves(&requests, &vehicles, 0);
    }
}

#[test]
fn clusters_duplicates_and_globes_are_matched_exactly() {
    let mut draw = Draw(4);
    for (spread, count) in [(1e-4, 120), (0.0, 90), (170.0, 120), (1e-6, 100)] {
        let requests: Vec<LatLng> = (0..count).map(|_| draw.place(0.0, 0.0, spread)).collect();
        let mut vehicles: Vec<LatLng> = (0..count).map(|_| draw.place(0.0, 0.0, spread)).collect();
        solves(&requests, &vehicles, 100_000);
        vehicles.truncate(count / 2);
        solves(&requests, &vehicles, 100_000);
        vehicles.extend(requests.iter().take(count / 3));
        solves(&requests, &vehicles, 30_000_000);
    }
    let corners = [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (0.0, -180.0), (0.0, 0.0), (37.7, -122.4), (-37.7, 57.6)];
    let corners = corners.map(|(lat, lng)| LatLng::new(lat, lng).unwrap());
    let mut turned = corners;
    turned.rotate_left(3);
    solves(&corners, &turned, 100_000);
    solves(&corners[..4], &corners[4..], 100_000_000);
    let antipodes: Vec<LatLng> = (0..40).map(|_| draw.place(-37.7, 57.6, 0.01)).collect();
    let here: Vec<LatLng> = (0..40).map(|_| draw.place(37.7, -122.4, 0.01)).collect();
    solves(&here, &antipodes, 500_000_000);
}

#[test]
fn thousands_at_one_place_are_matched_as_surely_as_any() {
    let mut draw = Draw(8);
    let mut side = |crowd: usize, others: usize| -> Vec<LatLng> {
        let spot = vec![LatLng::new(37.7, -122.4).unwrap(); crowd];
        spot.into_iter().chain((0..others).map(|_| draw.place(37.7, -122.4, 0.05))).collect()
    };
    for (requests, vehicles) in
        [((2_000, 0), (2_000, 0)), ((1_500, 0), (0, 1_600)), ((300, 400), (0, 900)), ((0, 500), (300, 300))]
    {
        let (requests, vehicles) = (side(requests.0, requests.1), side(vehicles.0, vehicles.1));
        let solution = Crow::new(&requests, &vehicles, 100_000).unwrap().solve().unwrap();
        holds(&solution, &crow_costs(&requests, &vehicles), &vec![100_000; requests.len()]);
    }
}

#[test]
fn the_same_places_are_matched_the_same_way_every_time() {
    let mut draw = Draw(9);
    let requests: Vec<LatLng> = (0..400).map(|_| draw.place(37.7, -122.4, 0.01)).collect();
    let vehicles: Vec<LatLng> = (0..450).map(|_| draw.place(37.7, -122.4, 0.01)).collect();
    let solve = || Crow::new(&requests, &vehicles, 100_000).unwrap().solve().unwrap();
    let once = solve();
    let again = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(solve)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<Solution>>()
    });
    assert!(again.iter().all(|again| *again == once));
}

#[test]
fn bad_input_is_a_typed_error() {
    let here = [LatLng::new(37.7, -122.4).unwrap()];
    assert_eq!(Crow::new(&[], &here, 1).unwrap_err(), AssignmentError::NoRequests);
    assert_eq!(Crow::new(&here, &[], 1).unwrap_err(), AssignmentError::NoVehicles);
    assert_eq!(Crow::new(&here, &here, u32::MAX).unwrap_err(), AssignmentError::TooDear { cost: u32::MAX });
    let edge = Edge { request: 0, vehicle: 0, cost: 5 };
    let problem = SparseProblem { unmatched: vec![7], vehicles: 1, edges: vec![edge] };
    assert_eq!(sparse::solve(&problem).unwrap().cost, 5);
    let with = |edge: Edge| sparse::solve(&SparseProblem { edges: vec![edge], ..problem.clone() }).unwrap_err();
    assert_eq!(with(Edge { request: 1, ..edge }), AssignmentError::NoSuchRequest { request: 1, count: 1 });
    assert_eq!(with(Edge { vehicle: 9, ..edge }), AssignmentError::NoSuchVehicle { vehicle: 9, count: 1 });
    assert_eq!(with(Edge { cost: COST_MAX + 1, ..edge }), AssignmentError::TooDear { cost: COST_MAX + 1 });
    let nobody = SparseProblem { unmatched: vec![], ..problem.clone() };
    assert_eq!(sparse::solve(&nobody).unwrap_err(), AssignmentError::NoRequests);
    let no_cars = SparseProblem { vehicles: 0, edges: vec![], ..problem };
    assert_eq!(sparse::solve(&no_cars).unwrap_err(), AssignmentError::NoVehicles);
}

#[test]
fn a_standing_assignment_stays_as_cheap_as_one_made_from_the_beginning() {
    let city = [(5, 150, 200), (6, 160, 160), (7, 200, 150), (8, 160, 161), (9, 161, 160)];
    let city = city.into_iter().map(|(seed, rows, cols)| (seed, rows, cols, 0.1));
    for (seed, rows, cols, spread) in city.chain([(10, 120, 121, 1e-4), (11, 120, 119, 1e-4), (12, 90, 90, 0.0)]) {
        let mut draw = Draw(seed);
        let mut places = |count: usize, spread: f64| -> Vec<Option<LatLng>> {
            (0..count).map(|_| Some(draw.place(37.7, -122.4, spread))).collect()
        };
        let (mut requests, mut vehicles) = (places(rows, spread), places(cols, spread * 1.5));
        let mut standing = Standing::new(100_000).unwrap();
        let come = requests.iter().flatten().map(|place| Change::RequestCame(*place));
        let came = vehicles.iter().flatten().map(|place| Change::VehicleCame(*place));
        standing.change(&come.chain(came).collect::<Vec<Change>>()).unwrap();
        for _ in 0..25 {
            let mut changes = Vec::new();
            for _ in 0..1 + draw.below(4) {
                let place = draw.place(37.7, -122.4, spread * 2.0);
                let (request, vehicle) =
                    (draw.below(requests.len() as u64) as usize, draw.below(vehicles.len() as u64) as usize);
                match draw.below(6) {
                    0 => {
                        requests.push(Some(place));
                        changes.push(Change::RequestCame(place));
                    }
                    1 => {
                        vehicles.push(Some(place));
                        changes.push(Change::VehicleCame(place));
                    }
                    2 if requests[request].is_some() => {
                        requests[request] = Some(place);
                        changes.push(Change::RequestMoved(request as u32, place));
                    }
                    3 if vehicles[vehicle].is_some() => {
                        vehicles[vehicle] = Some(place);
                        changes.push(Change::VehicleMoved(vehicle as u32, place));
                    }
                    4 if requests[request].take().is_some() => changes.push(Change::RequestWent(request as u32)),
                    5 if vehicles[vehicle].take().is_some() => changes.push(Change::VehicleWent(vehicle as u32)),
                    _ => {}
                }
            }
            standing.change(&changes).unwrap();
            let (now, free): (Vec<LatLng>, Vec<LatLng>) =
                (requests.iter().flatten().copied().collect(), vehicles.iter().flatten().copied().collect());
            let cold = Crow::new(&now, &free, 100_000).unwrap().solve().unwrap();
            let warm = standing.solution();
            assert_eq!(warm.cost, cold.cost);
            let number = |all: &[Option<LatLng>]| -> Vec<u32> {
                (0..).zip(all).filter_map(|(number, place)| place.map(|_| number)).collect()
            };
            let (request_numbers, vehicle_numbers) = (number(&requests), number(&vehicles));
            let same = Solution {
                cost: warm.cost,
                vehicle_of: request_numbers
                    .iter()
                    .map(|request| {
                        let vehicle = warm.vehicle_of[*request as usize]?;
                        vehicle_numbers.binary_search(&vehicle).ok().map(|at| at as u32)
                    })
                    .collect(),
                request_price: request_numbers.iter().map(|request| warm.request_price[*request as usize]).collect(),
                vehicle_price: vehicle_numbers.iter().map(|vehicle| warm.vehicle_price[*vehicle as usize]).collect(),
            };
            holds(&same, &crow_costs(&now, &free), &vec![100_000; now.len()]);
        }
        let nobody = standing.change(&[Change::RequestWent(100_000)]).unwrap_err();
        assert_eq!(nobody, AssignmentError::NoSuchRequest { request: 100_000, count: requests.len() });
    }
}
