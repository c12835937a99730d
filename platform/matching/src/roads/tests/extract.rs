//! Writes `.osm.pbf` files, as small as they come, so that tests can say what a map says.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// A map being written: places by id, ways, relations.
#[derive(Default, Clone)]
pub(super) struct Extract {
    texts: Vec<String>,
    nodes: Vec<(i64, [f64; 2], Vec<[u64; 2]>)>,
    ways: Vec<Vec<u8>>,
    relations: Vec<Vec<u8>>,
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend(value);
}

fn packed(field: u64, values: impl IntoIterator<Item = u64>, out: &mut Vec<u8>) {
    let mut inner = Vec::new();
    values.into_iter().for_each(|value| varint(value, &mut inner));
    bytes(field, &inner, out);
}

fn deltas(values: impl IntoIterator<Item = i64>) -> impl Iterator<Item = u64> {
    let mut last = 0;
    values.into_iter().map(move |value| zigzag(value - std::mem::replace(&mut last, value)))
}

impl Extract {
    fn text(&mut self, text: &str) -> u64 {
        if self.texts.is_empty() {
            self.texts.push(String::new());
        }
        let at = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        at as u64
    }

    fn tags(&mut self, tags: &[(&str, &str)]) -> Vec<[u64; 2]> {
        tags.iter().map(|(key, value)| [self.text(key), self.text(value)]).collect()
    }

    pub(super) fn node(&mut self, id: i64, lat: f64, lng: f64, tags: &[(&str, &str)]) -> &mut Self {
        let tags = self.tags(tags);
        self.nodes.push((id, [lat, lng], tags));
        self
    }

    pub(super) fn way(&mut self, id: i64, nodes: &[i64], tags: &[(&str, &str)]) -> &mut Self {
        let tags = self.tags(tags);
        let mut way = Vec::new();
        number(1, id.cast_unsigned(), &mut way);
        packed(2, tags.iter().map(|tag| tag[0]), &mut way);
        packed(3, tags.iter().map(|tag| tag[1]), &mut way);
        packed(8, deltas(nodes.iter().copied()), &mut way);
        self.ways.push(way);
        self
    }

    /// Members are role, kind (0 node, 1 way, 2 relation) and id.
    pub(super) fn relation(&mut self, tags: &[(&str, &str)], members: &[(&str, u64, i64)]) -> &mut Self {
        let tags = self.tags(tags);
        let roles: Vec<u64> = members.iter().map(|member| self.text(member.0)).collect();
        let mut relation = Vec::new();
        packed(2, tags.iter().map(|tag| tag[0]), &mut relation);
        packed(3, tags.iter().map(|tag| tag[1]), &mut relation);
        packed(8, roles, &mut relation);
        packed(9, deltas(members.iter().map(|member| member.2)), &mut relation);
        packed(10, members.iter().map(|member| member.1), &mut relation);
        self.relations.push(relation);
        self
    }

    /// The file: a header, then one block of nodes (dense, or one by one), one of ways and one of relations.
    pub(super) fn file(&self, dense: bool, packing: Packing) -> Vec<u8> {
        let mut header = Vec::new();
        bytes(4, b"OsmSchema-V0.6", &mut header);
        bytes(4, b"DenseNodes", &mut header);
        let mut file = blob("OSMHeader", &header, packing);
        let nodes = if dense { self.dense() } else { self.plain() };
        let lists = |field: u64, list: &[Vec<u8>]| {
            let mut group = Vec::new();
            list.iter().for_each(|entry| bytes(field, entry, &mut group));
            group
        };
        for group in [nodes, lists(3, &self.ways), lists(4, &self.relations)] {
            let (mut texts, mut block) = (Vec::new(), Vec::new());
            self.texts.iter().for_each(|text| bytes(1, text.as_bytes(), &mut texts));
            bytes(1, &texts, &mut block);
            bytes(2, &group, &mut block);
            file.extend(blob("OSMData", &block, packing));
        }
        file
    }

    fn dense(&self) -> Vec<u8> {
        let units = |degrees: f64| (degrees * 1e7).round() as i64;
        let (mut dense, mut group) = (Vec::new(), Vec::new());
        packed(1, deltas(self.nodes.iter().map(|node| node.0)), &mut dense);
        packed(8, deltas(self.nodes.iter().map(|node| units(node.1[0]))), &mut dense);
        packed(9, deltas(self.nodes.iter().map(|node| units(node.1[1]))), &mut dense);
        packed(10, self.nodes.iter().flat_map(|node| node.2.iter().flatten().copied().chain([0])), &mut dense);
        bytes(2, &dense, &mut group);
        group
    }

    fn plain(&self) -> Vec<u8> {
        let mut group = Vec::new();
        for (id, [lat, lng], tags) in &self.nodes {
            let mut node = Vec::new();
            number(1, zigzag(*id), &mut node);
            packed(2, tags.iter().map(|tag| tag[0]), &mut node);
            packed(3, tags.iter().map(|tag| tag[1]), &mut node);
            number(8, zigzag((lat * 1e7).round() as i64), &mut node);
            number(9, zigzag((lng * 1e7).round() as i64), &mut node);
            bytes(1, &node, &mut group);
        }
        group
    }
}

/// How a block is packed.
#[derive(Clone, Copy)]
pub(super) enum Packing {
    Raw,
    Zlib,
}

/// A blob of a kind.
pub(super) fn blob(kind: &str, content: &[u8], packing: Packing) -> Vec<u8> {
    let (mut body, mut header) = (Vec::new(), Vec::new());
    match packing {
        Packing::Raw => bytes(1, content, &mut body),
        Packing::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).unwrap();
            number(2, content.len() as u64, &mut body);
            bytes(3, &encoder.finish().unwrap(), &mut body);
        }
    }
    bytes(1, kind.as_bytes(), &mut header);
    number(3, body.len() as u64, &mut header);
    let mut blob = (header.len() as u32).to_be_bytes().to_vec();
    blob.extend(header);
    blob.extend(body);
    blob
}
