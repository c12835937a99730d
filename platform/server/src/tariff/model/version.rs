//! Tariffs as they were published, and quotes as they were given: kept for good, never changed.

use fareway_shared::{
    id::{FleetId, QuoteId},
    time::Timestamp,
};

use super::{quote::Quote, tariff::Tariff};

/// A tariff as a fleet published it.
#[derive(Clone, Debug, PartialEq)]
pub struct TariffVersion {
    /// The fleet.
    pub fleet: FleetId,
    /// 1 for the fleet's first, and so on without a gap.
    pub number: u32,
    /// The operator's own text, comments included.
    pub text: String,
    /// What it says.
    pub tariff: Tariff,
    /// When it was published.
    pub published_at: Timestamp,
}

/// A quote as a fleet gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredQuote {
    /// The fleet.
    pub fleet: FleetId,
    /// The quote.
    pub id: QuoteId,
    /// What it says.
    pub quote: Quote,
    /// When it was given.
    pub quoted_at: Timestamp,
}
