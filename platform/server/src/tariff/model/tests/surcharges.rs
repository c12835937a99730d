//! Zones, shares, fixed prices, tolls, extras and rounding.

use super::*;
use crate::tariff::{
    error::TariffError,
    model::{QuoteKind, WantedExtra},
};

const ADDED: &str = r#"
[[zone]]
name = "airport"
circle = { lat = 31.20, lng = 120.50, radius_m = 2000 }

[[zone]]
name = "centre"
polygon = [[31.33, 120.60], [31.33, 120.64], [31.29, 120.64], [31.29, 120.60]]

[[surcharge]]
name = "fuel"
amount = "1.00"

[[surcharge]]
name = "from the airport"
amount = "8.00"
zone = "airport"
at = "pickup"

[[surcharge]]
name = "peak"
share_bp = 1234
days = ["mon"]
hours = ["17:00-19:00"]

[[fixed]]
pickup = "airport"
dropoff = "centre"
amount = "90.00"
days = ["weekdays"]

[[fixed]]
pickup = "centre"
dropoff = "airport"
amount = "80.00"
both_ways = true
tolls_included = true

[[toll]]
name = "bridge"
amount = "5.00"

[[toll]]
name = "tunnel"
amount = "7.50"

[[extra]]
name = "booking fee"
amount = "2.00"
always = true

[[extra]]
name = "luggage"
amount = "3.00"
count_max = 4
cap = "7.00"

[[extra]]
name = "pet"
amount = "6.00"
"#;

fn rich() -> Tariff {
    tariff(&format!("{PLAIN}{ADDED}"))
}

/// The amounts of the lines; 10.00 for 3,000 m, 1.00 fuel and 2.00 booking fee stand in each that has no fixed price.
fn amounts(journey: &Journey) -> Vec<i64> {
    let quote = quote(&rich(), journey).unwrap();
    quote.lines.iter().map(|line| line.amount_minor).collect()
}

fn elsewhere() -> Journey {
    Journey { pickup: place(31.40, 120.90), dropoff: Some(place(31.41, 120.91)), ..journey(3_000, 600) }
}

const AIRPORT: (f64, f64) = (31.201, 120.501);
const CENTRE: (f64, f64) = (31.30, 120.62);

fn between(pickup: (f64, f64), dropoff: (f64, f64)) -> Journey {
    Journey { pickup: place(pickup.0, pickup.1), dropoff: Some(place(dropoff.0, dropoff.1)), ..journey(20_000, 1800) }
}

#[test]
fn a_zone_counts_at_the_end_that_its_surcharge_names() {
    assert_eq!(amounts(&elsewhere()), [1000, 100, 200]);
    let from = Journey { pickup: place(AIRPORT.0, AIRPORT.1), ..elsewhere() };
    assert_eq!(amounts(&from), [1000, 100, 800, 200]);
    let to = Journey { dropoff: Some(place(AIRPORT.0, AIRPORT.1)), ..elsewhere() };
    assert_eq!(amounts(&to), [1000, 100, 200]);
    let either = tariff(&format!("{PLAIN}{ADDED}").replace("at = \"pickup\"", "at = \"either\""));
    assert_eq!(total(&either, &to), 1000 + 100 + 800 + 200);
    let within = Journey { pickup: place(AIRPORT.0, AIRPORT.1), ..to };
    assert_eq!(total(&either, &within), 1000 + 100 + 800 + 200, "both ends in the zone pay once");
}

#[test]
fn a_share_is_of_the_fare_with_a_half_cent_up_and_only_in_its_hours() {
    let peak = |text| amounts(&Journey { pickup_at: at(text, "Asia/Shanghai"), road_m: 3_001, ..elsewhere() });
    // 12.34 % of 10.00 + 1.00 = 1.3574, so 1.36. The fuel is not part of the fare.
    assert_eq!(peak("2026-11-23T17:00"), [1000, 100, 100, 136, 200]);
    assert_eq!(peak("2026-11-23T18:59:59"), [1000, 100, 100, 136, 200]);
    assert_eq!(peak("2026-11-23T19:00"), [1000, 100, 100, 200]);
    assert_eq!(peak("2026-11-24T17:00"), [1000, 100, 100, 200], "a Tuesday");
    // 0.5 % of 11.00 is 0.055, so 0.06; 0.45 % is 0.0495, so 0.05; 0.4 % is 0.044, so 0.04.
    for (share_bp, minor) in [(50, 6), (45, 5), (40, 4), (0, 0)] {
        let text = format!("{PLAIN}\n[[surcharge]]\nname = \"share\"\nshare_bp = {share_bp}\n");
        assert_eq!(total(&tariff(&text), &journey(3_001, 60)), 1100 + minor, "{share_bp}");
    }
}

