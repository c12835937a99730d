//! What this slice needs from the store.

use async_trait::async_trait;
use fareway_shared::{
    id::{FleetId, QuoteId, TariffId},
    time::Timestamp,
};

use crate::{
    store_error::StoreError,
    tariff::model::{StoredQuote, TariffVersion},
};

/// Published tariffs and given quotes. Both are only ever added.
#[async_trait]
pub trait TariffStore: Send + Sync {
    /// Adds a published tariff; `Conflict` if the fleet has its id or its number already.
    async fn add_tariff(&self, version: &TariffVersion) -> Result<(), StoreError>;

    /// The tariff that a fleet published last.
    async fn last_tariff(&self, fleet: FleetId) -> Result<Option<TariffVersion>, StoreError>;

    /// The tariff in force for a fleet at an instant: the one that began last; of those that began at once, the one
    /// published last.
    async fn tariff_in_force(&self, fleet: FleetId, at: Timestamp) -> Result<Option<TariffVersion>, StoreError>;

    /// A fleet's tariff by its id.
    async fn tariff(&self, fleet: FleetId, tariff: TariffId) -> Result<Option<TariffVersion>, StoreError>;

    /// Adds a given quote; `Conflict` if the fleet has its id already.
    async fn add_quote(&self, quote: &StoredQuote) -> Result<(), StoreError>;

    /// A fleet's quote by its id.
    async fn stored_quote(&self, fleet: FleetId, quote: QuoteId) -> Result<Option<StoredQuote>, StoreError>;
}
