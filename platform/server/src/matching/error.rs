//! What can go wrong with an offer.

use super::model::{OfferEvent, OfferState};
use crate::reservation::model::ReservationState;
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

/// Why a dispatcher's hand is not followed.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// No such reservation in this fleet.
    #[error("there is no such reservation")]
    UnknownReservation,
    /// No such car in this fleet.
    #[error("there is no such car in this fleet")]
    UnknownCar,
    /// The reservation has a car already, or is over.
    #[error("a reservation that is {0:?} is not given to a car")]
    NotOpen(ReservationState),
    /// It is for much later, and a car that is given it has no other ride before it.
    #[error("a ride is given by hand at most {hours} h ahead")]
    TooEarly {
        /// So long before the pick-up it may be given.
        hours: u64,
    },
    /// The car has an offer, a trip or a passenger.
    #[error("{0} is busy")]
    Busy(String),
    /// Its driver takes no rides.
    #[error("the driver of {0} is off shift, on a break or on the last job")]
    OffDuty(String),
    /// Nobody can tell it.
    #[error("{0} is not linked")]
    Unlinked(String),
    /// It has too few seats.
    #[error("{plate} has {seats} seats")]
    Seats {
        /// The car.
        plate: String,
        /// For passengers.
        seats: u8,
    },
    /// It takes no wheelchair.
    #[error("{0} takes no wheelchair")]
    Wheelchair(String),
    /// The reservation's car was not given by hand.
    #[error("the reservation has no car that was given by hand")]
    NotByHand,
    /// Too late to take it back.
    #[error("the time to take it back is over")]
    UndoOver,
    /// The passenger rides already.
    #[error("the passenger is on board")]
    OnBoard,
    /// The database.
    #[error("the reservations could not be read or written")]
    Store(#[from] StoreError),
}
