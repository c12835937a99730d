//! The records of trips.

use async_trait::async_trait;
use fareway_shared::id::{FleetId, TripId};

use super::model::Trip;
use crate::store_error::StoreError;

/// Implemented by the store.
#[async_trait]
pub trait TripStore: Send + Sync {
    /// A trip.
    async fn trip(&self, fleet: FleetId, trip: TripId) -> Result<Option<Trip>, StoreError>;
}