#[test]
fn the_first_fixed_price_that_fits_both_ends_is_the_price() {
    let rich = rich();
    let monday = quote(&rich, &between(AIRPORT, CENTRE)).unwrap();
    assert_eq!(monday.kind, QuoteKind::Fixed);
    // 90.00 and the booking fee; no fuel, no airport surcharge.
    assert_eq!(monday.total.minor, 9000 + 200);
    let saturday = at("2026-11-28T10:00", "Asia/Shanghai");
    let other = quote(&rich, &Journey { pickup_at: saturday, ..between(AIRPORT, CENTRE) }).unwrap();
    assert_eq!(other.total.minor, 8000 + 200, "the second counts in both directions and on every day");
    let back = quote(&rich, &between(CENTRE, AIRPORT)).unwrap();
    assert_eq!(back.total.minor, 8000 + 200);
    let named = LineKind::FixedPrice { pickup_zone: "centre".to_owned(), dropoff_zone: "airport".to_owned() };
    assert_eq!(back.lines[0].kind, named);
    let open = quote(&rich, &Journey { dropoff: None, ..between(AIRPORT, CENTRE) }).unwrap();
    assert_eq!(open.kind, QuoteKind::Metered, "without a drop-off there is no fixed price");
}

#[test]
fn tolls_are_counted_once_for_each_passage_unless_a_fixed_price_includes_them() {
    let tolls = vec!["bridge".to_owned(), "tunnel".to_owned(), "bridge".to_owned()];
    // 10.00 + 1.00 fuel + 2 × 5.00 + 7.50 + 2.00
    assert_eq!(amounts(&Journey { tolls: tolls.clone(), ..elsewhere() }), [1000, 100, 1000, 750, 200]);
    assert_eq!(amounts(&Journey { tolls: tolls.clone(), ..between(AIRPORT, CENTRE) }), [9000, 1000, 750, 200]);
    assert_eq!(amounts(&Journey { tolls, ..between(CENTRE, AIRPORT) }), [8000, 200]);
    let unknown = quote(&rich(), &Journey { tolls: vec!["ferry".to_owned()], ..elsewhere() });
    assert!(matches!(unknown, Err(TariffError::UnknownToll(name)) if name == "ferry"));
}

#[test]
fn extras_are_counted_up_to_their_cap_and_no_further_than_there_may_be() {
    let with = |extras: &[(&str, u32)]| {
        let extras = extras.iter().map(|(name, count)| WantedExtra { name: (*name).to_owned(), count: *count });
        Journey { extras: extras.collect(), ..elsewhere() }
    };
    // 2 × 3.00; 3 × 3.00 = 9.00 are capped at 7.00.
    assert_eq!(amounts(&with(&[("luggage", 2), ("pet", 1)])), [1000, 100, 200, 600, 600]);
    assert_eq!(amounts(&with(&[("luggage", 1), ("luggage", 2)])), [1000, 100, 200, 700]);
    assert_eq!(amounts(&with(&[("booking fee", 1), ("pet", 0)])), [1000, 100, 200], "booked or not, it is one");
    let too_many = quote(&rich(), &with(&[("luggage", 4), ("luggage", 1)])).unwrap_err();
    assert!(matches!(too_many, TariffError::TooManyExtras { count: 5, count_max: 4, .. }), "{too_many}");
    let most = quote(&rich(), &with(&[("pet", u32::MAX), ("pet", u32::MAX)])).unwrap_err();
    assert!(matches!(most, TariffError::TooManyExtras { .. }), "{most}");
    assert!(matches!(quote(&rich(), &with(&[("piano", 1)])), Err(TariffError::UnknownExtra(_))));
}

#[test]
fn the_total_is_rounded_in_the_direction_stated_and_the_difference_is_a_line() {
    let rounded = |direction: &str, extra: &str| {
        let text = format!(
            "{}\n[[extra]]\nname = \"fee\"\namount = \"{extra}\"\nalways = true\n",
            plain_but(
                "[[rate]]\nname = \"day\"",
                &format!("[rounding]\nunit = \"0.50\"\ndirection = \"{direction}\"\n\n[[rate]]\nname = \"day\"")
            )
        );
        total(&tariff(&text), &journey(3_000, 60))
    };
    for (extra, up, down, half_up) in [
        ("0.00", 1000, 1000, 1000),
        ("0.01", 1050, 1000, 1000),
        ("0.24", 1050, 1000, 1000),
        ("0.25", 1050, 1000, 1050),
        ("0.49", 1050, 1000, 1050),
        ("0.50", 1050, 1050, 1050),
    ] {
        assert_eq!([rounded("up", extra), rounded("down", extra), rounded("half_up", extra)], [up, down, half_up]);
    }
}

#[test]
fn what_a_journey_may_not_say_is_refused_with_the_part_named() {
    let plain = tariff(PLAIN);
    let refused = |journey: Journey| quote(&plain, &journey).unwrap_err().to_string();
    assert!(refused(journey(5_000_001, 0)).contains("road_m"));
    assert!(refused(journey(0, 604_801)).contains("road_s"));
    assert!(refused(Journey { waiting_s: 61, ..journey(0, 60) }).contains("waiting_s"));
    assert!(refused(Journey { tolls: vec![String::new(); 65], ..journey(0, 60) }).contains("tolls"));
    let class = refused(Journey { class: "helicopter".to_owned(), ..journey(0, 60) });
    assert!(class.contains("helicopter") && class.contains("standard"), "{class}");
}
