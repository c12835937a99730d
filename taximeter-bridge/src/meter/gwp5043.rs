//! A GWP5043 meter: a running fare every second while hired, the last trip every second while vacant. Its frames have no
//! check byte, so nothing counts until a second frame agrees with it: a running fare must follow from the one before, a
//! trip must be repeated word for word. A value that jumps is shown only once the next frame follows from it.

use fareway_shared::{
    meter::{MeterState, RunningFare, TripRecord},
    money::Money,
    protocol::meter::MeterNotice,
    time::Timestamp,
};
use jiff::civil::DateTime;

use super::{Meter, Query, Said, sha256, standing::Standing, with_seconds};
use crate::{
    codec::gwp5043::{Finished, Message, Running, decode},
    config::{Config, ConfigError, MeterProfile, millis},
    frame::{
        gwp5043::{Frame, Gwp5043, PRINTED},
        reader::{Read, Reader},
        skipped::Counters,
    },
};

/// No taxi covers more in a second (200 km/h, taximeter.md §4).
const METRES_PER_S_MAX: u32 = 56;
/// How far the meter's two clocks may drift apart between two frames.
const DRIFT_S_MAX: u32 = 2;
/// Whole units a fare may rise by in a step, beside one a second; a larger jump must be confirmed by the next frame.
const FARE_STEP_MAX: u32 = 10;

/// The state machine of taximeter.md §9 for this protocol.
#[derive(Debug)]
pub struct Gwp5043Meter {
    reader: Reader<Gwp5043>,
    meter_id: String,
    profile: MeterProfile,
    late_after_s: u32,
    standing: Standing,
    /// The last believed running frame of the hire.
    running: Option<Running>,
    /// A running frame that waits for one that follows from it.
    doubted: Option<Running>,
    /// A trip that waits for its repetition.
    unconfirmed: Option<Finished>,
    /// The trip that was told last.
    told_trip: Option<Finished>,
    fare_told: bool,
}

