//! A block of map data: places, ways and relations with their tags. Called by `osm`. Knows the shape of the data, not
//! what a tag means to a car.

use super::wire::{BROKEN, Field, Fields, Packed, deltas, signed};
use crate::roads::MapError;

/// More texts than a block can need, fewer than hurt. (The format's 32 MiB would hold 16 million empty ones.)
const TEXTS_MAX: usize = 1 << 20;
/// OpenStreetMap itself allows 32,000.
const MEMBERS_MAX: usize = 1 << 16;

/// A block of map data, its parts found but not yet read.
#[derive(Debug)]
pub(super) struct Block<'a> {
    texts: Vec<&'a [u8]>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    /// Latitude and longitude of zero, in billionths of a degree.
    offset: [i64; 2],
}

/// The tags of a thing, as pairs of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags<'a> {
    texts: &'a [&'a [u8]],
    keys: Packed<'a>,
    values: Packed<'a>,
}

/// A node: a place on the map.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) id: i64,
    /// Latitude and longitude in ten-millionths of a degree.
    pub(super) at: [i64; 2],
    pub(super) tags: Tags<'a>,
}

/// A way: a line through places.
#[derive(Debug)]
pub(super) struct Way<'a> {
    pub(super) id: i64,
    pub(super) nodes: Packed<'a>,
    pub(super) tags: Tags<'a>,
}

/// What a member of a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Way,
    Relation,
}

/// A relation: things that belong together, each in a role.
#[derive(Debug)]
pub(super) struct Relation<'a> {
    pub(super) tags: Tags<'a>,
    pub(super) members: Vec<(&'a [u8], Kind, i64)>,
}

impl<'a> Tags<'a> {
    /// The value of `key`, empty if the thing does not have it.
    pub(super) fn get(&self, key: &str) -> Result<&'a [u8], MapError> {
        for (at, value) in self.keys.zip(self.values) {
            if text(self.texts, at?)? == key.as_bytes() {
                return text(self.texts, value?);
            }
        }
        Ok(&[])
    }

    /// Whether it has no tag at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.keys.0.is_empty()
    }
}

fn text<'a>(texts: &[&'a [u8]], at: u64) -> Result<&'a [u8], MapError> {
    usize::try_from(at).ok().and_then(|at| texts.get(at)).copied().ok_or(BROKEN)
}

