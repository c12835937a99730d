//! Cars and pick-ups on a city's roads, and searches from one of them for those of the other side that are cheapest, time
//! plus something each. Called by the assignment. [`super::Draw`] gives cars by time alone; here every vertex has a bound
//! of what any column costs from there, so a search walks straight to the few that matter, however high prices are.
//!
//! A row is what is searched from, a column what is searched for; cars are always where ways start and pick-ups where they
//! end, so one search is against the traffic and the other with it.

#![expect(
    clippy::indexing_slicing,
    reason = "the innermost loops; places come from the layout and from lists made here"
)]

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

use super::{
    Roads, Snap,
    city::{Gate, both_ways, partly},
    network::place,
    spread::Way,
    times::FAR_MS,
};

/// Places of one side, and the vertices by which each is left, or reached.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    way: Way,
    snaps: Vec<Option<Snap>>,
    first: Vec<u32>,
    gates: Vec<Gate>,
}

impl Ends {
    /// Of places that are left ([`Way::Out`]) or reached ([`Way::In`]). One that no road is near to, or that the rest of
    /// the city cannot be reached from, or not reached from it, is as if it were `None`.
    pub(crate) fn new(roads: &Roads, way: Way, mut snaps: Vec<Option<Snap>>) -> Self {
        let (mut first, mut gates) = (Vec::with_capacity(snaps.len() + 1), Vec::with_capacity(snaps.len() * 2));
        let main = roads.main_tree();
        first.push(0);
        for snap in &mut snaps {
            let start = gates.len();
            if let Some(at) = snap.as_ref().filter(|snap| roads.knows(snap)) {
                match way {
                    Way::Out => roads.add_gates_from(at, &mut gates),
                    Way::In => roads.add_gates_to(at, &mut gates),
                }
            }
            if !gates[start..].iter().any(|gate| roads.is_connected(gate.vertex, &main, way)) {
                gates.truncate(start);
                *snap = None;
            }
            first.push(u32::try_from(gates.len()).unwrap_or(u32::MAX));
        }
        Self { way, snaps, first, gates }
    }

    /// Where one of them is, if on a road.
    pub(crate) fn snap(&self, end: usize) -> Option<&Snap> {
        self.snaps[end].as_ref()
    }

    /// Whether anybody is on no road.
    pub(crate) fn has_strays(&self) -> bool {
        self.snaps.iter().any(Option::is_none)
    }

    /// How long it takes from one to another, ms, by [`Roads::time_ms`]'s reckoning and not by a search's; `None` if one of
    /// them is on no road, or there is no way.
    pub(crate) fn apart_ms(roads: &Roads, (from, one): (&Self, usize), (to, other): (&Self, usize)) -> Option<u32> {
        roads.quickest(from.snap(one)?, to.snap(other)?, from.gates(one), to.gates(other))
    }

    fn gates(&self, end: usize) -> &[Gate] {
        &self.gates[place(self.first[end])..place(self.first[end + 1])]
    }

    fn len(&self) -> usize {
        self.snaps.len()
    }
}

impl Roads {
    /// The tree of most vertices, its root first. Others have a few that no way leads to or from.
    fn main_tree(&self) -> Range<u32> {
        let depths = (0..).zip(&self.layout.hierarchy.depth);
        let roots: Vec<u32> = depths.filter(|(_, depth)| **depth == 0).map(|(vertex, _)| vertex).collect();
        let ends = roots.iter().skip(1).copied().chain(u32::try_from(self.vertex_count()).ok());
        roots.iter().zip(ends).max_by_key(|(root, end)| end - **root).map_or(0..0, |(root, end)| *root..end)
    }

    /// Whether there is a way from a vertex to a tree's root, or from there to it: then there is one between any two that
    /// have it.
    fn is_connected(&self, vertex: u32, tree: &Range<u32>, way: Way) -> bool {
        let row = if way == Way::Out { self.times.to(vertex) } else { self.times.from(vertex) };
        tree.contains(&vertex) && row.first().is_some_and(|ms| *ms < FAR_MS)
    }
}

