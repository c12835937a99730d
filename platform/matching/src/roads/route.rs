//! The way itself, not only how long it takes: its arcs, metres and line for display. Called through [`super::Roads`].
//! Shortcuts are undone one by one: a shortcut's time is the sum of two connections of one vertex below, found by trying
//! them, so nothing need be kept up to date when travel times change.

#![expect(clippy::indexing_slicing, reason = "connections, vertices and depths are places in lists of one layout")]

use fareway_shared::place::LatLng;

use super::{
    Roads, Snap,
    city::{Gate, Gates, both_ways},
    network::{Point, place},
    times::{FAR_MS, least_sum},
};

/// A way from one place on a road to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Travel time, ms: that of [`Roads::time_ms`].
    pub ms: u32,
    /// Its length, metres.
    pub m: f64,
    /// The arcs that it drives, the first and the last of them in part.
    pub arcs: Vec<u32>,
    /// Its line, from place to place.
    pub line: Vec<LatLng>,
}

/// A connection of the hierarchy, driven towards the root or away from it.
#[derive(Debug, Clone, Copy)]
enum Leg {
    Up(usize),
    Down(usize),
}
use Leg::{Down, Up};

impl Roads {
    /// The quickest way from one place on a road to another, or `None` where there is none. Of several equally quick it
    /// is always the same one. Time: some microseconds, and its length.
    #[must_use]
    pub fn route(&self, from: &Snap, to: &Snap) -> Option<Route> {
        if !self.knows(from) || !self.knows(to) {
            return None;
        }
        let ms = self.time_ms(from, to)?;
        let whole = ms.cast_signed();
        let arcs = match self.straight_arc(from, to, whole) {
            Some(arc) => vec![arc],
            None => self.arcs(from, to, whole)?,
        };
        let (m, line) = self.draw(from, to, &arcs);
        Some(Route { ms, m, arcs, line })
    }

    /// The place of a snap.
    #[must_use]
    pub fn place_of(&self, at: &Snap) -> Option<LatLng> {
        if self.knows(at) { lat_lng(self.point_of(at)) } else { None }
    }

    fn straight_arc(&self, from: &Snap, to: &Snap, ms: i32) -> Option<u32> {
        if self.straight_on(from, to)? != ms {
            return None;
        }
        let ways = both_ways(from).into_iter().zip(both_ways(to));
        let mut open = ways.filter(|((arc, from), (_, to))| from <= to && self.times.arcs[place(*arc)] > 0);
        open.find(|((arc, from), (_, to))| {
            let of = |share| super::city::partly(self.times.arcs[place(*arc)].cast_signed(), share);
            of(*to) - of(*from) == ms
        })
        .map(|((arc, _), _)| arc)
    }

    fn arcs(&self, from: &Snap, to: &Snap, ms: i32) -> Option<Vec<u32>> {
        let (mut out, mut back) = (Gates::default(), Gates::default());
        self.gates_from(from, &mut out);
        self.gates_to(to, &mut back);
        let (start, end) = self.gates_of(&out, &back, ms)?;
        let mut arcs = Vec::new();
        arcs.push(both_ways(from).map(|(arc, _)| arc).into_iter().find(|arc| self.leads_to(*arc, from, &start))?);
        self.between(start.vertex, end.vertex, &mut arcs)?;
        arcs.push(both_ways(to).map(|(arc, _)| arc).into_iter().find(|arc| self.leaves_from(*arc, to, &end))?);
        Some(arcs)
    }

    /// The gates that the quickest way goes by.
    fn gates_of(&self, out: &Gates, back: &Gates, ms: i32) -> Option<(Gate, Gate)> {
        out.0.iter().find_map(|start| {
            let back = back.0.iter();
            back.filter(|end| start.ms + self.vertices_ms(start.vertex, end.vertex) + end.ms == ms)
                .map(|end| (*start, *end))
                .next()
        })
    }

    fn leads_to(&self, arc: u32, from: &Snap, gate: &Gate) -> bool {
        let mut gates = Gates::default();
        self.gates_from(from, &mut gates);
        let open = self.times.arcs[place(arc)] > 0;
        open && self.layout.entry[place(arc)] == gate.vertex
            && gates.0.iter().any(|one| one.vertex == gate.vertex && one.ms == gate.ms)
            && self.rest_ms(arc, from) == gate.ms
    }

    fn rest_ms(&self, arc: u32, from: &Snap) -> i32 {
        let ms = self.times.arcs[place(arc)].cast_signed();
        let share = both_ways(from)[place(arc & 1)].1;
        ms - super::city::partly(ms, share)
    }

    fn leaves_from(&self, arc: u32, to: &Snap, gate: &Gate) -> bool {
        let ms = self.times.arcs[place(arc)].cast_signed();
        let share = both_ways(to)[place(arc & 1)].1;
        ms > 0 && self.layout.tails(arc).contains(&gate.vertex) && super::city::partly(ms, share) == gate.ms
    }

    fn vertices_ms(&self, start: u32, end: u32) -> i32 {
        let common = self.layout.hierarchy.common(start, end);
        least_sum(&self.times.to(start)[..common], &self.times.from(end)[..common])
    }

