//! Amounts and times as the driver reads them.

use fareway_shared::{money::Money, ride::Stop, time::Timestamp};
use jiff::{Timestamp as Instant, Zoned, tz::TimeZone};

/// `¥23.40`; currencies whose sign is not in the fonts are named by their code.
pub(super) fn amount(money: Money) -> String {
    match money.currency.symbol() {
        "" | "฿" | "₩" => format!("{} {}", money.currency.code(), money.decimal()),
        symbol => format!("{symbol}{}", money.decimal()),
    }
}

/// `16:20`.
pub(super) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M").to_string()
}

/// `16:20`, with the date before it on any other day than today: `01-16 16:20`.
pub(super) fn upcoming(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (zoned(at, zone), zoned(now, zone));
    at.strftime(if at.date() == now.date() { "%H:%M" } else { "%m-%d %H:%M" }).to_string()
}

/// The passenger's words for a place, or its degrees where there are none.
pub(super) fn stop(stop: &Stop) -> String {
    match stop.words.trim() {
        "" => format!("{:.5}, {:.5}", stop.place.lat(), stop.place.lng()),
        words => words.to_owned(),
    }
}

/// `16:20:31`.
pub(super) fn second(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M:%S").to_string()
}

/// The running tenth, `.4`.
pub(super) fn tenth(at: Timestamp) -> String {
    format!(".{}", at.millis().rem_euclid(1000).div_euclid(100))
}

/// The hour of the day.
pub(super) fn hour(at: Timestamp, zone: &TimeZone) -> i8 {
    zoned(at, zone).hour()
}

/// `7.2 km`.
pub(super) fn distance(metres: u32) -> String {
    format!("{}.{} km", metres / 1000, metres % 1000 / 100)
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    Instant::from_microsecond(at.0).unwrap_or(Instant::UNIX_EPOCH).to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fareway_shared::money::Currency;

    use super::*;

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(amount(Money::new(2340, Currency::CNY)), "¥23.40");
        assert_eq!(amount(Money::new(12_000, Currency::THB)), "THB 120.00");
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let at = Timestamp::from_millis(1_800_000_000_430);
        let (tomorrow, hour) = (at.after(Duration::from_secs(86_400)), at.after(Duration::from_secs(3_600)));
        assert_eq!((upcoming(hour, at, &zone), upcoming(tomorrow, at, &zone)), ("17:00".into(), "01-16 16:00".into()));
        assert_eq!((minute(at, &zone), second(at, &zone), tenth(at)), ("16:00".into(), "16:00:00".into(), ".4".into()));
    }
}
