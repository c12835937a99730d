//! A JT/T 905.2 meter. It gives no running fare: a hire has a start, heartbeats, and an amount at its end. Starts and
//! records that never came are noticed from the heartbeat's hired bit; in host mode a missing record is asked for.

use std::time::Duration;

use fareway_shared::{meter::MeterState, protocol::meter::MeterNotice, time::Timestamp};

use super::{Meter, Query, Said, record::Records, standing::Standing, with_seconds};
use crate::{
    codec::{
        fields::moment,
        jtt905::{self as codec, Body, Direction, record::Trip, status::Heartbeat, status::Status},
    },
    config::{Config, ConfigError, Mode, millis},
    frame::{
        jtt905::{Frame, Jtt905},
        reader::{Read, Reader},
        skipped::Counters,
    },
};

const HIRED: MeterState = MeterState::Hired { time_running: true };

/// The hire that runs now.
#[derive(Debug)]
struct Hire {
    /// YYYYMMDDhhmmss; `None` while the start is only implied by the heartbeat.
    started: Option<String>,
    since: Timestamp,
    announced: bool,
    /// A record came meanwhile that belongs to another boarding time.
    record_came: bool,
}

/// A hire ended and its record did not come.
#[derive(Debug)]
struct Missing {
    since: Timestamp,
    asked: bool,
}

/// The state machine of taximeter.md §9 for this protocol.
#[derive(Debug)]
pub struct Jtt905Meter {
    reader: Reader<Jtt905>,
    mode: Mode,
    grace: Duration,
    standing: Standing,
    records: Records,
    hire: Option<Hire>,
    last_started: Option<String>,
    missing: Option<Missing>,
    /// The boarding minute of a hire that ended before its start came: that start begins nothing more.
    implied_ended: Option<String>,
    device_fault: bool,
}

