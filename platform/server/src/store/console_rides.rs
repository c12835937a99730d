//! What the console reads of reservations and of what cars do. Places, links and meters are filled in by the caller.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, ReservationId, TripId, VehicleId},
    time::Timestamp,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Store,
    engine::on,
    reservation::{Row, reservation_columns},
    rows::unreadable,
};
use crate::{
    console::ride_ports::{CarRow, CarTrip, ReservationRow, RideRead},
    store_error::StoreError,
};

macro_rules! with_car {
    () => {
        concat!(
            "SELECT ",
            reservation_columns!(),
            ", vehicle.plate, trip.state AS trip_state FROM reservation
             LEFT JOIN trip ON trip.fleet_id = reservation.fleet_id AND trip.id = reservation.trip_id
             LEFT JOIN vehicle ON vehicle.fleet_id = trip.fleet_id AND vehicle.id = trip.vehicle_id
             WHERE reservation.fleet_id = $1 "
        )
    };
}

const ONE: &str = concat!(with_car!(), "AND reservation.id = $2");
// Who needs a car comes before who has one, and before those whose time has not come.
const OPEN: &str = concat!(
    with_car!(),
    "AND reservation.state IN ('scheduled', 'waiting', 'offered', 'assigned')
     ORDER BY CASE reservation.state WHEN 'waiting' THEN 0 WHEN 'offered' THEN 1 WHEN 'assigned' THEN 2 ELSE 3 END,
         COALESCE(reservation.due_at, reservation.requested_at), reservation.id LIMIT 500"
);
const ENDED: &str = concat!(
    with_car!(),
    "AND reservation.state NOT IN ('scheduled', 'waiting', 'offered', 'assigned')
     ORDER BY reservation.requested_at DESC, reservation.id LIMIT 100"
);

macro_rules! car_columns {
    () => {
        "SELECT vehicle.id, vehicle.plate, driver.name AS driver, vehicle.duty, vehicle.class, vehicle.seats,
             vehicle.wheelchair, offer.reservation_id AS offered, trip.id AS trip_id, trip.state AS trip_state,
             trip.reservation_id
         FROM vehicle
         LEFT JOIN driver ON driver.fleet_id = vehicle.fleet_id AND driver.id = vehicle.driver_id
         LEFT JOIN offer ON offer.fleet_id = vehicle.fleet_id AND offer.vehicle_id = vehicle.id
             AND offer.state IN ('sent', 'received')
         LEFT JOIN trip ON trip.fleet_id = vehicle.fleet_id AND trip.vehicle_id = vehicle.id
             AND trip.state IN ('assigned', 'en_route', 'arrived', 'on_board')
         WHERE vehicle.fleet_id = $1 "
    };
}

// A car whose earlier hire never ended may have two; what it does for a reservation counts first.
const CARS: &str = concat!(
    car_columns!(),
    "ORDER BY vehicle.plate, CASE WHEN trip.reservation_id IS NULL THEN 1 ELSE 0 END, trip.started_at DESC LIMIT 10000"
);
const CAR: &str = concat!(
    car_columns!(),
    "AND vehicle.id = $2
     ORDER BY CASE WHEN trip.reservation_id IS NULL THEN 1 ELSE 0 END, trip.started_at DESC LIMIT 1"
);

#[derive(FromRow)]
struct WithCar {
    #[sqlx(flatten)]
    row: Row,
    plate: Option<String>,
    trip_state: Option<String>,
}

impl WithCar {
    fn read(self) -> Result<ReservationRow, StoreError> {
        let row = ReservationRow::from(self.row.read()?);
        Ok(ReservationRow { plate: self.plate, trip: self.trip_state, ..row })
    }
}

#[derive(FromRow)]
struct CarRead {
    id: Uuid,
    plate: String,
    driver: Option<String>,
    duty: String,
    class: i64,
    seats: i64,
    wheelchair: bool,
    offered: Option<Uuid>,
    trip_id: Option<Uuid>,
    trip_state: Option<String>,
    reservation_id: Option<Uuid>,
}

impl CarRead {
    fn read(self) -> Result<CarRow, StoreError> {
        let small = |what, value: i64| u8::try_from(value).map_err(|_| unreadable(what, value));
        let reservation = self.reservation_id.map(ReservationId);
        let trip = self.trip_id.zip(self.trip_state);
        Ok(CarRow {
            id: VehicleId(self.id),
            plate: self.plate,
            driver: self.driver,
            place: None,
            placed_at: None::<Timestamp>,
            heading_deg: None,
            online: false,
            duty: self.duty,
            meter: "unknown".to_owned(),
            class: small("vehicle.class", self.class)?,
            seats: small("vehicle.seats", self.seats)?,
            wheelchair: self.wheelchair,
            offered: self.offered.map(ReservationId),
            trip: trip.map(|(id, state)| CarTrip { id: TripId(id), state, reservation }),
            free: false,
        })
    }
}

#[async_trait]
impl RideRead for Store {
    async fn reservation_rows(&self, fleet: FleetId) -> Result<Vec<ReservationRow>, StoreError> {
        let mut rows: Vec<WithCar> = on!(self.engine.reads(), conn =>
            sqlx::query_as(OPEN).bind(fleet.0).fetch_all(conn).await)?;
        let ended: Vec<WithCar> = on!(self.engine.reads(), conn =>
            sqlx::query_as(ENDED).bind(fleet.0).fetch_all(conn).await)?;
        rows.extend(ended);
        rows.into_iter().map(WithCar::read).collect()
    }

    async fn reservation_row(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<Option<ReservationRow>, StoreError> {
        let row: Option<WithCar> = on!(self.engine.reads(), conn =>
            sqlx::query_as(ONE).bind(fleet.0).bind(reservation.0).fetch_optional(conn).await)?;
        row.map(WithCar::read).transpose()
    }

    async fn car_rows(&self, fleet: FleetId) -> Result<Vec<CarRow>, StoreError> {
        let mut rows: Vec<CarRead> = on!(self.engine.reads(), conn =>
            sqlx::query_as(CARS).bind(fleet.0).fetch_all(conn).await)?;
        rows.dedup_by_key(|row| row.id);
        rows.into_iter().map(CarRead::read).collect()
    }

    async fn car_row(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<CarRow>, StoreError> {
        let row: Option<CarRead> = on!(self.engine.reads(), conn =>
            sqlx::query_as(CAR).bind(fleet.0).bind(vehicle.0).fetch_optional(conn).await)?;
        row.map(CarRead::read).transpose()
    }
}
