//! JT/T 905.2 messages for device type 02 (taximeter.md §1.3). A request and its answer carry the same command word, so
//! the body tells the direction. Field names are those of the frames file, and `decode` prints them as they stand.

pub mod answer;
pub mod record;
pub mod status;
pub mod tariff;
pub mod vendor;

use serde::Serialize;

use self::{
    answer::{HeartbeatAnswer, SignAnswer},
    record::{Shift, Trip},
    status::{Heartbeat, SignedIn, Status},
    tariff::Tariff,
    vendor::{Display, SharedRide},
};
use super::fields::{Digits, Fields, Unknown};
use crate::frame::jtt905::Frame;

/// Host asks for the meter's status; the meter answers.
pub const STATUS: u16 = 0x0000;
/// Host checks or sets the meter's clock.
pub const CLOCK: u16 = 0x0001;
/// Host asks for the tariff.
pub const TARIFF: u16 = 0x0004;
/// Host asks for one past trip.
pub const HISTORY: u16 = 0x0006;
/// Meter asks to sign a driver in.
pub const SIGN_IN: u16 = 0x00E0;
/// Meter has signed a driver in.
pub const SIGNED_IN: u16 = 0x00E1;
/// Meter asks to sign the driver out.
pub const SIGN_OUT: u16 = 0x00E3;
/// Meter has signed the driver out; shift totals.
pub const SHIFT: u16 = 0x00E4;
/// Vacant to hired.
pub const TRIP_START: u16 = 0x00E7;
/// Hired to vacant; the trip's record.
pub const TRIP_END: u16 = 0x00E8;
/// Heartbeat.
pub const HEARTBEAT: u16 = 0x00E9;
/// Shift totals, late.
pub const SHIFT_LATE: u16 = 0x00F1;
/// A trip's record, late.
pub const TRIP_LATE: u16 = 0x00F2;
/// Result byte: done (taximeter.md §1.3).
pub const DONE: u8 = 0x90;
/// Result byte: error; the meter keeps the record and sends it again.
pub const FAILED: u8 = 0xFF;

/// Who sent the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the host or terminal.
    HostToMeter,
    /// From the meter.
    MeterToHost,
}

/// A decoded frame: who sent it, what it says, and which of its fields hold no valid value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who sent it; `None` where the body does not tell.
    pub direction: Option<Direction>,
    /// What it says.
    pub body: Body,
    /// Fields that failed their check.
    pub unknown: Vec<Unknown>,
}

/// The envelope was good, but no body of this command has this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("command {command:04X} with {data_bytes} data bytes is no message of JT/T 905.2")]
pub struct WrongLength {
    /// The command word.
    pub command: u16,
    /// How many data bytes came.
    pub data_bytes: usize,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// 0000 and 0001 from the host: its clock, YYYYMMDDhhmmss.
    HostClock {
        /// The host's time.
        host_time: Option<String>,
    },
    /// A one-byte result: 90 done, FF error.
    Outcome {
        /// Two hex digits.
        result: String,
    },
    /// 0000 from the meter.
    Status(Status),
    /// 0004 from the host.
    TariffQuery {},
    /// 0004 from the meter.
    Tariff(Tariff),
    /// 0006 from the host.
    HistoryQuery {
        /// The trip it asks for.
        trip_no: u32,
    },
    /// 0006 from the meter: it keeps no such trip.
    HistoryAbsent {
        /// Always false.
        found: bool,
    },
    /// 00E8, 00F2, or the answer to 0006.
    Trip(Trip),
    /// 00E0 and 00E3 from the meter.
    SignRequest {
        /// Two hex digits, 90 in all sources.
        mark: String,
    },
    /// 00E0 and 00E3 from the host.
    SignAnswer(SignAnswer),
    /// 00E1.
    SignedIn(SignedIn),
    /// 00E4 and 00F1.
    Shift(Shift),
    /// 00E7.
    TripStart {
        /// YYYYMMDDhhmmss by the meter's clock.
        start: Option<String>,
    },
    /// 00E9 from the meter.
    Heartbeat(Heartbeat),
    /// 00E9 from the host.
    HeartbeatAnswer(HeartbeatAnswer),
    /// 9900 and 9901, a vendor's live display.
    Display(Display),
    /// 1FE9, a vendor's shared-ride heartbeat.
    SharedRide(SharedRide),
    /// Another device on the same cable; a meter bridge skips it.
    OtherDevice {
        /// Always false.
        for_meter: bool,
        /// Its data.
        data_hex: String,
    },
    /// A command that this bridge has no use for.
    Raw {
        /// Its data.
        data_hex: String,
    },
}

