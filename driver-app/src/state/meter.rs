//! The taximeter as the state sees it, and what its notices do to hires and bills. Every amount comes from the meter's
//! own record; a late or replayed record never opens a bill (design: street hail).

use std::time::Duration;

use fareway_shared::{
    id::TripId,
    meter::{MeterState, RunningFare, TripRecord},
    protocol::{
        car::CarCommand,
        meter::{MeterNotice, ToBridge},
    },
    time::Timestamp,
};
use rand::RngCore;

use super::{
    Effects, Moment, Order, State, Unit,
    bill::{Fare, fresh_id},
    ledger::{Hire, KeyedHire},
};

/// A record of a hire whose start was not heard still opens a bill this long after the meter gave it.
const RECORD_FRESH: Duration = Duration::from_secs(600);
/// Two meter clocks readings of one boarding may differ by this much, minutes.
const BOARDING_TOLERANCE_MIN: i64 = 2;

/// What the meter last said.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    pub(super) state: MeterState,
    pub(super) stale: bool,
    pub(super) forced: bool,
    pub(super) fare: Option<RunningFare>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { state: MeterState::NoLink, stale: true, forced: false, fare: None }
    }
}

impl Meter {
    /// The bridge is gone: the position stays with a mark, the amount is blanked rather than frozen.
    pub(super) fn lost(&mut self) {
        (self.stale, self.fare) = (true, None);
    }
}

impl State {
    pub(super) fn meter_notice(
        &mut self,
        notice: MeterNotice,
        now: Moment,
        random: &mut dyn RngCore,
        effects: &mut Effects,
    ) {
        match notice {
            // Nothing to keep: whether this meter gives a fare shows by the fares it gives.
            MeterNotice::Hello { .. } => {}
            MeterNotice::State { state, stale, forced, .. } => {
                let was_hired = self.is_hired();
                self.meter = Meter { state, stale, forced, ..self.meter.clone() };
                if stale || !self.is_hired() {
                    self.meter.fare = None;
                }
                self.position(was_hired, now, random);
            }
            MeterNotice::Fare { fare } => self.meter.fare = fare.filter(|_| self.is_hired() && !self.meter.stale),
            MeterNotice::TripStarted { started, at } => self.hire_started(started, at, now, random),
            // A blank unit cannot store a trip, so it does not say that it has; the bridge keeps it.
            MeterNotice::TripEnded { .. } if !matches!(self.unit, Unit::Ready(_)) => {}
            MeterNotice::TripEnded { spool, record } => {
                self.hire_ended(record, now, random, effects);
                effects.orders.push(Order::ToBridge(ToBridge::TripStored { spool }));
            }
            MeterNotice::RecordMissing { .. } => self.record_missing(),
        }
    }

    /// A hired meter without a hire is a start that nobody heard, unless its fare was keyed already.
    fn position(&mut self, was_hired: bool, now: Moment, random: &mut dyn RngCore) {
        let hired = self.is_hired();
        let id = TripId(fresh_id(self.trusted, now, random));
        let vacant = self.meter.state == MeterState::Vacant && !self.meter.stale;
        let Unit::Ready(car) = &mut self.unit else { return };
        if let Some(keyed) = car.ledger.keyed.as_mut().filter(|_| vacant) {
            keyed.vacant_since = true;
        }
        let already_keyed = car.ledger.keyed.as_ref().is_some_and(|keyed| !keyed.vacant_since);
        if hired && !was_hired && car.ledger.hire.is_none() && !already_keyed {
            self.begin(Hire { trip: id, started: None }, None);
        }
    }

    fn hire_started(&mut self, started: Option<String>, at: Timestamp, now: Moment, random: &mut dyn RngCore) {
        let id = TripId(fresh_id(self.trusted, now, random));
        let Unit::Ready(car) = &mut self.unit else { return };
        match &mut car.ledger.hire {
            Some(hire) if started.is_none() || hire.started == started => return,
            // The start was implied a moment ago; this is its notice.
            Some(hire) if hire.started.is_none() => {
                hire.started = started;
                return;
            }
            Some(_) => self.record_missing(),
            None => {}
        }
        let started_at = started.is_some().then_some(at);
        self.begin(Hire { trip: id, started }, started_at);
    }

