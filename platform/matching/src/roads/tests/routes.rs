//! Travel times, many at once and one by one, and the ways themselves, against the plain search.

use super::{
    chance::{Chance, add, city, network, snap},
    oracle::{Reached, all_that_could_matter, what_matters},
};
use crate::roads::{By, Crow, Draw, Eta, Fleet, MapError, Roads, Snap, layout::Layout, network::Network};

/// Cities of many kinds: sparse and dense, with and without forbidden turns, of one street and of hundreds.
fn cities() -> impl Iterator<Item = Roads> {
    [(1, 2, 1, 0), (2, 3, 4, 2), (3, 12, 30, 0), (4, 12, 30, 25), (5, 40, 60, 30), (6, 40, 120, 60), (7, 5, 40, 30)]
        .into_iter()
        .chain((10..30).map(|seed| (seed, 15, 36, 20)))
        .map(|(seed, junctions, streets, words)| city(network(seed, junctions, streets, words)))
}

fn equals_the_plain_search(roads: &Roads, seed: u64) {
    let mut chance = Chance(seed);
    for _ in 0..4 {
        let from = snap(roads, &mut chance);
        let reached = Reached::new(roads, &from, all_that_could_matter(&roads.layout.network));
        for _ in 0..20 {
            let to = snap(roads, &mut chance);
            let wanted = reached.ms_to(&to);
            assert_eq!(roads.time_ms(&from, &to), wanted, "from {from:?} to {to:?}");
            proves_itself(roads, &from, &to, wanted);
        }
    }
}

/// A route's arcs follow each other, forbid nothing, and add up to its time.
fn proves_itself(roads: &Roads, from: &Snap, to: &Snap, wanted: Option<u32>) {
    let route = roads.route(from, to);
    assert_eq!(route.as_ref().map(|route| route.ms), wanted);
    let Some(route) = route else { return };
    let network = &roads.layout.network;
    let row = &route.arcs;
    assert!(row.iter().all(|arc| network.is_open(*arc)));
    assert!(row.windows(2).all(|two| network.arc_ends(two[0]).unwrap()[1] == network.arc_ends(two[1]).unwrap()[0]));
    assert!(!network.forbidden().any(|word| row.windows(word.len()).any(|part| part == word)));
    let share = |at: &Snap, arc: u32| crate::roads::city::both_ways(at)[(arc & 1) as usize].1;
    let ms = |arc: u32, share: u32| crate::roads::city::partly(roads.arc_ms()[arc as usize].cast_signed(), share);
    let (first, last) = (row[0], *row.last().unwrap());
    let inner: u32 = row.iter().skip(1).map(|arc| roads.arc_ms()[*arc as usize]).sum();
    // All arcs after the first in full, less what is not driven of the last, and the rest of the first.
    let sum = if row.len() == 1 {
        ms(last, share(to, last)) - ms(first, share(from, first))
    } else {
        let whole = |arc: u32| roads.arc_ms()[arc as usize].cast_signed();
        inner.cast_signed() + whole(first) - ms(first, share(from, first)) - whole(last) + ms(last, share(to, last))
    };
    assert_eq!(sum.cast_unsigned(), route.ms);
    let near = |one: fareway_shared::place::LatLng, other: &Snap| one.crow_m(roads.place_of(other).unwrap()) < 0.1;
    assert!(near(route.line[0], from) && near(*route.line.last().unwrap(), to));
    assert!(route.m >= 0.0);
}

#[test]
fn every_time_and_every_way_equals_the_plain_search_forbidden_turns_and_one_way_streets_included() {
    for (seed, roads) in (0..).zip(cities()) {
        equals_the_plain_search(&roads, seed);
    }
}

#[test]
fn the_two_plain_searches_agree_so_either_may_judge() {
    for (seed, roads) in (0..).zip(cities().take(10)) {
        let mut chance = Chance(seed);
        let from = snap(&roads, &mut chance);
        let whole = Reached::new(&roads, &from, all_that_could_matter(&roads.layout.network));
        let short = Reached::new(&roads, &from, what_matters(&roads.layout.network));
        for _ in 0..30 {
            let to = snap(&roads, &mut chance);
            assert_eq!(whole.ms_to(&to), short.ms_to(&to));
        }
    }
}

