//! A city's roads as bytes: what a map file holds. Called by [`super::Roads`]. Everything is little endian:
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `FWROADS` and a zero |
//! | 4 | version |
//! | 8 | checksum of all that follows |
//! | … | lists, each a count (4 bytes) and its numbers (4 bytes each) |
//!
//! The lists: junctions (two numbers each), segments' ends (two each), arcs' times, first points, points (four each),
//! first words, words, order. The checksum finds accidents; against malice, every list is checked as if there were none.

use super::{
    MapError,
    network::{COUNT_MAX, Network, Point, place},
};

const MAGIC: &[u8; 8] = b"FWROADS\0";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 20;

/// The map file of a network and the order of its vertices.
pub(super) fn write(network: &Network, order: &[u32]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut list = |count: usize, numbers: &mut dyn Iterator<Item = u32>| {
        body.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        numbers.for_each(|number| body.extend(number.to_le_bytes()));
    };
    list(network.nodes.len(), &mut network.nodes.iter().flatten().map(|at| at.cast_unsigned()));
    list(network.ends.len(), &mut network.ends.iter().flatten().copied());
    list(network.ms.len(), &mut network.ms.iter().copied());
    list(network.first_point.len(), &mut network.first_point.iter().copied());
    let points = network.points.iter();
    list(
        network.points.len(),
        &mut points.flat_map(|point| [point.at[0].cast_unsigned(), point.at[1].cast_unsigned(), point.cm, point.share]),
    );
    list(network.first_word.len(), &mut network.first_word.iter().copied());
    list(network.words.len(), &mut network.words.iter().copied());
    list(order.len(), &mut order.iter().copied());

    framed(&body)
}

/// The head of a file, and its body.
pub(super) fn framed(body: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEAD_BYTES + body.len());
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend(checksum(body).to_le_bytes());
    file.extend(body);
    file
}

/// The network of a map file, checked, and the order of its vertices, not yet.
pub(super) fn read(file: &[u8]) -> Result<(Network, Vec<u32>), MapError> {
    let foreign = MapError::NotAMap { what: "it does not begin as one" };
    let rest = file.strip_prefix(MAGIC).ok_or(foreign)?;
    let (version, rest) = rest.split_first_chunk().ok_or(SHORT)?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(MapError::Version { found, wanted: VERSION });
    }
    let (sum, body) = rest.split_first_chunk().ok_or(SHORT)?;
    if u64::from_le_bytes(*sum) != checksum(body) {
        return Err(MapError::NotAMap { what: "its checksum is wrong; it is damaged or was cut off" });
    }
    let mut lists = Lists(body);
    let signed = |[lat, lng]: [u32; 2]| [lat.cast_signed(), lng.cast_signed()];
    let network = Network {
        nodes: lists.next(signed)?,
        ends: lists.next(|ends: [u32; 2]| ends)?,
        ms: lists.next(|[ms]| ms)?,
        first_point: lists.next(|[first]| first)?,
        points: lists.next(|[lat, lng, cm, share]| Point { at: signed([lat, lng]), cm, share })?,
        first_word: lists.next(|[first]| first)?,
        words: lists.next(|[arc]| arc)?,
    };
    let order = lists.next(|[vertex]| vertex)?;
    if !lists.0.is_empty() {
        return Err(MapError::NotAMap { what: "it goes on after its end" });
    }
    network.check()?;
    Ok((network, order))
}

const SHORT: MapError = MapError::NotAMap { what: "it was cut off" };

struct Lists<'a>(&'a [u8]);

impl Lists<'_> {
    /// The next list, of entries of `N` numbers. Takes no memory before the bytes are there.
    fn next<const N: usize, T>(&mut self, entry: impl Fn([u32; N]) -> T) -> Result<Vec<T>, MapError> {
        let (count, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        let count = place(u32::from_le_bytes(*count));
        if count > COUNT_MAX {
            return Err(MapError::TooLarge { what: "entries in one list", most: COUNT_MAX });
        }
        let (list, rest) = rest.split_at_checked(count * N * 4).ok_or(SHORT)?;
        self.0 = rest;
        let (numbers, _) = list.as_chunks::<4>();
        let (entries, _) = numbers.as_chunks::<N>();
        Ok(entries.iter().map(|numbers| entry(numbers.map(u32::from_le_bytes))).collect())
    }
}

/// Four rows of products (as in FNV, eight bytes at a time), so that a whole city takes less than a millisecond.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut rows = [1_u64, 2, 3, 4];
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, last) = words.as_chunks::<4>();
    let mix = |row: u64, word: u64| (row ^ word).wrapping_mul(PRIME).rotate_left(29);
    for four in fours {
        for (row, word) in rows.iter_mut().zip(four) {
            *row = mix(*row, u64::from_le_bytes(*word));
        }
    }
    let mut sum = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    for row in rows {
        sum = mix(sum, row);
    }
    for word in last {
        sum = mix(sum, u64::from_le_bytes(*word));
    }
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}
