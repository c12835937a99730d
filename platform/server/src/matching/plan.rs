//! One batch: everyone who waits and every car that is free, matched at least cost over all of them by the matching engine,
//! with the reason of every match. Pure; called by the workflow once a tick. Costs are seconds of driving to the pick-up.

use std::collections::{HashMap, HashSet};

use fareway_matching::{
    assignment::{AssignmentError, Limited, Request, Solution, Vehicle},
    index::{Filter, IndexError, Profile, QueryError, Reader, VehicleIndex, VehicleNo},
    roads::{By, Eta},
};
use fareway_shared::{
    id::{ReservationId, VehicleId},
    place::LatLng,
};

use super::model::{Reason, Rival};

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Whose.
    pub reservation: ReservationId,
    /// Where.
    pub pickup: LatLng,
    /// Where to, if told.
    pub dropoff: Option<LatLng>,
    /// How many ride.
    pub seats: u8,
    /// The fleet's class; `None` is any.
    pub class: Option<u8>,
    /// Whether a wheelchair comes along.
    pub wheelchair: bool,
    /// How long already, seconds.
    pub waited_s: u32,
    /// Cars that have said no, or nothing.
    pub refused: Vec<VehicleId>,
}

/// A car that is free.
#[derive(Clone, Debug, PartialEq)]
pub struct Car {
    /// Which.
    pub vehicle: VehicleId,
    /// Where.
    pub at: LatLng,
    /// The fleet's class of it, 0 to 15.
    pub class: u8,
    /// Seats for passengers, up to 15.
    pub seats: u8,
    /// Whether it takes a wheelchair.
    pub wheelchair: bool,
    /// How long it has had nothing to do, seconds.
    pub idle_s: u32,
    /// Its driver goes home: only rides that lead there.
    pub home: Option<LatLng>,
}

/// What a batch weighs against driving, all in seconds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanTerms {
    /// No car comes from farther.
    pub pickup_s_max: u32,
    /// A car that has just become free counts as so much farther than one that has been idle for `fair_after_s`.
    pub fair_s: u32,
    /// From then on a car is preferred no further.
    pub fair_after_s: u32,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Who is served.
    pub reservation: ReservationId,
    /// By which car.
    pub vehicle: VehicleId,
    /// Its way to the pick-up, metres of road.
    pub pickup_m: u32,
    /// Its way to the pick-up, seconds.
    pub pickup_s: u32,
    /// Why.
    pub reason: Reason,
}

