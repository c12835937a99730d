//! The part of the desk in memory that is about reservations.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, QuoteId, ReservationId, VehicleId},
    place::LatLng,
    ride::Stop,
    time::Timestamp,
};

use super::desk::Desk;
use crate::{
    console::ride_ports::{
        CarRow, NoQuote, PhoneBooking, PhoneQuote, QuoteRow, ReservationDetail, ReservationRow, RideDesk,
    },
    matching::{error::HandError, model::UNDO},
    reservation::error::ReservationError,
    store_error::StoreError,
    tariff::error::TariffError,
};

impl Desk {
    /// A reservation that waits.
    pub(super) fn reserve(&self, fleet: FleetId) -> ReservationId {
        let id = ReservationId(uuid::Uuid::now_v7());
        let row = ReservationRow {
            id,
            state: "waiting".into(),
            pickup: Stop { place: LatLng::new(31.33, 120.607).unwrap(), words: "苏州站北广场".into() },
            dropoff: None,
            pickup_at: None,
            passenger: "李女士".into(),
            contact: "…0001".into(),
            note: String::new(),
            seats: 1,
            class: None,
            wheelchair: false,
            requested_at: Timestamp::from_seconds(1_800_000_000),
            due_at: None,
            refusals: 0,
            plate: None,
            trip: None,
            ended: None,
        };
        self.reservations.lock().unwrap().push((fleet, row));
        self.changes.send_modify(|count| *count += 1);
        id
    }

    fn row(&self, fleet: FleetId, reservation: ReservationId) -> Option<ReservationRow> {
        let rows = self.reservations.lock().unwrap();
        rows.iter().find(|(owner, row)| *owner == fleet && row.id == reservation).map(|(_, row)| row.clone())
    }
}

#[async_trait]
impl RideDesk for Desk {
    async fn reservations(&self, fleet: FleetId) -> Result<Vec<ReservationRow>, StoreError> {
        let rows = self.reservations.lock().unwrap();
        Ok(rows.iter().filter(|(owner, _)| *owner == fleet).map(|(_, row)| row.clone()).collect())
    }

    async fn explained(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<ReservationDetail, ReservationError> {
        let row = self.row(fleet, reservation).ok_or(ReservationError::Unknown)?;
        Ok(ReservationDetail { row, offers: vec![], undo_until: None })
    }

    async fn book_by_phone(
        &self,
        fleet: FleetId,
        booking: PhoneBooking,
        key: &str,
        _: Timestamp,
    ) -> Result<ReservationId, ReservationError> {
        if let Some(error) = self.no_booking.lock().unwrap().take() {
            return Err(error);
        }
        let (words, local) = (&booking.pickup.words, &booking.pickup_local);
        self.ask(fleet, format!("book {key} {words} {local:?} {} {}", booking.phone, booking.seats));
        Ok(self.reserve(fleet))
    }

    async fn quote_by_phone(&self, fleet: FleetId, asked: PhoneQuote, _: Timestamp) -> Result<QuoteRow, NoQuote> {
        self.ask(fleet, format!("quote {:?} {:?}", asked.pickup_local, asked.class));
        if asked.class == Some(15) {
            return Err(TariffError::NoneInForce.into());
        }
        let id = QuoteId(uuid::Uuid::nil());
        Ok(QuoteRow { id, total: "¥32.00".to_owned(), fixed: false, road_m: 6_700, road_s: 1_020, lines: vec![] })
    }

    async fn cancel_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        reason: &str,
        _: Timestamp,
    ) -> Result<(), ReservationError> {
        self.row(fleet, reservation).ok_or(ReservationError::Unknown)?;
        self.ask(fleet, format!("cancel {reason}"));
        Ok(())
    }

    async fn assign_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        vehicle: VehicleId,
        now: Timestamp,
    ) -> Result<Timestamp, HandError> {
        self.row(fleet, reservation).ok_or(HandError::UnknownReservation)?;
        if let Some(error) = self.no_hand.lock().unwrap().take() {
            return Err(error);
        }
        let vehicles = self.vehicles.lock().unwrap();
        vehicles.iter().find(|(owner, row)| *owner == fleet && row.id == vehicle).ok_or(HandError::UnknownCar)?;
        self.ask(fleet, "assign".into());
        Ok(now.after(UNDO))
    }

    async fn unassign(&self, fleet: FleetId, reservation: ReservationId, _: Timestamp) -> Result<(), HandError> {
        self.row(fleet, reservation).ok_or(HandError::UnknownReservation)?;
        if let Some(error) = self.no_hand.lock().unwrap().take() {
            return Err(error);
        }
        self.ask(fleet, "unassign".into());
        Ok(())
    }

    async fn cars(&self, fleet: FleetId) -> Result<Vec<CarRow>, StoreError> {
        let vehicles = self.vehicles.lock().unwrap();
        let of_fleet = vehicles.iter().filter(|(owner, _)| *owner == fleet);
        let car = |id, plate: &String| CarRow {
            id,
            plate: plate.clone(),
            driver: None,
            place: LatLng::new(31.33, 120.607).ok(),
            placed_at: Some(Timestamp::from_seconds(1_800_000_000)),
            heading_deg: None,
            online: true,
            duty: "on_shift".into(),
            meter: "vacant".into(),
            class: 0,
            seats: 4,
            wheelchair: false,
            offered: None,
            trip: None,
            free: true,
        };
        Ok(of_fleet.map(|(_, row)| car(row.id, &row.plate)).collect())
    }
}
