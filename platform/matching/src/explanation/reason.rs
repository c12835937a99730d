//! The reason of one request's car, in numbers: the car, the nearest one, and whom the nearest serves instead.
//!
//! At an optimum no two can better themselves by trading: with prices `u` of requests and `p` of cars, every possible pair
//! has `cost ≥ u − p`, and every chosen one has equality. So for a nearer car `n` not taken, what it would save here is at
//! most what it saves elsewhere, `p`; the difference is the proof, and it is shown.

use crate::policy::{Pair, Request, Snapshot, Vehicle, priced};

use super::{NotExplained, Record};

/// Why a request has its car.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The request.
    pub request: u64,
    /// What holds now.
    pub because: Because,
}

/// The reason.
#[derive(Debug, Clone, PartialEq)]
pub enum Because {
    /// No car, or one that is only planned: the request waits for a better one.
    Held {
        /// The car it is planned on, if any, and the seconds until its pick-up.
        planned: Option<(u64, f64)>,
    },
    /// The nearest car that could be had.
    Nearest {
        /// The car.
        vehicle: u64,
        /// Great-circle metres to the pick-up.
        crow_m: f64,
        /// Seconds until the pick-up.
        pickup_s: f64,
    },
    /// Another car is nearer.
    NotNearest {
        /// The car.
        vehicle: u64,
        /// Great-circle metres to the pick-up.
        crow_m: f64,
        /// Seconds until the pick-up.
        pickup_s: f64,
        /// The one that is nearer.
        nearer: Nearer,
    },
}

/// The nearest car that a request did not get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearer {
    /// The car.
    pub vehicle: u64,
    /// How much nearer it is, in great-circle metres.
    pub by_m: f64,
    /// Whom it is planned for, with the great-circle metres it saves there against the car given here.
    pub serves: Option<(u64, f64)>,
    /// What taking it would have saved here, in seconds of waiting and their prices.
    pub saves_here_s: f64,
    /// What it saves the others, its dual price, in the same seconds.
    pub saves_there_s: f64,
}

/// Why a request has its car, from what was stored. As costly as the decision itself.
///
/// # Errors
/// [`NotExplained`] for a record that could not have been decided on, or a request that is not in it.
pub fn explain(record: &Record, request: u64) -> Result<Explanation, NotExplained> {
    let snapshot = &record.snapshot;
    let asked = snapshot.requests.iter().find(|asked| asked.id == request);
    let asked = asked.ok_or(NotExplained::UnknownRequest(request))?;
    let priced = priced(snapshot, &record.limits, &record.carried)?;
    let holds = record.replay()?.pairs.into_iter().find(|pair| pair.request == request);
    let because = match holds {
        None => Because::Held { planned: priced.planned(request).map(|id| (id, priced.pickup_s(asked, id))) },
        Some(Pair { vehicle, .. }) => {
            let crow_m = crow_m(snapshot, asked, vehicle);
            let pickup_s = priced.pickup_s(asked, vehicle);
            match nearest(snapshot, asked, |id| priced.could_have(asked, id)) {
                Some((nearest, nearest_m)) if nearest != vehicle && nearest_m < crow_m => {
                    let serves = priced.planned_for(nearest);
                    let there = serves.and_then(|id| snapshot.requests.iter().find(|other| other.id == id));
                    let metres_saved = |other: &Request| {
                        (other.id, self::crow_m(snapshot, other, vehicle) - self::crow_m(snapshot, other, nearest))
                    };
                    let nearer = Nearer {
                        vehicle: nearest,
                        by_m: crow_m - nearest_m,
                        serves: there.map(metres_saved),
                        saves_here_s: priced.cost_s(asked, vehicle) - priced.cost_s(asked, nearest),
                        saves_there_s: priced.vehicle_price_s(nearest) - priced.vehicle_price_s(vehicle),
                    };
                    Because::NotNearest { vehicle, crow_m, pickup_s, nearer }
                }
                _ => Because::Nearest { vehicle, crow_m, pickup_s },
            }
        }
    };
    Ok(Explanation { request, because })
}

fn nearest(snapshot: &Snapshot, asked: &Request, could: impl Fn(u64) -> bool) -> Option<(u64, f64)> {
    let possible = snapshot.vehicles.iter().filter(|vehicle| could(vehicle.id));
    let metres = possible.map(|vehicle| (vehicle.id, between_m(asked, vehicle)));
    metres.min_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)))
}

fn crow_m(snapshot: &Snapshot, asked: &Request, vehicle: u64) -> f64 {
    let found = snapshot.vehicles.iter().find(|found| found.id == vehicle);
    found.map_or(f64::INFINITY, |found| between_m(asked, found))
}

/// The snapshot was checked when it was decided on: its places are places.
fn between_m(asked: &Request, vehicle: &Vehicle) -> f64 {
    match (asked.pickup(), vehicle.place()) {
        (Ok(pickup), Ok(place)) => pickup.crow_m(place),
        _ => f64::INFINITY,
    }
}
