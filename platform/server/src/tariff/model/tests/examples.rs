//! The example tariffs that operators copy: they read, and come to what their comments promise.

use super::*;
use crate::tariff::model::{QuoteKind, WantedExtra};

const SUZHOU: &str = include_str!("../../../../config/tariffs/suzhou.toml");
const BANGKOK: &str = include_str!("../../../../config/tariffs/bangkok.toml");

#[test]
fn the_chinese_example_quotes_day_night_and_the_empty_way_back() {
    let suzhou = tariff(SUZHOU);
    let ride = |text, road_m| {
        let pickup_at = at(text, "Asia/Shanghai");
        Journey { pickup: place(31.40, 120.75), dropoff: None, pickup_at, ..journey(road_m, 1_200) }
    };
    // 12.00 + 24 × 1.20 + 10 × 1.80 + fuel 1.00 + booking 2.00 = 61.80, rounded to 62.
    assert_eq!(total(&suzhou, &ride("2027-03-01T10:00", 20_000)), 6200);
    // 14.00 + 14 × 1.50 + 1.00 + 2.00 = 38.00
    assert_eq!(total(&suzhou, &ride("2027-03-01T23:30", 10_000)), 3800);
    // In the evening peak: 12.00 + 14 × 1.20 = 28.80, + 10 % = 2.88, + 3.00 = 34.68, rounded to 35; six seats: 18.00 +
    // 14 × 1.80 + 3.00 = 46.20, rounded to 46.
    let peak = ride("2027-03-01T17:30", 10_000);
    assert_eq!(total(&suzhou, &peak), 3500);
    assert_eq!(total(&suzhou, &Journey { class: "six_seats".to_owned(), ..peak }), 4600);
}

#[test]
fn the_chinese_example_has_a_fixed_price_with_its_tolls() {
    let suzhou = tariff(SUZHOU);
    let ride = Journey {
        pickup: place(31.3100, 120.6200),
        dropoff: Some(place(31.4195, 120.6430)),
        pickup_at: at("2027-03-01T10:00", "Asia/Shanghai"),
        tolls: vec!["north ring bridge".to_owned()],
        extras: vec![WantedExtra { name: "luggage".to_owned(), count: 5 }],
        ..journey(14_000, 1_800)
    };
    let fixed = quote(&suzhou, &ride).unwrap();
    // 58.00 + booking 2.00 + luggage 5 × 2.00 capped at 8.00
    assert_eq!((fixed.kind, fixed.total.minor), (QuoteKind::Fixed, 6800));
}

#[test]
fn the_thai_example_quotes_the_airport_and_its_expressway() {
    let bangkok = tariff(BANGKOK);
    let ride = Journey {
        pickup: place(13.6930, 100.7510),
        dropoff: Some(place(13.7460, 100.5340)),
        pickup_at: at("2027-03-01T10:00", "Asia/Bangkok"),
        waiting_s: 610,
        tolls: vec!["expressway, first gate".to_owned()],
        ..journey(31_250, 2_700)
    };
    // 35.00 + 90 × 0.65 = 58.50 + 100 × 0.70 = 70.00 + 113 × 0.80 = 90.40 + 11 × 3.00 = 33.00 + airport 50.00 + toll 50.00
    // + call centre 20.00 = 406.90, rounded up to 407.
    assert_eq!(total(&bangkok, &ride), 40_700);
}
