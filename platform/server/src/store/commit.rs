//! One change, one transaction: payment, bill, hire, ledger, timers, notice, alarms, the car's command and the message
//! to the car are written together or not at all. Rows that moved on since they were loaded refuse the whole change.

use fareway_shared::{
    id::{FleetId, VehicleId},
    protocol::car::ToCar,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Store,
    commit_ride::{put_duty, put_notices, put_offer, put_reservation, put_trip},
    engine::{Tx, on},
    rows::{source_word, stored},
};
use crate::{
    alarm::Alarm,
    bill::model::Bill,
    payment::{
        ledger::Posting,
        model::Payment,
        ports::{Change, CommandRecord, Committed, MeterRecordRow, NoticeRecord, TimerChange},
    },
    store_error::StoreError,
};

/// Writes a change.
pub(super) async fn write(store: &Store, change: Change, now: Timestamp) -> Result<Committed, StoreError> {
    let Some(fleet) = change.fleet else { return Ok(Committed::default()) };
    let mut committed = Committed {
        fleet: Some(fleet),
        vehicle: vehicle_of(&change),
        reservation: change.reservation.as_ref().map(|reservation| reservation.id),
        messages: Vec::new(),
    };
    let mut tx = store.engine.begin().await?;
    if let Some(command) = &change.command {
        put_command(&mut tx, fleet, command, now).await?;
    }
    if let Some(reservation) = &change.reservation {
        put_reservation(&mut tx, reservation).await?;
    }
    if let Some(trip) = &change.trip {
        put_trip(&mut tx, trip).await?;
    }
    if let Some((vehicle, duty)) = &change.duty {
        put_duty(&mut tx, fleet, *vehicle, duty, now).await?;
    }
    let told = put_notices(&mut tx, fleet, store, &change.notices, now).await?;
    for offer in &change.offers {
        put_offer(&mut tx, offer, &told).await?;
    }
    committed.messages.extend(told.into_iter().map(|told| (told.vehicle, told.message)));
    if let Some(bill) = &change.bill {
        put_bill(&mut tx, bill).await?;
    }
    if let Some(payment) = &change.payment {
        put_payment(&mut tx, payment).await?;
    }
    if let Some(record) = &change.meter_record {
        put_meter_record(&mut tx, fleet, record, now).await?;
    }
    if let Some(notice) = &change.notice {
        put_notice(&mut tx, fleet, notice, now).await?;
    }
    for posting in &change.postings {
        put_posting(&mut tx, fleet, posting, now).await?;
    }
    for timer in &change.timers {
        put_timer(&mut tx, fleet, timer).await?;
    }
    for alarm in &change.alarms {
        put_alarm(&mut tx, alarm, now).await?;
    }
    if let Some(mut verdict) = change.verdict {
        let vehicle = verdict.subject.vehicle;
        let sequence = next_sequence(&mut tx, fleet, vehicle).await?;
        verdict.subject.sequence = u64::try_from(sequence).unwrap_or(0);
        let envelope = store.sealer.seal(&verdict);
        let message = ToCar::Envelope { sequence: verdict.subject.sequence, envelope };
        put_message(&mut tx, fleet, vehicle, sequence, Some(verdict.subject.bill.0), &message, now).await?;
        committed.messages.push((vehicle, message));
    }
    tx.commit().await?;
    Ok(committed)
}

fn vehicle_of(change: &Change) -> Option<VehicleId> {
    change
        .payment
        .as_ref()
        .map(|payment| payment.vehicle)
        .or(change.bill.as_ref().map(|bill| bill.vehicle))
        .or(change.trip.as_ref().map(|trip| trip.vehicle))
        .or(change.duty.as_ref().map(|(vehicle, _)| *vehicle))
        .or(change.alarms.iter().find_map(|alarm| alarm.vehicle))
}

pub(super) fn exactly_one(affected: u64) -> Result<(), StoreError> {
    if affected == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

pub(super) fn json<T: serde::Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what, value: error.to_string() })
}

const APPLY_COMMAND: &str = "UPDATE device SET last_command = $1 WHERE fleet_id = $2 AND id = $3 AND last_command = $1 - 1 AND state = 'active'";
const ADD_COMMAND: &str = "INSERT INTO car_command (fleet_id, device_id, number, body_sha256, outcome, applied_at)
                           VALUES ($1, $2, $3, $4, $5, $6)";

async fn put_command(tx: &mut Tx, fleet: FleetId, command: &CommandRecord, now: Timestamp) -> Result<(), StoreError> {
    let number = stored(command.number);
    let applied = on!(tx.conn(), conn => sqlx::query(APPLY_COMMAND).bind(number).bind(fleet.0).bind(command.device.0)
        .execute(conn).await.map(|done| done.rows_affected()))?;
    exactly_one(applied)?;
    let (hash, outcome) = (hex::encode(command.body_sha256), json(&command.outcome, "car_command.outcome")?);
    on!(tx.conn(), conn => sqlx::query(ADD_COMMAND).bind(fleet.0).bind(command.device.0).bind(number).bind(&hash)
        .bind(&outcome).bind(now.0).execute(conn).await.map(drop))?;
    Ok(())
}

