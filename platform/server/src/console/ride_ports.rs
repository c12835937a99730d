//! What the console shows of reservations and of cars on the map, and what a dispatcher does with them. [`RideRead`] is
//! implemented by the store, [`RideDesk`] by the workflow; both are part of the console's ports.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, OfferId, QuoteId, ReservationId, TripId, VehicleId},
    place::LatLng,
    ride::Stop,
    time::Timestamp,
};
use serde::Serialize;

use crate::{
    matching::{error::HandError, model::Reason},
    reservation::{
        error::ReservationError,
        model::{Ended, Reservation},
    },
    store_error::StoreError,
    tariff::{error::TariffError, model::LocalTimeError},
};

/// A reservation as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReservationRow {
    /// The reservation.
    pub id: ReservationId,
    /// The word of its state.
    pub state: String,
    /// Where the passenger waits.
    pub pickup: Stop,
    /// Where to, if told.
    pub dropoff: Option<Stop>,
    /// When; `None` is as soon as possible.
    pub pickup_at: Option<Timestamp>,
    /// The name to ask for.
    pub passenger: String,
    /// Who booked: the last four characters.
    pub contact: String,
    /// For the driver.
    pub note: String,
    /// How many ride.
    pub seats: u8,
    /// The class of cars asked for.
    pub class: Option<u8>,
    /// Whether a wheelchair comes along.
    pub wheelchair: bool,
    /// When it was made.
    pub requested_at: Timestamp,
    /// A car is looked for from then on while it is scheduled, until then while it waits.
    pub due_at: Option<Timestamp>,
    /// How many drivers have declined or not answered.
    pub refusals: u32,
    /// The plate of its car, if it has one.
    pub plate: Option<String>,
    /// The word of its trip's state, if it has one.
    pub trip: Option<String>,
    /// Who ended it, and why.
    pub ended: Option<Ended>,
}

impl From<Reservation> for ReservationRow {
    /// Without its car.
    fn from(reservation: Reservation) -> Self {
        use crate::transition::Listed;
        let booking = reservation.booking;
        Self {
            id: reservation.id,
            state: reservation.state.word().to_owned(),
            contact: booking.contact.tail(),
            pickup: booking.pickup,
            dropoff: booking.dropoff,
            pickup_at: booking.pickup_at,
            passenger: booking.passenger,
            note: booking.note,
            seats: booking.seats,
            class: booking.class,
            wheelchair: booking.wheelchair,
            requested_at: reservation.requested_at,
            due_at: reservation.due_at,
            refusals: reservation.refusals,
            plate: None,
            trip: None,
            ended: reservation.ended,
        }
    }
}

/// An offer as the console explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferRow {
    /// The offer.
    pub id: OfferId,
    /// The word of its state.
    pub state: String,
    /// The car's plate.
    pub plate: String,
    /// How far the pick-up was, metres of road.
    pub pickup_m: u32,
    /// How long the car needed to it, seconds.
    pub pickup_s: u32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// The answer counted until then.
    pub expires_at: Timestamp,
    /// When it was answered, or ended otherwise.
    pub ended_at: Option<Timestamp>,
    /// Why this car, in numbers.
    pub reason: Reason,
    /// Why this car, Chinese.
    pub zh: String,
    /// Why this car, English.
    pub en: String,
}

/// A reservation with everybody who was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReservationDetail {
    /// The reservation.
    #[serde(flatten)]
    pub row: ReservationRow,
    /// Its offers, the latest first; at most 100.
    pub offers: Vec<OfferRow>,
    /// Until when an assignment by hand may be taken back, if there is one.
    pub undo_until: Option<Timestamp>,
}

/// What a car does now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CarTrip {
    /// The trip.
    pub id: TripId,
    /// The word of its state: `assigned`, `en_route`, `arrived`, `on_board`.
    pub state: String,
    /// What it serves; none for a street hail.
    pub reservation: Option<ReservationId>,
}

/// A car as the map shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CarRow {
    /// The car.
    pub id: VehicleId,
    /// Its plate.
    pub plate: String,
    /// Its driver's name.
    pub driver: Option<String>,
    /// Where it was last, if that is known.
    pub place: Option<LatLng>,
    /// When that was measured.
    pub placed_at: Option<Timestamp>,
    /// Where it was heading, degrees clockwise from north.
    pub heading_deg: Option<f32>,
    /// Whether its link is up.
    pub online: bool,
    /// `off_shift`, `on_shift`, `paused`, `last_job`, `go_home`.
    pub duty: String,
    /// The meter's position, as on the board.
    pub meter: String,
    /// The fleet's class of it.
    pub class: u8,
    /// Seats for passengers.
    pub seats: u8,
    /// Whether it takes a wheelchair.
    pub wheelchair: bool,
    /// What it is offered just now.
    pub offered: Option<ReservationId>,
    /// What it does now.
    pub trip: Option<CarTrip>,
    /// Whether a reservation can be given to it by hand now.
    pub free: bool,
}

