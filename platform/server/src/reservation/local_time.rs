//! A pick-up time as people say it, by the clocks of the fleet's town, made an instant. A time that the clocks skip or show
//! twice is an error: nobody should stand at the kerb an hour early. Called by whoever takes a booking by phone.

use fareway_shared::time::Timestamp;
use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// Why a local time is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// Not `2026-11-22T08:30`, or no such day.
    #[error("the time is not a day and a time such as 2026-11-22T08:30")]
    Unreadable,
    /// Clocks go forward over it.
    #[error("there is no such time on that day: the clocks go forward over it")]
    Skipped,
    /// Clocks go back over it.
    #[error("that time comes twice on that day: the clocks go back; choose one before or after")]
    Repeated,
    /// The fleet's zone.
    #[error("the fleet's time zone is not known to this platform")]
    Zone,
}

/// The instant of `2026-11-22T08:30` in a zone by its IANA name.
///
/// # Errors
/// [`LocalTimeError`].
pub fn local_time(text: &str, zone: &str) -> Result<Timestamp, LocalTimeError> {
    let local = DateTime::strptime("%Y-%m-%dT%H:%M", text).map_err(|_| LocalTimeError::Unreadable)?;
    let zone = TimeZone::get(zone).map_err(|_| LocalTimeError::Zone)?;
    let told = zone.to_ambiguous_timestamp(local);
    match told.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            let instant = told.unambiguous().map_err(|_| LocalTimeError::Unreadable)?;
            Ok(Timestamp(instant.as_microsecond()))
        }
        AmbiguousOffset::Gap { .. } => Err(LocalTimeError::Skipped),
        AmbiguousOffset::Fold { .. } => Err(LocalTimeError::Repeated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_one_of_the_fleets_town() {
        let suzhou = local_time("2026-11-22T08:30", "Asia/Shanghai").unwrap();
        assert_eq!(suzhou, Timestamp::from_seconds(1_795_307_400));
        assert_eq!(local_time("2026-11-22T07:30", "Asia/Bangkok"), Ok(suzhou));
    }

    #[test]
    fn a_time_that_a_change_of_clocks_skips_or_repeats_is_an_error_of_its_own() {
        assert_eq!(local_time("2026-03-29T02:30", "Europe/Berlin"), Err(LocalTimeError::Skipped));
        assert_eq!(local_time("2026-10-25T02:30", "Europe/Berlin"), Err(LocalTimeError::Repeated));
        assert!(local_time("2026-10-25T03:00", "Europe/Berlin").is_ok());
    }

    #[test]
    fn what_is_no_time_is_not_guessed_at() {
        for text in ["", "tomorrow", "2026-02-30T08:00", "2026-11-22T24:30", "2026-11-22 08:30", "2026-11-22T08:30Z"] {
            assert_eq!(local_time(text, "Asia/Shanghai"), Err(LocalTimeError::Unreadable), "{text}");
        }
        assert_eq!(local_time("2026-11-22T08:30", "Mars/Olympus"), Err(LocalTimeError::Zone));
    }
}
