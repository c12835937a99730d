//! GWP5043 messages (taximeter.md §4): the running fare and the last trip. Numbers are plain big-endian integers, fares
//! whole units of the meter's currency. Field names are those of the frames file.

use serde::Serialize;

use super::fields::Fields;
use crate::frame::gwp5043::{CURRENT, Frame};

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Message {
    /// C2: the running fare.
    Running(Running),
    /// C1 and B4: the last trip.
    Finished(Finished),
}

/// Occupied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Running {
    /// The meter's clock, seconds since 1970.
    pub unix: u32,
    /// The meter's serial number.
    pub serial: String,
    /// Speed.
    pub speed_kmh: u32,
    /// Hired distance so far.
    pub distance_m: u32,
    /// Hired time so far.
    pub time_s: u32,
    /// Waiting time so far.
    pub wait_s: u32,
    /// What the meter shows, whole units.
    pub fare: u32,
}

/// Vacant, or printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finished {
    /// The meter's clock, seconds since 1970.
    pub unix: u32,
    /// The meter's serial number.
    pub serial: String,
    /// Boarding, seconds since 1970.
    pub board_unix: u32,
    /// Alighting, seconds since 1970.
    pub exit_unix: u32,
    /// Hired distance.
    pub distance_m: u32,
    /// Hired time.
    pub time_s: u32,
    /// Waiting time.
    pub wait_s: u32,
    /// The fare's low 16 bits; wraps at 65,536.
    pub fare16: u32,
    /// Speed.
    pub speed_kmh: u32,
    /// Device number.
    pub device_no_hex: String,
    /// The meter's own number of the trip.
    pub receipt_no: u32,
    /// The fare, whole units.
    pub fare32: u32,
    /// Driver id.
    pub driver_id_hex: String,
    /// Pulses per kilometre.
    pub k_const: u32,
}

/// Reads a frame's data. Its length was checked by the envelope.
#[must_use]
pub fn decode(frame: &Frame) -> Message {
    let mut fields = Fields::new(frame.data());
    let unix = fields.integer(4);
    let serial = fields.text(8);
    if frame.command == CURRENT {
        let speed_kmh = fields.integer(2);
        fields.bytes(6);
        Message::Running(Running {
            unix,
            serial,
            speed_kmh,
            distance_m: fields.integer(4),
            time_s: fields.integer(2),
            wait_s: fields.integer(2),
            fare: fields.integer(2),
        })
    } else {
        Message::Finished(Finished {
            unix,
            serial,
            board_unix: fields.integer(4),
            exit_unix: fields.integer(4),
            distance_m: fields.integer(4),
            time_s: fields.integer(2),
            wait_s: fields.integer(2),
            fare16: fields.integer(2),
            speed_kmh: fields.integer(2),
            device_no_hex: {
                fields.bytes(16);
                fields.hex(8)
            },
            receipt_no: fields.integer(4),
            fare32: fields.integer(4),
            driver_id_hex: fields.hex(16),
            k_const: fields.integer(4),
        })
    }
}
