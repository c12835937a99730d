//! The part of a change that is about rides: reservations, offers, trips, duty, and what drivers are told.

use fareway_shared::{
    id::{FleetId, OfferId, VehicleId},
    protocol::car::{Duty, ToCar},
    ride::DriverNotice,
    time::Timestamp,
};

use super::{
    Store,
    commit::{exactly_one, json, next_sequence, put_message},
    engine::{Tx, on},
    rows::counted,
};
use crate::{
    matching::model::Offer, reservation::model::Reservation, store_error::StoreError, transition::Listed,
    trip::model::Trip,
};

const ADD_RESERVATION: &str =
    "INSERT INTO reservation (state, due_at, refusals, trip_id, ended, fleet_id, id, revision,
                                   booking, contact, client_key, body_sha256, requested_at)
                               VALUES ($1, $2, $3, $4, $5, $6, $7, $8 + 1, $9, $10, $11, $12, $13)";
const MOVE_RESERVATION: &str =
    "UPDATE reservation SET state = $1, due_at = $2, refusals = $3, trip_id = $4, ended = $5,
                                    revision = revision + 1
                                WHERE fleet_id = $6 AND id = $7 AND revision = $8";

pub(super) async fn put_reservation(tx: &mut Tx, row: &Reservation) -> Result<(), StoreError> {
    let ended = row.ended.as_ref().map(|ended| json(ended, "reservation.ended")).transpose()?;
    let (state, due_at) = (row.state.word(), row.due_at.map(|at| at.0));
    let trip = row.trip.map(|trip| trip.0);
    let affected = if row.revision == 0 {
        let booking = json(&row.booking, "reservation.booking")?;
        on!(tx.conn(), conn => sqlx::query(ADD_RESERVATION).bind(state).bind(due_at).bind(i64::from(row.refusals))
            .bind(trip).bind(&ended).bind(row.fleet.0).bind(row.id.0).bind(row.revision).bind(&booking)
            .bind(row.booking.contact.key()).bind(&row.client_key).bind(&row.body_sha256).bind(row.requested_at.0)
            .execute(conn).await.map(|done| done.rows_affected()))?
    } else {
        on!(tx.conn(), conn => sqlx::query(MOVE_RESERVATION).bind(state).bind(due_at).bind(i64::from(row.refusals))
            .bind(trip).bind(&ended).bind(row.fleet.0).bind(row.id.0).bind(row.revision)
            .execute(conn).await.map(|done| done.rows_affected()))?
    };
    exactly_one(affected)
}

// A street hail is told by the car, perhaps again, so it may be there already; what was loaded moves on from there.
const PUT_TRIP: &str = "INSERT INTO trip (fleet_id, id, vehicle_id, driver_id, state, started_at, ended_at,
                            reservation_id, arrived_at, boarded_at, pin, ended, revision)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 + 1)
                        ON CONFLICT (fleet_id, id) DO UPDATE SET state = excluded.state,
                            ended_at = COALESCE(trip.ended_at, excluded.ended_at), arrived_at = excluded.arrived_at,
                            boarded_at = excluded.boarded_at, ended = excluded.ended,
                            reservation_id = excluded.reservation_id, revision = trip.revision + 1
                        WHERE trip.vehicle_id = excluded.vehicle_id AND trip.revision = $13";
// Whoever wanted one last job has had it.
const IDLE: &str = "UPDATE vehicle SET idle_since = $1,
                        duty = CASE WHEN duty = 'last_job' THEN 'off_shift' ELSE duty END
                    WHERE fleet_id = $2 AND id = $3";

pub(super) async fn put_trip(tx: &mut Tx, trip: &Trip) -> Result<(), StoreError> {
    let ended = trip.ended.as_ref().map(|ended| json(ended, "trip.ended")).transpose()?;
    let ended_at = trip.ended_at.map(|at| at.0);
    let affected = on!(tx.conn(), conn => sqlx::query(PUT_TRIP).bind(trip.fleet.0).bind(trip.id.0)
        .bind(trip.vehicle.0).bind(trip.driver.map(|driver| driver.0)).bind(trip.state.word()).bind(trip.started_at.0)
        .bind(ended_at).bind(trip.reservation.map(|reservation| reservation.0))
        .bind(trip.arrived_at.map(|at| at.0)).bind(trip.boarded_at.map(|at| at.0)).bind(&trip.pin).bind(&ended)
        .bind(trip.revision).execute(conn).await.map(|done| done.rows_affected()))?;
    exactly_one(affected)?;
    if let Some(ended_at) = ended_at {
        on!(tx.conn(), conn => sqlx::query(IDLE).bind(ended_at).bind(trip.fleet.0).bind(trip.vehicle.0)
            .execute(conn).await.map(drop))?;
    }
    Ok(())
}

