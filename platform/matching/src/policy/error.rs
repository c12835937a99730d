//! Why the policy refuses to decide. Returned by [`super::decide`].

use fareway_shared::place::NotAPlace;

/// What is wrong with a snapshot or with the limits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A number that must be finite and not negative is not.
    #[error("`{field}` is {value}: give a finite number that is not negative")]
    NotANumber {
        /// Which one.
        field: &'static str,
        /// As given.
        value: f64,
    },
    /// A speed or detour of nothing.
    #[error("`{field}` is {value}: give a finite number above zero")]
    NotPositive {
        /// Which one.
        field: &'static str,
        /// As given.
        value: f64,
    },
    /// A request is nowhere.
    #[error("request {id} is nowhere")]
    RequestPlace {
        /// Whose pick-up.
        id: u64,
        /// Why.
        source: NotAPlace,
    },
    /// A vehicle is nowhere.
    #[error("vehicle {id} is nowhere")]
    VehiclePlace {
        /// Which one.
        id: u64,
        /// Why.
        source: NotAPlace,
    },
    /// A request is listed twice.
    #[error("request {0} is listed twice: list each once")]
    RequestTwice(u64),
    /// A vehicle is listed twice.
    #[error("vehicle {0} is listed twice: list each once")]
    VehicleTwice(u64),
    /// A promise names a vehicle that is not listed.
    #[error("request {request} is promised vehicle {vehicle}, which is not listed: list the whole fleet")]
    UnknownVehicle {
        /// To whom it is promised.
        request: u64,
        /// The vehicle.
        vehicle: u64,
    },
    /// A vehicle is promised twice.
    #[error("vehicle {0} is promised to two requests: it can have one")]
    PromisedTwice(u64),
    /// A vehicle drives to a request that does not name it.
    #[error("vehicle {vehicle} drives to request {request}, which does not have it: list both sides of a promise")]
    OneSidedPromise {
        /// The vehicle.
        vehicle: u64,
        /// The request it drives to.
        request: u64,
    },
    /// No candidates allowed.
    #[error("`near` is 0: let each request look at one vehicle at least")]
    NoCandidates,
    /// The clock went back.
    #[error("the snapshot is of {at_s} s, the last was of {last_s} s: give snapshots in order")]
    ClockWentBack {
        /// Of this snapshot.
        at_s: f64,
        /// Of the last.
        last_s: f64,
    },
}
