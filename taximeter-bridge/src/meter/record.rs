//! From a JT/T 905.2 trip to the record the app is given: money in minor units, times in full, and the memory of which
//! trips were heard lately. The spool, not this memory, decides what is new for good.

use std::collections::VecDeque;

use fareway_shared::{meter::TripRecord, money::Money, time::Timestamp};
use jiff::civil::DateTime;

use super::{sha256, to_the_minute};
use crate::{
    codec::{
        fields::moment,
        jtt905::record::{STEP_FEN, Trip},
    },
    config::MeterProfile,
    frame::jtt905::Frame,
};

/// Trips remembered, enough for any burst of repeats.
const REMEMBERED: usize = 64;

/// Makes records and remembers them.
#[derive(Debug)]
pub struct Records {
    meter_id: String,
    profile: MeterProfile,
    recent: VecDeque<(u32, Option<String>)>,
}

impl Records {
    pub(super) const fn new(meter_id: String, profile: MeterProfile) -> Self {
        Self { meter_id, profile, recent: VecDeque::new() }
    }

    /// The record of a trip; `None` where the meter's amount cannot be read.
    pub(super) fn record(&mut self, trip: &Trip, frame: &Frame, late: bool, at: Timestamp) -> Option<TripRecord> {
        let boarded = trip.on.as_deref().and_then(moment);
        let amount = self.money(trip.amount_fen?)?;
        if !self.knows(trip) {
            self.recent.push_back((trip.trip_no, trip.on.clone()));
            if self.recent.len() > REMEMBERED {
                self.recent.pop_front();
            }
        }
        Some(TripRecord {
            meter_id: self.meter_id.clone(),
            trip_no: trip.trip_no,
            boarded: boarded.map(to_the_minute),
            alighted: boarded.zip(trip.off.as_deref()).and_then(|(on, off)| alighted(on, off)).map(to_the_minute),
            distance_m: trip.distance_m,
            empty_m: trip.empty_m,
            waiting_s: trip.wait_min.and_then(|minutes| minutes.checked_mul(60)),
            amount,
            surcharge: trip.surcharge_fen.and_then(|fen| self.money(fen)),
            late,
            frames_sha256: sha256(&frame.raw),
            heard_at: at,
        })
    }

    /// Whether this trip was heard before; an unreadable boarding time matches any.
    pub(super) fn knows(&self, trip: &Trip) -> bool {
        self.recent
            .iter()
            .any(|(trip_no, on)| *trip_no == trip.trip_no && (on.is_none() || trip.on.is_none() || *on == trip.on))
    }

    fn money(&self, fen: u32) -> Option<Money> {
        let steps = fen.checked_div(STEP_FEN)?;
        let minor = i64::from(steps).checked_mul(i64::from(self.profile.unit_minor))?;
        Some(Money::new(minor, self.profile.currency))
    }
}

/// The meter tells only hh:mm; earlier than boarding means the next day (taximeter.md §1.5).
fn alighted(boarded: DateTime, hhmm: &str) -> Option<DateTime> {
    let (hour, minute) = hhmm.split_at_checked(2)?;
    let off = boarded.date().at(hour.parse().ok()?, minute.parse().ok()?, 0, 0);
    if off < boarded { off.date().tomorrow().ok().map(|date| date.to_datetime(off.time())) } else { Some(off) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alighting_before_boarding_means_the_next_day() {
        let on = moment("2612312350").unwrap();
        assert_eq!(alighted(on, "0012").map(to_the_minute).as_deref(), Some("2027-01-01 00:12"));
        assert_eq!(alighted(on, "2350").map(to_the_minute).as_deref(), Some("2026-12-31 23:50"));
        assert_eq!(alighted(on, "2359").map(to_the_minute).as_deref(), Some("2026-12-31 23:59"));
    }
}
