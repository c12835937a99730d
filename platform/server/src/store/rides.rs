//! The records of offers and trips, and which cars could be offered something.

use async_trait::async_trait;
use fareway_shared::{
    id::{DriverId, FleetId, OfferId, ReservationId, TripId, VehicleId},
    place::LatLng,
    protocol::car::Duty,
    time::Timestamp,
};
use uuid::Uuid;

use super::{Store, engine::on, rows::unreadable};
use crate::{
    matching::{
        model::{Offer, OfferState},
        ports::{Free, OfferStore},
    },
    store_error::StoreError,
    transition::Listed,
    trip::{
        model::{Trip, TripState},
        ports::TripStore,
    },
};

macro_rules! trip_columns {
    () => {
        "trip.fleet_id, trip.id, trip.vehicle_id, trip.driver_id, trip.reservation_id, trip.state, trip.started_at, \
         trip.arrived_at, trip.boarded_at, trip.ended_at, trip.pin, trip.ended, trip.revision"
    };
}
pub(super) use trip_columns;

macro_rules! offer_columns {
    () => {
        "offer.fleet_id, offer.id, offer.reservation_id, offer.vehicle_id, offer.driver_id, offer.state, \
         offer.pickup_m, offer.pickup_s, offer.reason, offer.sent_at, offer.expires_at, offer.ended_at, \
         offer.revision"
    };
}

const TRIP: &str = concat!("SELECT ", trip_columns!(), " FROM trip WHERE fleet_id = $1 AND id = $2");
const PICKUP_BEFORE: &str = concat!(
    "SELECT ",
    trip_columns!(),
    " FROM trip WHERE fleet_id = $1 AND vehicle_id = $2 AND state IN ('assigned', 'en_route', 'arrived')"
);
const OFFER: &str = concat!("SELECT ", offer_columns!(), " FROM offer WHERE fleet_id = $1 AND id = $2");
const OPEN_OFFERS: &str = concat!(
    "SELECT ",
    offer_columns!(),
    " FROM offer WHERE fleet_id = $1 AND reservation_id = $2 AND state IN ('sent', 'received') ORDER BY sent_at, id"
);
const OFFERS_OF: &str = concat!(
    "SELECT ",
    offer_columns!(),
    " FROM offer WHERE fleet_id = $1 AND reservation_id = $2 ORDER BY sent_at DESC, id DESC LIMIT 100"
);
const REFUSALS: &str = "SELECT offer.reservation_id, offer.vehicle_id FROM offer
                        JOIN reservation ON reservation.fleet_id = offer.fleet_id
                            AND reservation.id = offer.reservation_id
                        WHERE reservation.fleet_id = $1 AND reservation.state = 'waiting'
                            AND offer.state IN ('declined', 'expired') AND offer.ended_at > $2
                        UNION
                        SELECT trip.reservation_id, trip.vehicle_id FROM trip
                        JOIN reservation ON reservation.fleet_id = trip.fleet_id
                            AND reservation.id = trip.reservation_id
                        WHERE reservation.fleet_id = $1 AND reservation.state = 'waiting'
                            AND trip.state = 'cancelled' AND trip.ended_at > $2";
const FREE_CARS: &str = "SELECT id, driver_id, class, seats, wheelchair, duty, home, idle_since FROM vehicle
                         WHERE fleet_id = $1 AND duty IN ('on_shift', 'go_home')
                         AND NOT EXISTS (SELECT 1 FROM offer WHERE offer.fleet_id = vehicle.fleet_id
                             AND offer.vehicle_id = vehicle.id AND offer.state IN ('sent', 'received'))
                         AND NOT EXISTS (SELECT 1 FROM trip WHERE trip.fleet_id = vehicle.fleet_id
                             AND trip.vehicle_id = vehicle.id AND trip.state IN ('assigned', 'en_route', 'arrived'))
                         ORDER BY id";
const DUE_OFFERS: &str = "SELECT fleet_id, id FROM offer WHERE state IN ('sent', 'received') AND expires_at <= $1
                          ORDER BY expires_at, fleet_id, id LIMIT $2";

#[derive(sqlx::FromRow)]
pub(super) struct TripRow {
    fleet_id: Uuid,
    id: Uuid,
    vehicle_id: Uuid,
    driver_id: Option<Uuid>,
    reservation_id: Option<Uuid>,
    state: String,
    started_at: i64,
    arrived_at: Option<i64>,
    boarded_at: Option<i64>,
    ended_at: Option<i64>,
    pin: Option<String>,
    ended: Option<String>,
    revision: i64,
}

impl TripRow {
    pub(super) fn read(self) -> Result<Trip, StoreError> {
        let ended = self.ended.as_deref().map(serde_json::from_str).transpose();
        Ok(Trip {
            fleet: FleetId(self.fleet_id),
            id: TripId(self.id),
            vehicle: VehicleId(self.vehicle_id),
            driver: self.driver_id.map(DriverId),
            reservation: self.reservation_id.map(ReservationId),
            state: TripState::from_word(&self.state).ok_or_else(|| unreadable("trip.state", &self.state))?,
            started_at: Timestamp(self.started_at),
            arrived_at: self.arrived_at.map(Timestamp),
            boarded_at: self.boarded_at.map(Timestamp),
            ended_at: self.ended_at.map(Timestamp),
            pin: self.pin,
            ended: ended.map_err(|error| unreadable("trip.ended", error))?,
            revision: self.revision,
        })
    }
}