/// The columns' side, laid out for searches from rows.
#[derive(Debug, Clone)]
pub(crate) struct Crossing {
    way: Way,
    /// Steps away from a row: the next vertex and how long it takes, by the vertex that one is at.
    first_step: Vec<u32>,
    steps: Vec<(u32, i32)>,
    /// Columns by the vertex that they are left or reached by, and how long that takes.
    first_stand: Vec<u32>,
    stands: Vec<(u32, i32)>,
    /// Columns by segment.
    first_on: Vec<u32>,
    on: Vec<On>,
}

/// A column on its segment.
#[derive(Debug, Clone, Copy, Default)]
struct On {
    col: u32,
    share: u32,
    /// How far it is driven along the segment's line, and against it; below 0 where that is closed.
    ms: [i32; 2],
}

impl Crossing {
    /// Of the columns. Time: some 10 ns a column and an edge.
    pub(crate) fn new(roads: &Roads, cols: &Ends) -> Self {
        let count = roads.vertex_count();
        let edges =
            || (0..).take(count).flat_map(|head| roads.layout.leading_to(head).iter().map(move |edge| (head, edge)));
        let (first_step, steps) = by_key(count, || {
            edges().map(|(head, [tail, arc])| {
                let ms = roads.times.arcs[place(*arc)].cast_signed();
                if cols.way == Way::Out { (head, (*tail, ms)) } else { (*tail, (head, ms)) }
            })
        });
        let ends = || (0..).zip(0..cols.len());
        let (first_stand, stands) = by_key(count, || {
            ends().flat_map(|(col, end)| cols.gates(end).iter().map(move |gate| (gate.vertex, (col, gate.ms))))
        });
        let (first_on, on) = by_key(roads.arc_count() / 2, || {
            ends().filter_map(|(col, end)| cols.snap(end).map(|at| (at.segment, On::new(roads, col, at))))
        });
        Self { way: cols.way, first_step, steps, first_stand, stands, first_on, on }
    }

    /// For every vertex the least that a column costs from there: the way, and what `of` says of the column, which is left
    /// out if that is nothing. Searches are told so where to look.
    pub(crate) fn field(roads: &Roads, cols: &Ends, of: impl Fn(usize) -> Option<i32>, field: &mut Vec<i32>) {
        field.clear();
        field.resize(roads.vertex_count(), FAR_MS);
        for col in 0..cols.len() {
            let Some(price) = of(col) else { continue };
            for gate in cols.gates(col) {
                let least = &mut field[place(gate.vertex)];
                *least = (gate.ms + price).min(*least);
            }
        }
        roads.spread(field, cols.way);
    }

    /// The least that the field says of a row's columns, but for those on its own segment.
    pub(crate) fn least(rows: &Ends, row: usize, field: &[i32]) -> i32 {
        rows.gates(row).iter().map(|gate| gate.ms + field[place(gate.vertex)]).fold(FAR_MS, i32::min)
    }

    /// Shows the columns that a row comes to without leaving its segment, and how long each takes.
    #[inline]
    pub(crate) fn straight(&self, roads: &Roads, rows: &Ends, row: usize, mut see: impl FnMut(u32, i32)) {
        let Some(mine) = rows.snap(row) else { return };
        let span = place(self.first_on[place(mine.segment)])..place(self.first_on[place(mine.segment) + 1]);
        if span.is_empty() {
            return;
        }
        let mine = On::new(roads, u32::MAX, mine);
        for other in &self.on[span] {
            let (from, to) = if self.way == Way::Out { (other, &mine) } else { (&mine, other) };
            // Along the segment's line, and against it.
            let ways = [(from.share <= to.share, 0), (from.share >= to.share, 1)];
            let open = ways.into_iter().filter(|(is_ahead, way)| *is_ahead && from.ms[*way] >= 0);
            if let Some(ms) = open.map(|(_, way)| to.ms[way] - from.ms[way]).min() {
                see(other.col, ms);
            }
        }
    }
}

