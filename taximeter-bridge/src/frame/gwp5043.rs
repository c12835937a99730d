//! The GWP5043 envelope (taximeter.md §4): `02`, command, four length bytes, data, `03 10`. It has no check byte and no
//! escaping, so only a known command with its exact length, the right end and a speed a taxi can drive is a frame.

use super::{
    reader::{Layout, Look},
    skipped::Why,
};

/// Command, its name in the sheet and its exact number of data bytes.
const COMMANDS: [(u8, usize); 3] = [(CURRENT, 30), (FINISHED, 84), (PRINTED, 84)];
/// Occupied: the running fare, every second.
pub const CURRENT: u8 = 0xC2;
/// Vacant: the last trip, every second.
pub const FINISHED: u8 = 0xC1;
/// The PRINT key: the last trip, once.
pub const PRINTED: u8 = 0xB4;
const START: u8 = 0x02;
const END: [u8; 2] = [0x03, 0x10];
/// Start, command and length field.
const HEAD_BYTES: usize = 6;
/// Faster than this no taxi drives (taximeter.md §4).
const SPEED_KMH_MAX: u16 = 200;

/// One frame whose command, length and end are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// [`CURRENT`], [`FINISHED`] or [`PRINTED`].
    pub command: u8,
    /// Every byte as it was on the line.
    pub raw: Vec<u8>,
}

impl Frame {
    /// The data between length field and end.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.raw.get(HEAD_BYTES..self.raw.len().saturating_sub(END.len())).unwrap_or(&[])
    }
}

/// The bytes of one frame.
#[must_use]
pub fn encode(command: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&[START, command], length.to_be_bytes().as_slice(), data, &END].concat()
}

/// The layout of this protocol, for [`super::reader::Reader`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Gwp5043;

impl Layout for Gwp5043 {
    type Frame = Frame;
    const SHARED_BYTES: usize = 0;

    fn look(&self, bytes: &[u8]) -> Look<Frame> {
        let (command, length) = match bytes {
            [START] => return Look::More,
            [START, command, length @ ..] => (*command, length),
            _ => return Look::Reject(Why::Noise),
        };
        let Some((_, data_bytes)) = COMMANDS.iter().find(|(known, _)| *known == command) else {
            return Look::Reject(Why::Noise);
        };
        let expected = u32::try_from(*data_bytes).unwrap_or(u32::MAX).to_be_bytes();
        let seen = length.get(..4).unwrap_or(length);
        if !expected.starts_with(seen) {
            return Look::Reject(Why::Length);
        }
        let total = HEAD_BYTES.saturating_add(*data_bytes).saturating_add(END.len());
        let Some(raw) = bytes.get(..total) else { return Look::More };
        if !raw.ends_with(&END) {
            return Look::Reject(Why::Tail);
        }
        let frame = Frame { command, raw: raw.to_vec() };
        if speed_kmh(&frame) > SPEED_KMH_MAX {
            return Look::Reject(Why::Implausible);
        }
        Look::Frame(frame, total)
    }

    fn given_up(&self, bytes: &[u8]) -> Why {
        if bytes.len() < HEAD_BYTES { Why::Noise } else { Why::Timeout }
    }
}

/// Offset 12 in a running frame, 30 in a trip record.
fn speed_kmh(frame: &Frame) -> u16 {
    let at = if frame.command == CURRENT { 12 } else { 30 };
    match frame.data().get(at..) {
        Some(&[high, low, ..]) => u16::from_be_bytes([high, low]),
        _ => u16::MAX,
    }
}
