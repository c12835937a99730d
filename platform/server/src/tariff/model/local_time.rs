//! Local times as people give them, made into instants. Twice a year some of them do not exist and some exist twice: both
//! are an answer of their own, never a guess. Called by whoever takes bookings, and by the tariff's own `from`.

use fareway_shared::time::Timestamp;
use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, Offset, TimeZone},
};

/// Which instant is meant by a local time that exists twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfRepeated {
    /// Refuse, and name both.
    Ask,
    /// The one before the clocks go back.
    Earlier,
    /// The one after.
    Later,
}

/// Why a text is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// It is no date and time of the calendar.
    #[error("`{0}` is not a local time; write it as 2027-03-28T14:30")]
    NotATime(String),
    /// The clocks skip it.
    #[error("{text} does not exist: the clocks go forward over it. The next time that exists is {next}")]
    Skipped {
        /// The text.
        text: String,
        /// The next local time that exists, in the same form.
        next: String,
        /// Its instant.
        next_at: Timestamp,
    },
    /// The clocks go back over it.
    #[error("{text} happens twice, since the clocks go back; say whether the earlier or the later one is meant")]
    Repeated {
        /// The text.
        text: String,
        /// The first instant of the two.
        earlier: Timestamp,
        /// The second.
        later: Timestamp,
    },
}

/// The instant of a local time `YYYY-MM-DDThh:mm` or `YYYY-MM-DDThh:mm:ss` in a zone.
///
/// # Errors
/// It is no such time, or the zone's clocks skip or repeat it.
pub fn local_time(text: &str, zone: &TimeZone, repeated: IfRepeated) -> Result<Timestamp, LocalTimeError> {
    let not_a_time = || LocalTimeError::NotATime(text.to_owned());
    let time = read(text).ok_or_else(not_a_time)?;
    let at = |offset: Offset| offset.to_timestamp(time).map_err(|_| not_a_time());
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => Ok(ours(at(offset)?)),
        AmbiguousOffset::Gap { after, .. } => {
            // By the clock that comes after, the time lies before the change: the change is the next one from there.
            let change = zone.following(at(after)?).next().ok_or_else(not_a_time)?.timestamp();
            let next = written(after.to_datetime(change));
            Err(LocalTimeError::Skipped { text: text.to_owned(), next, next_at: ours(change) })
        }
        AmbiguousOffset::Fold { before, after } => match repeated {
            IfRepeated::Earlier => Ok(ours(at(before)?)),
            IfRepeated::Later => Ok(ours(at(after)?)),
            IfRepeated::Ask => Err(LocalTimeError::Repeated {
                text: text.to_owned(),
                earlier: ours(at(before)?),
                later: ours(at(after)?),
            }),
        },
    }
}

/// An instant as a zone's clocks show it, in the form that [`local_time`] reads; instants outside of the calendar as their
/// microseconds.
#[must_use]
pub fn local_text(at: Timestamp, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_microsecond(at.0) {
        Ok(at) => written(zone.to_datetime(at)),
        Err(_) => format!("{} µs", at.0),
    }
}

fn written(time: DateTime) -> String {
    let form = if time.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    time.strftime(form).to_string()
}

fn ours(at: jiff::Timestamp) -> Timestamp {
    Timestamp(at.as_microsecond())
}

/// Exactly one form: what else reads as a time (an offset, a zone, a leap second) would be dropped unseen.
fn read(text: &str) -> Option<DateTime> {
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    let form = match shape.as_str() {
        "0000-00-00T00:00" => "%Y-%m-%dT%H:%M",
        "0000-00-00T00:00:00" if !text.ends_with("60") => "%Y-%m-%dT%H:%M:%S",
        _ => return None,
    };
    DateTime::strptime(form, text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(text: &str, repeated: IfRepeated) -> Result<Timestamp, LocalTimeError> {
        local_time(text, &TimeZone::get("Europe/Berlin").unwrap(), repeated)
    }

    fn utc(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn an_ordinary_time_is_the_one_instant_it_names() {
        let summer = berlin("2026-07-01T12:00", IfRepeated::Ask);
        assert_eq!(summer, Ok(utc("2026-07-01T10:00:00Z")));
        assert_eq!(berlin("2026-01-01T12:00:30", IfRepeated::Ask), Ok(utc("2026-01-01T11:00:30Z")));
        assert_eq!(local_text(summer.unwrap(), &TimeZone::get("Asia/Shanghai").unwrap()), "2026-07-01T18:00");
    }

    #[test]
    fn a_time_that_spring_skips_is_refused_with_the_next_one_that_exists() {
        for text in ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59:59"] {
            let skipped = berlin(text, IfRepeated::Earlier).unwrap_err();
            let next_at = utc("2026-03-29T01:00:00Z");
            let wanted =
                LocalTimeError::Skipped { text: text.to_owned(), next: "2026-03-29T03:00".to_owned(), next_at };
            assert_eq!(skipped, wanted);
        }
        assert_eq!(berlin("2026-03-29T01:59", IfRepeated::Ask), Ok(utc("2026-03-29T00:59:00Z")));
        assert_eq!(berlin("2026-03-29T03:00", IfRepeated::Ask), Ok(utc("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn a_time_that_autumn_repeats_is_either_of_two_and_the_caller_says_which() {
        let (earlier, later) = (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z"));
        let text = "2026-10-25T02:30".to_owned();
        assert_eq!(berlin("2026-10-25T02:30", IfRepeated::Ask), Err(LocalTimeError::Repeated { text, earlier, later }));
        assert_eq!(berlin("2026-10-25T02:30", IfRepeated::Earlier), Ok(earlier));
        assert_eq!(berlin("2026-10-25T02:30", IfRepeated::Later), Ok(later));
        assert_eq!(berlin("2026-10-25T03:00", IfRepeated::Ask), Ok(utc("2026-10-25T02:00:00Z")));
    }

    #[test]
    fn a_whole_day_that_a_zone_skipped_has_its_next_time_too() {
        // Samoa went over the date line: 30 December 2011 was never there.
        let apia = TimeZone::get("Pacific/Apia").unwrap();
        let skipped = local_time("2011-12-30T12:00", &apia, IfRepeated::Ask).unwrap_err();
        assert!(matches!(skipped, LocalTimeError::Skipped { next, .. } if next == "2011-12-31T00:00"));
    }

    #[test]
    fn what_is_no_time_or_says_more_than_a_local_time_is_refused() {
        for text in [
            "",
            "soon",
            "2026-03-29",
            "2026-03-29 02:30",
            "2026-02-30T10:00",
            "2026-03-29T24:00",
            "2026-03-29T10:60",
            "2026-03-29T10:00:60",
            "2026-03-29T10:00Z",
            "2026-03-29T10:00+02",
            "26-03-29T10:00",
            "２026-03-29T10:00",
        ] {
            assert_eq!(berlin(text, IfRepeated::Ask), Err(LocalTimeError::NotATime(text.to_owned())));
        }
    }
}