const SET_DUTY: &str = "UPDATE vehicle SET duty = $1, home = $2,
                            idle_since = CASE WHEN duty = 'off_shift' THEN $3 ELSE idle_since END
                        WHERE fleet_id = $4 AND id = $5";

/// The word of a duty.
pub(super) fn duty_word(duty: &Duty) -> &'static str {
    match duty {
        Duty::OffShift => "off_shift",
        Duty::OnShift => "on_shift",
        Duty::Paused => "paused",
        Duty::LastJob => "last_job",
        Duty::GoHome { .. } => "go_home",
    }
}

pub(super) async fn put_duty(
    tx: &mut Tx,
    fleet: FleetId,
    vehicle: VehicleId,
    duty: &Duty,
    now: Timestamp,
) -> Result<(), StoreError> {
    let home = match duty {
        Duty::GoHome { to } => Some(json(to, "vehicle.home")?),
        _ => None,
    };
    let affected = on!(tx.conn(), conn => sqlx::query(SET_DUTY).bind(duty_word(duty)).bind(&home).bind(now.0)
        .bind(fleet.0).bind(vehicle.0).execute(conn).await.map(|done| done.rows_affected()))?;
    exactly_one(affected)
}

/// A notice that was stored for a car.
pub(super) struct Told {
    pub(super) vehicle: VehicleId,
    pub(super) message: ToCar,
    sequence: i64,
    offer: Option<OfferId>,
}

pub(super) async fn put_notices(
    tx: &mut Tx,
    fleet: FleetId,
    store: &Store,
    notices: &[(VehicleId, DriverNotice)],
    now: Timestamp,
) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::with_capacity(notices.len());
    for (vehicle, notice) in notices {
        let stored = next_sequence(tx, fleet, *vehicle).await?;
        let sequence = counted("vehicle.last_sequence", stored)?;
        let unreadable = |error: serde_json::Error| StoreError::Unreadable { what: "notice", value: error.to_string() };
        let sealed = store.sealer.seal_notice(notice, *vehicle, sequence).map_err(unreadable)?;
        let message = ToCar::Told { sequence, notice: sealed };
        put_message(tx, fleet, *vehicle, stored, None, &message, now).await?;
        let offer = match notice {
            DriverNotice::Offer(offer) => Some(offer.offer),
            _ => None,
        };
        told.push(Told { vehicle: *vehicle, message, sequence: stored, offer });
    }
    Ok(told)
}

// Not to a car that was given another ride since the batch looked.
const ADD_OFFER: &str = "INSERT INTO offer (state, ended_at, fleet_id, id, revision, reservation_id, vehicle_id,
                             driver_id, pickup_m, pickup_s, reason, sequence, sent_at, expires_at)
                         SELECT $1, $2, $3, $4, $5 + 1, $6, $7, $8, $9, $10, $11, $12, $13, $14
                         WHERE $1 <> 'sent' OR NOT EXISTS (SELECT 1 FROM trip WHERE trip.fleet_id = $3
                             AND trip.vehicle_id = $7 AND trip.state IN ('assigned', 'en_route', 'arrived'))";
const MOVE_OFFER: &str = "UPDATE offer SET state = $1, ended_at = $2, revision = revision + 1
                          WHERE fleet_id = $3 AND id = $4 AND revision = $5";

pub(super) async fn put_offer(tx: &mut Tx, offer: &Offer, told: &[Told]) -> Result<(), StoreError> {
    let (state, ended_at) = (offer.state.word(), offer.ended_at.map(|at| at.0));
    let affected = if offer.revision == 0 {
        let sequence = told.iter().find(|told| told.offer == Some(offer.id)).map_or(0, |told| told.sequence);
        let reason = json(&offer.reason, "offer.reason")?;
        on!(tx.conn(), conn => sqlx::query(ADD_OFFER).bind(state).bind(ended_at).bind(offer.fleet.0).bind(offer.id.0)
            .bind(offer.revision).bind(offer.reservation.0).bind(offer.vehicle.0)
            .bind(offer.driver.map(|driver| driver.0)).bind(i64::from(offer.pickup_m)).bind(i64::from(offer.pickup_s))
            .bind(&reason).bind(sequence).bind(offer.sent_at.0).bind(offer.expires_at.0)
            .execute(conn).await.map(|done| done.rows_affected()))?
    } else {
        on!(tx.conn(), conn => sqlx::query(MOVE_OFFER).bind(state).bind(ended_at).bind(offer.fleet.0).bind(offer.id.0)
            .bind(offer.revision).execute(conn).await.map(|done| done.rows_affected()))?
    };
    exactly_one(affected)
}
