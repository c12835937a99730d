//! What can go wrong with vehicles, drivers and devices.

use crate::store_error::StoreError;
use fareway_shared::{id::DeviceId, protocol::car::LinkRefusal};

/// What can go wrong in this slice.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The plate is taken in this fleet.
    #[error("a vehicle with plate {0} is already registered in this fleet")]
    PlateTaken(String),
    /// No such vehicle.
    #[error("there is no such vehicle in this fleet")]
    UnknownVehicle,
    /// The code was never issued, was used, or ran out.
    #[error("the enrolment code is unknown, already used or out of date; ask the dispatcher for a new one")]
    EnrolmentCode,
    /// The device is unknown, suspended or revoked.
    #[error("device {device} is refused: {refusal:?}")]
    Refused {
        /// Which device.
        device: DeviceId,
        /// Why.
        refusal: LinkRefusal,
    },
    /// The database.
    #[error("the fleet's records could not be read or written")]
    Store(#[from] StoreError),
}
