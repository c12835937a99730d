//! A small town of requests and cars that lives from tick to tick as the policy decides, for the tests beside it. Seeded,
//! so that a failure can be looked at again.

mod draw;

use std::collections::BTreeMap;

use fareway_matching::policy::{Pair, Request, Snapshot, Vehicle, VehicleState};

use draw::Draw;

/// The town.
#[derive(Debug, Clone)]
pub(crate) struct Town {
    pub(crate) draw: Draw,
    pub(crate) snapshot: Snapshot,
    next_id: u64,
    pub(crate) picked_up: usize,
}

/// Seconds from one tick to the next.
pub(crate) const TICK_S: f64 = 10.0;
const STEP: f64 = TICK_S * 6.667 / 1.35 / 111_195.0;

impl Town {
    pub(crate) fn new(seed: u64, cars: u64) -> Self {
        let mut draw = Draw(seed);
        let vehicles = (0..cars)
            .map(|id| Vehicle { id: 500 + id, lat: lat(&mut draw), lon: lon(&mut draw), state: VehicleState::Idle })
            .collect();
        let snapshot = Snapshot {
            at_s: 0.0,
            speed_mps: 6.667,
            detour: 1.35,
            patience_s: 300.0,
            max_drive_s: 900.0,
            requests: Vec::new(),
            vehicles,
        };
        Self { draw, snapshot, next_id: 0, picked_up: 0 }
    }

    /// Makes an answer hold, lets a tick pass, and lets new people ask.
    pub(crate) fn live(&mut self, pairs: &[Pair], asking: u64) {
        let mates: BTreeMap<u64, u64> = pairs.iter().map(|pair| (pair.request, pair.vehicle)).collect();
        let by_car: BTreeMap<u64, u64> = pairs.iter().map(|pair| (pair.vehicle, pair.request)).collect();
        let pickups: BTreeMap<u64, (f64, f64)> =
            self.snapshot.requests.iter().map(|request| (request.id, (request.lat, request.lon))).collect();
        let mut gone = Vec::new();
        for car in &mut self.snapshot.vehicles {
            if let VehicleState::Occupied { free_in_s } = car.state {
                let left = free_in_s - TICK_S;
                car.state = VehicleState::Occupied { free_in_s: left };
                if left > 0.0 {
                    continue;
                }
            }
            let Some(request) = by_car.get(&car.id) else {
                car.state = VehicleState::Idle;
                continue;
            };
            car.state = VehicleState::ToPickup { request: *request };
            let (north, east) = (pickups[request].0 - car.lat, pickups[request].1 - car.lon);
            let far = north.hypot(east);
            if far <= STEP {
                gone.push(*request);
                (car.lat, car.lon) = (lat(&mut self.draw), lon(&mut self.draw));
                car.state = VehicleState::Occupied { free_in_s: 60.0 + 600.0 * self.draw.share() };
            } else {
                car.lat += north * STEP / far;
                car.lon += east * STEP / far;
            }
        }
        self.picked_up += gone.len();
        self.snapshot.at_s += TICK_S;
        for request in &mut self.snapshot.requests {
            request.vehicle = mates.get(&request.id).copied();
            request.age_s += TICK_S;
        }
        let patience_s = self.snapshot.patience_s;
        self.snapshot.requests.retain(|request| {
            !gone.contains(&request.id) && (request.vehicle.is_some() || request.age_s <= patience_s)
        });
        for _ in 0..asking {
            let request = Request {
                id: self.next_id,
                lat: lat(&mut self.draw),
                lon: lon(&mut self.draw),
                age_s: TICK_S * self.draw.share(),
                vehicle: None,
            };
            self.next_id += 1;
            self.snapshot.requests.push(request);
        }
    }
}

fn lat(draw: &mut Draw) -> f64 {
    (37.75 + 0.06 * draw.share() * draw.share()).mul_add(1e6, 0.0).round() / 1e6
}

fn lon(draw: &mut Draw) -> f64 {
    (-122.45 + 0.06 * draw.share()).mul_add(1e6, 0.0).round() / 1e6
}