    /// The hire of a car on its way to a passenger, or waiting for one, is that passenger's trip.
    fn begin(&mut self, hire: Hire, started_at: Option<Timestamp>) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let reserved = car.ledger.ride.board();
        let hire = Hire { trip: reserved.unwrap_or(hire.trip), ..hire };
        car.ledger.issue(CarCommand::StartTrip { trip: hire.trip, started_at });
        car.ledger.hire = Some(hire);
        car.ledger.set_focus(None);
    }

    fn hire_ended(&mut self, record: TripRecord, now: Moment, random: &mut dyn RngCore, effects: &mut Effects) {
        let implied = TripId(fresh_id(self.trusted, now, random));
        let fresh = now.wall.since(record.heard_at) < RECORD_FRESH;
        let Unit::Ready(car) = &mut self.unit else { return };
        let ledger = &mut car.ledger;
        if !ledger.is_new_record(&record.key()) {
            return;
        }
        if record.amount.currency != car.identity.grant.currency {
            effects.warn(format!("The meter counts in {}, which is not the fleet's currency", record.amount.currency));
            let trip = ledger.hire.take().map(|hire| hire.trip);
            ledger.unbilled = trip.or(ledger.unbilled);
            return ledger.issue(CarCommand::LateRecord { trip, record });
        }
        let late = |trip| CarCommand::LateRecord { trip, record: record.clone() };
        let ours = ledger.hire.as_ref().filter(|hire| belongs(&record, hire)).map(|hire| hire.trip);
        let trip = match (ours, &ledger.keyed, ledger.unbilled) {
            (ours, keyed, unbilled) if record.late => {
                let trip = keyed.as_ref().map(|keyed| keyed.trip).or(unbilled).or(ours);
                return ledger.issue(late(trip));
            }
            (Some(trip), ..) => trip,
            (None, Some(keyed), _) => {
                let command = late(Some(keyed.trip));
                ledger.keyed = None;
                return ledger.issue(command);
            }
            (None, None, Some(trip)) => trip,
            (None, None, None) if fresh && ledger.hire.is_none() => {
                ledger.issue(CarCommand::StartTrip { trip: implied, started_at: None });
                implied
            }
            (None, None, None) => return ledger.issue(late(None)),
        };
        ledger.hire.take_if(|hire| hire.trip == trip);
        ledger.ride.forget_trip(trip);
        ledger.unbilled.take_if(|unbilled| *unbilled == trip);
        if record.amount.minor > 0 {
            self.open_bill(trip, Fare::Meter(Box::new(record)), now, random);
        } else {
            ledger.issue(CarCommand::EndTrip { trip });
        }
    }

    /// The meter says that the hire ended, but its record is missing: the driver is asked for what the meter shows.
    fn record_missing(&mut self) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(hire) = car.ledger.hire.take() else { return };
        car.ledger.ride.forget_trip(hire.trip);
        if let Some(older) = car.ledger.unbilled.replace(hire.trip) {
            car.ledger.issue(CarCommand::EndTrip { trip: older });
        }
    }

    /// The trip whose fare the driver keys now, with the mark that a record for it may still come.
    pub(super) fn trip_to_key(&mut self, now: Moment, random: &mut dyn RngCore) -> Option<TripId> {
        let unheard = TripId(fresh_id(self.trusted, now, random));
        let vacant_since = self.meter.state == MeterState::Vacant && !self.meter.stale;
        let Unit::Ready(car) = &mut self.unit else { return None };
        let ledger = &mut car.ledger;
        let trip = ledger.unbilled.take().or_else(|| ledger.hire.take().map(|hire| hire.trip));
        if let Some(trip) = trip {
            ledger.ride.forget_trip(trip);
        }
        let trip = trip.unwrap_or_else(|| {
            let started = ledger.ride.waiting().unwrap_or(unheard);
            ledger.issue(CarCommand::StartTrip { trip: started, started_at: None });
            ledger.ride.forget_trip(started);
            started
        });
        ledger.keyed = Some(KeyedHire { trip, vacant_since });
        Some(trip)
    }
}

/// Whether a record can be this hire's: it is not if the meter says that its passenger boarded before the hire began.
fn belongs(record: &TripRecord, hire: &Hire) -> bool {
    let minutes = |text: &Option<String>| text.as_deref().and_then(minutes_of);
    match (minutes(&record.boarded), minutes(&hire.started)) {
        (Some(boarded), Some(started)) => boarded.saturating_add(BOARDING_TOLERANCE_MIN) >= started,
        _ => true,
    }
}

/// Minutes of a meter's `YYYY-MM-DD HH:MM…` on a calendar of its own: good for comparing two of them.
fn minutes_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let days =
        number(0, 4)?.checked_mul(12)?.checked_add(number(5, 7)?)?.checked_mul(31)?.checked_add(number(8, 10)?)?;
    days.checked_mul(24)?.checked_add(number(11, 13)?)?.checked_mul(60)?.checked_add(number(14, 16)?)
}