#[derive(sqlx::FromRow)]
struct OfferRow {
    fleet_id: Uuid,
    id: Uuid,
    reservation_id: Uuid,
    vehicle_id: Uuid,
    driver_id: Option<Uuid>,
    state: String,
    pickup_m: i64,
    pickup_s: i64,
    reason: String,
    sent_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    revision: i64,
}

impl OfferRow {
    fn read(self) -> Result<Offer, StoreError> {
        let number = |what, value: i64| u32::try_from(value).map_err(|_| unreadable(what, value));
        Ok(Offer {
            fleet: FleetId(self.fleet_id),
            id: OfferId(self.id),
            reservation: ReservationId(self.reservation_id),
            vehicle: VehicleId(self.vehicle_id),
            driver: self.driver_id.map(DriverId),
            state: OfferState::from_word(&self.state).ok_or_else(|| unreadable("offer.state", &self.state))?,
            pickup_m: number("offer.pickup_m", self.pickup_m)?,
            pickup_s: number("offer.pickup_s", self.pickup_s)?,
            reason: serde_json::from_str(&self.reason).map_err(|error| unreadable("offer.reason", error))?,
            sent_at: Timestamp(self.sent_at),
            expires_at: Timestamp(self.expires_at),
            ended_at: self.ended_at.map(Timestamp),
            revision: self.revision,
        })
    }
}

#[derive(sqlx::FromRow)]
struct FreeRow {
    id: Uuid,
    driver_id: Option<Uuid>,
    class: i64,
    seats: i64,
    wheelchair: bool,
    duty: String,
    home: Option<String>,
    idle_since: i64,
}

impl FreeRow {
    fn read(self) -> Result<Free, StoreError> {
        let small = |what, value: i64| u8::try_from(value).map_err(|_| unreadable(what, value));
        let home: Option<LatLng> = self
            .home
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| unreadable("vehicle.home", error))?;
        let duty = match (self.duty.as_str(), home) {
            ("on_shift", _) => Duty::OnShift,
            ("go_home", Some(to)) => Duty::GoHome { to },
            _ => return Err(unreadable("vehicle.duty", self.duty)),
        };
        Ok(Free {
            vehicle: VehicleId(self.id),
            driver: self.driver_id.map(DriverId),
            class: small("vehicle.class", self.class)?,
            seats: small("vehicle.seats", self.seats)?,
            wheelchair: self.wheelchair,
            duty,
            idle_since: Timestamp(self.idle_since),
        })
    }
}

#[async_trait]
impl TripStore for Store {
    async fn trip(&self, fleet: FleetId, trip: TripId) -> Result<Option<Trip>, StoreError> {
        let row: Option<TripRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(TRIP).bind(fleet.0).bind(trip.0).fetch_optional(conn).await)?;
        row.map(TripRow::read).transpose()
    }

    async fn pickup_before(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Trip>, StoreError> {
        let row: Option<TripRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(PICKUP_BEFORE).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
        row.map(TripRow::read).transpose()
    }
}

#[async_trait]
impl OfferStore for Store {
    async fn offer(&self, fleet: FleetId, offer: OfferId) -> Result<Option<Offer>, StoreError> {
        let row: Option<OfferRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(OFFER).bind(fleet.0).bind(offer.0).fetch_optional(conn).await)?;
        row.map(OfferRow::read).transpose()
    }

    async fn open_offers(&self, fleet: FleetId, reservation: ReservationId) -> Result<Vec<Offer>, StoreError> {
        let rows: Vec<OfferRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(OPEN_OFFERS).bind(fleet.0).bind(reservation.0).fetch_all(conn).await)?;
        rows.into_iter().map(OfferRow::read).collect()
    }

    async fn offers_of(&self, fleet: FleetId, reservation: ReservationId) -> Result<Vec<Offer>, StoreError> {
        let rows: Vec<OfferRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(OFFERS_OF).bind(fleet.0).bind(reservation.0).fetch_all(conn).await)?;
        rows.into_iter().map(OfferRow::read).collect()
    }

    async fn refusals(&self, fleet: FleetId, since: Timestamp) -> Result<Vec<(ReservationId, VehicleId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(REFUSALS).bind(fleet.0).bind(since.0).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|(reservation, car)| (ReservationId(reservation), VehicleId(car))).collect())
    }

    async fn free_cars(&self, fleet: FleetId) -> Result<Vec<Free>, StoreError> {
        let rows: Vec<FreeRow> = on!(self.engine.reads(), conn =>
            sqlx::query_as(FREE_CARS).bind(fleet.0).fetch_all(conn).await)?;
        rows.into_iter().map(FreeRow::read).collect()
    }

    async fn due_offers(&self, now: Timestamp, limit: u32) -> Result<Vec<(FleetId, OfferId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = on!(self.engine.reads(), conn =>
            sqlx::query_as(DUE_OFFERS).bind(now.0).bind(i64::from(limit)).fetch_all(conn).await)?;
        Ok(rows.into_iter().map(|(fleet, id)| (FleetId(fleet), OfferId(id))).collect())
    }
}
