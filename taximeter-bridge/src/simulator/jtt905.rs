//! The simulated JT/T 905.2 meter: heartbeats, starts, records, answers to its host, and second uploads of every record
//! that was not acknowledged.

use std::time::Duration;

use rand::Rng;

use super::{
    Settings,
    cab::Cab,
    taxi::{Ride, Taxi},
    timing::Timing,
};
use crate::{
    codec::jtt905::{
        DONE, HEARTBEAT, HISTORY, SHIFT, SIGN_IN, SIGN_OUT, SIGNED_IN, STATUS, TRIP_END, TRIP_LATE, TRIP_START,
        record::STEP_M,
    },
    frame::{
        jtt905::{Frame, Jtt905, TAXIMETER, encode},
        reader::{Read, Reader},
    },
};

const PLATE: &[u8] = b"EX1234";
const LICENCE: &[u8] = b"320500004217\0\0\0\0";
const CERTIFICATE: &[u8] = b"11010519491231002X\0";
/// Trips the meter can be asked for.
const HISTORY_MAX: usize = 64;

/// A record on its way. An acknowledgement names the command alone, so only that tells which record it is for.
struct Awaited {
    ride: Ride,
    command: u16,
    until: Duration,
}

/// One meter.
pub(super) struct Jtt905Cab {
    taxi: Taxi,
    timing: Timing,
    reader: Reader<Jtt905>,
    signed_in: bool,
    next_heartbeat: Duration,
    next_upload: Duration,
    outbox: Vec<(Duration, Vec<u8>)>,
    awaited: Option<Awaited>,
    history: Vec<Ride>,
    markers: bool,
}

impl Jtt905Cab {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            taxi: Taxi::new(settings),
            timing: settings.timing,
            reader: Reader::new(Jtt905, settings.timing.gap),
            signed_in: false,
            next_heartbeat: Duration::ZERO,
            next_upload: Duration::ZERO,
            outbox: Vec::new(),
            awaited: None,
            history: Vec::new(),
            markers: settings.faults.contains(&super::Fault::Markers),
        }
    }

    fn send(&mut self, at: Duration, command: u16, data: &[u8]) {
        self.outbox.push((at, encode(TAXIMETER, 0, command, data)));
    }

    fn answer_at(&mut self, now: Duration) -> Duration {
        let (least, most) = self.timing.answer;
        now.saturating_add(self.taxi.random.gen_range(least..=most))
    }

    fn host_frame(&mut self, frame: &Frame, now: Duration, lose_answer: &mut dyn FnMut() -> bool) {
        let at = self.answer_at(now);
        match (frame.command, frame.data()) {
            (STATUS, [_, _, _, _, _, _, _]) => {
                let data = self.status();
                self.send(at, STATUS, &data);
            }
            (HISTORY, &[a, b, c, d]) => {
                let wanted = u32::from_be_bytes([a, b, c, d]);
                let found = self.history.iter().find(|ride| ride.trip_no == wanted).cloned();
                let data = found.map(|ride| self.record(&ride)).unwrap_or_default();
                self.send(at, HISTORY, &data);
            }
            (SIGN_IN, data) if data.len() == 57 => {
                self.signed_in = true;
                let data = self.signed_in_data(now);
                self.send(at, SIGNED_IN, &data);
            }
            (SIGN_OUT, data) if data.len() == 57 => {
                self.signed_in = false;
                let data = self.shift_data(now);
                self.send(at, SHIFT, &data);
            }
            (command @ (TRIP_END | TRIP_LATE), &[result]) if !lose_answer() => {
                self.acknowledged(command, result == DONE)
            }
            _ => {}
        }
    }

    fn heartbeat(&self) -> Vec<u8> {
        let state = u8::from(self.taxi.is_hired()) | (u8::from(self.signed_in) << 1);
        encode(TAXIMETER, 0, HEARTBEAT, &[&[state], LICENCE, CERTIFICATE].concat())
    }

    fn status(&self) -> Vec<u8> {
        let work = u8::from(!self.signed_in);
        let device = [0x06, 0x02, 0x00, 0x01, 0x23, 0x01, 0x02, 0x03, 0x00, work];
        let trips = self.taxi.total_trips().to_be_bytes();
        [&device, PLATE, LICENCE, CERTIFICATE, &trips].concat()
    }

    fn signed_in_data(&self, now: Duration) -> Vec<u8> {
        let on = self.local(self.taxi.unix(now), "%Y%m%d%H%M");
        let trips = self.taxi.total_trips().to_be_bytes();
        [LICENCE, CERTIFICATE, PLATE, &on, &trips, &[DONE]].concat()
    }

    fn shift_data(&self, now: Duration) -> Vec<u8> {
        let off = self.local(self.taxi.unix(now), "%Y%m%d%H%M");
        let count = u32::try_from(self.history.len()).unwrap_or(u32::MAX);
        let sum = |part: fn(&Ride) -> u32| self.history.iter().map(part).fold(0, u32::saturating_add);
        let distance = sum(|ride| ride.distance_m).checked_div(STEP_M).unwrap_or(0);
        let mut data = [LICENCE, CERTIFICATE, PLATE, &bcd(1000, 2), &off, &off].concat();
        for (value, bytes) in [(distance, 3), (distance, 3), (count, 2), (0, 3), (sum(|ride| ride.steps), 3)] {
            data.extend(bcd(value, bytes));
        }
        for (value, bytes) in [(0, 3), (0, 2), (0, 2), (distance, 4), (distance, 4), (280, 2)] {
            data.extend(bcd(value, bytes));
        }
        data.extend(self.taxi.total_trips().to_be_bytes());
        data
    }

    fn record(&self, ride: &Ride) -> Vec<u8> {
        let wait_min = ride.wait_s.checked_div(60).unwrap_or(0);
        let wait = wait_min
            .checked_div(60)
            .unwrap_or(0)
            .saturating_mul(100)
            .saturating_add(wait_min.checked_rem(60).unwrap_or(0));
        let mut data = [PLATE, LICENCE, CERTIFICATE].concat();
        data.extend(self.local(ride.board_unix, "%y%m%d%H%M"));
        data.extend(self.local(ride.exit_unix, "%H%M"));
        data.extend(bcd(ride.distance_m.checked_div(STEP_M).unwrap_or(0), 3));
        data.extend(bcd(23, 2));
        data.extend(bcd(30, 3));
        data.extend(bcd(wait, 2));
        data.extend(bcd(ride.steps, 3));
        data.extend(ride.trip_no.to_be_bytes());
        data.push(0);
        if self.markers {
            // One card byte more, chosen so that the check byte is 55 or AA.
            let wanted = if ride.trip_no.is_multiple_of(2) { 0x55 } else { 0xAA };
            let frame = encode(TAXIMETER, 0, TRIP_END, &[data.as_slice(), &[0]].concat());
            let check = frame.iter().rev().nth(2).copied().unwrap_or(0);
            data.push(check ^ wanted);
        }
        data
    }

    fn local(&self, unix: u32, form: &str) -> Vec<u8> {
        hex::decode(self.taxi.local(unix).strftime(form).to_string()).unwrap_or_default()
    }
}