/// Why there is no plan. Faults of the caller's numbers or of the engine, never of passengers or cars.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// The assignment.
    #[error("the batch could not be matched")]
    Assignment(#[from] AssignmentError),
    /// A car.
    #[error("a car's class or seats are above 15")]
    Car,
    /// The index of cars.
    #[error("the batch's cars could not be indexed")]
    Index(#[from] IndexError),
    /// The same.
    #[error("the batch's cars could not be asked")]
    Query(#[from] QueryError),
}

/// How often pairs that must not be made are taken out and the rest matched again.
const ROUNDS: usize = 8;
/// Cars that were nearer are named up to here.
const RIVALS: usize = 5;
/// Staying without a car costs as much more than the longest way, so that nobody stays without one that could come.
const UNSERVED_S: u32 = 600;
/// Each second of waiting counts so often when cars are scarce.
const PATIENCE_WEIGHT: u32 = 4;
/// A ride leads home if it ends nearer to it by this share of its own length.
const HOMEWARDS: f64 = 0.5;

impl Waiting {
    fn wants(&self) -> Filter {
        let filter = Filter::VACANT.with_seats(self.seats);
        let filter = if self.wheelchair { filter.with_wheelchair() } else { filter };
        self.class.map_or(filter, |class| filter.in_classes(&[class]))
    }

    /// Whether the pair may be made at all; class, seats and wheelchair apart.
    fn may_have(&self, car: &Car) -> bool {
        let leads_home = |home: LatLng| {
            self.dropoff.is_some_and(|dropoff| {
                self.pickup.crow_m(home) - dropoff.crow_m(home) >= HOMEWARDS * self.pickup.crow_m(dropoff)
            })
        };
        !self.refused.contains(&car.vehicle) && car.home.is_none_or(leads_home)
    }
}

impl Car {
    fn profile(&self) -> Result<Profile, NoPlan> {
        let profile = Profile::new(self.class, self.seats).map_err(|_| NoPlan::Car)?;
        Ok(if self.wheelchair { profile.with_wheelchair() } else { profile })
    }
}

/// Seconds of driving in the engine's unit, and back: ms by road, great-circle metres without a map.
#[derive(Clone, Copy)]
struct Unit {
    per_s: f64,
}

impl Unit {
    fn of(eta: &Eta) -> Self {
        match eta.roads() {
            Some(_) => Self { per_s: 1000.0 },
            None => Self { per_s: eta.crow().speed_mps() / eta.crow().detour() },
        }
    }

    #[expect(clippy::as_conversions, reason = "seconds of a ride; the cast saturates")]
    fn cost(self, seconds: u32) -> u32 {
        (f64::from(seconds) * self.per_s).round() as u32
    }

    #[expect(clippy::as_conversions, reason = "the cast saturates")]
    fn seconds(self, cost: u32) -> u32 {
        (f64::from(cost) / self.per_s).round() as u32
    }
}

/// Matches. The same input gives the same answer. Pairs that must not be made for reasons the engine does not know (a driver
/// has said no, or goes home another way) are taken out of an optimum and their requests matched once more among the cars
/// that are left, so where many say no the whole is near the optimum, not at it.
///
/// # Errors
/// [`NoPlan`], which is nobody's wish.
pub fn plan(waiting: &[Waiting], cars: &[Car], eta: &Eta, terms: &PlanTerms) -> Result<Vec<Chosen>, NoPlan> {
    let batch = [waiting.len(), cars.len()].map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    let mut open: Vec<&Waiting> = waiting.iter().collect();
    let mut free: Vec<&Car> = cars.iter().collect();
    let mut chosen = Vec::new();
    let mut nearby = Nearby::new(cars)?;
    for _ in 0..ROUNDS {
        if open.is_empty() || free.is_empty() {
            break;
        }
        let solution = solve(&open, &free, eta, terms)?;
        let round = Round::new(&solution, &open, &free, eta, batch);
        let (mut again, mut taken) = (Vec::new(), HashSet::new());
        for (place, request) in open.iter().enumerate() {
            let Some((car_place, car)) = round.car_of(place) else { continue };
            if request.may_have(car) {
                chosen.push(round.chosen((place, request), (car_place, car), &mut nearby)?);
                taken.insert(car.vehicle);
            } else {
                again.push(*request);
            }
        }
        free.retain(|car| !taken.contains(&car.vehicle) && again.iter().all(|request| request.may_have(car)));
        open = again;
    }
    Ok(chosen)
}

fn solve(waiting: &[&Waiting], cars: &[&Car], eta: &Eta, terms: &PlanTerms) -> Result<Solution, NoPlan> {
    let unit = Unit::of(eta);
    let requests = waiting.iter().map(|one| {
        let scarce_s = one.waited_s.saturating_mul(PATIENCE_WEIGHT).min(terms.pickup_s_max);
        let unmatched = unit.cost(terms.pickup_s_max.saturating_add(UNSERVED_S).saturating_add(scarce_s));
        Request {
            wants: one.wants(),
            latest: Some(unit.cost(terms.pickup_s_max)),
            ..Request::new(one.pickup, unmatched)
        }
    });
    let vehicles = cars.iter().map(|car| {
        let idle_s = car.idle_s.min(terms.fair_after_s);
        let short_s = u64::from(terms.fair_s) * u64::from(terms.fair_after_s.saturating_sub(idle_s));
        let handicap_s = short_s.checked_div(u64::from(terms.fair_after_s)).unwrap_or(0);
        let handicap = unit.cost(u32::try_from(handicap_s).unwrap_or(u32::MAX));
        Ok(Vehicle { profile: Some(car.profile()?), handicap, ..Vehicle::new(car.at) })
    });
    let (requests, vehicles): (Vec<_>, Vec<_>) = (requests.collect(), vehicles.collect::<Result<_, NoPlan>>()?);
    let batch = match eta.roads() {
        Some(roads) => Limited::by_road(roads, eta.crow(), &requests, &vehicles),
        None => Limited::by_crow(&requests, &vehicles),
    };
    Ok(batch?.solve()?.solution)
}

/// All cars of the batch, to find who was nearer.
struct Nearby<'a> {
    cars: &'a [Car],
    reader: Reader,
    _index: VehicleIndex,
}

impl<'a> Nearby<'a> {
    fn new(cars: &'a [Car]) -> Result<Self, NoPlan> {
        let capacity = u32::try_from(cars.len()).unwrap_or(u32::MAX).max(1);
        let mut index = VehicleIndex::new(capacity)?;
        for (no, car) in (0..).zip(cars) {
            index.insert(VehicleNo(no), car.at, car.profile()?)?;
        }
        Ok(Self { cars, reader: index.reader(), _index: index })
    }

    /// The nearest by great circle that fit, nearest first.
    fn of(&mut self, request: &Waiting) -> Result<Vec<&'a Car>, NoPlan> {
        let found = self.reader.nearest(request.pickup, RIVALS.saturating_add(1), &request.wants())?;
        let car = |no: VehicleNo| usize::try_from(no.0).ok().and_then(|no| self.cars.get(no));
        Ok(found.iter().filter_map(|neighbour| car(neighbour.no())).collect())
    }
}

