//! Protocol Buffers on the wire, as much of it as OpenStreetMap's files use: varints, lengths, fields. Called by the
//! rest of `osm`. Allocates nothing, and never believes a length before it has seen the bytes.

use crate::roads::MapError;

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'a> {
    /// A varint, by the field's number.
    Number(u32, u64),
    /// Bytes: text, a message or packed numbers.
    Bytes(u32, &'a [u8]),
}

/// The fields of a message, one after the other. Numbers of fixed width, which these files do not use, are passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            match field(&mut self.0) {
                Ok(Some(field)) => return Some(Ok(field)),
                Ok(None) => {}
                Err(error) => {
                    self.0 = &[];
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

fn field<'a>(bytes: &mut &'a [u8]) -> Result<Option<Field<'a>>, MapError> {
    let key = varint(bytes)?;
    let number = u32::try_from(key >> 3).map_err(|_| BROKEN)?;
    match key & 7 {
        0 => Ok(Some(Field::Number(number, varint(bytes)?))),
        1 => take(bytes, 8).map(|_| None),
        2 => {
            let length = usize::try_from(varint(bytes)?).map_err(|_| BROKEN)?;
            Ok(Some(Field::Bytes(number, take(bytes, length)?)))
        }
        5 => take(bytes, 4).map(|_| None),
        _ => Err(BROKEN),
    }
}

/// What any departure from the format is answered with.
pub(super) const BROKEN: MapError = MapError::NotOsm { what: "a message does not follow the format" };

/// The next `length` bytes.
pub(super) fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], MapError> {
    let (taken, rest) =
        bytes.split_at_checked(length).ok_or(MapError::NotOsm { what: "it ends in the middle of a message" })?;
    *bytes = rest;
    Ok(taken)
}

/// The next varint: seven bits a byte, lowest first.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, MapError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) =
            bytes.split_first().ok_or(MapError::NotOsm { what: "it ends in the middle of a number" })?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(BROKEN)
}

/// A zigzag number: small whether negative or not.
pub(super) const fn signed(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// Packed varints.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packed<'a>(pub(super) &'a [u8]);

impl Iterator for Packed<'_> {
    type Item = Result<u64, MapError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let value = varint(&mut self.0);
        if value.is_err() {
            self.0 = &[];
        }
        Some(value)
    }
}

/// Packed zigzag numbers that are each the difference from the one before, as their running sums.
pub(super) fn deltas(packed: Packed<'_>) -> impl Iterator<Item = Result<i64, MapError>> {
    let mut sum = 0_i64;
    packed.map(move |value| {
        sum = sum.wrapping_add(signed(value?));
        Ok(sum)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_format_writes_them() {
        assert_eq!(varint(&mut &[0xac, 0x02][..]).unwrap(), 300);
        assert_eq!([0, 1, 2, 3, u64::MAX].map(signed), [0, -1, 1, -2, i64::MIN]);
        assert!(varint(&mut &[0x80][..]).is_err());
        assert!(varint(&mut &[0xff; 11][..]).is_err());
    }

    #[test]
    fn a_length_beyond_the_end_is_an_error_and_ends_the_message() {
        let mut fields = Fields(&[0x12, 0x7f, 0x00]);
        assert!(fields.next().unwrap().is_err());
        assert!(fields.next().is_none());
    }
}
