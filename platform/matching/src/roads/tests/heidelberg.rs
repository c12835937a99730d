//! Heidelberg's real roads, (c) OpenStreetMap contributors, ODbL 1.0: ten thousand pairs against a plain search. Skipped
//! where the extract is not.

use std::{cmp::Reverse, collections::BinaryHeap, fs, path::PathBuf};

use super::{
    at,
    chance::{Chance, snap},
    oracle::{Reached, what_matters},
};
use crate::roads::{Draw, Fleet, Roads, Snap};

fn heidelberg() -> Option<Roads> {
    let shared = std::env::var_os("FAREWAY_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = shared.join("data/heidelberg.osm.pbf");
    let Ok(bytes) = fs::read(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    Some(Roads::build(&bytes).unwrap().0)
}

/// All vertices by Dijkstra's algorithm on the graph that forbidden turns are part of.
fn plain(roads: &Roads, from: &Snap) -> Vec<Option<u32>> {
    let mut leaving = vec![Vec::new(); roads.vertex_count()];
    roads.edges().for_each(|edge| leaving[edge.tail as usize].push((edge.head, edge.ms)));
    let mut settled = vec![None; roads.vertex_count()];
    let mut heap: BinaryHeap<_> = roads.ways_out(from).into_iter().map(|(vertex, ms)| Reverse((ms, vertex))).collect();
    while let Some(Reverse((ms, vertex))) = heap.pop() {
        if settled[vertex as usize].is_none() {
            settled[vertex as usize] = Some(ms);
            heap.extend(leaving[vertex as usize].iter().map(|(head, step)| Reverse((ms + step, *head))));
        }
    }
    settled
}

fn by_plain(roads: &Roads, settled: &[Option<u32>], from: &Snap, to: &Snap) -> Option<u32> {
    let ways_in = roads.ways_in(to).into_iter();
    let around = ways_in.filter_map(|(vertex, ms)| Some(settled[vertex as usize]? + ms));
    around.chain(roads.straight_ms(from, to)).min()
}

fn ten_thousand_pairs_agree(roads: &Roads, seed: u64) {
    let mut chance = Chance(seed);
    let mut reachable = 0;
    for _ in 0..100 {
        let from = snap(roads, &mut chance);
        let settled = plain(roads, &from);
        for _ in 0..100 {
            let to = snap(roads, &mut chance);
            let wanted = by_plain(roads, &settled, &from, &to);
            assert_eq!(roads.time_ms(&from, &to), wanted);
            reachable += usize::from(wanted.is_some());
        }
    }
    assert!(reachable > 9_900, "{reachable}");
}

#[test]
fn ten_thousand_pairs_equal_dijkstra_before_and_after_new_travel_times_and_from_the_file() {
    let Some(mut roads) = heidelberg() else { return };
    ten_thousand_pairs_agree(&roads, 1);
    let mut chance = Chance(2);
    let ms: Vec<u32> = roads.arc_ms().iter().map(|ms| ms + chance.below(1 + *ms as usize * 2) as u32).collect();
    roads.set_arc_ms(&ms).unwrap();
    ten_thousand_pairs_agree(&roads, 3);
    ten_thousand_pairs_agree(&Roads::open(&roads.save()).unwrap(), 4);
}

#[test]
fn forbidden_turns_hold_as_a_search_by_rows_of_arcs_has_them() {
    let Some(roads) = heidelberg() else { return };
    assert!(roads.layout.network.forbidden().count() > 100);
    let mut chance = Chance(5);
    let from = snap(&roads, &mut chance);
    let reached = Reached::new(&roads, &from, what_matters(&roads.layout.network));
    for _ in 0..20 {
        let to = snap(&roads, &mut chance);
        assert_eq!(roads.time_ms(&from, &to), reached.ms_to(&to));
    }
}

#[test]
fn the_same_extract_makes_the_same_file() {
    let (Some(one), Some(other)) = (heidelberg(), heidelberg()) else { return };
    assert!(one.save() == other.save());
}

#[test]
fn the_nearest_cars_by_road_are_drawn_first() {
    let Some(roads) = heidelberg() else { return };
    let mut chance = Chance(6);
    let cars: Vec<Option<Snap>> = (0..2000).map(|_| Some(snap(&roads, &mut chance))).collect();
    let fleet = Fleet::new(&roads, &cars).unwrap();
    let mut draw = Draw::default();
    for _ in 0..5 {
        let pickup = snap(&roads, &mut chance);
        let mut all: Vec<u32> = cars.iter().flatten().filter_map(|car| roads.time_ms(car, &pickup)).collect();
        all.sort_unstable();
        draw.begin(&roads, &fleet, &pickup);
        let drawn: Vec<u32> = (0..50).filter_map(|_| draw.next(&roads, &fleet).map(|drawn| drawn.ms)).collect();
        assert_eq!(drawn, all[..50]);
    }
}

#[test]
fn from_the_station_to_the_castle_a_taxi_takes_some_minutes_and_kilometres() {
    let Some(roads) = heidelberg() else { return };
    let near = |lat, lng| roads.snap(at(lat, lng), 300.0).unwrap();
    let route = roads.route(&near(49.4036, 8.6755), &near(49.4106, 8.7153)).unwrap();
    assert!((2_600.0..6_500.0).contains(&route.m), "{} m", route.m);
    assert!((240_000..900_000).contains(&route.ms), "{} ms", route.ms);
    let length: f64 = route.line.windows(2).map(|two| two[0].crow_m(two[1])).sum();
    assert!((length - route.m).abs() < 1.0);
}
