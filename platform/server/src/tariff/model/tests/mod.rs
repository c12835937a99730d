//! Tariffs and quotes on cases worked out by hand: the sum stands beside each amount.

mod boundaries;
mod clocks;
mod currencies;
mod examples;
mod files;
mod gaps;
mod properties;
mod replay;
mod surcharges;

use fareway_shared::{place::LatLng, time::Timestamp};
use jiff::tz::TimeZone;

use super::{IfRepeated, Journey, LineKind, Quote, Tariff, local_time, quote};

/// A plain tariff to which tests add: 10.00 for the first 3 km, then 1.00 a started 500 m, 1.50 above 15 km; at night
/// 12.00, 1.30 and 2.00; waiting 0.60 a started minute, at night 0.80.
pub(super) const PLAIN: &str = r#"
name = "Plain"
time_zone = "Asia/Shanghai"
currency = "CNY"
from = "2026-01-01T00:00"
classes = ["standard"]

[[rate]]
name = "day"
hours = ["05:00-23:00"]
flag_fall = "10.00"
flag_fall_m = 3000
[[rate.distance]]
amount = "1.00"
unit_m = 500
[[rate.distance]]
above_m = 15000
amount = "1.50"
unit_m = 500
[rate.time]
counts = "waiting"
amount = "0.60"
unit_s = 60

[[rate]]
name = "night"
hours = ["23:00-05:00"]
flag_fall = "12.00"
flag_fall_m = 3000
[[rate.distance]]
amount = "1.30"
unit_m = 500
[[rate.distance]]
above_m = 15000
amount = "2.00"
unit_m = 500
[rate.time]
counts = "waiting"
amount = "0.80"
unit_s = 60
"#;

/// [`PLAIN`] with a text put in the place of another.
pub(super) fn plain_but(from: &str, to: &str) -> String {
    assert!(PLAIN.contains(from), "`{from}` does not stand in the plain tariff");
    PLAIN.replace(from, to)
}

pub(super) fn tariff(text: &str) -> Tariff {
    Tariff::parse(text).unwrap()
}

/// The instant of a local time; the earlier one of two.
pub(super) fn at(text: &str, zone: &str) -> Timestamp {
    local_time(text, &TimeZone::get(zone).unwrap(), IfRepeated::Earlier).unwrap()
}

pub(super) fn place(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

/// A journey in Shanghai's time zone; a Monday by day unless told otherwise.
pub(super) fn journey(road_m: u32, road_s: u32) -> Journey {
    Journey {
        pickup: place(31.30, 120.60),
        dropoff: Some(place(31.35, 120.70)),
        pickup_at: at("2026-11-23T10:00", "Asia/Shanghai"),
        road_m,
        road_s,
        waiting_s: 0,
        class: "standard".to_owned(),
        tolls: Vec::new(),
        extras: Vec::new(),
    }
}

pub(super) fn total(tariff: &Tariff, journey: &Journey) -> i64 {
    let quote = quote(tariff, journey).unwrap();
    let sum: i64 = quote.lines.iter().map(|line| line.amount_minor).sum();
    assert_eq!(sum, quote.total.minor, "{quote:?}");
    quote.total.minor
}

/// (rate, units, minor units) of the distance lines.
pub(super) fn distances(quote: &Quote) -> Vec<(&str, u32, i64)> {
    quote
        .lines
        .iter()
        .filter_map(|line| match &line.kind {
            LineKind::Distance { rate, units, .. } => Some((rate.as_str(), *units, line.amount_minor)),
            _ => None,
        })
        .collect()
}
