//! A stored quote comes out the same, to the cent, whatever happens later; and does not if anything in it was changed.

use super::*;
use crate::tariff::model::WantedExtra;

const SUZHOU: &str = include_str!("../../../../config/tariffs/suzhou.toml");

fn evening() -> (Tariff, Quote) {
    let suzhou = tariff(SUZHOU);
    let ride = Journey {
        pickup: place(31.419_8, 120.642_9),
        dropoff: Some(place(31.123_456_789_012_34, 120.700_000_000_000_01)),
        pickup_at: at("2027-03-01T22:41:13", "Asia/Shanghai"),
        waiting_s: 333,
        tolls: vec!["airport expressway".to_owned()],
        extras: vec![WantedExtra { name: "luggage".to_owned(), count: 3 }],
        ..journey(33_333, 2_777)
    };
    let quote = quote(&suzhou, &ride).unwrap();
    (suzhou, quote)
}

#[test]
fn a_quote_replays_after_a_round_trip_through_json() {
    let (suzhou, quote) = evening();
    let text = serde_json::to_string(&quote).unwrap();
    let back: Quote = serde_json::from_str(&text).unwrap();
    assert!(back.replays(&suzhou), "{text}");
    assert_eq!((back.total, &back.lines), (quote.total, &quote.lines));
}

#[test]
fn a_changed_amount_journey_or_tariff_does_not_replay() {
    let (suzhou, quote) = evening();
    let changed = |change: fn(&mut Quote)| {
        let mut other = quote.clone();
        change(&mut other);
        assert!(!other.replays(&suzhou), "{other:?}");
    };
    changed(|quote| quote.total.minor += 1);
    changed(|quote| quote.lines[0].amount_minor -= 1);
    changed(|quote| quote.lines.truncate(1));
    changed(|quote| quote.journey.road_m += 5_000);
    changed(|quote| quote.journey.class = "six_seats".to_owned());
    changed(|quote| quote.circumstances.pickup_zones.clear());
    changed(|quote| quote.journey.road_m = u32::MAX);
    assert!(!quote.replays(&tariff(&SUZHOU.replace("12.00", "12.01"))));
    assert!(!quote.replays(&tariff(&format!("{SUZHOU}# the same rates under another text\n"))));
}

#[test]
fn a_quote_keeps_the_clock_it_was_given_under() {
    // The country gives up its summer time after the quote: the stored offsets count, not those that the zone has now.
    let text = plain_but("Asia/Shanghai", "Europe/Berlin");
    let ride = Journey { pickup_at: at("2026-07-01T22:30", "Europe/Berlin"), ..journey(10_000, 600) };
    let mut given = quote(&tariff(&text), &ride).unwrap();
    assert_eq!((given.total.minor, given.circumstances.clock[0].offset_s), (2400, 7200));
    // As it would have been given without summer time, when the clock showed 21:30 … and with two hours more, at night.
    given.circumstances.clock[0].offset_s = 3600;
    assert!(given.replays(&tariff(&text)));
    given.circumstances.clock[0].offset_s = 4 * 3600;
    assert!(!given.replays(&tariff(&text)));
}

/// A quote as the first release stored it. It must replay for ever: if this test fails, what changed is wrong.
#[test]
fn a_quote_of_the_first_release_replays() {
    let stored: Quote = serde_json::from_str(include_str!("first_release_quote.json")).unwrap();
    let text = include_str!("first_release_tariff.toml");
    let first = tariff(text);
    assert!(stored.replays(&first), "{:?}", quote(&first, &stored.journey));
    // 18:50 + 16,000 s: the night begins after 15/16, at metre 115,740.94 and at the 1,156.88th second of waiting. 12.00 +
    // 24 × 1.20 + 202 × 1.80 + 15 × 2.10 + waiting 7 × 1.20 = 444.30; fuel 1.00, queue 5.00, 10 % = 44.43; tolls 5.00 and
    // 2 × 15.00; booking 2.00, luggage 2 × 2.00, child seat 10.00: 545.73, rounded to 546.
    assert_eq!(stored.total.minor, 54_600);
}
