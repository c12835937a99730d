//! The vehicle index against a linear scan, under random operations and in the odd corners of the earth. The scan keeps
//! places as they were given and measures with `LatLng::crow_m`; it shares nothing with the index but the formula.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

use std::collections::BTreeMap;

use fareway_matching::index::{
    Availability, Filter, IndexError, Neighbour, Profile, QueryError, VEHICLES_MAX, VehicleIndex, VehicleNo,
};
use fareway_shared::place::LatLng;

/// The index and the formula agree to this; so does whatever is nearer than that to a tie. On the far side of the earth
/// the haversine itself no longer tells metres apart so well.
fn tie_m(crow_m: f64) -> f64 {
    if crow_m < 19e6 { 1e-5 } else { 0.1 }
}

const CORNERS: [(f64, f64); 8] = [
    (0.0, 0.0),
    (90.0, 0.0),
    (-90.0, 77.0),
    (0.0, 180.0),
    (0.0, -180.0),
    (37.77, -122.42),
    (-16.5, 179.999_9),
    (89.999, -180.0),
];

/// Numbers that look drawn and are the same every time (splitmix64).
struct Draw(u64);

impl Draw {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn profile(&mut self) -> Profile {
        use Availability::{Engaged, OffShift, Offered, Paused, Vacant};
        let availability = [Vacant, Vacant, Vacant, Engaged, Offered, Paused, OffShift][self.below(7) as usize];
        let profile = Profile::new(self.below(4) as u8, 2 + self.below(6) as u8).unwrap();
        let profile = profile.with_availability(availability);
        if self.below(10) == 0 { profile.with_wheelchair() } else { profile }
    }

    fn filter(&mut self) -> Filter {
        match self.below(6) {
            0..3 => Filter::ANY,
            3 => Filter::VACANT.with_seats(4),
            4 => Filter::ANY.in_classes(&[1, 3]).available(&[Availability::Paused, Availability::Offered]),
            _ => Filter::VACANT.in_classes(&[2]).with_seats(7).with_wheelchair(),
        }
    }
}

/// Every filter above, said again in the plainest way.
fn accepts(filter: &Filter, car: &Profile) -> bool {
    use Availability::{Offered, Paused, Vacant};
    if *filter == Filter::ANY {
        true
    } else if *filter == Filter::VACANT.with_seats(4) {
        car.availability() == Vacant && car.seats() >= 4
    } else if *filter == Filter::ANY.in_classes(&[1, 3]).available(&[Paused, Offered]) {
        matches!(car.class(), 1 | 3) && matches!(car.availability(), Paused | Offered)
    } else {
        car.availability() == Vacant && car.class() == 2 && car.seats() >= 7 && car.takes_wheelchair()
    }
}

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

/// To seven decimals, which the index keeps exactly.
fn kept(lat: f64, lng: f64) -> LatLng {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    at(
        round(lat.clamp(-90.0, 90.0)),
        round(if lng > 180.0 {
            lng - 360.0
        } else if lng < -180.0 {
            lng + 360.0
        } else {
            lng
        }),
    )
}

/// A fleet twice: in the index, and in a list.
struct Fleet {
    index: VehicleIndex,
    list: BTreeMap<u32, (LatLng, Profile)>,
}

impl Fleet {
    fn new(capacity: u32) -> Self {
        Self { index: VehicleIndex::new(capacity).unwrap(), list: BTreeMap::new() }
    }

    fn insert(&mut self, no: u32, place: LatLng, profile: Profile) {
        self.index.insert(VehicleNo(no), place, profile).unwrap();
        self.list.insert(no, (place, profile));
    }

    fn scan(&self, from: LatLng, filter: &Filter) -> Vec<(f64, u32)> {
        let cars = self.list.iter().filter(|(_, (_, profile))| accepts(filter, profile));
        let mut cars: Vec<_> = cars.map(|(&no, &(place, _))| (from.crow_m(place), no)).collect();
        cars.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        cars
    }

