//! Beijing time: Alipay's clock carries no zone and is always GMT+8 (alipay.md §13.3).
//!
//! Called by the state machine, the gateways and the notifier. It formats and measures instants that
//! it is given; it never asks what time it is.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

const OFFSET: Offset = Offset::constant(8);

/// `yyyy-MM-dd HH:mm:ss`, the form of gateway parameters and notices.
pub fn text(at: Timestamp) -> String {
    OFFSET.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `yyyyMMddHHmmss`, the form of answers of the overseas family.
pub fn compact(at: Timestamp) -> String {
    OFFSET.to_datetime(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// `yyyyMMdd`, the head of trade numbers.
pub fn day(at: Timestamp) -> String {
    OFFSET.to_datetime(at).strftime("%Y%m%d").to_string()
}

/// Reads `yyyy-MM-dd HH:mm:ss`; nothing else, not even a fraction of a second.
pub fn parse(text: &str) -> Option<Timestamp> {
    (text.len() == 19)
        .then(|| DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok())
        .flatten()
        .and_then(|wall| OFFSET.to_timestamp(wall).ok())
}

/// Midnight at the end of the Beijing day in which `at` lies.
pub fn end_of_day(at: Timestamp) -> Timestamp {
    OFFSET
        .to_datetime(at)
        .date()
        .tomorrow()
        .ok()
        .and_then(|date| OFFSET.to_timestamp(date.at(0, 0, 0, 0)).ok())
        .unwrap_or(Timestamp::MAX)
}

/// `at` moved by a duration, held inside the representable range.
pub fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_a_beijing_wall_clock_and_read_back() {
        let at: Timestamp = "2024-01-01T19:04:05Z".parse().unwrap();
        assert_eq!(text(at), "2024-01-02 03:04:05");
        assert_eq!(compact(at), "20240102030405");
        assert_eq!(parse("2024-01-02 03:04:05"), Some(at));
        assert_eq!(parse("2024-01-02 03:04:05.5"), None);
        assert_eq!(parse("1456507704121"), None);
    }

    #[test]
    fn the_day_ends_at_beijing_midnight() {
        let at: Timestamp = "2024-01-01T15:59:59Z".parse().unwrap();
        assert_eq!(text(end_of_day(at)), "2024-01-02 00:00:00");
        let later: Timestamp = "2024-01-01T16:00:00Z".parse().unwrap();
        assert_eq!(text(end_of_day(later)), "2024-01-03 00:00:00");
    }
}