    /// The arcs from one vertex to another.
    fn between(&self, start: u32, end: u32, arcs: &mut Vec<u32>) -> Option<()> {
        let hierarchy = &self.layout.hierarchy;
        let common = hierarchy.common(start, end);
        let (to, from) = (self.times.to(start), self.times.from(end));
        let least = self.vertices_ms(start, end);
        let top = (0..common).rev().find(|depth| to[*depth] + from[*depth] == least)?;
        let mut legs = Vec::new();
        self.climb(start, top, &mut legs, true)?;
        let mut way_down = Vec::new();
        self.climb(end, top, &mut way_down, false)?;
        legs.extend(way_down.into_iter().rev());
        legs.reverse();
        while let Some(leg) = legs.pop() {
            self.undo(leg, &mut legs, arcs)?;
        }
        Some(())
    }

    /// The connections from a vertex to its ancestor at a depth, or from that to it, last one first.
    fn climb(&self, mut vertex: u32, top: usize, legs: &mut Vec<Leg>, upwards: bool) -> Option<()> {
        let hierarchy = &self.layout.hierarchy;
        let mut line = Vec::new();
        hierarchy.line(vertex, &mut line);
        while usize::from(hierarchy.depth[place(vertex)]) > top {
            let rows = |at: u32| if upwards { self.times.to(at) } else { self.times.from(at) };
            let ms = if upwards { &self.times.up } else { &self.times.down };
            let whole = rows(vertex)[top];
            let (connection, next) = hierarchy.ups(vertex).find_map(|connection| {
                let depth = usize::from(hierarchy.up[connection]);
                let next = *line.get(depth).filter(|_| depth >= top)?;
                (ms[connection] + rows(next)[top] == whole).then_some((connection, next))
            })?;
            legs.push(if upwards { Up(connection) } else { Down(connection) });
            vertex = next;
        }
        Some(())
    }

    /// A connection that is an arc is driven; one that is a shortcut is two connections of a vertex below.
    fn undo(&self, leg: Leg, legs: &mut Vec<Leg>, arcs: &mut Vec<u32>) -> Option<()> {
        let hierarchy = &self.layout.hierarchy;
        let (connection, slot, ms) = match leg {
            Up(at) => (at, at * 2, self.times.up[at]),
            Down(at) => (at, at * 2 + 1, self.times.down[at]),
        };
        let slot = u32::try_from(slot).ok()?;
        let edges = &self.layout.edges;
        let first = edges.partition_point(|(at, _)| *at < slot);
        let mut parallel = edges[first..].iter().take_while(|(at, _)| *at == slot);
        if let Some((_, edge)) = parallel.find(|(_, edge)| self.times.arcs[place(edge.arc)].cast_signed() == ms) {
            arcs.push(edge.arc);
            return Some(());
        }
        let owner = hierarchy.first_up.partition_point(|first| place(*first) <= connection) - 1;
        let depth = hierarchy.up[connection];
        let (first, second) = hierarchy.below(owner).iter().find_map(|&[start, here]| {
            let here = place(here);
            let there = place(start) + hierarchy.up[place(start)..here].binary_search(&depth).ok()?;
            let (legs, sum) = match leg {
                Up(_) => ((Down(here), Up(there)), self.times.down[here] + self.times.up[there]),
                Down(_) => ((Down(there), Up(here)), self.times.down[there] + self.times.up[here]),
            };
            (sum == ms && ms < FAR_MS).then_some(legs)
        })?;
        legs.push(second);
        legs.push(first);
        Some(())
    }

    /// Metres and line of a row of arcs.
    fn draw(&self, from: &Snap, to: &Snap, arcs: &[u32]) -> (f64, Vec<LatLng>) {
        let (start, end) = (self.point_of(from), self.point_of(to));
        let mut line = vec![start.at];
        let mut cm = 0_i64;
        let count = arcs.len();
        for (at, arc) in arcs.iter().enumerate() {
            let points = self.layout.network.line(arc >> 1);
            let against = arc & 1 == 1;
            let first = if at == 0 {
                &start
            } else if against {
                &points[points.len() - 1]
            } else {
                &points[0]
            };
            let last = if at + 1 == count {
                &end
            } else if against {
                &points[0]
            } else {
                &points[points.len() - 1]
            };
            cm += (i64::from(last.cm) - i64::from(first.cm)).abs();
            let (low, high) = (first.cm.min(last.cm), first.cm.max(last.cm));
            let between = points.iter().filter(|point| point.cm > low && point.cm < high).map(|point| point.at);
            let begun = line.len();
            line.extend(between);
            if against {
                line[begun..].reverse();
            }
            line.push(last.at);
        }
        line.dedup();
        let places = line.into_iter().filter_map(|at| LatLng::new(degrees(at[0]), degrees(at[1])).ok()).collect();
        (i32::try_from(cm).map_or(f64::from(i32::MAX), f64::from) / 100.0, places)
    }

    /// The point of a line that a snap lies at.
    fn point_of(&self, at: &Snap) -> Point {
        let points = &self.layout.network.points;
        let (one, next) = (points[place(at.point)], points[place(at.point) + 1]);
        let part = f64::from(at.part);
        let along =
            |axis: usize| rounded(f64::from(next.at[axis] - one.at[axis]).mul_add(part, f64::from(one.at[axis])));
        let cm = f64::from(next.cm - one.cm).mul_add(part, f64::from(one.cm));
        Point { at: [along(0), along(1)], cm: rounded(cm).cast_unsigned(), share: at.share }
    }
}

fn lat_lng(point: Point) -> Option<LatLng> {
    LatLng::new(degrees(point.at[0]), degrees(point.at[1])).ok()
}

fn degrees(at: i32) -> f64 {
    f64::from(at) / 1e7
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "between two numbers of this size")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}
