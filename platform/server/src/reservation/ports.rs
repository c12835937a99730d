//! The records of reservations. What changes them is committed with everything else it changes (`payment/ports.rs`).

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, ReservationId},
    time::Timestamp,
};

use super::model::{Contact, Reservation};
use crate::store_error::StoreError;

/// Implemented by the store.
#[async_trait]
pub trait ReservationStore: Send + Sync {
    /// A reservation.
    async fn reservation(&self, fleet: FleetId, reservation: ReservationId) -> Result<Option<Reservation>, StoreError>;

    /// The reservation that a contact made under its own id.
    async fn reservation_keyed(
        &self,
        fleet: FleetId,
        contact: &Contact,
        client_key: &str,
    ) -> Result<Option<Reservation>, StoreError>;

    /// How many reservations of a contact are not over.
    async fn open_reservations(&self, fleet: FleetId, contact: &Contact) -> Result<u32, StoreError>;

    /// Those that wait for a car with no offer out, the oldest first, at most `limit`.
    async fn waiting(&self, fleet: FleetId, limit: u32) -> Result<Vec<Reservation>, StoreError>;

    /// Those whose time has come: scheduled ones to release, waiting ones to give up; at most `limit`.
    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Result<Vec<(FleetId, ReservationId)>, StoreError>;

    /// Fleets that have a reservation waiting.
    async fn fleets_waiting(&self) -> Result<Vec<FleetId>, StoreError>;
}
