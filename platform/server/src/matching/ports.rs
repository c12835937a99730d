//! The records of offers, and what a batch must know of cars.

use async_trait::async_trait;
use fareway_shared::{
    id::{DriverId, FleetId, OfferId, ReservationId, VehicleId},
    protocol::car::Duty,
    time::Timestamp,
};

use super::model::Offer;
use crate::store_error::StoreError;

/// A car that is on duty and has neither an offer nor a trip, as the rows have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Free {
    /// The car.
    pub vehicle: VehicleId,
    /// Who drives it.
    pub driver: Option<DriverId>,
    /// The fleet's class of it.
    pub class: u8,
    /// Seats for passengers.
    pub seats: u8,
    /// Whether it takes a wheelchair.
    pub wheelchair: bool,
    /// On shift, or going home.
    pub duty: Duty,
    /// When it last had an offer or a trip, or came on shift.
    pub idle_since: Timestamp,
}

/// Implemented by the store.
#[async_trait]
pub trait OfferStore: Send + Sync {
    /// An offer.
    async fn offer(&self, fleet: FleetId, offer: OfferId) -> Result<Option<Offer>, StoreError>;

    /// Offers of a reservation that still wait for an answer.
    async fn open_offers(&self, fleet: FleetId, reservation: ReservationId) -> Result<Vec<Offer>, StoreError>;

    /// All offers of a reservation, the latest first: who was asked, what they said, and why they were asked.
    async fn offers_of(&self, fleet: FleetId, reservation: ReservationId) -> Result<Vec<Offer>, StoreError>;

    /// Pairs of reservations that still wait and cars that have said no to them, or nothing, or gave them up, after `since`.
    async fn refusals(&self, fleet: FleetId, since: Timestamp) -> Result<Vec<(ReservationId, VehicleId)>, StoreError>;

    /// Cars of a fleet that could be offered something.
    async fn free_cars(&self, fleet: FleetId) -> Result<Vec<Free>, StoreError>;

    /// Open offers whose time is over, at most `limit`.
    async fn due_offers(&self, now: Timestamp, limit: u32) -> Result<Vec<(FleetId, OfferId)>, StoreError>;
}
