//! What happened when: each step printed as it happens and kept for `timeline.json`. Filled by [`super::once`].

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;

use crate::step::{Failed, failed, say};

/// One step.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    step: String,
    /// UTC, RFC 3339 with milliseconds.
    at: String,
    since_start_ms: u64,
}

/// The steps of one ride.
#[derive(Debug)]
pub(crate) struct Timeline {
    started: Instant,
    started_at: Duration,
    steps: Vec<Step>,
}

impl Timeline {
    /// Begins now.
    pub(crate) fn start() -> Self {
        let started_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_at, steps: Vec::new() }
    }

    /// Adds a step that happened at an instant.
    pub(crate) fn add(&mut self, step: &str, happened: Instant) {
        let since_start = happened.saturating_duration_since(self.started);
        let since_start_ms = u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX);
        let since_1970 = self.started_at.saturating_add(since_start);
        let at = utc(since_1970.as_secs(), since_1970.subsec_millis());
        say(&format!("{since_start_ms:>8} ms  {step}"));
        self.steps.push(Step { step: step.to_owned(), at, since_start_ms });
    }

    /// Writes all of it.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Failed> {
        let text = serde_json::to_string_pretty(&self.steps).map_err(|error| failed(error.to_string()))?;
        std::fs::write(file, text).map_err(|error| failed(format!("{} cannot be written: {error}", file.display())))
    }
}

/// Seconds since 1970 as RFC 3339. Counts in years that begin in March, so that a leap day comes last.
fn utc(seconds: u64, millis: u32) -> String {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let (days, second) = (seconds / 86_400 + DAYS_TO_1970, seconds % 86_400);
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_rfc_3339() {
        assert_eq!(utc(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc(951_782_400, 5), "2000-02-29T00:00:00.005Z");
        assert_eq!(utc(1_795_175_999, 999), "2026-11-20T11:59:59.999Z");
    }

    #[test]
    fn a_timeline_is_an_array_of_steps() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("timeline.json");
        let mut timeline = Timeline::start();
        timeline.add("hired", Instant::now());
        timeline.write(&file).unwrap();
        let read: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(read[0]["step"], "hired");
        assert!(read[0]["since_start_ms"].is_u64() && read[0]["at"].is_string());
    }
}
