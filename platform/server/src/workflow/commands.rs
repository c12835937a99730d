//! What each command of a car does. Its effect, its outcome and the fact that it was applied commit together, so a
//! command that is sent again is answered, not repeated.

use std::time::Duration;

use fareway_shared::{
    id::{DriverId, TripId},
    meter::TripRecord,
    money::Money,
    protocol::car::{CarCommand, CommandOutcome, EndedHow},
    signature::Signed,
    statement::{BillStatement, FareSource, LineKind},
    time::Timestamp,
};

use super::{House, words::Refusal};
use crate::{
    alarm::{Alarm, AlarmKind},
    bill::{error::BillError, model::Bill},
    fleet::{model::Device, ports::CarIdentity},
    payment::{
        model::{CloseReason, PaymentState},
        ports::{Change, CommandRecord, MeterRecordRow, TimerChange},
    },
    reservation::model::Reservation,
    store_error::StoreError,
    transition::Role,
    trip::model::Trip,
};

/// So many bills that were left unpaid within this time call for a person to look.
const REVIEW_FROM: u32 = 3;
const REVIEW_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a command changes, and what the car is told of it.
pub(super) type Applied = Result<(Change, CommandOutcome), StoreError>;

impl House {
    /// Applies one command that is the next in order.
    pub(super) async fn apply(
        &self,
        car: CarIdentity,
        device: &Device,
        number: u64,
        body_sha256: [u8; 32],
        command: &CarCommand,
        now: Timestamp,
    ) -> Result<CommandOutcome, StoreError> {
        let (mut change, outcome) = match command {
            CarCommand::StartTrip { trip, started_at } => self.start_trip(car, *trip, *started_at, now).await?,
            CarCommand::EndTrip { trip } => self.end_trip(car, *trip, now).await?,
            CarCommand::OpenBill { statement, record } => {
                self.open_bill(car, device, statement, record.as_ref(), now).await?
            }
            CarCommand::LateRecord { trip, record } => self.late_record(car, *trip, record).await?,
            CarCommand::EndBill { bill, version: _, how } => self.end_bill(car, *bill, *how, now).await?,
            CarCommand::VerdictShown { bill, sequence: _, shown_at: _ } => {
                let shown = self.books.bill(car.fleet, *bill).await?.filter(|bill| bill.shown_at.is_none());
                let bill = shown.map(|bill| Bill { shown_at: Some(now), ..bill });
                (Change { bill, ..Change::default() }, CommandOutcome::Done)
            }
            CarCommand::AcceptOffer { offer } => self.accept_offer(car, *offer, now).await?,
            CarCommand::DeclineOffer { offer } => self.decline_offer(car, *offer, now).await?,
            CarCommand::MoveTrip { trip, step } => self.move_trip(car, *trip, step, now).await?,
            CarCommand::SetDuty { duty } => self.set_duty(car, *duty).await?,
            CarCommand::EnvelopesRejected { count, last_reason } => {
                let detail = format!("{count} rejected, last: {}", last_reason.chars().take(120).collect::<String>());
                let alarm = alarm(car, AlarmKind::EnvelopesRejected, &car.vehicle.to_string(), &detail);
                (Change { alarms: vec![alarm], ..Change::default() }, CommandOutcome::Done)
            }
        };
        change.fleet = Some(car.fleet);
        change.command = Some(CommandRecord { device: device.id, number, body_sha256, outcome: outcome.clone() });
        let bill = change.bill.clone();
        self.commit(change, now).await?;
        self.live.touch_vehicle(car.vehicle);
        if let Some(bill) = bill {
            let hint = self.progress(&bill).await?;
            self.links.send(car.vehicle, hint);
        }
        Ok(outcome)
    }

