//! What a map says and what becomes of it: one-way streets, access, speeds, barriers and turn restrictions, each on a map
//! small enough to see.
//!
//! Most of them are on this one, whose blocks are about 1.1 km high and 0.73 km wide:
//!
//! ```text
//! 4 --- 5 --- 6
//! |     |     |
//! 1 --- 2 --- 3
//! ```

use super::{
    at,
    extract::{Extract, Packing},
};
use crate::roads::{MapError, Roads, Route, Summary};

const STREET: (&str, &str) = ("highway", "residential");

fn crossings() -> Extract {
    let mut map = Extract::default();
    for (id, lat, lng) in
        [(1, 0.0, 0.0), (2, 0.0, 0.01), (3, 0.0, 0.02), (4, 0.01, 0.0), (5, 0.01, 0.01), (6, 0.01, 0.02)]
    {
        map.node(id, 49.0 + lat, 8.0 + lng, &[]);
    }
    map
}

/// Ways are numbered by their ends: 12 leads from 1 to 2.
fn block_of_streets() -> Extract {
    let mut map = crossings();
    for [tail, head] in [[1, 2], [2, 3], [4, 5], [5, 6], [1, 4], [2, 5], [3, 6]] {
        map.way(tail * 10 + head, &[tail, head], &[STREET]);
    }
    map
}

fn built(map: &Extract) -> (Roads, Summary) {
    Roads::build(&map.file(true, Packing::Zlib)).unwrap()
}

/// The middle of the street between two of the six.
fn middle(tail: i64, head: i64) -> [f64; 2] {
    let of = |id: i64| [49.0 + 0.01 * ((id - 1) / 3) as f64, 8.0 + 0.01 * ((id - 1) % 3) as f64];
    let ([lat, lng], [to_lat, to_lng]) = (of(tail), of(head));
    [f64::midpoint(lat, to_lat), f64::midpoint(lng, to_lng)]
}

fn route(roads: &Roads, from: [i64; 2], to: [i64; 2]) -> Option<Route> {
    let snap = |[tail, head]: [i64; 2]| {
        let [lat, lng] = middle(tail, head);
        roads.snap(at(lat, lng), 10.0).unwrap()
    };
    roads.route(&snap(from), &snap(to))
}

/// The six that a route passes.
fn passes(route: &Route) -> Vec<i64> {
    let six = |place: &fareway_shared::place::LatLng| {
        (1..=6).find(|id| place.crow_m(at(middle(*id, *id)[0], middle(*id, *id)[1])) < 1.0)
    };
    route.line.iter().filter_map(six).collect()
}

fn way_through(map: &Extract, from: [i64; 2], to: [i64; 2]) -> Vec<i64> {
    passes(&route(&built(map).0, from, to).unwrap())
}

#[test]
fn the_same_map_is_read_from_every_packing() {
    let map = block_of_streets();
    let wanted = built(&map).0.save();
    for (dense, packing) in [(true, Packing::Raw), (false, Packing::Raw), (false, Packing::Zlib)] {
        assert_eq!(Roads::build(&map.file(dense, packing)).unwrap().0.save(), wanted);
    }
}

#[test]
fn times_are_lengths_by_speeds() {
    let (roads, summary) = built(&block_of_streets());
    assert_eq!((summary.ways, summary.segments_dropped), (7, 0));
    // Corners 1, 3, 4 and 6 only bend a line.
    assert_eq!((summary.junctions, summary.segments), (2, 3));
    let along = route(&roads, [1, 2], [2, 3]).unwrap();
    let crow_m = at(49.0, 8.005).crow_m(at(49.0, 8.015));
    assert!((along.m - crow_m).abs() < 0.1);
    let ms = crow_m / 24.0 * 3.6 * 1000.0;
    assert!((f64::from(along.ms) - ms).abs() < 2.0, "{} and {ms}", along.ms);
}

#[test]
fn a_permitted_speed_is_driven_in_part_and_may_differ_by_direction() {
    let mut map = block_of_streets();
    map.node(7, 49.02, 8.0, &[]).node(8, 49.02, 8.02, &[]).way(47, &[4, 7], &[STREET]).way(86, &[8, 6], &[STREET]);
    map.way(78, &[7, 8], &[("highway", "primary"), ("maxspeed:forward", "100"), ("maxspeed", "50")]);
    let (roads, _) = built(&map);
    let snap = |lng: f64| roads.snap(at(49.02, lng), 10.0).unwrap();
    let (from, to) = (snap(8.004), snap(8.006));
    let (there, back) = (roads.time_ms(&from, &to).unwrap(), roads.time_ms(&to, &from).unwrap());
    assert!((f64::from(back) / f64::from(there) - 2.0).abs() < 0.01, "{there} {back}");
}

