//! From the bytes of an `.osm.pbf` file to streets: what a taxi may drive, where that lies, and which turns it may not
//! make. Called by `compile`. Reads the bytes twice, first for the ways and then for the places on them, so that the
//! places of a whole country need not be held to find a city's.
//!
//! - `wire`: Protocol Buffers
//! - `blob`: the envelope
//! - `block`: places, ways, relations
//! - `tags`: what they mean to a taxi

mod blob;
mod block;
mod tags;
mod wire;

use self::{
    block::{Block, Kind},
    tags::Rule,
};
use super::MapError;

/// The most places that the ways of one map may name.
const PLACES_MAX: usize = 1 << 25;

/// A way that cars use.
#[derive(Debug)]
pub(super) struct Street {
    pub(super) id: i64,
    /// Its places, as places of [`Streets::places`].
    pub(super) line: Vec<u32>,
    /// Along the line and against it, km/h; 0 is not at all.
    pub(super) kmh: [u8; 2],
}

/// A place on a street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Latitude and longitude in ten-millionths of a degree.
    pub(super) at: [i32; 2],
    /// Nothing drives through.
    pub(super) blocked: bool,
}

/// A rule for turning, by ids of ways and by place.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) from: Vec<i64>,
    pub(super) via: Via,
    pub(super) to: Vec<i64>,
    /// Only this turn may be made, and not: this turn may not be made.
    pub(super) only: bool,
}

/// Where a turn is made.
#[derive(Debug)]
pub(super) enum Via {
    /// At a place.
    Place(u32),
    /// By way of these ways.
    Ways(Vec<i64>),
}

/// What a map says to a taxi.
#[derive(Debug, Default)]
pub(super) struct Streets {
    pub(super) streets: Vec<Street>,
    /// `None` lies outside the extract.
    pub(super) places: Vec<Option<Place>>,
    pub(super) turns: Vec<Turn>,
    /// Turn restrictions that name what is not there.
    pub(super) turns_unread: usize,
}

/// Reads an `.osm.pbf` file.
pub(super) fn read(file: &[u8]) -> Result<Streets, MapError> {
    let mut streets = Streets::default();
    let (mut lines, mut rules) = (Vec::new(), Vec::new());
    let mut named = 0_usize;
    blob::each_block(file, |bytes| {
        let block = Block::parse(bytes)?;
        block.each_way(&mut |way| {
            let Some(kmh) = tags::speeds(&way.tags)? else { return Ok(()) };
            let line: Vec<i64> = wire::deltas(way.nodes).collect::<Result<_, _>>()?;
            named = named.saturating_add(line.len());
            if named > PLACES_MAX {
                return Err(MapError::TooLarge { what: "places on roads", most: PLACES_MAX });
            }
            streets.streets.push(Street { id: way.id, line: Vec::new(), kmh });
            lines.push(line);
            Ok(())
        })?;
        block.each_relation(&mut |relation| {
            if let Some(rule) = tags::rule(&relation.tags)? {
                rules.push(Spoken::new(rule, &relation.members));
            }
            if rules.len() > PLACES_MAX {
                return Err(MapError::TooLarge { what: "turn restrictions", most: PLACES_MAX });
            }
            Ok(())
        })
    })?;
    let mut ids: Vec<i64> = lines.iter().flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let index = |id: i64| ids.binary_search(&id).ok().and_then(|at| u32::try_from(at).ok());
    for (street, line) in streets.streets.iter_mut().zip(&lines) {
        street.line = line.iter().filter_map(|id| index(*id)).collect();
    }
    streets.places = read_places(file, &ids)?;
    for rule in rules {
        match rule.heard(index) {
            Some(turn) => streets.turns.push(turn),
            None => streets.turns_unread += 1,
        }
    }
    Ok(streets)
}

fn read_places(file: &[u8], ids: &[i64]) -> Result<Vec<Option<Place>>, MapError> {
    let mut places = vec![None; ids.len()];
    blob::each_block(file, |bytes| {
        Block::parse(bytes)?.each_node(&mut |node| {
            let slot = ids.binary_search(&node.id).ok().and_then(|at| places.get_mut(at));
            let Some(slot) = slot else { return Ok(()) };
            let (Ok(lat), Ok(lng)) = (i32::try_from(node.at[0]), i32::try_from(node.at[1])) else {
                return Err(MapError::NotOsm { what: "a place lies nowhere on the earth" });
            };
            if lat.unsigned_abs() > 900_000_000 || lng.unsigned_abs() > 1_800_000_000 {
                return Err(MapError::NotOsm { what: "a place lies nowhere on the earth" });
            }
            *slot = Some(Place { at: [lat, lng], blocked: tags::is_blocked(&node.tags)? });
            Ok(())
        })
    })?;
    Ok(places)
}

/// A turn restriction as the file words it.
struct Spoken {
    rule: Rule,
    from: Vec<i64>,
    to: Vec<i64>,
    via_nodes: Vec<i64>,
    via_ways: Vec<i64>,
}

impl Spoken {
    fn new(rule: Rule, members: &[(&[u8], Kind, i64)]) -> Self {
        let of = |role: &[u8], kind: Kind| -> Vec<i64> {
            members.iter().filter(|member| member.0 == role && member.1 == kind).map(|member| member.2).collect()
        };
        Self {
            rule,
            from: of(b"from", Kind::Way),
            to: of(b"to", Kind::Way),
            via_nodes: of(b"via", Kind::Node),
            via_ways: of(b"via", Kind::Way),
        }
    }

    fn heard(self, index: impl Fn(i64) -> Option<u32>) -> Option<Turn> {
        let via = match (self.via_nodes.as_slice(), self.via_ways.is_empty()) {
            ([node], true) => Via::Place(index(*node)?),
            ([], false) => Via::Ways(self.via_ways),
            _ => return None,
        };
        let complete = !self.from.is_empty() && !self.to.is_empty();
        complete.then_some(Turn { from: self.from, via, to: self.to, only: self.rule == Rule::Only })
    }
}