    /// Holds an answer against the first of the scan.
    fn check(&self, from: LatLng, filter: &Filter, answer: &[Neighbour], scan: &[(f64, u32)]) {
        assert_eq!(answer.len(), scan.len(), "around {from:?}");
        let mut seen = std::collections::BTreeSet::new();
        for (one, &(crow_m, no)) in answer.iter().zip(scan) {
            let (place, profile) = self.list[&one.no().0];
            assert_eq!((one.place(), one.profile()), (place, profile));
            assert!(accepts(filter, &profile) && seen.insert(one.no()), "around {from:?}: {one:?}");
            assert!(
                (one.crow_m() - crow_m).abs() < tie_m(crow_m),
                "around {from:?}: {one:?}, but {no} is {crow_m} m away"
            );
            assert!((one.crow_m() - from.crow_m(place)).abs() < tie_m(crow_m));
        }
        for pair in answer.windows(2) {
            let [one, next] = pair else { continue };
            assert!(one.crow_m() <= next.crow_m());
            assert!(one.place() != next.place() || one.no() < next.no(), "ties go by number: {one:?}, {next:?}");
        }
    }

    fn ask(&self, draw: &mut Draw, from: LatLng, k: usize) {
        let filter = draw.filter();
        let mut reader = self.index.reader();
        let scan = self.scan(from, &filter);
        self.check(from, &filter, reader.nearest(from, k, &filter).unwrap(), &scan[..k.min(scan.len())]);
        // A radius between two cars, so that no rounding decides who is within.
        let last = scan.partition_point(|car| car.0 <= scan.get(k).map_or(1e4, |car| car.0));
        let edge = if last == 0 { 0.0 } else { scan[last - 1].0 };
        let radius_m = scan.get(last).map_or(edge + 1.0, |next| f64::midpoint(edge, next.0));
        if scan.get(last).is_none_or(|next| next.0 - edge > 1e-3) {
            self.check(from, &filter, reader.within(from, radius_m, &filter).unwrap(), &scan[..last]);
        }
    }
}

/// Random inserts, moves, changes and removals, with questions in between; places by `place`.
fn run(seed: u64, capacity: u32, steps: u32, mut place: impl FnMut(&mut Draw) -> LatLng) {
    let (mut draw, mut fleet) = (Draw(seed), Fleet::new(capacity));
    for step in 0..steps {
        let no = draw.below(u64::from(capacity)) as u32;
        let profile = draw.profile();
        let to = place(&mut draw);
        match (fleet.list.contains_key(&no), draw.below(10)) {
            (false, _) => fleet.insert(no, to, profile),
            (true, 0..6) => {
                fleet.index.move_to(VehicleNo(no), to).unwrap();
                fleet.list.get_mut(&no).unwrap().0 = to;
            }
            (true, 6) => {
                fleet.index.set_profile(VehicleNo(no), profile).unwrap();
                fleet.list.get_mut(&no).unwrap().1 = profile;
            }
            (true, _) => {
                fleet.index.remove(VehicleNo(no)).unwrap();
                fleet.list.remove(&no);
            }
        }
        assert_eq!(fleet.index.len() as usize, fleet.list.len());
        assert_eq!(fleet.index.get(VehicleNo(no)), fleet.list.get(&no).copied());
        if step % 23 == 0 {
            let k = [1, 3, 20, 70, capacity as usize + 5][draw.below(5) as usize];
            let near_a_car = place(&mut draw);
            let anywhere = kept(draw.between(-90.0, 90.0), draw.between(-180.0, 180.0));
            let corner = CORNERS[draw.below(8) as usize];
            fleet.ask(&mut draw, near_a_car, k);
            if step % 5 == 0 {
                fleet.ask(&mut draw, anywhere, k);
                fleet.ask(&mut draw, at(corner.0, corner.1), k);
            }
        }
    }
    // And empty it, car by car, so that every joining of cells is gone through.
    let numbers: Vec<u32> = fleet.list.keys().copied().collect();
    for (left, no) in (0..numbers.len()).rev().zip(numbers) {
        fleet.index.remove(VehicleNo(no)).unwrap();
        fleet.list.remove(&no);
        if left % 50 == 0 {
            let from = place(&mut draw);
            fleet.ask(&mut draw, from, 20);
        }
    }
    assert!(fleet.index.is_empty());
}

#[test]
fn in_one_city_every_answer_is_that_of_a_linear_scan() {
    run(1, 900, 9_000, |draw| kept(draw.between(37.70, 37.82), draw.between(-122.52, -122.36)));
}

#[test]
fn in_a_city_with_crowds_every_answer_is_that_of_a_linear_scan() {
    run(2, 1_500, 9_000, |draw| {
        let spread = [1e-6, 1e-4, 1e-2, 0.2][draw.below(4) as usize];
        kept(37.77 + draw.between(-spread, spread), -122.42 + draw.between(-spread, spread))
    });
}

