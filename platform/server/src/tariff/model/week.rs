//! The local week: kinds of days, hours of a day, and the proof that every minute has exactly one rate.
//!
//! Hours belong to the date on which they fall: `23:00-05:00` on a Friday is Friday's first five hours and its last one,
//! not the small hours of Saturday. So whether a date is a holiday decides all of its minutes and no other's.

use std::collections::BTreeSet;

use crate::tariff::error::{FileError, MinuteOfDay};

/// Minutes of a local day; a day with a change of clocks has fewer or more, and passes some of them never or twice.
pub(super) const DAY_MIN: u16 = 24 * 60;
const DAY_US: i64 = 24 * 3600 * 1_000_000;
const MINUTE_US: i64 = 60 * 1_000_000;

/// What a date counts as, by its place in [`Self::NAMES`]: one of the seven days of the week, Monday first, or a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayKind(usize);

impl DayKind {
    pub(super) const NAMES: [&'static str; 8] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"];
    const HOLIDAY: Self = Self(7);

    /// What a date counts as, by its number of days since 1970-01-01, which was a Thursday.
    fn of(date: i64, holidays: &BTreeSet<i64>) -> Self {
        if holidays.contains(&date) {
            return Self::HOLIDAY;
        }
        Self(usize::try_from(date.saturating_add(3).rem_euclid(7)).unwrap_or_default())
    }
}

/// A moment on the local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalMoment {
    /// What its date counts as.
    pub(super) day: DayKind,
    /// Minute of its day, rounded down.
    pub(super) minute: u16,
    /// Microseconds since its local midnight.
    pub(super) since_midnight_us: i64,
}

impl LocalMoment {
    /// Where a local clock stands that shows `local_us` microseconds since its 1970-01-01T00:00.
    pub(super) fn at(local_us: i64, holidays: &BTreeSet<i64>) -> Self {
        let since_midnight_us = local_us.rem_euclid(DAY_US);
        Self {
            day: DayKind::of(local_us.div_euclid(DAY_US), holidays),
            minute: u16::try_from(since_midnight_us.div_euclid(MINUTE_US)).unwrap_or_default(),
            since_midnight_us,
        }
    }

    /// Microseconds on the local clock until a later minute of the same day begins.
    pub(super) fn until_us(self, minute: u16) -> i64 {
        i64::from(minute).saturating_mul(MINUTE_US).saturating_sub(self.since_midnight_us)
    }
}

/// Minutes of a day, the last one excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    from: u16,
    until: u16,
}

/// Some hours of some kinds of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct When {
    days: [bool; 8],
    hours: Vec<Stretch>,
}

impl When {
    /// Reads `days` and `hours` as they stand in a tariff; an empty list means all of them.
    pub(super) fn read(key: &str, days: &[String], hours: &[String], holidays: bool) -> Result<Self, FileError> {
        let mut chosen = [days.is_empty(); 8];
        for word in days {
            let wanted: &[&str] = match word.as_str() {
                "every_day" => &DayKind::NAMES,
                "weekdays" => &["mon", "tue", "wed", "thu", "fri"],
                "weekend" => &["sat", "sun"],
                "holiday" if !holidays => {
                    let message = "names holidays, but the tariff lists none; fill the list `holidays` at its head";
                    return Err(FileError::key(format!("{key}.days"), message));
                }
                day => std::slice::from_ref(DayKind::NAMES.iter().find(|name| **name == day).ok_or_else(|| {
                    let message = format!(
                        "`{day}` is no day; write mon, tue, wed, thu, fri, sat, sun, weekdays, weekend, holiday or every_day"
                    );
                    FileError::key(format!("{key}.days"), message)
                })?),
            };
            for (chosen, _) in chosen.iter_mut().zip(DayKind::NAMES).filter(|(_, name)| wanted.contains(name)) {
                *chosen = true;
            }
        }
        let mut stretches = Vec::new();
        for text in hours {
            stretches.extend(read_hours(text).ok_or_else(|| {
                let message =
                    format!("`{text}` is no stretch of hours; write it as 05:00-23:00, the whole day as 00:00-24:00");
                FileError::key(format!("{key}.hours"), message)
            })?);
        }
        if hours.is_empty() {
            stretches.push(Stretch { from: 0, until: DAY_MIN });
        }
        stretches.sort_unstable();
        Ok(Self { days: chosen, hours: stretches })
    }