impl Jtt905Meter {
    /// A meter of which nothing was heard yet.
    ///
    /// # Errors
    /// The meter's currency or clock setting is wrong.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            reader: Reader::new(Jtt905, millis(config.line.frame_gap_ms)),
            mode: config.line.mode,
            grace: millis(config.silence.grace_ms),
            standing: Standing::new(&config.silence, millis(config.silence.stale_ms)),
            records: Records::new(config.meter.id.clone(), config.profile()?),
            hire: None,
            last_started: None,
            missing: None,
            implied_ended: None,
            device_fault: false,
        })
    }

    fn frames(&mut self, reads: Vec<Read<Frame>>, at: Timestamp) -> Vec<Said> {
        let mut said = Vec::new();
        for read in reads {
            match read {
                Read::Frame(frame) => self.frame(&frame, at, &mut said),
                Read::Skipped(skipped) => {
                    tracing::debug!(line.skipped = skipped.bytes, why = skipped.why.word(), "bytes were no frame");
                }
            }
        }
        self.timers(at, &mut said);
        said
    }

    fn frame(&mut self, frame: &Frame, at: Timestamp, said: &mut Vec<Said>) {
        let command = frame.command;
        let message = match codec::decode(frame) {
            Ok(message) if message.direction == Some(Direction::MeterToHost) => message,
            Ok(_) => return,
            Err(error) => return tracing::warn!("a frame was skipped: {error}"),
        };
        self.standing.heard(at);
        if matches!(command, codec::STATUS | codec::HISTORY) {
            said.push(Said::Answered(command));
        }
        match message.body {
            Body::TripStart { start } => {
                self.trip_start(start, at, said);
                said.push(Said::Keep { command, frame: frame.raw.clone() });
            }
            Body::Trip(trip) => self.trip(command, &trip, frame, at, said),
            Body::HistoryAbsent { .. } => self.give_up_record(at, said),
            Body::Heartbeat(heartbeat) => {
                self.heartbeat(&heartbeat, at);
                said.push(Said::AnswerHeartbeat);
            }
            Body::Status(status) => self.status(&status, said),
            Body::SignRequest { .. } => said.push(Said::AnswerSign { command }),
            Body::Shift(_) => {
                if command == codec::SHIFT {
                    self.standing.place(MeterState::SignedOut);
                }
                said.push(Said::Keep { command, frame: frame.raw.clone() });
            }
            _ => {}
        }
    }

    fn trip_start(&mut self, start: Option<String>, at: Timestamp, said: &mut Vec<Said>) {
        if start.is_some() && start == self.last_started {
            return;
        }
        let minute = start.as_deref().and_then(minute_of);
        if minute.is_some() && minute == self.implied_ended.as_deref() {
            return;
        }
        match &mut self.hire {
            Some(hire) if hire.started.is_none() => hire.started.clone_from(&start),
            Some(hire) if start.is_some() => {
                if !hire.record_came {
                    self.missing = Some(Missing { since: at, asked: false });
                }
                self.hire = None;
            }
            Some(_) => return,
            None => {}
        }
        self.last_started.clone_from(&start);
        let hire = self.hire.get_or_insert(Hire { started: start, since: at, announced: false, record_came: false });
        if !std::mem::replace(&mut hire.announced, true) {
            let started = hire.started.as_deref().and_then(moment).map(with_seconds);
            said.push(Said::Notice(MeterNotice::TripStarted { started, at }));
        }
        self.standing.place(HIRED);
    }

    fn trip(&mut self, command: u16, trip: &Trip, frame: &Frame, at: Timestamp, said: &mut Vec<Said>) {
        let history = command == codec::HISTORY;
        let answer = (!history).then_some(command);
        if history && self.missing.as_ref().is_none_or(|missing| !missing.asked) {
            return;
        }
        let known = self.records.knows(trip);
        let Some(record) = self.records.record(trip, frame, command == codec::TRIP_LATE, at) else {
            // A record without a readable amount bills nothing; refused, the meter keeps it and sends it again.
            said.extend(answer.map(|command| Said::Refuse { command }));
            return;
        };
        if history && known {
            return self.give_up_record(at, said);
        }
        if !known {
            self.missing = None;
            if let Some(hire) = &mut self.hire {
                hire.record_came |= command == codec::TRIP_END;
            }
        }
        if command == codec::TRIP_END && self.ends_hire(trip, known) {
            let implied = self.hire.take().is_some_and(|hire| hire.started.is_none());
            self.implied_ended = trip.on.clone().filter(|_| implied);
            self.standing.place(MeterState::Vacant);
        }
        said.push(Said::Trip { record: Box::new(record), answer });
    }

    /// A record ends the hire that began in its minute; a repeated or older one ends nothing.
    fn ends_hire(&self, trip: &Trip, known: bool) -> bool {
        match (&self.hire, &trip.on) {
            (None, _) => true,
            (Some(Hire { started: Some(started), .. }), Some(on)) => minute_of(started) == Some(on) && !known,
            (Some(_), _) => !known,
        }
    }

    fn heartbeat(&mut self, heartbeat: &Heartbeat, at: Timestamp) {
        self.standing.set_forced(heartbeat.forced_on || heartbeat.forced_off);
        self.standing.set_faulty(self.device_fault || heartbeat.speed_fault);
        match &self.hire {
            None if heartbeat.hired => {
                self.hire = Some(Hire { started: None, since: at, announced: false, record_came: false });
                self.standing.place(HIRED);
            }
            // A heartbeat overtaken by the start says "vacant" once more; the next one will tell.
            Some(hire) if !heartbeat.hired && at.since(hire.since) < self.grace => {}
            Some(hire) if !heartbeat.hired => {
                if hire.announced && !hire.record_came {
                    self.missing = Some(Missing { since: at, asked: false });
                }
                self.hire = None;
            }
            _ => {}
        }
        if self.hire.is_none() {
            self.standing.place(if heartbeat.signed_in { MeterState::Vacant } else { MeterState::SignedOut });
        }
    }

    fn status(&mut self, status: &Status, said: &mut Vec<Said>) {
        self.device_fault = status.dev_state != 0;
        self.standing.set_faulty(self.device_fault);
        self.standing.set_forced(status.forced());
        if self.hire.is_none() && status.signed_out() {
            self.standing.place(MeterState::SignedOut);
        }
        if self.missing.as_ref().is_some_and(|missing| missing.asked) {
            said.push(Said::Ask(Query::History(status.total_trips)));
        }
    }

    fn timers(&mut self, at: Timestamp, said: &mut Vec<Said>) {
        if let Some(hire) = &mut self.hire
            && !hire.announced
            && at.since(hire.since) >= self.grace
        {
            hire.announced = true;
            said.push(Said::Notice(MeterNotice::TripStarted { started: None, at }));
        }
        if let Some(missing) = &mut self.missing
            && !missing.asked
            && at.since(missing.since) >= self.grace
        {
            missing.asked = true;
            match self.mode {
                Mode::Host => said.push(Said::Ask(Query::Status)),
                Mode::Listen => self.give_up_record(at, said),
            }
        }
        said.extend(self.standing.news(at).map(Said::Notice));
    }

    fn give_up_record(&mut self, at: Timestamp, said: &mut Vec<Said>) {
        if self.missing.take().is_some() {
            said.push(Said::Notice(MeterNotice::RecordMissing { at }));
        }
    }
}

/// The boarding minute as records write it, YYMMDDhhmm, of a start YYYYMMDDhhmmss.
fn minute_of(started: &str) -> Option<&str> {
    started.get(2..12)
}

impl Meter for Jtt905Meter {
    fn gives_fare(&self) -> bool {
        false
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

    fn unanswered(&mut self, query: Query, at: Timestamp) -> Vec<Said> {
        let mut said = Vec::new();
        if self.missing.as_ref().is_some_and(|missing| missing.asked) {
            tracing::warn!(?query, "the meter did not answer, so a trip's record stays missing");
            self.give_up_record(at, &mut said);
        }
        said
    }

    fn counters(&self) -> &Counters {
        self.reader.counters()
    }
}