#[test]
fn over_the_whole_globe_every_answer_is_that_of_a_linear_scan() {
    run(3, 500, 5_000, |draw| kept(draw.between(-1.0, 1.0).asin().to_degrees(), draw.between(-180.0, 180.0)));
}

#[test]
fn across_the_antimeridian_every_answer_is_that_of_a_linear_scan() {
    run(4, 400, 5_000, |draw| {
        let spread = [1e-5, 0.01, 2.0][draw.below(3) as usize];
        kept(-16.5 + draw.between(-spread, spread), 180.0 + draw.between(-spread, spread))
    });
}

#[test]
fn around_the_poles_every_answer_is_that_of_a_linear_scan() {
    run(5, 400, 5_000, |draw| {
        let spread = [1e-4, 0.1, 10.0][draw.below(3) as usize];
        let lat = 90.0 - draw.between(0.0, spread);
        kept(if draw.below(2) == 0 { lat } else { -lat }, draw.between(-180.0, 180.0))
    });
}

#[test]
fn where_squares_of_65_536_steps_meet_every_answer_is_that_of_a_linear_scan() {
    // Cars astride such edges, a step from them or degrees, so that blocks become wide and narrow again.
    run(10, 900, 9_000, |draw| {
        let edge = |draw: &mut Draw, middle: f64, offset: f64| {
            let spread = [1e-7, 2e-6, 5e-3, 0.02, 3.0][draw.below(5) as usize];
            let steps = ((middle + offset) * 1e7 / 65_536.0).round() * 65_536.0;
            steps / 1e7 - offset + draw.between(-spread, spread)
        };
        kept(edge(draw, 37.77, 90.0), edge(draw, -122.42, 180.0))
    });
}

#[test]
fn a_fleet_that_spreads_over_a_continent_and_gathers_again_is_found_at_every_stage() {
    let mut fleet = Fleet::new(1_200);
    let mut draw = Draw(11);
    for spread in [1e-5, 20.0, 0.03, 20.0, 0.2, 1e-6] {
        for no in 0..1_200 {
            let to = kept(45.0 + draw.between(-spread, spread), 10.0 + draw.between(-spread, spread));
            if fleet.list.contains_key(&no) {
                fleet.index.move_to(VehicleNo(no), to).unwrap();
                fleet.list.get_mut(&no).unwrap().0 = to;
            } else {
                let profile = draw.profile();
                fleet.insert(no, to, profile);
            }
            if no % 100 == 99 {
                fleet.ask(&mut draw, to, 20);
            }
        }
        for (&no, &(place, profile)) in &fleet.list {
            assert_eq!(fleet.index.get(VehicleNo(no)), Some((place, profile)));
        }
    }
}

#[test]
fn a_fleet_spread_so_wide_that_no_cars_share_a_corner_takes_no_more_memory_than_is_promised() {
    let mut index = VehicleIndex::new(20_000).unwrap();
    let mut draw = Draw(12);
    for no in 0..20_000 {
        let to = kept(draw.between(20.0, 50.0), draw.between(80.0, 120.0));
        index.insert(VehicleNo(no), to, Profile::new(0, 4).unwrap()).unwrap();
    }
    let bytes = index.memory_bytes();
    assert!(bytes < 20_000 * 32, "{bytes} bytes for 20,000 cars");
}

#[test]
fn with_all_cars_on_a_few_spots_ties_go_by_number() {
    run(6, 700, 6_000, |draw| [at(37.77, -122.42), at(37.77, -122.419_999_9), at(0.0, 180.0)][draw.below(3) as usize]);
}

#[test]
fn two_thousand_cars_on_one_spot_are_found_and_then_scattered() {
    let mut fleet = Fleet::new(2_000);
    let (mut draw, spot) = (Draw(7), at(37.615_22, -122.389_97));
    for no in (0..2_000).rev() {
        fleet.insert(no, spot, draw.profile());
    }
    fleet.ask(&mut draw, spot, 20);
    fleet.ask(&mut draw, at(37.7, -122.4), 20);
    for no in 0..2_000 {
        let to = kept(37.61 + f64::from(no) * 1e-5, -122.39);
        fleet.index.move_to(VehicleNo(no), to).unwrap();
        fleet.list.get_mut(&no).unwrap().0 = to;
        if no % 100 == 99 {
            fleet.ask(&mut draw, spot, 25);
        }
    }
}