    pub(super) fn holds(&self, moment: LocalMoment) -> bool {
        self.on(moment.day).iter().any(|hours| hours.from <= moment.minute && moment.minute < hours.until)
    }

    fn on(&self, day: DayKind) -> &[Stretch] {
        match self.days.get(day.0) {
            Some(true) => &self.hours,
            _ => &[],
        }
    }
}

/// `05:00-23:00` is one stretch; `23:00-05:00` is the day's end and its beginning.
fn read_hours(text: &str) -> Option<Vec<Stretch>> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (read_minute(from.trim())?, read_minute(until.trim())?);
    let parts = if from < until {
        vec![Stretch { from, until }]
    } else if from > until {
        vec![Stretch { from: 0, until }, Stretch { from, until: DAY_MIN }]
    } else {
        return None;
    };
    Some(parts.into_iter().filter(|part| part.from < part.until).collect())
}

fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    two(hour).and_then(|()| two(minute))?;
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let fits = (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
    fits.then(|| hour.saturating_mul(60).saturating_add(minute))
}

/// A stretch of a day under one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The minute after its last.
    pub(super) until: u16,
    /// The rate's place in the tariff.
    pub(super) rate: usize,
}

/// One vehicle class's week: for each kind of day the rates in order, from its first minute to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    class: String,
    days: [Vec<Run>; 8],
}

impl Week {
    /// The week of a class under rates (place, name, hours).
    ///
    /// # Errors
    /// The first minute, in order of the week, that no rate covers, or that two rates do.
    pub(super) fn cover(class: &str, rates: &[(usize, &str, &When)], holidays: bool) -> Result<Self, FileError> {
        let mut days: [Vec<Run>; 8] = Default::default();
        for (index, (runs, name)) in days.iter_mut().zip(DayKind::NAMES).enumerate() {
            if DayKind(index) == DayKind::HOLIDAY && !holidays {
                continue;
            }
            *runs = cover_day(class, DayKind(index), name, rates)?;
        }
        Ok(Self { class: class.to_owned(), days })
    }

    pub(super) fn is_of(&self, class: &str) -> bool {
        self.class == class
    }

    /// The run that a moment lies in.
    pub(super) fn run(&self, moment: LocalMoment) -> Option<Run> {
        self.days.get(moment.day.0)?.iter().find(|run| moment.minute < run.until).copied()
    }
}

