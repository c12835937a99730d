//! What can go wrong with the vehicle index, in sentences. Raised by the writer and the readers; a lost race between
//! them is never an error.

use super::profile::VehicleNo;

/// Why the writer refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The index was asked to hold no car, or more than it can number.
    #[error("an index for {asked} vehicles cannot be made: ask for 1 to {max}")]
    Capacity {
        /// What was asked for.
        asked: u32,
        /// The most there can be.
        max: u32,
    },
    /// The number is past the capacity the index was made with.
    #[error("vehicle {no} is past the index's capacity of {capacity}: number vehicles from 0, or make a larger index")]
    NumberTooLarge {
        /// The number as given.
        no: VehicleNo,
        /// Numbers run from 0 to one less than this.
        capacity: u32,
    },
    /// An insert of a car that is there already.
    #[error("vehicle {no} is in the index already: move it, or remove it first")]
    AlreadyThere {
        /// The car.
        no: VehicleNo,
    },
    /// A move, change or removal of a car that is not there.
    #[error("vehicle {no} is not in the index: insert it first")]
    NotThere {
        /// The car.
        no: VehicleNo,
    },
    /// More cells are crowded than the memory that its capacity allows has room for; nothing was changed.
    #[error("the index is out of room for its cells: make one of a larger capacity")]
    OutOfRoom,
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// k = 0.
    #[error("the nearest 0 vehicles were asked for: ask for at least 1")]
    NoneWanted,
    /// A radius that is negative or not a number.
    #[error("{radius_m} m is not a radius: give metres, 0 or more")]
    NotARadius {
        /// The radius as given.
        radius_m: f64,
    },
}