const ADD_BILL: &str = "INSERT INTO bill (state, version, device_id, lines, total_minor, currency, source, nonce,
                            settled_at, shown_at, fleet_id, id, revision, vehicle_id, trip_id, opened_at)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 + 1, $14, $15, $16)";
const MOVE_BILL: &str = "UPDATE bill SET state = $1, version = $2, device_id = $3, lines = $4, total_minor = $5,
                            currency = $6, source = $7, nonce = $8, settled_at = $9, shown_at = $10,
                            revision = revision + 1
                         WHERE fleet_id = $11 AND id = $12 AND revision = $13
                           AND vehicle_id = $14 AND trip_id = $15 AND opened_at = $16";

async fn put_bill(tx: &mut Tx, bill: &Bill) -> Result<(), StoreError> {
    let statement = if bill.revision == 0 { ADD_BILL } else { MOVE_BILL };
    let lines = json(&bill.lines, "bill.lines")?;
    let affected = on!(tx.conn(), conn => sqlx::query(statement).bind(bill.state.word())
        .bind(i64::from(bill.version)).bind(bill.device.0).bind(&lines).bind(bill.total.minor)
        .bind(bill.total.currency.code()).bind(source_word(bill.source)).bind(bill.nonce.to_vec())
        .bind(bill.settled_at.map(|at| at.0)).bind(bill.shown_at.map(|at| at.0)).bind(bill.fleet.0).bind(bill.id.0)
        .bind(bill.revision).bind(bill.vehicle.0).bind(bill.trip.0).bind(bill.opened_at.0)
        .execute(conn).await.map(|done| done.rows_affected()))?;
    exactly_one(affected)
}

const ADD_PAYMENT: &str = "INSERT INTO payment (state, trade_no, close_reason, application, suspense_minor,
                               captured_at, fleet_id, id, revision, bill_id, bill_version, vehicle_id, out_trade_no,
                               buyer, amount_minor, currency, scene_seed, created_at, expires_at)
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9 + 1, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                               $19)";
const MOVE_PAYMENT: &str = "UPDATE payment SET state = $1, trade_no = $2, close_reason = $3, application = $4,
                                suspense_minor = $5, captured_at = $6, revision = revision + 1
                            WHERE fleet_id = $7 AND id = $8 AND revision = $9";

async fn put_payment(tx: &mut Tx, payment: &Payment) -> Result<(), StoreError> {
    let reason = payment.close_reason.map(|reason| reason.word());
    let affected = if payment.revision == 0 {
        on!(tx.conn(), conn => sqlx::query(ADD_PAYMENT).bind(payment.state.word()).bind(&payment.trade_no)
            .bind(reason).bind(payment.application.word()).bind(payment.suspense_minor)
            .bind(payment.captured_at.map(|at| at.0)).bind(payment.fleet.0).bind(payment.id.0).bind(payment.revision)
            .bind(payment.bill.0).bind(i64::from(payment.bill_version)).bind(payment.vehicle.0)
            .bind(&payment.out_trade_no.0).bind(&payment.buyer).bind(payment.amount.minor)
            .bind(payment.amount.currency.code()).bind(payment.scene_seed.to_vec()).bind(payment.created_at.0)
            .bind(payment.expires_at.0).execute(conn).await.map(|done| done.rows_affected()))?
    } else {
        on!(tx.conn(), conn => sqlx::query(MOVE_PAYMENT).bind(payment.state.word()).bind(&payment.trade_no)
            .bind(reason).bind(payment.application.word()).bind(payment.suspense_minor)
            .bind(payment.captured_at.map(|at| at.0)).bind(payment.fleet.0).bind(payment.id.0).bind(payment.revision)
            .execute(conn).await.map(|done| done.rows_affected()))?
    };
    exactly_one(affected)
}

const ADD_METER_RECORD: &str = "INSERT INTO meter_record (fleet_id, vehicle_id, record_key, trip_id, bill_id, record,
                                    received_at)
                                VALUES ($1, $2, $3, $4, $5, $6, $7)
                                ON CONFLICT (fleet_id, vehicle_id, record_key) DO NOTHING";

async fn put_meter_record(tx: &mut Tx, fleet: FleetId, row: &MeterRecordRow, now: Timestamp) -> Result<(), StoreError> {
    let record = json(&row.record, "meter_record.record")?;
    on!(tx.conn(), conn => sqlx::query(ADD_METER_RECORD).bind(fleet.0).bind(row.vehicle.0).bind(row.record.key())
        .bind(row.trip.map(|trip| trip.0)).bind(row.bill.map(|bill| bill.0)).bind(&record).bind(now.0)
        .execute(conn).await.map(drop))?;
    Ok(())
}