impl Cab for Jtt905Cab {
    fn sign_in(&mut self, now: Duration) {
        self.send(now, SIGN_IN, &[DONE]);
        self.signed_in = true;
    }

    fn sign_out(&mut self, now: Duration) {
        self.send(now, SIGN_OUT, &[DONE]);
    }

    fn hire(&mut self, now: Duration, plan: Option<(u32, u64)>) {
        self.taxi.hire(now, plan);
        let start = self.local(self.taxi.unix(now), "%Y%m%d%H%M%S");
        self.send(now, TRIP_START, &start);
    }

    fn stop(&mut self, now: Duration, steps: Option<u32>) -> Option<Ride> {
        let ride = self.taxi.stop(now, steps)?;
        let data = self.record(&ride);
        self.send(now, TRIP_END, &data);
        self.history.push(ride.clone());
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
        self.taxi.unsent.extend(self.awaited.take().map(|awaited| awaited.ride));
        self.awaited =
            Some(Awaited { ride: ride.clone(), command: TRIP_END, until: now.saturating_add(self.timing.acknowledge) });
        self.taxi.save();
        Some(ride)
    }

    fn is_hired(&self) -> bool {
        self.taxi.is_hired()
    }

    fn frames(&mut self, now: Duration) -> Vec<Vec<u8>> {
        if let Some(awaited) = self.awaited.take_if(|awaited| now >= awaited.until) {
            self.taxi.unsent.push(awaited.ride);
            self.next_upload = now.saturating_add(self.timing.upload);
            self.taxi.save();
        }
        if self.awaited.is_none() && now >= self.next_upload && !self.taxi.unsent.is_empty() {
            let ride = self.taxi.unsent.remove(0);
            let data = self.record(&ride);
            self.send(now, TRIP_LATE, &data);
            self.awaited =
                Some(Awaited { ride, command: TRIP_LATE, until: now.saturating_add(self.timing.acknowledge) });
        }
        if now >= self.next_heartbeat {
            self.next_heartbeat = now.saturating_add(self.timing.heartbeat);
            self.outbox.push((now, self.heartbeat()));
        }
        let (due, later) = std::mem::take(&mut self.outbox).into_iter().partition(|(at, _)| *at <= now);
        self.outbox = later;
        let due: Vec<(Duration, Vec<u8>)> = due;
        due.into_iter().map(|(_, frame)| frame).collect()
    }

    fn filler(&self, _now: Duration) -> Vec<u8> {
        self.heartbeat()
    }

    fn hear(&mut self, bytes: &[u8], now: Duration, lose_answer: &mut dyn FnMut() -> bool) {
        let at = fareway_shared::time::Timestamp::EPOCH.after(now);
        let mut reads = self.reader.feed(bytes, at);
        if bytes.is_empty() {
            reads = self.reader.tick(at);
        }
        for read in reads {
            if let Read::Frame(frame) = read {
                self.host_frame(&frame, now, lose_answer);
            }
        }
    }

    fn acknowledged(&mut self, command: u16, done: bool) {
        if let Some(awaited) = self.awaited.take_if(|awaited| awaited.command == command)
            && !done
        {
            self.taxi.unsent.push(awaited.ride);
        }
        self.taxi.save();
    }

    fn reboot(&mut self, now: Duration, ready: Duration) {
        self.outbox.clear();
        self.taxi.unsent.extend(self.awaited.take().map(|awaited| awaited.ride));
        self.next_heartbeat = ready;
        self.next_upload = ready;
        self.send(ready, SIGN_IN, &[DONE]);
        tracing::debug!("the meter starts again at {now:?}");
    }

    fn is_settled(&self) -> bool {
        self.awaited.is_none() && self.taxi.unsent.is_empty() && !self.taxi.is_hired()
    }
}

/// Packed decimal of a fixed size.
fn bcd(value: u32, bytes: usize) -> Vec<u8> {
    hex::decode(format!("{value:0width$}", width = bytes.saturating_mul(2))).unwrap_or_default()
}