impl<'a> Block<'a> {
    /// Finds the parts of a decompressed block.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, MapError> {
        let mut block = Self { texts: Vec::new(), groups: Vec::new(), granularity: 100, offset: [0, 0] };
        for field in Fields(bytes) {
            match field? {
                Field::Bytes(1, table) => {
                    for entry in Fields(table) {
                        if let Field::Bytes(1, text) = entry? {
                            block.texts.push(text);
                        }
                    }
                }
                Field::Bytes(2, group) => block.groups.push(group),
                Field::Number(17, value) => block.granularity = value.cast_signed(),
                Field::Number(19, value) => block.offset[0] = value.cast_signed(),
                Field::Number(20, value) => block.offset[1] = value.cast_signed(),
                _ => {}
            }
            if block.texts.len() > TEXTS_MAX || block.groups.len() > TEXTS_MAX {
                return Err(MapError::TooLarge { what: "texts in one block", most: TEXTS_MAX });
            }
        }
        Ok(block)
    }

    fn tags(&'a self, keys: &'a [u8], values: &'a [u8]) -> Tags<'a> {
        Tags { texts: &self.texts, keys: Packed(keys), values: Packed(values) }
    }

    fn place(&self, lat: i64, lng: i64) -> [i64; 2] {
        [(self.offset[0], lat), (self.offset[1], lng)]
            .map(|(offset, value)| self.granularity.wrapping_mul(value).wrapping_add(offset) / 100)
    }

    /// Shows `visit` every node of the block.
    pub(super) fn each_node(&self, visit: &mut impl FnMut(&Node<'_>) -> Result<(), MapError>) -> Result<(), MapError> {
        for group in &self.groups {
            for field in Fields(group) {
                match field? {
                    Field::Bytes(1, node) => self.plain_node(node, visit)?,
                    Field::Bytes(2, dense) => self.dense_nodes(dense, visit)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn plain_node(
        &self,
        node: &[u8],
        visit: &mut impl FnMut(&Node<'_>) -> Result<(), MapError>,
    ) -> Result<(), MapError> {
        let (mut id, mut lat, mut lng): (i64, i64, i64) = (0, 0, 0);
        let (mut keys, mut values): (&[u8], &[u8]) = (&[], &[]);
        for field in Fields(node) {
            match field? {
                Field::Number(1, value) => id = signed(value),
                Field::Bytes(2, packed) => keys = packed,
                Field::Bytes(3, packed) => values = packed,
                Field::Number(8, value) => lat = signed(value),
                Field::Number(9, value) => lng = signed(value),
                _ => {}
            }
        }
        let tags = Tags { texts: &self.texts, keys: Packed(keys), values: Packed(values) };
        visit(&Node { id, at: self.place(lat, lng), tags })
    }

    fn dense_nodes(
        &self,
        dense: &[u8],
        visit: &mut impl FnMut(&Node<'_>) -> Result<(), MapError>,
    ) -> Result<(), MapError> {
        let mut parts: [&[u8]; 4] = [&[]; 4];
        for field in Fields(dense) {
            match field? {
                Field::Bytes(1, packed) => parts[0] = packed,
                Field::Bytes(8, packed) => parts[1] = packed,
                Field::Bytes(9, packed) => parts[2] = packed,
                Field::Bytes(10, packed) => parts[3] = packed,
                _ => {}
            }
        }
        let [ids, lats, lngs, tags] = parts;
        let (mut lats, mut lngs) = (deltas(Packed(lats)), deltas(Packed(lngs)));
        let (mut rest, mut keys, mut values) = (Packed(tags), Vec::new(), Vec::new());
        for id in deltas(Packed(ids)) {
            let (lat, lng) = (lats.next().ok_or(BROKEN)??, lngs.next().ok_or(BROKEN)??);
            // Key, value, key, value, 0 for each node; nothing at all where no node of the block has a tag.
            keys.clear();
            values.clear();
            while let Some(key) = rest.next() {
                let key = key?;
                if key == 0 {
                    break;
                }
                write(&mut keys, key);
                write(&mut values, rest.next().ok_or(BROKEN)??);
            }
            let tags = Tags { texts: &self.texts, keys: Packed(&keys), values: Packed(&values) };
            visit(&Node { id: id?, at: self.place(lat, lng), tags })?;
        }
        Ok(())
    }

    /// Shows `visit` every way of the block.
    pub(super) fn each_way(&self, visit: &mut impl FnMut(&Way<'_>) -> Result<(), MapError>) -> Result<(), MapError> {
        self.each(3, |way| {
            let (mut id, mut parts): (i64, [&[u8]; 3]) = (0, [&[]; 3]);
            for field in Fields(way) {
                match field? {
                    Field::Number(1, value) => id = value.cast_signed(),
                    Field::Bytes(2, packed) => parts[0] = packed,
                    Field::Bytes(3, packed) => parts[1] = packed,
                    Field::Bytes(8, packed) => parts[2] = packed,
                    _ => {}
                }
            }
            visit(&Way { id, nodes: Packed(parts[2]), tags: self.tags(parts[0], parts[1]) })
        })
    }

    /// Shows `visit` every relation of the block.
    pub(super) fn each_relation(
        &self,
        visit: &mut impl FnMut(&Relation<'_>) -> Result<(), MapError>,
    ) -> Result<(), MapError> {
        self.each(4, |relation| {
            let mut parts: [&[u8]; 5] = [&[]; 5];
            for field in Fields(relation) {
                match field? {
                    Field::Bytes(2, packed) => parts[0] = packed,
                    Field::Bytes(3, packed) => parts[1] = packed,
                    Field::Bytes(8, packed) => parts[2] = packed,
                    Field::Bytes(9, packed) => parts[3] = packed,
                    Field::Bytes(10, packed) => parts[4] = packed,
                    _ => {}
                }
            }
            let [keys, values, roles, ids, kinds] = parts;
            let mut members = Vec::new();
            for ((role, id), kind) in Packed(roles).zip(deltas(Packed(ids))).zip(Packed(kinds)) {
                let kind = match kind? {
                    0 => Kind::Node,
                    1 => Kind::Way,
                    _ => Kind::Relation,
                };
                members.push((text(&self.texts, role?)?, kind, id?));
                if members.len() > MEMBERS_MAX {
                    return Err(MapError::TooLarge { what: "members in one relation", most: MEMBERS_MAX });
                }
            }
            visit(&Relation { tags: self.tags(keys, values), members })
        })
    }

    fn each(&'a self, number: u32, mut visit: impl FnMut(&'a [u8]) -> Result<(), MapError>) -> Result<(), MapError> {
        for group in &self.groups {
            for field in Fields(group) {
                if let Field::Bytes(found, bytes) = field?
                    && found == number
                {
                    visit(bytes)?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a varint back: tags of dense nodes are interleaved, and are read through the same [`Tags`] as all others.
fn write(bytes: &mut Vec<u8>, mut value: u64) {
    while let Ok(byte) = u8::try_from(value & 0x7f) {
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            break;
        }
        bytes.push(byte | 0x80);
    }
}
