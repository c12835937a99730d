//! Faults that need to know what a JT/T 905.2 frame says: impossible values under a good check byte, and the talk of
//! other devices on the same cable (taximeter.md §1.9, §11).

use rand::{Rng, rngs::SmallRng};

use crate::{
    codec::jtt905::{TRIP_END, TRIP_LATE, TRIP_START},
    frame::jtt905::encode,
};

/// The command of a frame, or 0.
pub(super) fn command(frame: &[u8]) -> u16 {
    match frame {
        &[0x55, 0xAA, _, _, _, _, high, low, ..] => u16::from_be_bytes([high, low]),
        _ => 0,
    }
}

/// Whether losing or repeating this frame puts a trip at stake.
pub(super) fn is_of_a_trip(frame: &[u8]) -> bool {
    matches!(command(frame), TRIP_START | TRIP_END)
}

/// The trip's record with a letter in its amount, or a boarding month 13; `None` where the frame is no such record.
pub(super) fn with_bad_value(frame: &[u8], random: &mut SmallRng) -> Option<Vec<u8>> {
    if !matches!(command(frame), TRIP_END | TRIP_LATE) {
        return None;
    }
    let mut data = frame.get(8..frame.len().checked_sub(3)?)?.to_vec();
    let (at, value) = if random.gen_bool(0.6) { (random.gen_range(58..61), 0x1C) } else { (42, 0x13) };
    *data.get_mut(at)? = value;
    Some(encode(2, 0, command(frame), &data))
}

/// A top light set to hired, or a security module's answer.
pub(super) fn of_another_device(random: &mut SmallRng) -> Vec<u8> {
    if random.gen_bool(0.5) { encode(5, 0, 0x0010, &[1]) } else { encode(3, 0, 0x0020, &[0x55, 0xAA, 0, 70]) }
}
