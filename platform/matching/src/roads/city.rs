//! A city's roads, ready to be asked: the module's front door. Called by the assignment, by prediction and by the program's
//! face. Reads no files: it is made from bytes and goes into bytes.

use std::sync::Arc;

use fareway_shared::place::LatLng;

use super::{
    MapError, Snap, Summary,
    compile::compile,
    file,
    layout::Layout,
    network::{WHOLE, place},
    osm,
    times::{FAR_MS, Times, least_sum},
};

/// A city's roads and how long each takes. Any number of cities may stand side by side, and any number of travel times of
/// one city share its roads.
#[derive(Debug, Clone)]
pub struct Roads {
    pub(super) layout: Arc<Layout>,
    pub(super) times: Times,
}

/// A vertex, and how long it takes to or from there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub(super) vertex: u32,
    pub(super) ms: i32,
}

/// The few vertices by which a place on a road is left or reached. There are more only where turn restrictions meet.
#[derive(Debug, Clone, Default)]
pub(super) struct Gates(pub(super) Vec<Gate>);

impl Roads {
    /// Reads an OpenStreetMap extract (`.osm.pbf`) and makes a city of it; seconds for a city. (c) OpenStreetMap
    /// contributors, ODbL 1.0: show that line wherever the map or something drawn from it is shown.
    ///
    /// # Errors
    /// [`MapError`] if it is not such an extract, is too large, or has no connected roads.
    pub fn build(osm_pbf: &[u8]) -> Result<(Self, Summary), MapError> {
        let (network, summary) = compile(&osm::read(osm_pbf)?)?;
        Ok((Self::of(Layout::new(network, None)?)?, summary))
    }

    /// Opens a map file that [`Roads::save`] made; milliseconds for a city.
    ///
    /// # Errors
    /// [`MapError`] if the bytes are not such a file, or not of this version, or damaged.
    pub fn open(map: &[u8]) -> Result<Self, MapError> {
        let (network, order) = file::read(map)?;
        Self::of(Layout::new(network, Some(order))?)
    }