/// Reads a frame's body.
///
/// # Errors
/// [`WrongLength`] where the command is known and its data have a length that no source gives it.
pub fn decode(frame: &Frame) -> Result<Message, WrongLength> {
    use Direction::{HostToMeter, MeterToHost};

    let data = frame.data();
    let mut fields = Fields::new(data);
    let from = &mut fields;
    let (direction, body) = if frame.for_meter() {
        match (frame.command, data.len()) {
            (STATUS | CLOCK, 7) => (HostToMeter, host_clock(from)),
            (STATUS, 55) => (MeterToHost, Body::Status(Status::read(from))),
            (CLOCK, 1) => (MeterToHost, outcome(from)),
            (TARIFF, 0) => (HostToMeter, Body::TariffQuery {}),
            (TARIFF, 127) => (MeterToHost, Body::Tariff(Tariff::read(from))),
            (HISTORY, 0) => (MeterToHost, Body::HistoryAbsent { found: false }),
            (HISTORY, 4) => (HostToMeter, Body::HistoryQuery { trip_no: from.integer(4) }),
            (HISTORY, 66..) => (MeterToHost, Body::Trip(Trip { found: Some(true), ..Trip::read(from) })),
            (SIGN_IN | SIGN_OUT, 1) => (MeterToHost, Body::SignRequest { mark: byte_text(from) }),
            (SIGN_IN | SIGN_OUT, 57) => (HostToMeter, Body::SignAnswer(SignAnswer::read(from))),
            (SIGNED_IN, 52) => (MeterToHost, Body::SignedIn(SignedIn::read(from))),
            (SHIFT | SHIFT_LATE, 90) => (MeterToHost, Body::Shift(Shift::read(from))),
            (TRIP_START, 7) => (MeterToHost, Body::TripStart { start: from.digits("start", 7, Digits::Moment) }),
            (TRIP_END | TRIP_LATE, 66..) => (MeterToHost, Body::Trip(Trip::read(from))),
            (HEARTBEAT, 36) => (MeterToHost, Body::Heartbeat(Heartbeat::read(from))),
            (HEARTBEAT, 9..=11) => (HostToMeter, Body::HeartbeatAnswer(HeartbeatAnswer::read(from, data.len()))),
            (SIGNED_IN | SHIFT | SHIFT_LATE | TRIP_START | TRIP_END | TRIP_LATE, 1) => (HostToMeter, outcome(from)),
            (vendor::VACANT_DISPLAY | vendor::HIRED_DISPLAY, 19) => {
                (MeterToHost, Body::Display(Display::read(from, frame.command)))
            }
            (vendor::SHARED_RIDE, 9..) => (MeterToHost, Body::SharedRide(SharedRide::read(from))),
            (command @ (STATUS | CLOCK | TARIFF | HISTORY | SIGN_IN..=SHIFT_LATE | TRIP_LATE), data_bytes)
                if is_known(command) =>
            {
                return Err(WrongLength { command, data_bytes });
            }
            _ => {
                let body = Body::Raw { data_hex: hex::encode(data) };
                return Ok(Message { direction: None, body, unknown: Vec::new() });
            }
        }
    } else {
        let body = Body::OtherDevice { for_meter: false, data_hex: hex::encode(data) };
        return Ok(Message { direction: None, body, unknown: Vec::new() });
    };
    Ok(Message { direction: Some(direction), body, unknown: fields.into_unknown() })
}

const fn is_known(command: u16) -> bool {
    matches!(
        command,
        STATUS
            | CLOCK
            | TARIFF
            | HISTORY
            | SIGN_IN
            | SIGNED_IN
            | SIGN_OUT
            | SHIFT
            | TRIP_START
            | TRIP_END
            | HEARTBEAT
            | SHIFT_LATE
            | TRIP_LATE
    )
}

fn host_clock(fields: &mut Fields<'_>) -> Body {
    Body::HostClock { host_time: fields.digits("host_time", 7, Digits::Moment) }
}

fn outcome(fields: &mut Fields<'_>) -> Body {
    Body::Outcome { result: byte_text(fields) }
}

fn byte_text(fields: &mut Fields<'_>) -> String {
    format!("{:02X}", fields.byte())
}