impl On {
    fn new(roads: &Roads, col: u32, at: &Snap) -> Self {
        let ms = both_ways(at).map(|(arc, share)| {
            let ms = roads.times.arcs[place(arc)].cast_signed();
            if ms > 0 { partly(ms, share) } else { -1 }
        });
        Self { col, share: at.share, ms }
    }
}

/// What a search leaves behind, to be used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scout {
    /// The vertices to look at next: what a column costs there at least in the upper half, the vertex in the lower.
    heap: BinaryHeap<Reverse<u64>>,
    /// By vertex, the search that came there last, and how long it took.
    trail: Vec<(u32, i32)>,
    search: u32,
}

/// What a search heeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heed<'a> {
    /// What [`Crossing::field`] told, at prices that may have risen since.
    pub field: &'a [i32],
    /// A column that takes longer does not count, ms.
    pub reach_ms: i32,
}

impl Scout {
    /// Shows every column that costs less than the bound, with a time, until none is left: each at least once with its
    /// shortest time, and it may be before with longer ones. `see` returns the bound, which may only fall. Returns how many
    /// vertices were looked at.
    pub(crate) fn search(
        &mut self,
        crossing: &Crossing,
        gates_of: (&Ends, usize),
        heed: Heed<'_>,
        mut bound: i32,
        mut see: impl FnMut(u32, i32) -> i32,
    ) -> usize {
        self.trail.resize(crossing.first_step.len() - 1, (0, 0));
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.trail.fill((0, 0));
            self.search = 1;
        }
        self.heap.clear();
        let (rows, row) = gates_of;
        for gate in rows.gates(row) {
            self.come(gate.vertex, gate.ms, heed, bound);
        }
        let mut looked = 0;
        while let Some(Reverse(next)) = self.heap.pop() {
            let (least, vertex) = parts(next);
            if least >= bound {
                break;
            }
            let at = place(vertex);
            let ms = self.trail[at].1;
            if ms + heed.field[at] != least {
                continue;
            }
            looked += 1;
            for &(col, rest) in &crossing.stands[place(crossing.first_stand[at])..place(crossing.first_stand[at + 1])] {
                if ms + rest <= heed.reach_ms {
                    bound = see(col, ms + rest);
                }
            }
            for &(next, step) in &crossing.steps[place(crossing.first_step[at])..place(crossing.first_step[at + 1])] {
                self.come(next, ms + step, heed, bound);
            }
        }
        looked
    }

    #[inline]
    fn come(&mut self, vertex: u32, ms: i32, heed: Heed<'_>, bound: i32) {
        let least = ms + heed.field[place(vertex)];
        let trail = &mut self.trail[place(vertex)];
        if least >= bound || ms > heed.reach_ms || (trail.0 == self.search && trail.1 <= ms) {
            return;
        }
        *trail = (self.search, ms);
        self.heap.push(Reverse(key(least, vertex)));
    }
}

/// A number and a vertex in one word, in the order of the number.
fn key(least: i32, vertex: u32) -> u64 {
    u64::from(least.cast_unsigned() ^ 1 << 31) << 32 | u64::from(vertex)
}

fn parts(key: u64) -> (i32, u32) {
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "the two halves of 64 bits")]
    let (least, vertex) = ((key >> 32) as u32, key as u32);
    ((least ^ 1 << 31).cast_signed(), vertex)
}

/// What an iterator gives, sorted by key into one list: where each key's begins, one more at the end.
fn by_key<T: Copy + Default, I: Iterator<Item = (u32, T)>>(count: usize, all: impl Fn() -> I) -> (Vec<u32>, Vec<T>) {
    let mut first = vec![0_u32; count + 1];
    all().for_each(|(key, _)| first[place(key) + 1] += 1);
    (0..count).for_each(|at| first[at + 1] += first[at]);
    let (mut next, mut list) = (first.clone(), vec![T::default(); place(first[count])]);
    for (key, value) in all() {
        list[place(next[place(key)])] = value;
        next[place(key)] += 1;
    }
    (first, list)
}
