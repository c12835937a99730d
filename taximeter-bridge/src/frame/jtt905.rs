//! The JT/T 905.2 envelope (taximeter.md §1.2): `55 AA`, length, device type, vendor, command, data, XOR, `55 AA`.
//! Head and tail are the same two bytes and nothing is escaped, so a frame is found by its length and never by the next
//! marker.

use super::{
    reader::{Layout, Look},
    skipped::Why,
};

/// Head and tail of every frame.
const MARK: [u8; 2] = [0x55, 0xAA];
/// Device type, vendor and command: the part of the length that is not data.
const PREFIX_BYTES: usize = 4;
/// Largest length field accepted (taximeter.md §10.5).
const LENGTH_MAX: usize = 1024;
/// Head, length field, check byte and tail.
const AROUND_BYTES: usize = 7;
/// Most data bytes one frame can carry.
pub const DATA_BYTES_MAX: usize = LENGTH_MAX - PREFIX_BYTES;
/// Device type of a taximeter.
pub const TAXIMETER: u8 = 0x02;

/// One frame whose length, check byte and tail are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Device type; 02 is a taximeter, and some hosts send 00 to it.
    pub device: u8,
    /// Vendor id; not filtered on.
    pub vendor: u8,
    /// Command word; a first byte of 00 is standard, any other a vendor's own.
    pub command: u16,
    /// Every byte as it was on the line.
    pub raw: Vec<u8>,
}

impl Frame {
    /// The data behind the command word.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.raw.get(8..self.raw.len().saturating_sub(3)).unwrap_or(&[])
    }

    /// Whether the frame is between a host and a taximeter; other devices may share the cable (taximeter.md §1.9).
    #[must_use]
    pub const fn for_meter(&self) -> bool {
        matches!(self.device, 0x00 | TAXIMETER)
    }
}

/// The bytes of one frame. Data beyond [`DATA_BYTES_MAX`] is cut off.
#[must_use]
pub fn encode(device: u8, vendor: u8, command: u16, data: &[u8]) -> Vec<u8> {
    let data = data.get(..DATA_BYTES_MAX).unwrap_or(data);
    let length = u16::try_from(data.len().saturating_add(PREFIX_BYTES)).unwrap_or(u16::MAX);
    let mut checked = Vec::with_capacity(data.len().saturating_add(6));
    checked.extend(length.to_be_bytes());
    checked.extend([device, vendor]);
    checked.extend(command.to_be_bytes());
    checked.extend(data);
    let check = xor(&checked);
    [&MARK, checked.as_slice(), &[check], &MARK].concat()
}

/// The layout of this protocol, for [`super::reader::Reader`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Jtt905;

impl Layout for Jtt905 {
    type Frame = Frame;
    const SHARED_BYTES: usize = MARK.len();

    fn look(&self, bytes: &[u8]) -> Look<Frame> {
        let (head, rest) = bytes.split_at(bytes.len().min(2));
        if !MARK.starts_with(head) {
            return Look::Reject(Why::Noise);
        }
        let &[high, low, ref rest @ ..] = rest else { return Look::More };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(PREFIX_BYTES..=LENGTH_MAX).contains(&length) {
            return Look::Reject(Why::Length);
        }
        let total = length.saturating_add(AROUND_BYTES);
        let Some(raw) = bytes.get(..total) else { return Look::More };
        if !raw.ends_with(&MARK) {
            return Look::Reject(Why::Tail);
        }
        let (checked, end) = raw.split_at(total.saturating_sub(3));
        if Some(&xor(checked.get(2..).unwrap_or(&[]))) != end.first() {
            return Look::Reject(Why::Checksum);
        }
        let &[device, vendor, high, low, ..] = rest else { return Look::Reject(Why::Length) };
        let frame = Frame { device, vendor, command: u16::from_be_bytes([high, low]), raw: raw.to_vec() };
        Look::Frame(frame, total)
    }

    /// A bare mark promised nothing; silence right behind a tail means the length field lied; anything else was cut.
    fn given_up(&self, bytes: &[u8]) -> Why {
        match bytes.len() {
            0..=3 => Why::Noise,
            _ if bytes.get(4..).is_some_and(|rest| rest.ends_with(&MARK)) => Why::Length,
            _ => Why::Timeout,
        }
    }
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |check, byte| check ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_written_is_the_published_frame() {
        let bytes = encode(TAXIMETER, 0, 0x0000, &[0x20, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11]);
        assert_eq!(hex::encode_upper(bytes), "55AA000B02000000201111111111112955AA");
    }

    #[test]
    fn a_length_beyond_the_cap_is_refused_before_its_bytes_come() {
        assert_eq!(Jtt905.look(&[0x55, 0xAA, 0x55, 0xAA]), Look::Reject(Why::Length));
        assert_eq!(Jtt905.look(&[0x55, 0xAA, 0x00, 0x03]), Look::Reject(Why::Length));
        assert_eq!(Jtt905.look(&[0x55, 0xAA, 0x04, 0x00]), Look::More);
        assert_eq!(Jtt905.look(&[0x55, 0xAA, 0x04, 0x01]), Look::Reject(Why::Length));
    }

    #[test]
    fn data_that_would_not_fit_is_cut_and_the_frame_stays_whole() {
        let bytes = encode(TAXIMETER, 0, 0x9900, &[7; 4000]);
        assert!(matches!(Jtt905.look(&bytes), Look::Frame(frame, 1031) if frame.data().len() == DATA_BYTES_MAX));
    }
}