#[test]
fn a_one_way_street_is_driven_one_way() {
    for (tags, there, back) in [
        (vec![("oneway", "yes")], vec![2], vec![1, 4, 5]),
        (vec![("oneway", "-1")], vec![1, 4, 5], vec![2]),
        (vec![("junction", "roundabout")], vec![2], vec![1, 4, 5]),
        (vec![("oneway", "yes"), ("oneway:psv", "no")], vec![2], vec![2]),
    ] {
        let mut map = crossings();
        let tags: Vec<_> = tags.into_iter().chain([STREET]).collect();
        map.way(12, &[1, 2], &tags);
        [[2, 3], [4, 5], [5, 6], [1, 4], [2, 5], [3, 6]].into_iter().for_each(|[tail, head]| {
            map.way(tail * 10 + head, &[tail, head], &[STREET]);
        });
        // By 2, or the other way round the block: what the one-way street leaves open.
        assert_eq!(way_through(&map, [1, 2], [2, 5]), there, "{tags:?}");
        let mut back_found = way_through(&map, [2, 5], [1, 2]);
        back_found.reverse();
        assert_eq!(back_found, back, "{tags:?}");
    }
}

#[test]
fn where_taxis_may_not_drive_there_is_no_road_and_where_only_they_may_there_is() {
    for (tags, open) in [
        (&[("access", "no")][..], false),
        (&[("access", "private")], false),
        (&[("motor_vehicle", "no")], false),
        (&[("motor_vehicle", "no"), ("taxi", "yes")], true),
        (&[("access", "no"), ("psv", "yes")], true),
        (&[("access", "destination")], true),
        (&[("area", "yes")], false),
        (&[("highway", "busway")], false),
        (&[("highway", "busway"), ("taxi", "designated")], true),
        (&[("highway", "footway")], false),
        (&[("highway", "construction")], false),
    ] {
        let mut map = block_of_streets();
        let tags: Vec<_> = tags.iter().copied().chain([STREET]).collect();
        map.node(7, 49.005, 8.005, &[]).way(99, &[1, 7, 5], &tags);
        let (roads, _) = built(&map);
        assert_eq!(roads.snap(at(49.0051, 8.005), 100.0).is_some(), open, "{tags:?}");
    }
}

#[test]
fn nothing_drives_through_a_bollard_but_to_it() {
    for (tags, passable) in [
        (&[("barrier", "bollard")][..], false),
        (&[("barrier", "gate"), ("access", "private")], false),
        (&[("barrier", "gate")], true),
        (&[("barrier", "bollard"), ("motor_vehicle", "yes")], true),
        (&[("highway", "crossing")], true),
    ] {
        let mut map = block_of_streets();
        map.node(7, 49.005, 8.005, tags).way(99, &[1, 7, 5], &[("highway", "primary")]);
        let (roads, _) = built(&map);
        let near = |lat, lng| roads.snap(at(lat, lng), 10.0).unwrap();
        let (before, behind) = (near(49.0049, 8.0049), near(49.0051, 8.0051));
        let direct = roads.route(&before, &behind).unwrap().m < 50.0;
        assert_eq!(direct, passable, "{tags:?}");
    }
}

fn restricted(kind: &str, members: &[(&str, u64, i64)], more: &[(&str, &str)]) -> Extract {
    let mut map = block_of_streets();
    let tags: Vec<_> =
        [("type", "restriction"), ("restriction", kind)].into_iter().chain(more.iter().copied()).collect();
    map.relation(&tags, members);
    map
}

const LEFT_AT_2: [(&str, u64, i64); 3] = [("from", 1, 12), ("via", 0, 2), ("to", 1, 25)];

#[test]
fn a_forbidden_turn_is_driven_around() {
    assert_eq!(way_through(&block_of_streets(), [1, 2], [2, 5]), [2]);
    let map = restricted("no_left_turn", &LEFT_AT_2, &[]);
    assert_eq!(built(&map).1.turns, 1);
    assert_eq!(way_through(&map, [1, 2], [2, 5]), [1, 4, 5]);
    // The other way round, and from elsewhere, it is as it was.
    assert_eq!(way_through(&map, [2, 5], [1, 2]), [2]);
    assert_eq!(way_through(&map, [2, 3], [2, 5]), [2]);
}

#[test]
fn where_only_one_turn_is_allowed_all_others_are_forbidden() {
    let map = restricted("only_straight_on", &[("from", 1, 12), ("via", 0, 2), ("to", 1, 23)], &[]);
    assert_eq!(way_through(&map, [1, 2], [2, 5]), [1, 4, 5]);
    assert_eq!(way_through(&map, [1, 2], [2, 3]), [2]);
}