const ADD_NOTICE: &str = "INSERT INTO notice (fleet_id, notify_id, trade_status, out_trade_no, handling, body,
                              received_at)
                          VALUES ($1, $2, $3, $4, $5, $6, $7)
                          ON CONFLICT (fleet_id, notify_id, trade_status) DO NOTHING";

async fn put_notice(tx: &mut Tx, fleet: FleetId, notice: &NoticeRecord, now: Timestamp) -> Result<(), StoreError> {
    on!(tx.conn(), conn => sqlx::query(ADD_NOTICE).bind(fleet.0).bind(&notice.notify_id).bind(&notice.trade_status)
        .bind(&notice.out_trade_no).bind(notice.handling).bind(&notice.body).bind(now.0)
        .execute(conn).await.map(drop))?;
    Ok(())
}

const POST: &str = "INSERT INTO ledger_entry (fleet_id, movement, reference, debit, credit, amount_minor, currency,
                        posted_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    ON CONFLICT (fleet_id, movement, reference) DO NOTHING";

async fn put_posting(tx: &mut Tx, fleet: FleetId, posting: &Posting, now: Timestamp) -> Result<(), StoreError> {
    on!(tx.conn(), conn => sqlx::query(POST).bind(fleet.0).bind(posting.movement.word()).bind(&posting.reference)
        .bind(posting.debit.word()).bind(posting.credit.word()).bind(posting.money.minor)
        .bind(posting.money.currency.code()).bind(now.0).execute(conn).await.map(drop))?;
    Ok(())
}

const SET_TIMER: &str = "INSERT INTO payment_timer (fleet_id, payment_id, due_at, attempt) VALUES ($1, $2, $3, $4)
                         ON CONFLICT (fleet_id, payment_id)
                         DO UPDATE SET due_at = excluded.due_at, attempt = excluded.attempt";
const DROP_TIMER: &str = "DELETE FROM payment_timer WHERE fleet_id = $1 AND payment_id = $2";

async fn put_timer(tx: &mut Tx, fleet: FleetId, timer: &TimerChange) -> Result<(), StoreError> {
    match *timer {
        TimerChange::At { payment, due_at, attempt } => {
            on!(tx.conn(), conn => sqlx::query(SET_TIMER).bind(fleet.0).bind(payment.0).bind(due_at.0)
                .bind(i64::from(attempt)).execute(conn).await.map(drop))?;
        }
        TimerChange::Done { payment } => {
            on!(tx.conn(), conn => sqlx::query(DROP_TIMER).bind(fleet.0).bind(payment.0)
                .execute(conn).await.map(drop))?;
        }
    }
    Ok(())
}

const RAISE: &str = "INSERT INTO alarm (fleet_id, id, kind, subject, vehicle_id, detail, raised_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (fleet_id, kind, subject) WHERE cleared_at IS NULL DO NOTHING";

/// Raises an alarm; one that is open already for the same subject stays as it is.
pub(super) async fn put_alarm(tx: &mut Tx, alarm: &Alarm, now: Timestamp) -> Result<(), StoreError> {
    let id = Uuid::now_v7();
    on!(tx.conn(), conn => sqlx::query(RAISE).bind(alarm.fleet.0).bind(id).bind(alarm.kind.word())
        .bind(&alarm.subject).bind(alarm.vehicle.map(|vehicle| vehicle.0)).bind(&alarm.detail).bind(now.0)
        .execute(conn).await.map(drop))?;
    Ok(())
}

const NEXT_SEQUENCE: &str = "UPDATE vehicle SET last_sequence = last_sequence + 1 WHERE fleet_id = $1 AND id = $2
                             RETURNING last_sequence";

/// The next number of messages to a car; the row lock makes it gapless and unique.
pub(super) async fn next_sequence(tx: &mut Tx, fleet: FleetId, vehicle: VehicleId) -> Result<i64, StoreError> {
    let next: Option<(i64,)> = on!(tx.conn(), conn =>
        sqlx::query_as(NEXT_SEQUENCE).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
    next.map(|(sequence,)| sequence)
        .ok_or_else(|| StoreError::Unreadable { what: "vehicle of a verdict", value: vehicle.to_string() })
}

const ADD_MESSAGE: &str = "INSERT INTO car_message (fleet_id, vehicle_id, sequence, bill_id, message, created_at)
                           VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) async fn put_message(
    tx: &mut Tx,
    fleet: FleetId,
    vehicle: VehicleId,
    sequence: i64,
    bill: Option<Uuid>,
    message: &ToCar,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = json(message, "car_message.message")?;
    on!(tx.conn(), conn => sqlx::query(ADD_MESSAGE).bind(fleet.0).bind(vehicle.0).bind(sequence).bind(bill)
        .bind(&text).bind(now.0).execute(conn).await.map(drop))?;
    Ok(())
}
