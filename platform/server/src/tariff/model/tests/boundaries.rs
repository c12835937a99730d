//! Exactly on a boundary, one metre or second beyond it, and a night that begins on the way.

use super::*;

#[test]
fn the_flag_fall_covers_its_last_metre_and_not_the_next() {
    let plain = tariff(PLAIN);
    for (road_m, minor) in [
        (0, 1000),
        (2_999, 1000),
        (3_000, 1000),
        // 10.00 + 1 × 1.00: a unit has begun.
        (3_001, 1100),
        (3_500, 1100),
        // 10.00 + 2 × 1.00
        (3_501, 1200),
        // 10.00 + (15,000 − 3,000) / 500 = 24 × 1.00
        (15_000, 3400),
        // + 1 × 1.50
        (15_001, 3550),
        // + 2 × 1.50: 15,000 to 15,500 and one more
        (15_501, 3700),
        // 10.00 + 24 × 1.00 + (20,000 − 15,000) / 500 = 10 × 1.50
        (20_000, 4900),
    ] {
        assert_eq!(total(&plain, &journey(road_m, 600)), minor, "{road_m} m");
    }
}

#[test]
fn a_unit_that_began_below_a_step_is_charged_at_that_step_to_its_end() {
    // Units of 700 m from 3,000: the 18th begins at 14,900 and ends at 15,600; the next one is above 15 km.
    let text = plain_but("unit_m = 500", "unit_m = 700");
    let uneven = tariff(&text);
    // 10.00 + 18 × 1.00
    assert_eq!(total(&uneven, &journey(15_600, 600)), 2800);
    // + 1 × 1.50
    assert_eq!(total(&uneven, &journey(15_601, 600)), 2950);
}

#[test]
fn a_flag_fall_longer_than_a_step_leaves_the_rest_to_the_next_step() {
    let text = plain_but("flag_fall_m = 3000", "flag_fall_m = 16000");
    let long = tariff(&text);
    assert_eq!(total(&long, &journey(16_000, 600)), 1000);
    assert_eq!(total(&long, &journey(16_001, 600)), 1150);
}

#[test]
fn started_minutes_of_waiting_count_and_driving_ones_do_not() {
    let plain = tariff(PLAIN);
    let waiting = |waiting_s| total(&plain, &Journey { waiting_s, ..journey(2_000, 600) });
    // 10.00, + 1 × 0.60 from the first second on, + 2 × 0.60 from the 61st on
    assert_eq!([waiting(0), waiting(1), waiting(60), waiting(61)], [1000, 1060, 1060, 1120]);
}

#[test]
fn a_rate_for_the_whole_trip_counts_every_second_after_those_the_flag_fall_covers() {
    let text = plain_but("counts = \"waiting\"", "counts = \"trip\"").replace("= 3000", "= 3000\nflag_fall_s = 300");
    let whole = tariff(&text);
    // 10.00 up to 300 s; then 0.60 a started minute: 301 to 360 s are 1, 900 s are 10.
    for (road_s, minor) in [(300, 1000), (301, 1060), (360, 1060), (361, 1120), (900, 1600)] {
        assert_eq!(total(&whole, &journey(2_000, road_s)), minor, "{road_s} s");
    }
}

#[test]
fn at_exactly_23_hours_the_night_has_begun_and_a_second_before_it_has_not() {
    let plain = tariff(PLAIN);
    let from = |text| total(&plain, &Journey { pickup_at: at(text, "Asia/Shanghai"), ..journey(3_000, 0) });
    assert_eq!(from("2026-11-23T22:59:59"), 1000);
    assert_eq!(from("2026-11-23T23:00"), 1200);
    assert_eq!(from("2026-11-24T04:59:59"), 1200);
    assert_eq!(from("2026-11-24T05:00"), 1000);
}

#[test]
fn a_night_that_begins_on_the_way_splits_the_journey_by_time() {
    // 22:50 + 20 min: the night begins after half the time, so at metre 5,000 of 10,000. Day: 10.00 to 3,000 m, then the
    // units that begin at 3,000, 3,500, 4,000 and 4,500 = 4 × 1.00. Night: those from 5,000 to 9,500 = 10 × 1.30.
    let plain = tariff(PLAIN);
    let ride = Journey { pickup_at: at("2026-11-23T22:50", "Asia/Shanghai"), ..journey(10_000, 1_200) };
    let split = quote(&plain, &ride).unwrap();
    assert_eq!(distances(&split), [("day", 4, 400), ("night", 10, 1300)]);
    assert_eq!(split.total.minor, 1000 + 400 + 1300);
}

#[test]
fn the_unit_that_begins_as_the_night_does_is_the_nights_and_one_a_metre_before_is_the_days() {
    let plain = tariff(PLAIN);
    let ride = |road_m| Journey { pickup_at: at("2026-11-23T22:50", "Asia/Shanghai"), ..journey(road_m, 1_200) };
    // Of 10,000 m half is 5,000 m: the unit that begins there is the night's.
    assert_eq!(distances(&quote(&plain, &ride(10_000)).unwrap())[0], ("day", 4, 400));
    // Of 10,001 m half is 5,000.5 m: at metre 5,000 it is still day.
    let longer = quote(&plain, &ride(10_001)).unwrap();
    assert_eq!(distances(&longer), [("day", 5, 500), ("night", 10, 1300)]);
}

#[test]
fn waiting_is_split_with_the_journey_and_a_started_unit_is_paid_once() {
    // 22:50 + 20 min with 300 s of waiting: at 23:00 150 s are counted. Day: units begin at 0, 60, 120 = 3 × 0.60 and end
    // at 180. Night: units begin at 180 and 240 = 2 × 0.80.
    let plain = tariff(PLAIN);
    let pickup_at = at("2026-11-23T22:50", "Asia/Shanghai");
    let ride = Journey { pickup_at, waiting_s: 300, ..journey(2_000, 1_200) };
    assert_eq!(total(&plain, &ride), 1000 + 180 + 160);
}

#[test]
fn a_rate_without_time_leaves_its_part_of_the_time_free() {
    // As above, but the night counts no waiting.
    let text =
        PLAIN.trim_end().strip_suffix("[rate.time]\ncounts = \"waiting\"\namount = \"0.80\"\nunit_s = 60").unwrap();
    let pickup_at = at("2026-11-23T22:50", "Asia/Shanghai");
    let ride = Journey { pickup_at, waiting_s: 300, ..journey(2_000, 1_200) };
    assert_eq!(total(&tariff(text), &ride), 1000 + 180);
}

#[test]
fn a_minimum_is_a_line_of_its_own_and_counts_before_tolls() {
    let text = plain_but("flag_fall = \"10.00\"", "minimum = \"15.00\"\nflag_fall = \"10.00\"");
    let text = format!("{text}\n[[toll]]\nname = \"bridge\"\namount = \"5.00\"\n");
    let least = tariff(&text);
    let short = quote(&least, &Journey { tolls: vec!["bridge".to_owned()], ..journey(3_001, 600) }).unwrap();
    // 10.00 + 1.00, 4.00 are missing to 15.00, and the bridge.
    let amounts: Vec<i64> = short.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(amounts, [1000, 100, 400, 500]);
    assert_eq!(total(&least, &journey(6_000, 600)), 1600);
}

#[test]
fn a_journey_of_no_length_or_no_time_is_the_flag_fall_or_its_distance() {
    let plain = tariff(PLAIN);
    assert_eq!(total(&plain, &Journey { dropoff: None, ..journey(0, 0) }), 1000);
    assert_eq!(total(&plain, &journey(4_000, 0)), 1200);
}
