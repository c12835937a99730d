//! The records of trips.

use async_trait::async_trait;
use fareway_shared::id::{FleetId, TripId, VehicleId};

use super::model::Trip;
use crate::store_error::StoreError;

/// Implemented by the store.
#[async_trait]
pub trait TripStore: Send + Sync {
    /// A trip.
    async fn trip(&self, fleet: FleetId, trip: TripId) -> Result<Option<Trip>, StoreError>;

    /// The reserved trip whose passenger a car is to pick up, if it has one.
    async fn pickup_before(&self, fleet: FleetId, vehicle: VehicleId) -> Result<Option<Trip>, StoreError>;
}
