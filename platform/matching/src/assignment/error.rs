//! Why an instance cannot be solved as given. Returned by every entry of [`super`].

/// The highest cost of a pair and of staying unmatched that is taken: sums along a path must stay exact.
pub const COST_MAX: u32 = (1 << 29) - 1;
/// The most requests, and the most vehicles, that are taken.
pub const SIDE_MAX: usize = 1 << 24;

/// What is wrong with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// There is nobody to serve.
    #[error("there is no request to match: give at least one")]
    NoRequests,
    /// There is nobody to serve them.
    #[error("there is no vehicle to match: give at least one")]
    NoVehicles,
    /// A side is too long.
    #[error("{count} on one side is more than {SIDE_MAX}: split the instance by region")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A cost is too high for sums to stay exact.
    #[error("a cost of {cost} is more than {COST_MAX}: use a coarser unit, or leave the pair out")]
    TooDear {
        /// The cost as given.
        cost: u32,
    },
    /// An edge names a request that is not there.
    #[error("an edge names request {request}, but there are {count}, counted from 0")]
    NoSuchRequest {
        /// As named.
        request: u32,
        /// How many there are.
        count: usize,
    },
    /// An edge names a vehicle that is not there.
    #[error("an edge names vehicle {vehicle}, but there are {count}, counted from 0")]
    NoSuchVehicle {
        /// As named.
        vehicle: u32,
        /// How many there are.
        count: usize,
    },
    /// The prices found do not prove the answer. A fault of the solver, never of the instance.
    #[error("the prices found do not prove the answer: please report the instance")]
    Unproven,
}

/// Both sides must have somebody, and not too many.
pub(super) fn check_sides(requests: usize, vehicles: usize) -> Result<(), AssignmentError> {
    let count = requests.max(vehicles);
    match (requests, vehicles) {
        (0, _) => Err(AssignmentError::NoRequests),
        (_, 0) => Err(AssignmentError::NoVehicles),
        _ if count > SIDE_MAX => Err(AssignmentError::TooMany { count }),
        _ => Ok(()),
    }
}