/// One optimum and what it was made from.
struct Round<'a> {
    solution: &'a Solution,
    cars: &'a [&'a Car],
    /// Where each car stands in `cars`.
    place: HashMap<VehicleId, usize>,
    /// Whom each car serves.
    serves: HashMap<usize, ReservationId>,
    eta: &'a Eta,
    batch: [u32; 2],
}

impl<'a> Round<'a> {
    fn new(
        solution: &'a Solution,
        waiting: &'a [&'a Waiting],
        cars: &'a [&'a Car],
        eta: &'a Eta,
        batch: [u32; 2],
    ) -> Self {
        let place = cars.iter().enumerate().map(|(place, car)| (car.vehicle, place)).collect();
        let pairs = waiting.iter().zip(&solution.vehicle_of);
        let serves = pairs.filter_map(|(one, car)| Some((usize::try_from((*car)?).ok()?, one.reservation))).collect();
        Self { solution, cars, place, serves, eta, batch }
    }

    fn car_of(&self, request: usize) -> Option<(usize, &'a Car)> {
        let place = usize::try_from((*self.solution.vehicle_of.get(request)?)?).ok()?;
        Some((place, *self.cars.get(place)?))
    }

    /// What a car is worth to the others, seconds.
    fn worth_s(&self, car: usize) -> u32 {
        Unit::of(self.eta).seconds(self.solution.vehicle_price.get(car).copied().unwrap_or(0))
    }

    #[expect(clippy::as_conversions, reason = "metres of a way to a pick-up; the cast saturates")]
    fn chosen(
        &self,
        (place, request): (usize, &Waiting),
        (car_place, car): (usize, &Car),
        nearby: &mut Nearby<'_>,
    ) -> Result<Chosen, NoPlan> {
        let unit = Unit::of(self.eta);
        let way = self.eta.between(car.at, request.pickup);
        let pickup_s = way.ms.div_ceil(1000);
        let before = nearby.of(request)?.into_iter().take_while(|rival| rival.vehicle != car.vehicle).take(RIVALS);
        let nearer = before.filter_map(|rival| {
            let place = *self.place.get(&rival.vehicle)?;
            let pickup_s = self.eta.between(rival.at, request.pickup).ms.div_ceil(1000);
            let given_to = self.serves.get(&place).copied();
            Some(Rival { vehicle: rival.vehicle, pickup_s, worth_s: self.worth_s(place), given_to })
        });
        let reason = Reason {
            by: "batch".to_owned(),
            batch: self.batch,
            measure: if way.by == By::Road { "road" } else { "crow" }.to_owned(),
            pickup_s,
            worth_s: self.worth_s(car_place),
            adds_s: unit.seconds(self.solution.request_price.get(place).copied().unwrap_or(0)),
            nearer: nearer.collect(),
        };
        let pickup_m = way.m.round() as u32;
        Ok(Chosen { reservation: request.reservation, vehicle: car.vehicle, pickup_m, pickup_s, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fareway_matching::roads::Crow;
    use uuid::Uuid;

    const TERMS: PlanTerms = PlanTerms { pickup_s_max: 1_200, fair_s: 0, fair_after_s: 1_800 };

    fn at(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    fn waiting(no: u128, pickup: LatLng) -> Waiting {
        Waiting {
            reservation: ReservationId(Uuid::from_u128(no)),
            pickup,
            dropoff: None,
            seats: 1,
            class: None,
            wheelchair: false,
            waited_s: 0,
            refused: Vec::new(),
        }
    }

    fn car(no: u128, at: LatLng) -> Car {
        let vehicle = VehicleId(Uuid::from_u128(no));
        Car { vehicle, at, class: 0, seats: 4, wheelchair: false, idle_s: 0, home: None }
    }

    fn pairs(waiting: &[Waiting], cars: &[Car]) -> Vec<(u128, u128)> {
        let chosen = plan(waiting, cars, &Eta::new(None, Crow::default()), &TERMS).unwrap();
        chosen.into_iter().map(|one| (one.reservation.0.as_u128(), one.vehicle.0.as_u128())).collect()
    }

    #[test]
    fn the_nearest_car_goes_elsewhere_if_that_saves_more_and_the_reason_says_so() {
        let (west, middle) = (waiting(1, at(31.30, 120.60)), waiting(2, at(31.30, 120.61)));
        let cars = [car(7, at(31.30, 120.605)), car(8, at(31.30, 120.625))];
        let chosen = plan(&[west, middle], &cars, &Eta::new(None, Crow::default()), &TERMS).unwrap();
        let of = |no| chosen.iter().find(|one| one.reservation.0.as_u128() == no).unwrap();
        assert_eq!((of(1).vehicle.0.as_u128(), of(2).vehicle.0.as_u128()), (7, 8));
        let [nearer] = of(2).reason.nearer.as_slice() else { panic!("{:?}", of(2).reason) };
        assert_eq!((nearer.vehicle.0.as_u128(), nearer.given_to), (7, Some(of(1).reservation)));
        let saved_here_s = of(2).pickup_s - nearer.pickup_s;
        assert!(saved_here_s <= nearer.worth_s - of(2).reason.worth_s, "{nearer:?}");
    }

    #[test]
    fn who_has_said_no_is_not_asked_again_and_another_car_is_found() {
        let mut asked = waiting(1, at(31.30, 120.60));
        let cars = [car(7, at(31.30, 120.601)), car(8, at(31.30, 120.62))];
        assert_eq!(pairs(&[asked.clone()], &cars), [(1, 7)]);
        asked.refused = vec![cars[0].vehicle];
        assert_eq!(pairs(&[asked.clone()], &cars), [(1, 8)]);
        asked.refused.push(cars[1].vehicle);
        assert_eq!(pairs(&[asked], &cars), []);
    }

    #[test]
    fn class_seats_and_wheelchair_are_heeded_and_nobody_comes_from_too_far() {
        let here = at(31.30, 120.60);
        let wheelchair = Waiting { wheelchair: true, seats: 6, ..waiting(1, here) };
        let fits = Car { wheelchair: true, seats: 6, ..car(9, at(31.30, 120.63)) };
        assert_eq!(pairs(std::slice::from_ref(&wheelchair), &[car(7, here), fits]), [(1, 9)]);
        assert_eq!(pairs(&[wheelchair], &[car(7, here)]), []);
        assert_eq!(pairs(&[waiting(2, here)], &[car(7, at(32.30, 120.60))]), []);
    }

    #[test]
    fn a_driver_who_goes_home_gets_only_rides_that_lead_there() {
        let mut ride = waiting(1, at(31.30, 120.60));
        let home = Car { home: Some(at(31.30, 120.80)), ..car(7, at(31.30, 120.60)) };
        assert_eq!(pairs(&[ride.clone()], std::slice::from_ref(&home)), [], "nobody knows where it leads");
        ride.dropoff = Some(at(31.30, 120.75));
        assert_eq!(pairs(&[ride.clone()], std::slice::from_ref(&home)), [(1, 7)]);
        ride.dropoff = Some(at(31.30, 120.40));
        assert_eq!(pairs(&[ride], &[home]), []);
    }

    #[test]
    fn the_car_that_has_waited_longer_for_a_fare_comes_first_where_little_is_lost_by_it() {
        let terms = PlanTerms { fair_s: 120, ..TERMS };
        let eta = Eta::new(None, Crow::default());
        let here = at(31.30, 120.60);
        let idle = Car { idle_s: 1_800, ..car(8, at(31.30, 120.602)) };
        let chosen = plan(&[waiting(1, here)], &[car(7, here), idle], &eta, &terms).unwrap();
        assert_eq!(chosen[0].vehicle.0.as_u128(), 8);
    }
}
