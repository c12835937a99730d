//! Vehicles, drivers and devices.

use fareway_shared::{
    id::{DeviceId, DriverId, FleetId, VehicleId},
    signature::PublicKey,
    time::Timestamp,
};

/// A car with a plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Its fleet.
    pub fleet: FleetId,
    /// The car.
    pub id: VehicleId,
    /// The plate as passengers read it.
    pub plate: String,
    /// Who drives it now.
    pub driver: Option<Driver>,
}

/// A person who drives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// The driver.
    pub id: DriverId,
    /// The name that passengers see.
    pub name: String,
}

/// Whether a device may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It may.
    Active,
    /// Something is wrong (two links on one key, a counter that went back); a dispatcher decides.
    Suspended,
    /// Never again.
    Revoked,
}

/// An enrolled in-car unit.
#[derive(Clone)]
pub struct Device {
    /// Its fleet.
    pub fleet: FleetId,
    /// The device.
    pub id: DeviceId,
    /// The car it was enrolled for.
    pub vehicle: VehicleId,
    /// The key that it made itself.
    pub public_key: PublicKey,
    /// Secret shared at enrolment, for bill codes and screen codes.
    pub code_key: [u8; 32],
    /// Whether it may speak.
    pub state: DeviceState,
    /// Highest command number applied.
    pub last_command: u64,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// A plate as passengers type it: letters and digits only, in capitals, so that `苏E·X1234`, `苏e x1234` and `苏EX1234`
/// are one car.
#[must_use]
pub fn plate_key(plate: &str) -> String {
    plate.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::plate_key;

    #[test]
    fn a_plate_is_found_however_it_is_typed() {
        for typed in ["苏E·X1234", "苏e x1234", " 苏E-X1234 "] {
            assert_eq!(plate_key(typed), "苏EX1234");
        }
    }
}