#[test]
fn after_new_travel_times_every_answer_is_exact_at_once_and_a_copy_keeps_the_old_ones() {
    for (seed, mut roads) in (50..).zip(cities()) {
        let before = roads.clone();
        let mut chance = Chance(seed);
        for round in 0..2 {
            let ms: Vec<u32> = roads.arc_ms().iter().map(|_| 1 + chance.below(90_000) as u32).collect();
            roads.set_arc_ms(&ms).unwrap();
            equals_the_plain_search(&roads, seed + round);
        }
        equals_the_plain_search(&before, seed);
    }
}

#[test]
fn many_at_once_say_what_each_says_alone_and_nothing_beyond_the_bound() {
    for (seed, roads) in (70..).zip(cities()) {
        let mut chance = Chance(seed);
        let (one, many): (Snap, Vec<Snap>) =
            (snap(&roads, &mut chance), (0..40).map(|_| snap(&roads, &mut chance)).collect());
        let (mut to, mut from, mut between) = (Vec::new(), Vec::new(), Vec::new());
        for bound_ms in [u32::MAX, 50_000, 0] {
            let within = |ms: Option<u32>| ms.filter(|ms| *ms <= bound_ms);
            roads.times_to(&many, &one, bound_ms, &mut to);
            roads.times_from(&one, &many, bound_ms, &mut from);
            for (at, other) in many.iter().enumerate() {
                assert_eq!(to[at], within(roads.time_ms(other, &one)));
                assert_eq!(from[at], within(roads.time_ms(&one, other)));
            }
            roads.times_between(&many[..3], &many, bound_ms, &mut between);
            let pairs = many[..3].iter().flat_map(|start| many.iter().map(move |end| (start, end)));
            for (found, (start, end)) in between.iter().zip(pairs) {
                assert_eq!(*found, within(roads.time_ms(start, end)));
            }
        }
    }
}

#[test]
fn no_one_is_asked_and_no_one_answers() {
    let roads = city(network(3, 12, 30, 5));
    let mut out = vec![Some(1)];
    roads.times_to(&[], &snap(&roads, &mut Chance(1)), 10, &mut out);
    assert!(out.is_empty());
    roads.times_between(&[], &[], 10, &mut out);
    assert!(out.is_empty());
}

#[test]
fn the_same_network_gives_the_same_order_times_and_ways() {
    let (one, other) = (city(network(6, 40, 120, 60)), city(network(6, 40, 120, 60)));
    assert_eq!(one.save(), other.save());
    let mut chance = Chance(9);
    for _ in 0..100 {
        let (from, to) = (snap(&one, &mut chance), snap(&one, &mut chance));
        assert_eq!(one.route(&from, &to), other.route(&from, &to));
    }
}

#[test]
fn cities_stand_side_by_side_and_every_answer_says_what_it_is_by() {
    let (one, other) = (city(network(3, 12, 30, 0)), city(network(4, 12, 30, 25)));
    let mut chance = Chance(1);
    let places = [0, 1].map(|_| one.place_of(&snap(&one, &mut chance)).unwrap());
    let [from, to] = places.map(|place| one.snap(place, 10.0).unwrap());
    let alone = one.route(&from, &to).unwrap();
    equals_the_plain_search(&other, 2);
    assert_eq!(one.route(&from, &to).unwrap(), alone);
    let eta = Eta::new(Some(one), Crow::default());
    let road = eta.between(places[0], places[1]);
    assert_eq!((road.by, road.ms, road.m), (By::Road, alone.ms, alone.m));
    // Off the map, and without one, it is the great circle and its detour.
    let munich = fareway_shared::place::LatLng::new(48.14, 11.57).unwrap();
    let crow = eta.between(places[0], munich);
    assert_eq!(crow.by, By::Crow);
    assert!((crow.m - places[0].crow_m(munich) * 1.35).abs() < 1e-6);
    assert_eq!(crow, Eta::new(None, Crow::default()).between(places[0], munich));
}