fn cover_day(
    class: &str,
    kind: DayKind,
    day: &'static str,
    rates: &[(usize, &str, &When)],
) -> Result<Vec<Run>, FileError> {
    let mut stretches: Vec<(Stretch, usize, &str)> = rates
        .iter()
        .flat_map(|(place, name, when)| when.on(kind).iter().map(move |stretch| (*stretch, *place, *name)))
        .collect();
    stretches.sort_unstable();
    let gap = |from: u16, until: u16| FileError::Gap {
        class: class.to_owned(),
        day,
        from: MinuteOfDay(from),
        until: MinuteOfDay(until),
    };
    let mut runs: Vec<Run> = Vec::new();
    let mut covered = 0;
    let mut before = "";
    for (stretch, rate, name) in stretches {
        if stretch.from > covered {
            return Err(gap(covered, stretch.from));
        }
        if stretch.from < covered {
            return Err(FileError::Overlap {
                class: class.to_owned(),
                day,
                from: MinuteOfDay(stretch.from),
                until: MinuteOfDay(covered.min(stretch.until)),
                one: before.to_owned(),
                other: name.to_owned(),
            });
        }
        covered = stretch.until;
        before = name;
        runs.push(Run { until: stretch.until, rate });
    }
    if covered < DAY_MIN { Err(gap(covered, DAY_MIN)) } else { Ok(runs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(days: &[&str], hours: &[&str]) -> When {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        When::read("rate[0]", &owned(days), &owned(hours), true).unwrap()
    }

    fn cover(rates: &[(&str, When)]) -> Result<Week, String> {
        let rates: Vec<_> = rates.iter().enumerate().map(|(place, (name, when))| (place, *name, when)).collect();
        Week::cover("standard", &rates, true).map_err(|error| error.to_string())
    }

    #[test]
    fn day_and_night_cover_every_minute_once() {
        let week = cover(&[("day", when(&[], &["05:00-23:00"])), ("night", when(&[], &["23:00-05:00"]))]).unwrap();
        for day in (0..8).map(DayKind) {
            for minute in 0..DAY_MIN {
                let run = week.run(LocalMoment { day, minute, since_midnight_us: 0 }).unwrap();
                assert_eq!(run.rate, usize::from(!(300..1380).contains(&minute)), "{day:?} {minute}");
            }
        }
    }

    #[test]
    fn the_first_gap_of_the_week_is_named_with_its_hours() {
        let gap = cover(&[("day", when(&[], &["05:00-23:00"])), ("night", when(&[], &["23:00-04:59"]))]).unwrap_err();
        assert!(gap.contains("no rate covers mon 04:59 to 05:00 for class `standard`"), "{gap}");
        let gap = cover(&[("day", when(&["weekdays", "sun", "holiday"], &[]))]).unwrap_err();
        assert!(gap.contains("sat 00:00 to 24:00"), "{gap}");
        let gap = cover(&[("day", when(&["weekdays", "weekend"], &[]))]).unwrap_err();
        assert!(gap.contains("holiday 00:00 to 24:00"), "{gap}");
        assert!(cover(&[]).unwrap_err().contains("mon 00:00 to 24:00"));
    }

    #[test]
    fn the_first_overlap_is_named_with_both_rates() {
        let twice = cover(&[("day", when(&[], &["05:00-23:01"])), ("night", when(&[], &["23:00-05:00"]))]).unwrap_err();
        assert!(twice.contains("`day` and `night` both cover mon 23:00 to 23:01"), "{twice}");
        let twice = cover(&[("all", when(&[], &[])), ("peak", when(&["fri"], &["17:00-19:00"]))]).unwrap_err();
        assert!(twice.contains("`all` and `peak` both cover fri 17:00 to 19:00"), "{twice}");
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        for text in [
            "",
            "05:00",
            "05:00-",
            "5:00-23:00",
            "05:00-23:60",
            "05:00-24:01",
            "25:00-26:00",
            "05:00-05:00",
            "+5:00-06:00",
        ] {
            assert_eq!(read_hours(text), None, "{text}");
        }
        assert_eq!(read_hours("00:00-24:00"), Some(vec![Stretch { from: 0, until: DAY_MIN }]));
        assert_eq!(read_hours("22:00-00:00"), Some(vec![Stretch { from: 1320, until: DAY_MIN }]));
    }

    #[test]
    fn a_date_counts_as_its_day_of_the_week_or_as_a_holiday() {
        // 2026-11-23 is a Monday, 20,780 days after 1970-01-01; the Sunday before it is listed as a holiday.
        let holidays = BTreeSet::from([20_779]);
        let name = |date| DayKind::NAMES[DayKind::of(date, &holidays).0];
        assert_eq!(
            [name(20_779), name(20_780), name(20_785), name(-4), name(0)],
            ["holiday", "mon", "sat", "sun", "thu"]
        );
        let last_minute = LocalMoment::at(-1, &holidays);
        assert_eq!((last_minute.minute, last_minute.until_us(DAY_MIN)), (1439, 1));
    }
}