#[test]
fn a_turn_by_way_of_a_street_is_forbidden_as_a_whole_and_each_part_of_it_is_not() {
    let map = restricted("no_u_turn", &[("from", 1, 12), ("via", 1, 25), ("to", 1, 45)], &[]);
    assert_eq!(built(&map).1.turns, 1);
    let free = way_through(&block_of_streets(), [1, 2], [4, 5]);
    // 4 is nearer by way of 1; from the end of 12, it is by way of 2 and 5.
    assert_eq!(free, [1, 4]);
    let (roads, _) = built(&map);
    let (open, _) = built(&block_of_streets());
    let near_2 = |roads: &Roads| roads.snap(at(49.0, 8.0095), 10.0).unwrap();
    let near_5 = |roads: &Roads| roads.snap(at(49.01, 8.0095), 10.0).unwrap();
    assert_eq!(passes(&open.route(&near_2(&open), &near_5(&open)).unwrap()), [2, 5]);
    assert_ne!(passes(&roads.route(&near_2(&roads), &near_5(&roads)).unwrap()), [2, 5]);
    // Each part alone is driven as ever.
    assert_eq!(way_through(&map, [1, 2], [2, 5]), [2]);
    assert_eq!(way_through(&map, [2, 5], [4, 5]), [5]);
    assert_eq!(way_through(&map, [2, 3], [4, 5]), [2, 5]);
}

#[test]
fn only_one_way_on_by_way_of_a_street_forbids_to_leave_it() {
    let map = restricted("only_left_turn", &[("from", 1, 12), ("via", 1, 25), ("to", 1, 56)], &[]);
    // Neither straight on at 2, nor left at 5.
    assert_eq!(way_through(&map, [1, 2], [2, 5]), [2]);
    let (roads, _) = built(&map);
    let (from, to) = (roads.snap(at(49.0, 8.0095), 10.0).unwrap(), roads.snap(at(49.0, 8.0105), 10.0).unwrap());
    assert_ne!(passes(&roads.route(&from, &to).unwrap()), [2]);
}

#[test]
fn what_taxis_are_excepted_from_and_what_is_not_clear_does_not_hold_and_is_counted() {
    let unrestricted = |map: &Extract, left_out: usize| {
        let (roads, summary) = built(map);
        assert_eq!((summary.turns, summary.turns_left_out), (0, left_out));
        assert_eq!(passes(&route(&roads, [1, 2], [2, 5]).unwrap()), [2]);
    };
    unrestricted(&restricted("no_left_turn", &LEFT_AT_2, &[("except", "bicycle;taxi")]), 0);
    unrestricted(&restricted("stop", &LEFT_AT_2, &[]), 0);
    unrestricted(&restricted("no_left_turn", &LEFT_AT_2[..2], &[]), 1);
    unrestricted(&restricted("no_left_turn", &[LEFT_AT_2[0], ("via", 0, 77), LEFT_AT_2[2]], &[]), 1);
    unrestricted(&restricted("no_left_turn", &[("from", 1, 77), LEFT_AT_2[1], LEFT_AT_2[2]], &[]), 1);
    // A street that is nowhere near.
    unrestricted(&restricted("no_left_turn", &[("from", 1, 36), LEFT_AT_2[1], LEFT_AT_2[2]], &[]), 1);
}

#[test]
fn what_cannot_be_reached_or_left_is_dropped() {
    let mut map = block_of_streets();
    // An island; and a one-way street that ends nowhere.
    map.node(7, 49.1, 8.1, &[]).node(8, 49.1, 8.11, &[]).way(78, &[7, 8], &[STREET]);
    map.node(9, 48.99, 8.01, &[]).way(29, &[2, 9], &[STREET, ("oneway", "yes")]);
    let (roads, summary) = built(&map);
    assert_eq!(summary.segments_dropped, 2);
    assert_eq!(roads.snap(at(49.1, 8.105), 500.0), None);
    assert_eq!(roads.snap(at(48.995, 8.01), 100.0), None);
}

#[test]
fn a_street_that_leaves_the_extract_ends_there() {
    let mut map = block_of_streets();
    map.way(98, &[4, 1000, 1001], &[STREET]).way(97, &[2, 3, 1000, 6], &[STREET]);
    assert_eq!(built(&map).1.segments_dropped, 0);
}

#[test]
fn a_map_without_roads_is_refused_with_a_sentence() {
    let error = Roads::build(&crossings().file(true, Packing::Raw)).unwrap_err();
    assert_eq!(error, MapError::NoRoads);
    assert_eq!(error.to_string(), "the map has no connected roads for cars; is it an extract of a city?");
}
