//! Alipay's times: always Beijing, never with a zone (alipay.md §13.3). Requests format with it, answers parse with it.

use jiff::civil::DateTime;
use jiff::tz::{Offset, offset};
use jiff::{Timestamp, ToSpan};

const BEIJING: Offset = offset(8);
const TEXT: &str = "%Y-%m-%d %H:%M:%S";
const COMPACT: &str = "%Y%m%d%H%M%S";

/// `yyyy-MM-dd HH:mm:ss`, as requests and notices carry it.
pub fn text(at: Timestamp) -> String {
    BEIJING.to_datetime(at).strftime(TEXT).to_string()
}

/// Reads `yyyy-MM-dd HH:mm:ss`; `None` where it is not such a time.
pub fn parse(text: &str) -> Option<Timestamp> {
    read(TEXT, text)
}

/// Reads `yyyyMMddHHmmss`, as query answers carry it; `None` where it is not such a time.
pub fn parse_compact(text: &str) -> Option<Timestamp> {
    read(COMPACT, text)
}

/// The end of the window in which a payment made at `paid_at` can be cancelled: a quarter past the next midnight in
/// Beijing (alipay.md §9.2). Later it must be refunded. `None` only at the end of the calendar.
pub fn cancel_window_ends_at(paid_at: Timestamp) -> Option<Timestamp> {
    let next_day = BEIJING.to_datetime(paid_at).date().tomorrow().ok()?;
    let end = next_day.at(0, 0, 0, 0).checked_add(15.minutes()).ok()?;
    BEIJING.to_timestamp(end).ok()
}

fn read(format: &str, text: &str) -> Option<Timestamp> {
    DateTime::strptime(format, text).ok().and_then(|civil| BEIJING.to_timestamp(civil).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_written_and_read_eight_hours_ahead() {
        let noon = at("2024-01-02T18:04:05Z");
        assert_eq!(text(noon), "2024-01-03 02:04:05");
        assert_eq!(parse("2024-01-03 02:04:05"), Some(noon));
        assert_eq!(parse_compact("20240103020405"), Some(noon));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "2024-13-01 00:00:00", "soon", "2024-01-03T02:04:05Z", "1456507704121"] {
            assert_eq!(parse(text), None);
            assert_eq!(parse_compact(text), None);
        }
    }

    #[test]
    fn the_cancel_window_ends_a_quarter_past_midnight_in_beijing() {
        let end = at("2024-01-02T16:15:00Z");
        assert_eq!(cancel_window_ends_at(at("2024-01-01T16:00:00Z")), Some(end));
        assert_eq!(cancel_window_ends_at(at("2024-01-02T15:59:59Z")), Some(end));
    }
}