/// A booking as it comes over the phone, places checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneBooking {
    /// Where the passenger waits.
    pub pickup: Stop,
    /// Where to, if told.
    pub dropoff: Option<Stop>,
    /// When, by the clocks of the fleet's town, as `2026-11-22T08:30`; `None` is now.
    pub pickup_local: Option<String>,
    /// The name to ask for.
    pub passenger: String,
    /// The caller's number as told.
    pub phone: String,
    /// For the driver.
    pub note: String,
    /// How many ride.
    pub seats: u8,
    /// The fleet's class of cars; `None` is any.
    pub class: Option<u8>,
    /// Whether a wheelchair comes along.
    pub wheelchair: bool,
    /// The quote that was told to the caller.
    pub quote: Option<QuoteId>,
}

/// What a caller asks the price of.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoneQuote {
    /// Where the passenger waits.
    pub pickup: LatLng,
    /// Where to.
    pub dropoff: LatLng,
    /// As in [`PhoneBooking`].
    pub pickup_local: Option<String>,
    /// The fleet's class of cars: so many places after the first of the tariff's classes; `None` is the first.
    pub class: Option<u8>,
}

/// A price to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuoteRow {
    /// To book with.
    pub id: QuoteId,
    /// Decimal text with the currency's sign.
    pub total: String,
    /// The price is this, whatever the meter shows; otherwise the meter decides.
    pub fixed: bool,
    /// Metres by road.
    pub road_m: u32,
    /// Seconds by road.
    pub road_s: u32,
    /// What it is made of.
    pub lines: Vec<QuoteLineRow>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuoteLineRow {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Decimal text with the currency's sign.
    pub amount: String,
}

/// Why there is no price to tell.
#[derive(Debug, thiserror::Error)]
pub enum NoQuote {
    /// The local time.
    #[error(transparent)]
    LocalTime(#[from] LocalTimeError),
    /// The tariff.
    #[error(transparent)]
    Tariff(#[from] TariffError),
    /// The database, or the fleet's settings.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a dispatcher sees of reservations and does with them.
#[async_trait]
pub trait RideDesk: Send + Sync {
    /// Reservations: open ones first, then the latest that ended.
    async fn reservations(&self, fleet: FleetId) -> Result<Vec<ReservationRow>, StoreError>;

    /// One reservation with its offers, and why each was made.
    async fn explained(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<ReservationDetail, ReservationError>;

    /// Books for a caller. The same key with the same content is the same reservation.
    async fn book_by_phone(
        &self,
        fleet: FleetId,
        booking: PhoneBooking,
        key: &str,
        now: Timestamp,
    ) -> Result<ReservationId, ReservationError>;

    /// A price to tell a caller; kept, so that a booking can name it.
    async fn quote_by_phone(&self, fleet: FleetId, asked: PhoneQuote, now: Timestamp) -> Result<QuoteRow, NoQuote>;

    /// Takes a reservation back for its passenger.
    async fn cancel_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), ReservationError>;

    /// Gives a reservation to a car. Answers until when that can be taken back.
    async fn assign_by_hand(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
        vehicle: VehicleId,
        now: Timestamp,
    ) -> Result<Timestamp, HandError>;

    /// Takes back what was given to a car by hand a moment ago.
    async fn unassign(&self, fleet: FleetId, reservation: ReservationId, now: Timestamp) -> Result<(), HandError>;

    /// All cars, by plate.
    async fn cars(&self, fleet: FleetId) -> Result<Vec<CarRow>, StoreError>;
}

/// What the console reads of reservations and cars, without what only memory knows.
#[async_trait]
pub trait RideRead: Send + Sync {
    /// Open reservations, those that need a car first, at most 500; then the latest 100 that ended.
    async fn reservation_rows(&self, fleet: FleetId) -> Result<Vec<ReservationRow>, StoreError>;

    /// One reservation.
    async fn reservation_row(
        &self,
        fleet: FleetId,
        reservation: ReservationId,
    ) -> Result<Option<ReservationRow>, StoreError>;

    /// The stored part of all cars, by plate: place, link, meter and `free` are filled in by the caller.
    async fn car_rows(&self, fleet: FleetId) -> Result<Vec<CarRow>, StoreError>;

    /// The stored part of one car.
    async fn car_row(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<CarRow>, StoreError>;
}
