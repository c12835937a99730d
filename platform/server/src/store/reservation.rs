//! The records of reservations.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, ReservationId, TripId},
    time::Timestamp,
};
use uuid::Uuid;

use super::{Store, engine::on, rows::unreadable};
use crate::{
    reservation::{
        model::{Contact, Reservation, ReservationState},
        ports::ReservationStore,
    },
    store_error::StoreError,
    transition::Listed,
};

macro_rules! reservation_columns {
    () => {
        "reservation.fleet_id, reservation.id, reservation.state, reservation.booking, reservation.client_key, \
         reservation.body_sha256, reservation.requested_at, reservation.due_at, reservation.refusals, \
         reservation.trip_id, reservation.ended, reservation.revision"
    };
}

pub(super) use reservation_columns;

const ONE: &str = concat!("SELECT ", reservation_columns!(), " FROM reservation WHERE fleet_id = $1 AND id = $2");
const KEYED: &str = concat!(
    "SELECT ",
    reservation_columns!(),
    " FROM reservation WHERE fleet_id = $1 AND contact = $2 AND client_key = $3"
);
const WAITING: &str = concat!(
    "SELECT ",
    reservation_columns!(),
    " FROM reservation WHERE fleet_id = $1 AND state = 'waiting' ORDER BY requested_at LIMIT $2"
);
const OPEN: &str = "SELECT COUNT(*) FROM reservation WHERE fleet_id = $1 AND contact = $2
                    AND state IN ('scheduled', 'waiting', 'offered', 'assigned')";
const DUE: &str = "SELECT fleet_id, id FROM reservation WHERE due_at <= $1 ORDER BY due_at, fleet_id, id LIMIT $2";
const FLEETS: &str = "SELECT DISTINCT fleet_id FROM reservation WHERE state = 'waiting'";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    fleet_id: Uuid,
    id: Uuid,
    state: String,
    booking: String,
    client_key: String,
    body_sha256: String,
    requested_at: i64,
    due_at: Option<i64>,
    refusals: i64,
    trip_id: Option<Uuid>,
    ended: Option<String>,
    revision: i64,
}

impl Row {
    pub(super) fn read(self) -> Result<Reservation, StoreError> {
        let ended = self.ended.as_deref().map(serde_json::from_str).transpose();
        Ok(Reservation {
            fleet: FleetId(self.fleet_id),
            id: ReservationId(self.id),
            state: ReservationState::from_word(&self.state)
                .ok_or_else(|| unreadable("reservation.state", &self.state))?,
            booking: serde_json::from_str(&self.booking).map_err(|error| unreadable("reservation.booking", error))?,
            client_key: self.client_key,
            body_sha256: self.body_sha256,
            requested_at: Timestamp(self.requested_at),
            due_at: self.due_at.map(Timestamp),
            refusals: u32::try_from(self.refusals).map_err(|_| unreadable("reservation.refusals", self.refusals))?,
            trip: self.trip_id.map(TripId),
            ended: ended.map_err(|error| unreadable("reservation.ended", error))?,
            revision: self.revision,
        })
    }
}

#[async_trait]
impl ReservationStore for Store {
    async fn reservation(&self, fleet: FleetId, reservation: ReservationId) -> Result<Option<Reservation>, StoreError> {
        let row: Option<Row> = on!(self.engine.reads(), conn =>
            sqlx::query_as(ONE).bind(fleet.0).bind(reservation.0).fetch_optional(conn).await)?;
        row.map(Row::read).transpose()
    }

    async fn reservation_keyed(
        &self,
        fleet: FleetId,
        contact: &Contact,
        client_key: &str,
    ) -> Result<Option<Reservation>, StoreError> {
        let row: Option<Row> = on!(self.engine.reads(), conn =>
            sqlx::query_as(KEYED).bind(fleet.0).bind(contact.key()).bind(client_key).fetch_optional(conn).await)?;
        row.map(Row::read).transpose()
    }

    async fn open_reservations(&self, fleet: FleetId, contact: &Contact) -> Result<u32, StoreError> {
        let (count,): (i64,) = on!(self.engine.reads(), conn =>
            sqlx::query_as(OPEN).bind(fleet.0).bind(contact.key()).fetch_one(conn).await)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn waiting(&self, fleet: FleetId, limit: u32) -> Result<Vec<Reservation>, StoreError> {
        let rows: Vec<Row> = on!(self.engine.reads(), conn =>
            sqlx::query_as(WAITING).bind(fleet.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Result<Vec<(FleetId, ReservationId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(DUE).bind(now.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|(fleet, id)| (FleetId(fleet), ReservationId(id))).collect())
    }

    async fn fleets_waiting(&self) -> Result<Vec<FleetId>, StoreError> {
        let rows: Vec<(Uuid,)> = on!(self.engine.reads(), conn => sqlx::query_as(FLEETS).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|(fleet,)| FleetId(fleet)).collect())
    }
}
