//! The estimate beside the meter.

use super::*;
use crate::tariff::model::{Driven, Gap, Reason, Share, gap};

const TOLLS: &str = "\n[[toll]]\nname = \"bridge\"\namount = \"6.00\"\n";

fn priced() -> (Tariff, Quote) {
    let plain = tariff(&format!("{PLAIN}{TOLLS}"));
    // 10.00 + 14 × 1.00 + 5 × 0.60 = 27.00
    let quote = quote(&plain, &Journey { waiting_s: 300, ..journey(10_000, 1_200) }).unwrap();
    assert_eq!(quote.total.minor, 2700);
    (plain, quote)
}

fn found(metered_minor: i64, driven: &Driven) -> Option<Gap> {
    let (plain, quote) = priced();
    gap(&quote, &plain, metered_minor, driven)
}

#[test]
fn up_to_the_stated_share_there_is_no_gap_in_either_direction() {
    let nothing = Driven::default();
    // 20 % of 27.00 is 5.40.
    for metered in [2700, 3240, 2160] {
        assert_eq!(found(metered, &nothing), None, "{metered}");
    }
    let more = found(3241, &nothing).unwrap();
    assert_eq!((more.difference_minor, more.share_bp, more.reason), (541, 2003, Reason::Unknown));
    let less = found(2159, &nothing).unwrap();
    assert_eq!((less.difference_minor, less.share_bp, less.reason), (-541, 2003, Reason::Unknown));
}

#[test]
fn what_explains_most_comes_first_and_what_points_the_other_way_is_left_out() {
    let driven = Driven {
        // 20,000 m: 10 × 1.00 + 10 × 1.50 more
        road_m: Some(20_000),
        road_s: Some(1_800),
        // 10 min: 5 × 0.60 more
        waiting_s: Some(600),
        tolls: Some(vec!["bridge".to_owned()]),
    };
    let more = found(6_100, &driven).unwrap();
    let share = |reason, difference_minor| Share { reason, difference_minor };
    assert_eq!(more.reason, Reason::Distance);
    assert_eq!(more.shares, [share(Reason::Distance, 2500), share(Reason::Tolls, 600), share(Reason::Waiting, 300)]);
    let less = found(1_500, &driven).unwrap();
    assert_eq!((less.reason, less.shares), (Reason::Unknown, Vec::new()));
}

#[test]
fn a_night_that_the_longer_ride_ran_into_is_a_matter_of_time() {
    let plain = tariff(PLAIN);
    let evening = Journey { pickup_at: at("2026-11-23T22:40", "Asia/Shanghai"), ..journey(23_000, 1_200) };
    // By day: 10.00 + 24 × 1.00 + 16 × 1.50 = 58.00. In 40 min, half is by night: day to 11,500 = 17 × 1.00; night from
    // 11,500 to 15,000 = 7 × 1.30, and 16 × 2.00 = 68.10.
    let quoted = quote(&plain, &evening).unwrap();
    assert_eq!(quoted.total.minor, 5800);
    let driven = Driven { road_s: Some(2_400), ..Driven::default() };
    let gap = gap(&quoted, &plain, 7_000, &driven).unwrap();
    assert_eq!(gap.shares, [Share { reason: Reason::Time, difference_minor: 1_010 }]);
}

#[test]
fn a_fixed_price_has_no_gap_and_an_estimate_of_nothing_is_wholly_apart() {
    let (plain, mut quote) = priced();
    quote.total.minor = 0;
    let apart = gap(&quote, &plain, 1, &Driven::default()).unwrap();
    assert_eq!(apart.share_bp, 10_000);
    assert_eq!(gap(&quote, &plain, 0, &Driven::default()), None);
    let extreme = gap(&quote, &plain, i64::MIN, &Driven::default()).unwrap();
    assert_eq!(extreme.difference_minor, i64::MIN);
    quote.kind = crate::tariff::model::QuoteKind::Fixed;
    assert_eq!(gap(&quote, &plain, 1_000_000, &Driven::default()), None);
}
