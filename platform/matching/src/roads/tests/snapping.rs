//! The nearest point of a road, against a look at every piece of every road.

use super::{
    at,
    chance::{Chance, add, city, network},
};
use crate::roads::{Roads, network::Network};

/// How far the nearest road is, on the same plane, by looking at all of them.
fn nearest_m(roads: &Roads, lat: f64, lng: f64) -> f64 {
    let network = &roads.layout.network;
    let lats = network.points.iter().map(|point| point.at[0]);
    let middle = (f64::from(lats.clone().min().unwrap()) + f64::from(lats.max().unwrap())) / 2e7;
    let north_m = 6_371_008.8_f64.to_radians();
    let metres = |at: [i32; 2]| {
        let [north, east] = [f64::from(at[0]) / 1e7 - lat, f64::from(at[1]) / 1e7 - lng];
        [north * north_m, east * north_m * middle.to_radians().cos()]
    };
    let mut best = f64::MAX;
    for segment in 0..network.ends.len() {
        for two in network.line(segment as u32).windows(2) {
            let ([ax, ay], [bx, by]) = (metres(two[0].at), metres(two[1].at));
            let (dx, dy) = (bx - ax, by - ay);
            let squared = dx * dx + dy * dy;
            let part = if squared > 0.0 { (-(ax * dx + ay * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
            best = best.min((ax + part * dx).hypot(ay + part * dy));
        }
    }
    best
}

#[test]
fn the_nearest_point_is_the_nearest_of_all_near_and_far() {
    for (seed, junctions, streets) in [(1, 40, 80), (2, 5, 4), (3, 300, 500), (4, 2, 1)] {
        let roads = city(network(seed, junctions, streets, 0));
        let mut chance = Chance(seed);
        for _ in 0..400 {
            // Inside the city, and up to its width beside it.
            let [lat, lng] = [0, 1].map(|_| chance.below(600_000) as f64 / 1e7 - 0.02);
            let (lat, lng) = (49.3 + lat, 8.6 + lng);
            let wanted = nearest_m(&roads, lat, lng);
            let found = roads.snap(at(lat, lng), 10_000.0).unwrap();
            assert!((f64::from(found.off_m()) - wanted).abs() < 0.02, "{} and {wanted}", found.off_m());
            // Where it says it is, it is.
            let place = roads.place_of(&found).unwrap();
            assert!((place.crow_m(at(lat, lng)) - wanted).abs() < 0.1 + wanted * 1e-3);
            let reach_m = chance.below(2_000) as f64;
            assert_eq!(roads.snap(at(lat, lng), reach_m).is_some(), f64::from(found.off_m()) <= reach_m);
        }
    }
}

#[test]
fn a_place_on_the_other_side_of_the_earth_has_no_road_and_the_search_ends() {
    let roads = city(network(1, 40, 80, 0));
    for (lat, lng) in [(-49.0, -170.0), (90.0, 0.0), (-90.0, 180.0), (0.0, 0.0)] {
        assert_eq!(roads.snap(at(lat, lng), 5_000.0), None);
    }
    assert_eq!(roads.snap(at(49.3, 8.6), f64::NAN), None);
    assert_eq!(roads.snap(at(49.3, 8.6), -1.0), None);
}

#[test]
fn the_cells_of_a_map_across_the_whole_earth_are_few() {
    let mut network = Network::new();
    network.nodes = vec![[-900_000_000, -1_800_000_000], [900_000_000, 1_800_000_000], [0, 0], [0, 10]];
    add(&mut network, 0, 1, [1_000; 2]);
    add(&mut network, 2, 3, [1_000; 2]);
    network.points.iter_mut().for_each(|point| point.at[0] = point.at[0].clamp(-900_000_000, 900_000_000));
    network.check().unwrap();
    let roads = city(network);
    assert!(roads.snap(at(0.000_01, 0.0), 100.0).is_some());
}
