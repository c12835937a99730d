//! What can go wrong with a trip.

use super::model::{TripEvent, TripState};
use crate::transition::Refused;

/// What can go wrong in this slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TripError {
    /// The table.
    #[error(transparent)]
    Refused(#[from] Refused<TripState, TripEvent>),
    /// The passenger's number is another.
    #[error("that is not the passenger's number")]
    Pin,
}
