//! What can go wrong with a reservation.

use super::model::{ReservationEvent, ReservationState};
use crate::{store_error::StoreError, tariff::model::LocalTimeError, transition::Refused};

/// Why a booking is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookingError {
    /// A text is too long or has control characters.
    #[error("`{0}` is too long or has characters that cannot be shown")]
    Text(&'static str),
    /// No car of the fleet takes so many.
    #[error("{asked} cannot ride in one car of this fleet; 1 to {most} can")]
    Seats {
        /// As asked.
        asked: u8,
        /// Seats of the largest car.
        most: u8,
    },
    /// The time is over.
    #[error("the time of the pick-up is in the past")]
    Past,
    /// Nobody plans so far.
    #[error("the time of the pick-up is too far ahead")]
    TooFarAhead,
    /// By the clocks of the fleet's town it is no instant.
    #[error(transparent)]
    LocalTime(#[from] LocalTimeError),
    /// Not a phone's number.
    #[error("that is not a phone number: 5 to 15 digits, with a + before a country's code")]
    Phone,
    /// No such class of cars.
    #[error("there is no class {0} of cars")]
    Class(u8),
}

/// Why a booking's quote does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteProblem {
    /// It was never given, or its rows were changed.
    #[error("there is no such quote; ask for a new one")]
    Unknown,
    /// It was given too long ago.
    #[error("the quote is more than 30 minutes old; ask for a new one")]
    Old,
    /// It is for another way.
    #[error("the quote is for another pick-up or drop-off; ask for a new one")]
    OtherJourney,
}

/// What can go wrong in this slice.
#[derive(Debug, thiserror::Error)]
pub enum ReservationError {
    /// The booking itself.
    #[error(transparent)]
    Booking(#[from] BookingError),
    /// The quote it names.
    #[error(transparent)]
    Quote(#[from] QuoteProblem),
    /// The same client id came with another content.
    #[error("this id was used for another booking already")]
    KeyReused,
    /// This contact has as many open reservations as are allowed.
    #[error("there are {0} open reservations for this contact; no more are taken")]
    TooMany(u32),
    /// The passenger rides already.
    #[error("the passenger is on board; there is nothing to cancel")]
    OnBoard,
    /// No such reservation in this fleet, or not this contact's.
    #[error("there is no such reservation")]
    Unknown,
    /// The table.
    #[error(transparent)]
    Refused(#[from] Refused<ReservationState, ReservationEvent>),
    /// The database.
    #[error("the reservations could not be read or written")]
    Store(#[from] StoreError),
}
