//! The simulated GWP5043 meter: the running fare every second while hired, the last trip every second while vacant, and
//! a printed copy after each trip. It hears nothing.

use std::time::Duration;

use super::{
    Settings,
    cab::Cab,
    taxi::{Ride, Taxi},
    timing::Timing,
};
use crate::frame::gwp5043::{CURRENT, FINISHED, PRINTED, encode};

const SERIAL: &[u8] = b"654321\0\0";

/// One meter.
pub(super) struct Gwp5043Cab {
    taxi: Taxi,
    timing: Timing,
    next_second: Duration,
    last: Option<Ride>,
    print_at: Option<Duration>,
}

impl Gwp5043Cab {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            taxi: Taxi::new(settings),
            timing: settings.timing,
            next_second: Duration::ZERO,
            last: None,
            print_at: None,
        }
    }

    fn frame(&self, now: Duration) -> Vec<u8> {
        match (self.taxi.ride(now), &self.last) {
            (Some(ride), _) => self.running(&ride, now),
            (None, last) => self.finished(FINISHED, last.as_ref(), now),
        }
    }

    fn running(&self, ride: &Ride, now: Duration) -> Vec<u8> {
        let mut data = self.taxi.unix(now).to_be_bytes().to_vec();
        data.extend(SERIAL);
        data.extend(43_u16.to_be_bytes());
        data.extend([0; 6]);
        data.extend(ride.distance_m.to_be_bytes());
        for value in [ride.exit_unix.saturating_sub(ride.board_unix), ride.wait_s, ride.steps] {
            data.extend(low16(value));
        }
        encode(CURRENT, &data)
    }

    fn finished(&self, command: u8, ride: Option<&Ride>, now: Duration) -> Vec<u8> {
        let none = Ride { trip_no: 0, board_unix: 0, exit_unix: 0, distance_m: 0, wait_s: 0, steps: 0 };
        let ride = ride.unwrap_or(&none);
        let mut data = self.taxi.unix(now).to_be_bytes().to_vec();
        data.extend(SERIAL);
        for value in [ride.board_unix, ride.exit_unix, ride.distance_m] {
            data.extend(value.to_be_bytes());
        }
        for value in [ride.exit_unix.saturating_sub(ride.board_unix), ride.wait_s, ride.steps, 0] {
            data.extend(low16(value));
        }
        data.extend([0; 16]);
        data.extend(b"DEV00001");
        data.extend(ride.trip_no.to_be_bytes());
        data.extend(ride.steps.to_be_bytes());
        data.extend(b"DRV0000000000042");
        data.extend(1000_u32.to_be_bytes());
        encode(command, &data)
    }
}

impl Cab for Gwp5043Cab {
    fn sign_in(&mut self, _now: Duration) {}

    fn sign_out(&mut self, _now: Duration) {}

    fn hire(&mut self, now: Duration, plan: Option<(u32, u64)>) {
        self.taxi.hire(now, plan);
        self.next_second = now;
    }

    fn stop(&mut self, now: Duration, steps: Option<u32>) -> Option<Ride> {
        let ride = self.taxi.stop(now, steps)?;
        self.last = Some(ride.clone());
        self.next_second = now;
        self.print_at = Some(now.saturating_add(self.timing.second.saturating_mul(5)));
        Some(ride)
    }

    fn is_hired(&self) -> bool {
        self.taxi.is_hired()
    }

    fn frames(&mut self, now: Duration) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        if now >= self.next_second {
            self.next_second = now.saturating_add(self.timing.second);
            frames.push(self.frame(now));
        }
        if self.print_at.take_if(|at| now >= *at).is_some() && !self.is_hired() {
            frames.push(self.finished(PRINTED, self.last.as_ref(), now));
        }
        frames
    }

    fn filler(&self, now: Duration) -> Vec<u8> {
        self.frame(now)
    }

    fn hear(&mut self, _bytes: &[u8], _now: Duration, _lose_answer: &mut dyn FnMut() -> bool) {}

    fn acknowledged(&mut self, _command: u16, _done: bool) {}

    fn reboot(&mut self, _now: Duration, ready: Duration) {
        self.next_second = ready;
    }

    fn is_settled(&self) -> bool {
        !self.taxi.is_hired()
    }
}

fn low16(value: u32) -> [u8; 2] {
    let [_, _, high, low] = value.to_be_bytes();
    [high, low]
}
