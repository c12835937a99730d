//! The envelope of an `.osm.pbf` file: a row of blobs, each a header of known kind and a body that may be compressed.
//! Called by `osm`. The limits are the format's own (64 KiB a header, 32 MiB a body), so a small file cannot ask for
//! much memory.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::wire::{Field, Fields, take};
use crate::roads::MapError;

const HEADER_BYTES_MAX: usize = 64 * 1024;
const BODY_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What a file needs its reader to understand, and we do.
const UNDERSTOOD: [&[u8]; 2] = [b"OsmSchema-V0.6", b"DenseNodes"];

/// Shows `visit` every block of map data in the file, decompressed, in the file's order.
pub(super) fn each_block(
    mut file: &[u8],
    mut visit: impl FnMut(&[u8]) -> Result<(), MapError>,
) -> Result<(), MapError> {
    let (mut body, mut headed) = (Vec::new(), false);
    while !file.is_empty() {
        let (is_data, blob) = next_blob(&mut file, headed)?;
        let Some(is_data) = is_data else { continue };
        inflate(blob, &mut body)?;
        if is_data {
            visit(&body)?;
        } else {
            check_header(&body)?;
        }
        headed = true;
    }
    if headed { Ok(()) } else { Err(MapError::NotOsm { what: "it is empty" }) }
}

/// Whether the next blob is map data (`Some(true)`), the file's header or something to pass over; and its bytes.
fn next_blob<'a>(file: &mut &'a [u8], headed: bool) -> Result<(Option<bool>, &'a [u8]), MapError> {
    let length: [u8; 4] = take(file, 4)?.try_into().map_err(|_| super::wire::BROKEN)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > HEADER_BYTES_MAX {
        return Err(MapError::NotOsm { what: "it does not begin as an .osm.pbf file does" });
    }
    let (mut kind, mut size): (&[u8], usize) = (&[], 0);
    for field in Fields(take(file, length)?) {
        match field? {
            Field::Bytes(1, text) => kind = text,
            Field::Number(3, bytes) => size = usize::try_from(bytes).unwrap_or(usize::MAX),
            _ => {}
        }
    }
    let is_data = match kind {
        b"OSMHeader" => Some(false),
        b"OSMData" if headed => Some(true),
        _ if headed => None,
        _ => return Err(MapError::NotOsm { what: "it does not begin with a header block" }),
    };
    Ok((is_data, take(file, size)?))
}

fn inflate(blob: &[u8], body: &mut Vec<u8>) -> Result<(), MapError> {
    body.clear();
    for field in Fields(blob) {
        match field? {
            Field::Bytes(1, raw) => body.extend_from_slice(raw),
            Field::Bytes(3, packed) => {
                let mut unpacked = ZlibDecoder::new(packed).take(BODY_BYTES_MAX);
                unpacked.read_to_end(body).map_err(|_| MapError::NotOsm { what: "a block does not decompress" })?;
            }
            Field::Bytes(4..=7, _) => {
                return Err(MapError::NotOsm {
                    what: "a block is compressed otherwise than by zlib; convert the file",
                });
            }
            _ => {}
        }
        if u64::try_from(body.len()).is_ok_and(|bytes| bytes >= BODY_BYTES_MAX) {
            return Err(MapError::NotOsm { what: "a block is larger than the format allows" });
        }
    }
    Ok(())
}

fn check_header(header: &[u8]) -> Result<(), MapError> {
    for field in Fields(header) {
        if let Field::Bytes(4, feature) = field?
            && !UNDERSTOOD.contains(&feature)
        {
            return Err(MapError::NotOsm { what: "it needs a feature that is not understood here" });
        }
    }
    Ok(())
}