    /// The map file of this city. It holds the travel times that the map was built with, not those set since.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        file::write(&self.layout.network, &self.layout.order)
    }

    pub(super) fn of(layout: Layout) -> Result<Self, MapError> {
        let times = Times::new(&layout)?;
        Ok(Self { layout: Arc::new(layout), times })
    }

    /// How many arcs there are: two a segment, along its line and against it, closed ones counted.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.times.arcs.len()
    }

    /// The travel time of each arc, ms; 0 for one that may not be driven.
    #[must_use]
    pub fn arc_ms(&self) -> &[u32] {
        &self.times.arcs
    }

    /// Sets the travel time of every arc, ms. What is given for closed arcs is passed over. Every answer afterwards is
    /// exact for the new times. Milliseconds for a city.
    ///
    /// # Errors
    /// [`MapError::WrongCount`] and [`MapError::WrongTime`]; then nothing has changed.
    pub fn set_arc_ms(&mut self, ms: &[u32]) -> Result<(), MapError> {
        self.times.set(&self.layout, ms)
    }

    /// The point of a road nearest to a place, if one is within `reach_m`. About a tenth of a microsecond near roads.
    #[must_use]
    pub fn snap(&self, at: LatLng, reach_m: f64) -> Option<Snap> {
        self.layout.grid.snap(at, reach_m)
    }

    /// [`Roads::snap`] for many places; sooner done than one by one.
    pub(crate) fn snap_all(&self, places: &[LatLng], reach_m: f64) -> Vec<Option<Snap>> {
        self.layout.grid.snap_all(places, reach_m)
    }

    /// The quickest way from one place on a road to another, ms, or `None` where there is no way. Exact: equal to a
    /// search of the whole graph, forbidden turns heeded.
    #[must_use]
    pub fn time_ms(&self, from: &Snap, to: &Snap) -> Option<u32> {
        let (mut out, mut back) = (Gates::default(), Gates::default());
        self.gates_from(from, &mut out);
        self.gates_to(to, &mut back);
        self.quickest(from, to, [&out.0, &back.0], [0, FAR_MS])
    }

    /// The same by the gates of both, which are as [`Roads::gates_from`] and [`Roads::gates_to`] say, if it is at most
    /// `most_ms`; the first way that takes at most `enough_ms` will do.
    pub(super) fn quickest(
        &self,
        from: &Snap,
        to: &Snap,
        [out, back]: [&[Gate]; 2],
        [enough_ms, most_ms]: [i32; 2],
    ) -> Option<u32> {
        let beyond = most_ms.saturating_add(1).min(FAR_MS);
        let mut best = self.straight_on(from, to).unwrap_or(beyond).min(beyond);
        for one in out {
            let row = self.times.to(one.vertex);
            for other in back {
                if one.ms + other.ms >= best || best <= enough_ms {
                    continue;
                }
                let common = self.layout.hierarchy.common(one.vertex, other.vertex);
                let sum = match (row.get(..common), self.times.from(other.vertex).get(..common)) {
                    (Some(to), Some(from)) => least_sum(to, from),
                    _ => FAR_MS,
                };
                best = best.min(one.ms.saturating_add(sum).saturating_add(other.ms));
            }
        }
        u32::try_from(best).ok().filter(|_| best < beyond)
    }

    /// Where one comes to from a place on a road, both ways.
    pub(super) fn gates_from(&self, from: &Snap, gates: &mut Gates) {
        gates.0.clear();
        self.add_gates_from(from, &mut gates.0);
    }

    /// The same behind others.
    #[inline]
    pub(super) fn add_gates_from(&self, from: &Snap, gates: &mut Vec<Gate>) {
        for (arc, share) in both_ways(from) {
            let Some(ms) = self.open_ms(arc) else { continue };
            let Some(&vertex) = self.layout.entry.get(place(arc)) else { continue };
            gates.push(Gate { vertex, ms: ms - partly(ms, share) });
        }
    }

    /// From where one comes to a place on a road, both ways.
    pub(super) fn gates_to(&self, to: &Snap, gates: &mut Gates) {
        gates.0.clear();
        self.add_gates_to(to, &mut gates.0);
    }

    /// The same behind others.
    #[inline]
    pub(super) fn add_gates_to(&self, to: &Snap, gates: &mut Vec<Gate>) {
        for (arc, share) in both_ways(to) {
            let Some(ms) = self.open_ms(arc) else { continue };
            let partly = partly(ms, share);
            gates.extend(self.layout.tails(arc).iter().map(|vertex| Gate { vertex: *vertex, ms: partly }));
        }
    }

    /// Without leaving the segment.
    pub(super) fn straight_on(&self, from: &Snap, to: &Snap) -> Option<i32> {
        if from.segment != to.segment {
            return None;
        }
        let ways = both_ways(from).into_iter().zip(both_ways(to));
        ways.filter(|((_, from), (_, to))| from <= to)
            .filter_map(|((arc, from), (_, to))| self.open_ms(arc).map(|ms| partly(ms, to) - partly(ms, from)))
            .min()
    }

    /// Whether a snap can be one of this city. One of another city may be taken for one of this, but does no harm.
    pub(super) fn knows(&self, at: &Snap) -> bool {
        let first = &self.layout.network.first_point;
        match (first.get(place(at.segment)), first.get(place(at.segment) + 1)) {
            (Some(start), Some(end)) => *start <= at.point && at.point + 1 < *end,
            _ => false,
        }
    }

    fn open_ms(&self, arc: u32) -> Option<i32> {
        self.times.arcs.get(place(arc)).filter(|ms| **ms > 0).map(|ms| ms.cast_signed())
    }
}

/// Both arcs of a place's segment, and the share of each that lies behind it.
pub(super) fn both_ways(at: &Snap) -> [(u32, u32); 2] {
    [(at.segment * 2, at.share), (at.segment * 2 + 1, WHOLE - at.share)]
}

/// What a share of an arc takes, ms, rounded to the nearest.
pub(super) fn partly(ms: i32, share: u32) -> i32 {
    let parts = i64::from(ms) * i64::from(share) + i64::from(WHOLE / 2);
    i32::try_from(parts / i64::from(WHOLE)).unwrap_or(ms)
}
