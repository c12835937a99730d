//! What holds for any tariff and any journey, tried on many drawn from a seed.

use rand::{Rng, SeedableRng, rngs::SmallRng};

use super::*;
use crate::tariff::model::{Counts, WantedExtra};

/// A tariff of one or two rates with drawn numbers.
fn drawn_tariff(draw: &mut SmallRng) -> Tariff {
    let cents = |draw: &mut SmallRng, most: u32| format!("{}.{:02}", draw.gen_range(0..most), draw.gen_range(0..100));
    let change = ["03:00", "05:00", "22:30", "23:59"][draw.gen_range(0..4)];
    let mut text = format!(
        "name = \"drawn\"\ntime_zone = \"Europe/Berlin\"\ncurrency = \"EUR\"\nfrom = \"2020-01-01T00:00\"\n\
         classes = [\"standard\"]\n[rounding]\nunit = \"{}\"\ndirection = \"{}\"\n",
        ["0.01", "0.05", "0.10", "1.00"][draw.gen_range(0..4)],
        ["up", "down", "half_up"][draw.gen_range(0..3)],
    );
    for (name, hours) in [("one", format!("00:00-{change}")), ("two", format!("{change}-24:00"))] {
        let counts = ["waiting", "trip"][draw.gen_range(0..2)];
        text += &format!(
            "[[rate]]\nname = \"{name}\"\nhours = [\"{hours}\"]\nflag_fall = \"{}\"\nflag_fall_m = {}\nflag_fall_s = {}\n\
             minimum = \"{}\"\n[[rate.distance]]\namount = \"{}\"\nunit_m = {}\n[[rate.distance]]\nabove_m = {}\n\
             amount = \"{}\"\nunit_m = {}\n[rate.time]\ncounts = \"{counts}\"\namount = \"{}\"\nunit_s = {}\n",
            cents(draw, 20),
            draw.gen_range(0..5_000),
            draw.gen_range(0..400),
            cents(draw, 30),
            cents(draw, 4),
            draw.gen_range(1..2_000),
            draw.gen_range(1..30_000),
            cents(draw, 4),
            draw.gen_range(1..2_000),
            cents(draw, 2),
            draw.gen_range(1..300),
        );
    }
    let share = draw.gen_range(0..3_000);
    text += &format!(
        "[[surcharge]]\nname = \"share\"\nshare_bp = {share}\n[[toll]]\nname = \"gate\"\namount = \"{}\"\n\
         [[extra]]\nname = \"bag\"\namount = \"{}\"\ncount_max = 9\ncap = \"{}\"\n",
        cents(draw, 9),
        cents(draw, 9),
        cents(draw, 20)
    );
    tariff(&text)
}

fn drawn_journey(draw: &mut SmallRng) -> Journey {
    // Around both changes of clocks in 2026, where hours are skipped and repeated, and on ordinary days.
    let day = ["2026-03-28T00:00", "2026-10-24T00:00", "2026-06-01T00:00"][draw.gen_range(0..3)];
    let start = at(day, "Europe/Berlin").0 + draw.gen_range(0..48 * 3_600_000_000_i64);
    let road_s = draw.gen_range(0..20_000);
    Journey {
        pickup_at: Timestamp(start),
        waiting_s: draw.gen_range(0..=road_s),
        tolls: vec!["gate".to_owned(); draw.gen_range(0..3)],
        extras: vec![WantedExtra { name: "bag".to_owned(), count: draw.gen_range(0..10) }],
        ..journey(draw.gen_range(0..80_000), road_s)
    }
}

#[test]
fn a_total_is_the_sum_of_its_lines_is_never_negative_and_replays() {
    let mut draw = SmallRng::seed_from_u64(4);
    for _ in 0..400 {
        let tariff = drawn_tariff(&mut draw);
        for _ in 0..10 {
            let journey = drawn_journey(&mut draw);
            let quoted = quote(&tariff, &journey).unwrap();
            let sum: i64 = quoted.lines.iter().map(|line| line.amount_minor).sum();
            assert_eq!(sum, quoted.total.minor, "{quoted:?}");
            assert!(quoted.total.minor >= 0, "{quoted:?}");
            let negative = |line: &&crate::tariff::model::QuoteLine| line.amount_minor < 0;
            assert!(quoted.lines.iter().filter(negative).all(|line| matches!(line.kind, LineKind::Rounding { .. })));
            let back: Quote = serde_json::from_str(&serde_json::to_string(&quoted).unwrap()).unwrap();
            assert!(back.replays(&tariff), "{quoted:?}");
        }
    }
}

