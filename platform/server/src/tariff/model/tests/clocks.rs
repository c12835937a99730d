//! Changes of clocks on the way, in Berlin, and holidays.

use super::*;
use crate::tariff::error::TariffError;

fn berlin() -> Tariff {
    // Night from 23:00 to 05:00; in spring 02:00 to 03:00 is skipped, in autumn it comes twice.
    tariff(&plain_but("Asia/Shanghai", "Europe/Berlin"))
}

fn ride(pickup_at: &str, road_m: u32, road_s: u32) -> Journey {
    Journey { pickup_at: at(pickup_at, "Europe/Berlin"), ..journey(road_m, road_s) }
}

#[test]
fn in_spring_the_night_is_an_hour_shorter() {
    // From 01:30 on 29 March 2026 it is 2 h 30 min to 05:00 on the wall, the skipped hour less. Of a ride of 5 h and
    // 50,000 m, half is by night: flag fall 12.00; night 3,000 to 15,000 = 24 × 1.30, 15,000 to 25,000 = 20 × 2.00; day
    // 25,000 to 50,000 = 50 × 1.50.
    let spring = quote(&berlin(), &ride("2026-03-29T01:30", 50_000, 5 * 3600)).unwrap();
    assert_eq!(distances(&spring), [("night", 24, 3120), ("night", 20, 4000), ("day", 50, 7500)]);
    assert_eq!(spring.total.minor, 1200 + 3120 + 4000 + 7500);
    assert_eq!(spring.circumstances.clock.iter().map(|span| span.offset_s).collect::<Vec<_>>(), [3600, 7200]);
}

#[test]
fn in_autumn_the_night_is_an_hour_longer() {
    // From 01:30 on 25 October 2026 it is 4 h 30 min to 05:00 on the wall. Of 5 h and 50,000 m nine tenths are by night:
    // 24 × 1.30, then 15,000 to 45,000 = 60 × 2.00; day 45,000 to 50,000 = 10 × 1.50.
    let autumn = quote(&berlin(), &ride("2026-10-25T01:30", 50_000, 5 * 3600)).unwrap();
    assert_eq!(distances(&autumn), [("night", 24, 3120), ("night", 60, 12_000), ("day", 10, 1500)]);
    assert_eq!(autumn.circumstances.clock.iter().map(|span| span.offset_s).collect::<Vec<_>>(), [7200, 3600]);
}

#[test]
fn a_rate_that_begins_inside_the_change_follows_the_clock_on_the_wall() {
    // The night ends at 02:30 here. In spring 02:30 is skipped: the clock jumps from 01:59 to 03:00 and day begins there.
    let text = plain_but("Asia/Shanghai", "Europe/Berlin").replace("05:00", "02:30");
    let early = tariff(&text);
    let spring = quote(&early, &ride("2026-03-29T01:30", 10_000, 3600)).unwrap();
    // 01:30 to 02:00 is half of the hour: units from 3,000 to 4,500 = 4 × 1.30, then 10 × 1.00.
    assert_eq!(distances(&spring), [("night", 4, 520), ("day", 10, 1000)]);
    // In autumn the wall shows 02:30 twice: night, half an hour of day, back to 02:00 and night, and day again. From 02:00
    // (the first) 2 h and 24,000 m: night to 6,000, day to 12,000, night to 18,000, day to 24,000.
    let autumn = quote(&early, &ride("2026-10-25T02:00", 24_000, 2 * 3600)).unwrap();
    assert_eq!(
        distances(&autumn),
        [("night", 6, 780), ("day", 12, 1200), ("night", 6, 780), ("night", 6, 1200), ("day", 12, 1800)]
    );
}

#[test]
fn a_change_of_clocks_without_a_change_of_rate_changes_nothing() {
    let berlin = berlin();
    let changing = total(&berlin, &ride("2026-03-29T01:50", 20_000, 1_200));
    assert_eq!(changing, total(&berlin, &ride("2026-03-28T01:50", 20_000, 1_200)));
}

#[test]
fn a_holiday_has_its_own_rate_from_midnight_to_midnight() {
    let text = plain_but("classes = [\"standard\"]", "classes = [\"standard\"]\nholidays = [\"2026-11-24\"]")
        .replace("hours = [\"05:00-23:00\"]", "days = [\"weekdays\", \"weekend\"]\nhours = [\"05:00-23:00\"]")
        .replace("hours = [\"23:00-05:00\"]", "days = [\"weekdays\", \"weekend\"]\nhours = [\"23:00-05:00\"]");
    assert!(Tariff::parse(&text).unwrap_err().to_string().contains("holiday 00:00 to 24:00"));
    let text = format!(
        "{text}\n[[rate]]\nname = \"holiday\"\ndays = [\"holiday\"]\nflag_fall = \"20.00\"\nflag_fall_m = 3000\n\
         [[rate.distance]]\namount = \"2.00\"\nunit_m = 500\n"
    );
    let festive = tariff(&text);
    let flag_fall = |text| total(&festive, &Journey { pickup_at: at(text, "Asia/Shanghai"), ..journey(3_000, 0) });
    assert_eq!(flag_fall("2026-11-23T23:59:59"), 1200);
    assert_eq!(flag_fall("2026-11-24T00:00"), 2000);
    assert_eq!(flag_fall("2026-11-24T23:59:59"), 2000);
    assert_eq!(flag_fall("2026-11-25T00:00"), 1200);
    // Across midnight: of 10,000 m half before it, so 4 units of the night from 3,000 and 10 of the holiday.
    let across = Journey { pickup_at: at("2026-11-23T23:50", "Asia/Shanghai"), ..journey(10_000, 1_200) };
    assert_eq!(distances(&quote(&festive, &across).unwrap()), [("night", 4, 520), ("holiday", 10, 2000)]);
}

#[test]
fn a_journey_before_the_tariff_begins_or_outside_of_the_calendar_is_refused() {
    let plain = tariff(PLAIN);
    let quoted = |pickup_at| quote(&plain, &Journey { pickup_at, ..journey(1, 1) });
    let begin = at("2026-01-01T00:00", "Asia/Shanghai");
    assert!(quoted(begin).is_ok());
    assert!(matches!(quoted(Timestamp(begin.0 - 1)), Err(TariffError::NotInForce)));
    assert!(matches!(quoted(Timestamp(i64::MAX)), Err(TariffError::Journey { field: "pickup_at", .. })));
}
