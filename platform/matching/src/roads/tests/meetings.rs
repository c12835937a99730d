//! Searches for an assignment, against the times of all pairs: with and against the traffic, at any prices, forbidden turns
//! included.

use super::chance::{Chance, city, network, snap};
use crate::roads::{Crossing, Ends, Heed, Roads, Scout, Snap, Way};

/// Both sides of a made-up city: pick-ups and cars, some of them nowhere.
fn sides(roads: &Roads, chance: &mut Chance) -> [Ends; 2] {
    [Way::In, Way::Out].map(|way| {
        let snaps: Vec<Option<Snap>> = (0..40).map(|_| (!chance.one_in(10)).then(|| snap(roads, chance))).collect();
        Ends::new(roads, way, snaps)
    })
}

#[test]
fn a_search_shows_every_column_below_its_bound_with_its_shortest_time_also_at_prices_that_have_risen_since() {
    let (mut shown, mut scout) = (0, Scout::default());
    for seed in 0..40 {
        let roads = city(network(seed, 25, 70, 40));
        let mut chance = Chance(seed);
        let [pickups, cars] = sides(&roads, &mut chance);
        for (rows, cols, against) in [(&pickups, &cars, true), (&cars, &pickups, false)] {
            let crossing = Crossing::new(&roads, cols);
            let low: Vec<i32> = (0..40).map(|_| chance.below(60_000) as i32 - 30_000).collect();
            let lowest = low.iter().copied().min().unwrap();
            let price: Vec<i32> = low.iter().map(|low| low + chance.below(3) as i32 * 10_000).collect();
            let counts = |col: usize| col % 7 != 3;
            let mut field = Vec::new();
            Crossing::field(&roads, cols, |col| counts(col).then_some(low[col]), &mut field);
            for row in (0..40).filter(|row| rows.snap(*row).is_some()) {
                let (bound, reach_ms) = (chance.below(200_000) as i32, 20_000 + chance.below(400_000) as i32);
                let mut found = [i32::MAX; 40];
                let mut see = |col: u32, ms: i32| {
                    found[col as usize] = ms.min(found[col as usize]);
                    bound
                };
                crossing.straight(&roads, (rows, row), (lowest, bound), &mut see);
                let heed = Heed { field: &field, lowest, reach_ms };
                scout.search(&crossing, (rows, row), heed, bound, see);
                let mut least = i32::MAX;
                for col in (0..40).filter(|col| counts(*col)) {
                    let (Some(here), Some(there)) = (rows.snap(row), cols.snap(col)) else { continue };
                    let (from, to) = if against { (there, here) } else { (here, there) };
                    let ms = roads.time_ms(from, to).unwrap().cast_signed();
                    least = least.min(ms + low[col]);
                    assert!(found[col] >= ms, "a time that is too short");
                    if ms + price[col] < bound && ms <= reach_ms {
                        assert_eq!(found[col], ms, "city {seed}, row {row}, column {col}");
                        shown += 1;
                    }
                }
                let mut told = Crossing::least(rows, row, &field);
                let mut straight = |col: u32, ms: i32| {
                    if counts(col as usize) {
                        told = told.min(ms + low[col as usize]);
                    }
                    i32::MAX
                };
                crossing.straight(&roads, (rows, row), (lowest, i32::MAX), &mut straight);
                assert_eq!(
                    told.min(1 << 28),
                    least.min(1 << 28),
                    "the field is as low as the cheapest column, and no lower"
                );
            }
        }
    }
    assert!(shown > 10_000, "{shown}");
}