#[test]
fn one_acceptable_car_far_away_is_found_among_ten_thousand() {
    let mut fleet = Fleet::new(10_000);
    let mut draw = Draw(8);
    let plain = Profile::new(0, 4).unwrap();
    for no in 1..10_000 {
        fleet.insert(no, kept(draw.between(37.7, 37.8), draw.between(-122.5, -122.4)), plain);
    }
    let wanted = Filter::VACANT.in_classes(&[2]).with_seats(7).with_wheelchair();
    let mut reader = fleet.index.reader();
    assert!(reader.nearest(at(37.75, -122.45), 20, &wanted).unwrap().is_empty());
    fleet.insert(0, at(-33.86, 151.21), Profile::new(2, 8).unwrap().with_wheelchair());
    let answer = reader.nearest(at(37.75, -122.45), 20, &wanted).unwrap();
    fleet.check(at(37.75, -122.45), &wanted, answer, &fleet.scan(at(37.75, -122.45), &wanted));
    assert_eq!(answer.len(), 1);
}

#[test]
fn an_empty_index_answers_with_nobody() {
    let index = VehicleIndex::new(5).unwrap();
    let mut reader = index.reader();
    assert!(reader.nearest(at(0.0, 0.0), 3, &Filter::ANY).unwrap().is_empty());
    assert!(reader.within(at(90.0, 0.0), 1e9, &Filter::ANY).unwrap().is_empty());
}

#[test]
fn what_cannot_be_asked_or_done_is_refused_in_a_sentence() {
    assert!(matches!(VehicleIndex::new(0), Err(IndexError::Capacity { asked: 0, .. })));
    assert!(matches!(VehicleIndex::new(VEHICLES_MAX + 1), Err(IndexError::Capacity { .. })));
    let mut index = VehicleIndex::new(2).unwrap();
    let (here, profile) = (at(1.0, 2.0), Profile::new(0, 4).unwrap());
    index.insert(VehicleNo(1), here, profile).unwrap();
    assert_eq!(index.insert(VehicleNo(1), here, profile), Err(IndexError::AlreadyThere { no: VehicleNo(1) }));
    assert_eq!(index.move_to(VehicleNo(0), here), Err(IndexError::NotThere { no: VehicleNo(0) }));
    assert_eq!(index.set_profile(VehicleNo(0), profile), Err(IndexError::NotThere { no: VehicleNo(0) }));
    assert_eq!(index.remove(VehicleNo(0)), Err(IndexError::NotThere { no: VehicleNo(0) }));
    let too_large = IndexError::NumberTooLarge { no: VehicleNo(2), capacity: 2 };
    assert_eq!(index.insert(VehicleNo(2), here, profile), Err(too_large));
    assert!(too_large.to_string().starts_with("vehicle 2 is past the index's capacity of 2"));
    assert_eq!(index.get(VehicleNo(9)), None);
    let mut reader = index.reader();
    assert_eq!(reader.nearest(here, 0, &Filter::ANY), Err(QueryError::NoneWanted));
    assert!(matches!(reader.within(here, f64::NAN, &Filter::ANY), Err(QueryError::NotARadius { .. })));
    assert!(matches!(reader.within(here, -1.0, &Filter::ANY), Err(QueryError::NotARadius { .. })));
    assert_eq!(reader.within(here, 0.0, &Filter::ANY).unwrap().len(), 1);
}

#[test]
fn memory_is_given_back_to_the_pools_and_stays_bounded() {
    let mut index = VehicleIndex::new(4_000).unwrap();
    let mut draw = Draw(9);
    let profile = Profile::new(0, 4).unwrap();
    let mut most = 0;
    for round in 0..6 {
        let spread = [1.0, 1e-4, 0.01, 30.0, 1e-6, 0.1][round];
        for no in 0..4_000 {
            let to = kept(40.0 + draw.between(-spread, spread), 10.0 + draw.between(-spread, spread));
            if round == 0 {
                index.insert(VehicleNo(no), to, profile).unwrap();
            } else {
                index.move_to(VehicleNo(no), to).unwrap();
            }
        }
        most = most.max(index.memory_bytes());
    }
    assert!(most < 4_000 * 64, "{most} bytes for 4,000 cars");
}
