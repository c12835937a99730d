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

use std::{ops::Range, sync::Arc};

use super::{
    Roads, Snap,
    city::{Gate, both_ways, partly},
    network::place,
    spread::Way,
    steps::Steps,
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
            if let Some(at) = snap.as_ref() {
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
    /// them is on no road, or it takes more than `most_ms`. Any way is quick enough that takes `enough_ms`.
    pub(crate) fn apart_ms(
        roads: &Roads,
        (from, one): (&Self, usize),
        (to, other): (&Self, usize),
        [enough_ms, most_ms]: [i32; 2],
    ) -> Option<u32> {
        roads.quickest(from.snap(one)?, to.snap(other)?, [from.gates(one), to.gates(other)], [enough_ms, most_ms])
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
        let is_rooted =
            if way == Way::Out { self.times.is_root_reached(vertex) } else { self.times.is_reached(vertex) };
        tree.contains(&vertex) && is_rooted
    }
}

/// The columns' side, laid out for searches from rows.
#[derive(Debug, Clone)]
pub(crate) struct Crossing {
    way: Way,
    /// Steps away from a row.
    steps: Arc<Steps>,
    /// Columns by the vertex that they are left or reached by, and how long that takes, the nearest first.
    first_stand: Vec<u32>,
    stands: Vec<(i32, u32)>,
    /// Columns by segment, in the order of its line.
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
    /// Of the columns. Time: some 10 ns a column and a vertex.
    pub(crate) fn new(roads: &Roads, cols: &Ends) -> Self {
        let count = roads.vertex_count();
        let ends = || (0..).zip(0..cols.len());
        let stands =
            ends().flat_map(|(col, end)| cols.gates(end).iter().map(move |gate| (gate.vertex, (gate.ms, col))));
        let (first_stand, mut stands) = by_key(count, cols.gates.iter().map(|gate| gate.vertex), stands);
        for span in first_stand.windows(2).filter(|span| span[1] - span[0] > 1) {
            stands[place(span[0])..place(span[1])].sort_unstable();
        }
        let on =
            (0..).zip(&cols.snaps).filter_map(|(col, at)| at.as_ref().map(|at| (at.segment, On::new(roads, col, at))));
        let segments = cols.snaps.iter().flatten().map(|at| at.segment);
        let (first_on, mut on) = by_key(roads.arc_count() / 2, segments, on);
        for span in first_on.windows(2).filter(|span| span[1] - span[0] > 1) {
            on[place(span[0])..place(span[1])].sort_unstable_by_key(|on| (on.share, on.col));
        }
        Self { way: cols.way, steps: roads.steps(cols.way), first_stand, stands, first_on, on }
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

    /// Shows the columns that a row comes to without leaving its segment and that cost less than the bound, with how long
    /// each takes, until none is left. No column costs less than `lowest` besides; `see` returns the bound, which may only
    /// fall.
    #[inline]
    pub(crate) fn straight(
        &self,
        roads: &Roads,
        (rows, row): (&Ends, usize),
        (lowest, mut bound): (i32, i32),
        mut see: impl FnMut(u32, i32) -> i32,
    ) {
        let Some(mine) = rows.snap(row) else { return };
        let on = &self.on[place(self.first_on[place(mine.segment)])..place(self.first_on[place(mine.segment) + 1])];
        if on.is_empty() {
            return;
        }
        let mine = On::new(roads, u32::MAX, mine);
        let mut walk = |way: usize, other: &On| {
            let ms = (mine.ms[way] - other.ms[way]).abs();
            let is_near = ms.saturating_add(lowest) < bound;
            if is_near {
                bound = see(other.col, ms);
            }
            is_near
        };
        // Cars that stand behind drive along the segment's line, those ahead against it.
        let [behind, ahead] = if self.way == Way::Out { [0, 1] } else { [1, 0] };
        let end = on.partition_point(|other| other.share <= mine.share);
        if mine.ms[behind] >= 0 {
            let _ = on[..end].iter().rev().all(|other| walk(behind, other));
        }
        if mine.ms[ahead] >= 0 {
            let same = on[..end].iter().rev().take_while(|other| other.share == mine.share).count();
            let _ = on[end - same..].iter().all(|other| walk(ahead, other));
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
    heap: Vec<u64>,
    /// By vertex, the search that came there last, and how long it took.
    trail: Vec<(u32, i32)>,
    search: u32,
}

/// What a search heeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heed<'a> {
    /// What [`Crossing::field`] told, at prices that may have risen since.
    pub field: &'a [i32],
    /// No column costs less besides.
    pub lowest: i32,
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
        self.trail.resize(crossing.first_stand.len() - 1, (0, 0));
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
        while let Some(next) = self.heap.pop() {
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
            for &(rest, col) in &crossing.stands[place(crossing.first_stand[at])..place(crossing.first_stand[at + 1])] {
                if ms + rest > heed.reach_ms || (ms + rest).saturating_add(heed.lowest) >= bound {
                    break;
                }
                bound = see(col, ms + rest);
            }
            for &(next, step) in crossing.steps.of(at) {
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
        let key = key(least, vertex);
        let at = self.heap.partition_point(|other| *other > key);
        self.heap.insert(at, key);
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

/// What an iterator gives, sorted by key into one list: where each key's begins, one more at the end. `keys` are those of
/// all.
pub(super) fn by_key<T: Copy + Default>(
    count: usize,
    keys: impl Iterator<Item = u32>,
    all: impl Iterator<Item = (u32, T)>,
) -> (Vec<u32>, Vec<T>) {
    let mut first = vec![0_u32; count + 1];
    keys.for_each(|key| first[place(key) + 1] += 1);
    (0..count).for_each(|at| first[at + 1] += first[at]);
    let (mut next, mut list) = (first.clone(), vec![T::default(); place(first[count])]);
    for (key, value) in all {
        list[place(next[place(key)])] = value;
        next[place(key)] += 1;
    }
    (first, list)
}