    async fn start_trip(
        &self,
        car: CarIdentity,
        trip: TripId,
        started_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Applied {
        let boarded = self.metered(car, trip, |trip| trip.board(None, Role::Meter, now).is_ok()).await?;
        let trip = match boarded {
            Some((trip, _)) => trip,
            None if self.trips.trip(car.fleet, trip).await?.is_some() => return Ok(refused(Refusal::Taken)),
            None => {
                let driver = self.driver_of(car).await?;
                Trip::street_hail(car.fleet, trip, car.vehicle, driver, started_at, now)
            }
        };
        Ok((Change { trip: Some(trip), ..Change::default() }, CommandOutcome::Done))
    }

    /// A hire that ended without a bill, or whose start the platform never heard of.
    async fn end_trip(&self, car: CarIdentity, trip: TripId, now: Timestamp) -> Applied {
        let ended = self.metered(car, trip, |trip| trip.finish(now)).await?;
        let (trip, reservation) = ended.map_or((None, None), |(trip, reservation)| (Some(trip), reservation));
        Ok((Change { trip, reservation, ..Change::default() }, CommandOutcome::Done))
    }

    async fn open_bill(
        &self,
        car: CarIdentity,
        device: &Device,
        sealed: &Signed,
        record: Option<&TripRecord>,
        now: Timestamp,
    ) -> Applied {
        let statement = match BillStatement::open(sealed, &device.public_key) {
            Ok(statement) => statement,
            Err(error) => {
                tracing::warn!(%error, vehicle.id = %car.vehicle, "a bill statement was refused");
                return Ok(refused(Refusal::Statement));
            }
        };
        if let Some(refusal) = self.misfit(car, &statement, record) {
            return Ok(refused(refusal));
        }
        let mut change = Change::default();
        let present = self.books.bill(car.fleet, statement.bill).await?;
        let bill = match present {
            None => Bill::issue(&statement, device.id, now),
            Some(bill) if bill.vehicle != car.vehicle => return Ok(refused(Refusal::Taken)),
            Some(mut bill) => {
                match bill.restate(&statement, device.id) {
                    Ok(false) => return Ok((change, CommandOutcome::Done)),
                    Ok(true) => {}
                    Err(BillError::Settled { .. }) => return Ok(refused(Refusal::Settled)),
                    Err(BillError::StaleVersion { .. }) => return Ok(refused(Refusal::StaleVersion)),
                }
                // Money for the old version is not wanted any more: its live order is cancelled.
                self.cancel_live_order(&bill, CloseReason::BillRestated, &mut change, now).await?;
                bill
            }
        };
        if let Some(record) = record {
            let known = self.books.meter_record_bill(car.fleet, car.vehicle, &record.key()).await?;
            if known.is_some_and(|billed| billed != Some(bill.id)) {
                let alarm = alarm(car, AlarmKind::MeterRecordCase, &record.key(), "a replayed record asked for a bill");
                return Ok((Change { alarms: vec![alarm], ..Change::default() }, Refusal::RecordBilled.outcome()));
            }
            change.meter_record = Some(MeterRecordRow {
                vehicle: car.vehicle,
                trip: Some(bill.trip),
                bill: Some(bill.id),
                record: record.clone(),
            });
        }
        let Some((trip, reservation)) = self.finished_trip(car, bill.trip, now).await? else {
            return Ok(refused(Refusal::Taken));
        };
        (change.trip, change.reservation) = (Some(trip), reservation);
        change.bill = Some(bill);
        Ok((change, CommandOutcome::Done))
    }

    /// Who drives the car now.
    async fn driver_of(&self, car: CarIdentity) -> Result<Option<DriverId>, StoreError> {
        let vehicle = self.fleet_store.vehicle(car.vehicle).await?;
        Ok(vehicle.and_then(|vehicle| vehicle.driver).map(|driver| driver.id))
    }

    /// The hire that a bill ends, with the reservation that it completes; made now if its start was never heard of. `None` if
    /// the id is another car's.
    async fn finished_trip(
        &self,
        car: CarIdentity,
        trip: TripId,
        now: Timestamp,
    ) -> Result<Option<(Trip, Option<Reservation>)>, StoreError> {
        let known = self.metered(car, trip, |trip| trip.finish(now)).await?;
        if known.is_some() || self.trips.trip(car.fleet, trip).await?.is_some() {
            return Ok(known);
        }
        let mut trip = Trip::street_hail(car.fleet, trip, car.vehicle, self.driver_of(car).await?, None, now);
        trip.finish(now);
        Ok(Some((trip, None)))
    }

    fn misfit(&self, car: CarIdentity, statement: &BillStatement, record: Option<&TripRecord>) -> Option<Refusal> {
        let terms = self.terms.get(&car.fleet);
        let currency_fits = terms.is_some_and(|terms| terms.currency == statement.total.currency);
        if statement.fleet != car.fleet || statement.vehicle != car.vehicle || !currency_fits {
            return Some(Refusal::OtherCar);
        }
        if record.is_some_and(|record| record.late) {
            return Some(Refusal::LateRecord);
        }
        let fare = statement.lines.iter().find(|line| line.kind == LineKind::Fare).map(|line| line.amount_minor);
        let record_fits = match (statement.source, record) {
            (FareSource::Meter, Some(record)) => {
                fare == Some(record.amount.minor) && record.frames_sha256 == statement.frames_sha256
            }
            (FareSource::Meter, None) => false,
            (FareSource::Keyed, record) => record.is_none(),
        };
        if !record_fits {
            return Some(Refusal::Statement);
        }
        let cap = terms.map_or(0, |terms| terms.cap_minor);
        let extras = statement.lines.iter().filter(|line| line.kind != LineKind::Fare);
        let too_large = extras.fold(0_i64, |sum, line| sum.saturating_add(line.amount_minor)) > cap;
        too_large.then_some(Refusal::ExtraTooLarge)
    }

    /// A record that came late joins the keyed bill of its hire, or becomes a dispatcher's case. It never opens a bill.
    async fn late_record(&self, car: CarIdentity, trip: Option<TripId>, record: &TripRecord) -> Applied {
        let known = self.books.meter_record_bill(car.fleet, car.vehicle, &record.key()).await?;
        if known.is_some() {
            return Ok((Change::default(), CommandOutcome::Done));
        }
        let bill = match trip {
            Some(trip) => self.books.keyed_bill_of(car.fleet, trip).await?,
            None => None,
        };
        let case = match &bill {
            None => Some("no keyed bill for this record".to_owned()),
            Some((_, keyed)) if *keyed != record.amount => Some(format!("keyed {keyed}, meter {}", record.amount)),
            Some(_) => None,
        };
        let alarms =
            case.map(|detail| alarm(car, AlarmKind::MeterRecordCase, &record.key(), &detail)).into_iter().collect();
        let row = MeterRecordRow {
            vehicle: car.vehicle,
            trip,
            bill: bill.map(|(bill, _): (_, Money)| bill),
            record: record.clone(),
        };
        Ok((Change { meter_record: Some(row), alarms, ..Change::default() }, CommandOutcome::Done))
    }

    async fn end_bill(
        &self,
        car: CarIdentity,
        bill: fareway_shared::id::BillId,
        how: EndedHow,
        now: Timestamp,
    ) -> Applied {
        let found = self.books.bill(car.fleet, bill).await?.filter(|bill| bill.vehicle == car.vehicle);
        let Some(mut bill) = found else { return Ok(refused(Refusal::UnknownBill)) };
        let mut change = Change::default();
        let live = self.cancel_live_order(&bill, CloseReason::BillEnded, &mut change, now).await?;
        if bill.end(how, live, now).is_err() {
            return Ok(refused(Refusal::Settled));
        }
        if !live && how == EndedHow::LeftUnpaid {
            let detail = format!("{} due", bill.total);
            change.alarms.push(alarm(car, AlarmKind::LeftUnpaid, &bill.id.to_string(), &detail));
        }
        if how == EndedHow::LeftUnpaid {
            let earlier = self.books.left_unpaid(car.fleet, car.vehicle, now.before(REVIEW_WITHIN)).await?;
            let claims = earlier.saturating_add(1);
            if claims >= REVIEW_FROM {
                let detail = format!("{claims} bills in 30 days");
                change.alarms.push(alarm(car, AlarmKind::UnpaidReview, &car.vehicle.to_string(), &detail));
            }
        }
        change.bill = Some(bill);
        Ok((change, CommandOutcome::Done))
    }

    /// Marks a bill's live order to be cancelled at once by the payment timer. Returns whether there was one.
    async fn cancel_live_order(
        &self,
        bill: &Bill,
        reason: CloseReason,
        change: &mut Change,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let latest = self.books.latest_payment(bill.fleet, bill.id).await?;
        let Some(mut payment) = latest.filter(|payment| payment.state.is_live()) else { return Ok(false) };
        if payment.state != PaymentState::Cancelling {
            payment.begin_cancel(reason);
            change.timers.push(TimerChange::At { payment: payment.id, due_at: now, attempt: 0 });
            change.payment = Some(payment);
        }
        Ok(true)
    }
}

fn refused(refusal: Refusal) -> (Change, CommandOutcome) {
    (Change::default(), refusal.outcome())
}

fn alarm(car: CarIdentity, kind: AlarmKind, subject: &str, detail: &str) -> Alarm {
    Alarm { fleet: car.fleet, kind, subject: subject.to_owned(), vehicle: Some(car.vehicle), detail: detail.to_owned() }
}
