//! What the meter says of itself: status (0000), heartbeat (00E9) and "signed in" (00E1); taximeter.md §1.4, §1.6, §1.7.

use serde::Serialize;

use crate::codec::fields::{Digits, Fields};

/// Answer to a status query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Vendor, type and serial, ten hex digits.
    pub dev_id: String,
    /// Hardware version.
    pub hw: Option<String>,
    /// Software version, major.minor.
    pub sw: Option<String>,
    /// 0 normal; 1 and 2 limited; 4 and 8 storage full; else a fault.
    pub dev_state: u8,
    /// 00 and 01 on and off; 10h and 11h forced on and forced off.
    pub work_state: u8,
    /// Plate without the province sign.
    pub plate: String,
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
    /// Lifetime trips: the number of the last trip.
    pub total_trips: u32,
}

impl Status {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let dev_id = fields.hex(5);
        let hw = fields.digits("hw", 1, Digits::Any);
        let major = fields.digits("sw", 1, Digits::Any);
        let minor = fields.digits("sw", 1, Digits::Any);
        Self {
            dev_id,
            hw,
            sw: major.zip(minor).map(|(major, minor)| format!("{major}.{minor}")),
            dev_state: fields.byte(),
            work_state: fields.byte(),
            plate: fields.text(6),
            licence: fields.text(16),
            driver_cert: fields.text(19),
            total_trips: fields.integer(4),
        }
    }

    /// Signed out, plainly or by force.
    #[must_use]
    pub const fn signed_out(&self) -> bool {
        matches!(self.work_state, 0x01 | 0x11)
    }

    /// Forced on or off.
    #[must_use]
    pub const fn forced(&self) -> bool {
        matches!(self.work_state, 0x10 | 0x11)
    }
}

/// The meter's own regular sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Heartbeat {
    /// The state byte, two hex digits.
    pub state: String,
    /// Bit 0.
    pub hired: bool,
    /// Bit 1.
    pub signed_in: bool,
    /// Bit 2.
    pub forced_on: bool,
    /// Bit 3.
    pub forced_off: bool,
    /// Bit 7: the speed signal is abnormal.
    pub speed_fault: bool,
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
}

impl Heartbeat {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let state = fields.byte();
        let bit = |mask: u8| state & mask != 0;
        Self {
            state: format!("{state:02X}"),
            hired: bit(0x01),
            signed_in: bit(0x02),
            forced_on: bit(0x04),
            forced_off: bit(0x08),
            speed_fault: bit(0x80),
            licence: fields.text(16),
            driver_cert: fields.text(19),
        }
    }
}

/// A driver signed in at the meter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignedIn {
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
    /// Plate without the province sign.
    pub plate: String,
    /// Power-on time, YYYYMMDDhhmm.
    pub on: Option<String>,
    /// Lifetime trips.
    pub total_trips: u32,
    /// 90 done.
    pub result: String,
}

impl SignedIn {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            licence: fields.text(16),
            driver_cert: fields.text(19),
            plate: fields.text(6),
            on: fields.digits("on", 6, Digits::Moment),
            total_trips: fields.integer(4),
            result: format!("{:02X}", fields.byte()),
        }
    }
}