#[test]
fn a_place_or_a_fleet_of_a_larger_city_does_no_harm_in_a_smaller_one() {
    let (small, large) = (city(network(2, 3, 4, 2)), city(network(6, 40, 120, 60)));
    let mut chance = Chance(1);
    let far = Snap { segment: 119, point: 357, ..snap(&large, &mut chance) };
    let near = snap(&small, &mut chance);
    assert_eq!((small.time_ms(&far, &near), small.time_ms(&near, &far)), (None, None));
    assert_eq!((small.route(&far, &near), small.place_of(&far)), (None, None));
    let mut out = Vec::new();
    small.times_to(&[far], &near, u32::MAX, &mut out);
    assert_eq!(out, [None]);
    let mut draw = Draw::default();
    for fleet in [Fleet::new(&small, &[Some(far)]).unwrap(), Fleet::new(&large, &[Some(far)]).unwrap()] {
        draw.begin(&small, &fleet, &near);
        assert_eq!(draw.next(&small, &fleet), None);
    }
}

#[test]
fn any_order_of_the_vertices_gives_the_same_answers() {
    for seed in 0..10 {
        let network = network(seed, 30, 80, 30);
        let good = city(network.clone());
        let mut order = good.layout.order.clone();
        let mut chance = Chance(seed);
        (1..order.len()).for_each(|at| order.swap(at, chance.below(at + 1)));
        let other = Roads::of(Layout::new(network, Some(order)).unwrap()).unwrap();
        for _ in 0..200 {
            let (from, to) = (snap(&good, &mut chance), snap(&good, &mut chance));
            assert_eq!(good.time_ms(&from, &to), other.time_ms(&from, &to));
        }
    }
}

#[test]
fn a_bad_order_cannot_ask_for_much_memory() {
    // A line of streets taken out from one end to the other: every vertex is below all the others.
    let mut line = Network::new();
    line.nodes = (0..4_000).map(|north| [493_000_000 + north * 1_000, 86_000_000]).collect();
    (0..3_999).for_each(|at| add(&mut line, at, at + 1, [1_000; 2]));
    let order: Vec<u32> = (0..4_000).collect();
    let refused = Layout::new(line.clone(), Some(order)).and_then(Roads::of);
    assert!(matches!(refused, Err(MapError::TooLarge { .. })));
    assert!(Layout::new(line, None).and_then(Roads::of).is_ok());
}

#[test]
fn travel_times_that_no_arc_can_have_are_refused_and_nothing_changes() {
    let mut roads = city(network(4, 12, 30, 25));
    let before = roads.arc_ms().to_vec();
    let open = before.iter().position(|ms| *ms > 0).unwrap();
    assert_eq!(
        roads.set_arc_ms(&before[1..]),
        Err(MapError::WrongCount { found: before.len() - 1, wanted: before.len() })
    );
    for ms in [0, u32::MAX] {
        let mut wrong = before.clone();
        wrong[open] = ms;
        assert!(matches!(roads.set_arc_ms(&wrong), Err(MapError::WrongTime { .. })));
        assert_eq!(roads.arc_ms(), before);
    }
}

#[test]
fn the_longest_arcs_do_not_overflow() {
    // A street of arcs that each take a day: within six days there is a time, and beyond there is none.
    let mut line = Network::new();
    line.nodes = (0..12).map(|north| [493_000_000 + north * 1_000, 86_000_000]).collect();
    (0..11).for_each(|at| add(&mut line, at, at + 1, [86_400_000; 2]));
    let roads = city(line);
    let place = |segment: u32| Snap { segment, share: 0, point: segment * 3, part: 0.0, off_m: 0.0 };
    assert_eq!(roads.time_ms(&place(0), &place(5)), Some(5 * 86_400_000));
    assert_eq!(roads.time_ms(&place(0), &place(10)), None);
    equals_a_row(&roads, &place);
}

fn equals_a_row(roads: &Roads, place: &impl Fn(u32) -> Snap) {
    let mut out = Vec::new();
    roads.times_to(&[place(0), place(3)], &place(10), u32::MAX, &mut out);
    assert_eq!(out, [None, None]);
    assert_eq!(roads.route(&place(0), &place(10)), None);
}