impl Gwp5043Meter {
    /// A meter of which nothing was heard yet.
    ///
    /// # Errors
    /// The meter's currency or clock setting is wrong.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            reader: Reader::new(Gwp5043, millis(config.line.frame_gap_ms)),
            meter_id: config.meter.id.clone(),
            profile: config.profile()?,
            late_after_s: config.meter.late_after_s,
            standing: Standing::new(&config.silence, millis(config.silence.stale_hired_ms)),
            running: None,
            doubted: None,
            unconfirmed: None,
            told_trip: None,
            fare_told: false,
        })
    }

    fn frames(&mut self, reads: Vec<Read<Frame>>, at: Timestamp) -> Vec<Said> {
        let mut said = Vec::new();
        for read in reads {
            match read {
                Read::Frame(frame) => match decode(&frame) {
                    Message::Running(running) => self.running_frame(running, at, &mut said),
                    Message::Finished(finished) => self.finished_frame(finished, &frame, at, &mut said),
                },
                Read::Skipped(skipped) => {
                    tracing::debug!(line.skipped = skipped.bytes, why = skipped.why.word(), "bytes were no frame");
                }
            }
        }
        if self.fare_told && self.standing.is_stale(at) {
            self.blank(&mut said);
        }
        said.extend(self.standing.news(at).map(Said::Notice));
        said
    }

    fn running_frame(&mut self, next: Running, at: Timestamp, said: &mut Vec<Said>) {
        let follows_believed = self.running.as_ref().is_some_and(|last| follows(last, &next));
        if !follows_believed && !self.doubted.as_ref().is_some_and(|last| follows(last, &next)) {
            self.doubted = Some(next);
            return;
        }
        self.doubted = None;
        let same_hire =
            self.running.as_ref().is_some_and(|last| next.time_s >= last.time_s && next.serial == last.serial);
        if !same_hire {
            if self.running.is_some() || self.unconfirmed.take().is_some() {
                said.push(Said::Notice(MeterNotice::RecordMissing { at }));
            }
            let started = self.civil(next.unix.saturating_sub(next.time_s)).map(with_seconds);
            said.push(Said::Notice(MeterNotice::TripStarted { started, at }));
        }
        self.unconfirmed = None;
        self.standing.heard(at);
        self.standing.place(MeterState::Hired { time_running: true });
        said.extend(self.standing.news(at).map(Said::Notice));
        let amount = self.money(next.fare);
        let fare = RunningFare { amount, distance_m: next.distance_m, heard_at: at };
        said.push(Said::Notice(MeterNotice::Fare { fare: Some(fare) }));
        self.fare_told = true;
        self.running = Some(next);
    }

    fn finished_frame(&mut self, next: Finished, frame: &Frame, at: Timestamp, said: &mut Vec<Said>) {
        let consistent = next.fare16 == next.fare32 & 0xFFFF && next.board_unix <= next.exit_unix;
        if !consistent || next.exit_unix > next.unix.saturating_add(DRIFT_S_MAX) {
            return;
        }
        if self.told_trip.as_ref().is_some_and(|told| same_trip(told, &next)) {
            self.unconfirmed = None;
            return self.vacant(frame, at, said);
        }
        if !self.unconfirmed.as_ref().is_some_and(|last| same_trip(last, &next)) {
            self.unconfirmed = Some(next);
            return;
        }
        self.unconfirmed = None;
        self.vacant(frame, at, said);
        if next.exit_unix > 0 {
            let record = self.record(&next, frame, at);
            said.push(Said::Trip { record: Box::new(record), answer: None });
        }
        self.told_trip = Some(next);
    }

    /// A printed copy tells of the trip, not of the meter's position.
    fn vacant(&mut self, frame: &Frame, at: Timestamp, said: &mut Vec<Said>) {
        self.standing.heard(at);
        if frame.command == PRINTED {
            return;
        }
        self.running = None;
        self.doubted = None;
        self.standing.place(MeterState::Vacant);
        if self.fare_told {
            self.blank(said);
        }
    }

    fn blank(&mut self, said: &mut Vec<Said>) {
        self.fare_told = false;
        said.push(Said::Notice(MeterNotice::Fare { fare: None }));
    }

    fn record(&self, trip: &Finished, frame: &Frame, at: Timestamp) -> TripRecord {
        let meter_id = if trip.serial.is_empty() { &self.meter_id } else { &trip.serial };
        TripRecord {
            meter_id: meter_id.clone(),
            trip_no: trip.receipt_no,
            boarded: self.civil(trip.board_unix).map(with_seconds),
            alighted: self.civil(trip.exit_unix).map(with_seconds),
            distance_m: Some(trip.distance_m),
            empty_m: None,
            waiting_s: Some(trip.wait_s),
            amount: self.money(trip.fare32),
            surcharge: None,
            late: trip.unix.saturating_sub(trip.exit_unix) > self.late_after_s,
            frames_sha256: sha256(&frame.raw),
            heard_at: at,
        }
    }

    fn money(&self, units: u32) -> Money {
        let minor = i64::from(units).saturating_mul(i64::from(self.profile.unit_minor));
        Money::new(minor, self.profile.currency)
    }

    fn civil(&self, unix: u32) -> Option<DateTime> {
        let offset = jiff::tz::Offset::from_seconds(self.profile.clock_offset_s).ok()?;
        Some(offset.to_datetime(jiff::Timestamp::from_second(i64::from(unix)).ok()?))
    }
}

/// Whether a running frame can be the one behind another in the same hire.
fn follows(last: &Running, next: &Running) -> bool {
    let (Some(passed_s), Some(hired_s), Some(moved_m), Some(rise)) = (
        next.unix.checked_sub(last.unix),
        next.time_s.checked_sub(last.time_s),
        next.distance_m.checked_sub(last.distance_m),
        next.fare.checked_sub(last.fare),
    ) else {
        return false;
    };
    next.serial == last.serial
        && hired_s.abs_diff(passed_s) <= DRIFT_S_MAX
        && moved_m <= passed_s.saturating_add(DRIFT_S_MAX).saturating_mul(METRES_PER_S_MAX)
        && rise <= passed_s.saturating_add(FARE_STEP_MAX)
}

/// The same trip, told at another second.
fn same_trip(one: &Finished, other: &Finished) -> bool {
    let told_now = |trip: &Finished| Finished { unix: 0, speed_kmh: 0, ..trip.clone() };
    told_now(one) == told_now(other)
}

impl Meter for Gwp5043Meter {
    fn gives_fare(&self) -> bool {
        true
    }

    fn feed(&mut self, bytes: &[u8], at: Timestamp) -> Vec<Said> {
        let reads = self.reader.feed(bytes, at);
        self.frames(reads, at)
    }

    fn quiet(&mut self, at: Timestamp) -> Vec<Said> {
        let reads = self.reader.tick(at);
        self.frames(reads, at)
    }

    fn line_lost(&mut self, at: Timestamp) -> Vec<Said> {
        let reads = self.reader.finish();
        self.standing.line_lost();
        self.frames(reads, at)
    }

    fn unanswered(&mut self, _query: Query, _at: Timestamp) -> Vec<Said> {
        Vec::new()
    }

    fn counters(&self) -> &Counters {
        self.reader.counters()
    }
}
