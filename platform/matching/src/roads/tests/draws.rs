//! Cars drawn one after the other, against the times of all of them.

use super::chance::{Chance, city, network, snap};
use crate::roads::{Draw, Drawn, Fleet, Snap};

#[test]
fn every_car_that_can_come_is_drawn_once_in_the_order_of_its_time_and_the_bound_never_lies() {
    let mut draw = Draw::default();
    for seed in 0..30 {
        let roads = city(network(seed, 20, 50, 30));
        let mut chance = Chance(seed);
        let cars: Vec<Option<Snap>> =
            (0..60).map(|_| (!chance.one_in(10)).then(|| snap(&roads, &mut chance))).collect();
        let fleet = Fleet::new(&roads, &cars).unwrap();
        for _ in 0..5 {
            let pickup = snap(&roads, &mut chance);
            let mut wanted: Vec<Drawn> = (0..)
                .zip(&cars)
                .filter_map(|(car, from)| Some(Drawn { ms: roads.time_ms(from.as_ref()?, &pickup)?, car }))
                .collect();
            draw.begin(&roads, &fleet, &pickup);
            let mut found = Vec::new();
            loop {
                let bound = draw.bound_ms();
                let Some(next) = draw.next(&roads, &fleet) else { break };
                assert!(bound.is_some_and(|bound| bound <= next.ms));
                assert!(found.last().is_none_or(|last: &Drawn| last.ms <= next.ms));
                found.push(next);
            }
            assert_eq!(draw.bound_ms(), None);
            found.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(found, wanted);
        }
    }
}

#[test]
fn a_draw_that_was_put_aside_goes_on_where_it_was() {
    let roads = city(network(6, 40, 120, 60));
    let mut chance = Chance(3);
    let cars: Vec<Option<Snap>> = (0..200).map(|_| Some(snap(&roads, &mut chance))).collect();
    let fleet = Fleet::new(&roads, &cars).unwrap();
    let pickup = snap(&roads, &mut chance);
    let all = |draw: &mut Draw| std::iter::from_fn(|| draw.next(&roads, &fleet)).collect::<Vec<_>>();
    let mut whole = Draw::default();
    whole.begin(&roads, &fleet, &pickup);
    let whole = all(&mut whole);
    let mut first = Draw::default();
    first.begin(&roads, &fleet, &pickup);
    let mut parts: Vec<Drawn> = (0..10).filter_map(|_| first.next(&roads, &fleet)).collect();
    parts.extend(all(&mut first.clone()));
    assert_eq!(parts, whole);
}

#[test]
fn of_no_cars_none_is_drawn() {
    let roads = city(network(3, 12, 30, 0));
    for cars in [vec![], vec![None; 5]] {
        let fleet = Fleet::new(&roads, &cars).unwrap();
        let mut draw = Draw::default();
        draw.begin(&roads, &fleet, &snap(&roads, &mut Chance(1)));
        assert_eq!(draw.next(&roads, &fleet), None);
    }
}
