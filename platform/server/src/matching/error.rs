//! What can go wrong with an offer.

use super::model::{OfferEvent, OfferState};
use crate::{store_error::StoreError, transition::Refused};

/// What can go wrong in this slice.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// No such offer to this car.
    #[error("there is no such offer to this car")]
    Unknown,
    /// The table.
    #[error(transparent)]
    Refused(#[from] Refused<OfferState, OfferEvent>),
    /// The answer came after the end.
    #[error("the offer ran out before it was answered")]
    Late,
    /// The database.
    #[error("the offers could not be read or written")]
    Store(#[from] StoreError),
}