#[test]
fn more_metres_or_more_waiting_never_cost_less_within_one_rate() {
    let mut draw = SmallRng::seed_from_u64(5);
    for _ in 0..2_000 {
        let tariff = drawn_tariff(&mut draw);
        // From 10:00 on, at most 20,000 s: one rate.
        let pickup_at = at("2026-06-01T10:00", "Europe/Berlin");
        let shorter = Journey { pickup_at, ..drawn_journey(&mut draw) };
        let longer = Journey {
            road_m: shorter.road_m + draw.gen_range(0..3_000),
            waiting_s: draw.gen_range(shorter.waiting_s..=shorter.road_s),
            ..shorter.clone()
        };
        assert!(total(&tariff, &longer) >= total(&tariff, &shorter), "{tariff:?}\n{shorter:?}\n{longer:?}");
    }
}

/// The rule of the fare, told unit by unit: a second way to the same cents.
#[test]
fn units_counted_one_by_one_come_to_the_same() {
    let mut draw = SmallRng::seed_from_u64(6);
    for _ in 0..500 {
        let tariff = drawn_tariff(&mut draw);
        let journey = drawn_journey(&mut draw);
        let quoted = quote(&tariff, &journey).unwrap();
        let clock = &quoted.circumstances.clock;
        let rate_at = |passed_us: i64| {
            let instant = Timestamp(journey.pickup_at.0 + passed_us);
            let offset = clock.iter().rev().find(|span| span.from <= instant).unwrap().offset_s;
            let minute = (instant.0.div_euclid(1_000_000) + i64::from(offset)).rem_euclid(86_400) / 60;
            let minute = u16::try_from(minute).unwrap();
            let of_one = tariff.weeks[0]
                .run(super::super::week::LocalMoment::at(i64::from(minute) * 60_000_000, &tariff.holidays));
            &tariff.rates[of_one.unwrap().rate]
        };
        let mut wanted = 0;
        let mut metre = i64::from(rate_at(0).flag_fall_m);
        while metre < i64::from(journey.road_m) {
            let passed = i128::from(metre) * i128::from(journey.road_s) * 1_000_000 / i128::from(journey.road_m);
            let steps = &rate_at(i64::try_from(passed).unwrap()).distance;
            let step = steps.iter().rev().find(|step| i64::from(step.above) <= metre).unwrap();
            wanted += step.amount_minor;
            metre += i64::from(step.unit);
        }
        let mut wanted_time = 0;
        for (counts, length) in [(Counts::Waiting, journey.waiting_s), (Counts::Trip, journey.road_s)] {
            let mut second = i64::from(rate_at(0).flag_fall_s);
            while second < i64::from(length) {
                let passed = i128::from(second) * i128::from(journey.road_s) * 1_000_000 / i128::from(length);
                match rate_at(i64::try_from(passed).unwrap()).time.filter(|time| time.counts == counts) {
                    Some(time) => {
                        wanted_time += time.step.amount_minor;
                        second += i64::from(time.step.unit);
                    }
                    None => second += 1,
                }
            }
        }
        let time = |line: &&crate::tariff::model::QuoteLine| matches!(line.kind, LineKind::Time { .. });
        let found_time: i64 = quoted.lines.iter().filter(time).map(|line| line.amount_minor).sum();
        assert_eq!(found_time, wanted_time, "{tariff:?}\n{quoted:?}");
        let found: i64 = distances(&quoted).iter().map(|(_, _, minor)| minor).sum();
        assert_eq!(found, wanted, "{tariff:?}\n{quoted:?}");
    }
}
