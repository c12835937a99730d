//! Travel times put through a hierarchy: every shortcut's time, and from them how long it is from each vertex to each of
//! its ancestors and back. Called by [`super::Roads`], anew for every change of the city's travel times; that is all that
//! such a change costs.
//!
//! Any shortest route climbs from its start to some ancestor and from there down to its end, and the two have their
//! ancestors in common from the root to one depth. So a travel time is the least sum along two short rows of numbers.

#![expect(
    clippy::indexing_slicing,
    reason = "the innermost loops; places come from the layout that the lists are made for"
)]

use super::{
    MapError,
    layout::Layout,
    network::{ARC_MS_MAX, place},
    steps::BothSteps,
};

/// Further than any route. Two of them and two arcs are less than the largest number.
pub(super) const FAR_MS: i32 = 1 << 29;

/// The most numbers in all rows of one direction, and the most in a row on the whole: several times what a large city needs.
const ROWS_MAX: usize = 1 << 28;
const ROW_MAX: usize = 1 << 10;

/// The travel times of a city's roads.
#[derive(Debug, Clone)]
pub(super) struct Times {
    /// Of each arc, ms; 0 for one that may not be driven.
    pub(super) arcs: Vec<u32>,
    /// Of each connection, towards the root and away from it.
    pub(super) up: Vec<i32>,
    pub(super) down: Vec<i32>,
    /// What searches walk along.
    pub(super) steps: BothSteps,
    /// Where each vertex's row begins; one more at the end.
    first: Vec<u32>,
    /// How long it is from each vertex to its ancestors from the root down, itself last.
    to: Vec<i32>,
    /// How long it is from them to it.
    from: Vec<i32>,
    /// Whether there is a way from each vertex to its root, and from the root to it.
    is_rooted: [Vec<bool>; 2],
}

impl Times {
    /// Room for travel times, and those that the map came with.
    pub(super) fn new(layout: &Layout) -> Result<Self, MapError> {
        let hierarchy = &layout.hierarchy;
        let mut first = vec![0_u32];
        let mut total = 0_usize;
        for depth in &hierarchy.depth {
            total += usize::from(*depth) + 1;
            first.push(u32::try_from(total).unwrap_or(u32::MAX));
        }
        if total > ROWS_MAX.min(hierarchy.len() * ROW_MAX) {
            return Err(MapError::TooLarge { what: "junctions for their depth", most: ROWS_MAX });
        }
        let connections = hierarchy.up.len();
        let mut this = Self {
            arcs: layout.network.ms.clone(),
            up: vec![FAR_MS; connections],
            down: vec![FAR_MS; connections],
            steps: BothSteps::default(),
            first,
            to: vec![FAR_MS; total],
            from: vec![FAR_MS; total],
            is_rooted: [Vec::new(), Vec::new()],
        };
        this.put_through(layout);
        Ok(this)
    }

    /// Takes these travel times of all arcs. What is given for a closed arc is passed over. Time: see the crate's page.
    pub(super) fn set(&mut self, layout: &Layout, ms: &[u32]) -> Result<(), MapError> {
        if ms.len() != self.arcs.len() {
            return Err(MapError::WrongCount { found: ms.len(), wanted: self.arcs.len() });
        }
        let fits = |(base, ms): (&u32, &u32)| *base == 0 || (1..=ARC_MS_MAX).contains(ms);
        if let Some(arc) = layout.network.ms.iter().zip(ms).position(|pair| !fits(pair)) {
            return Err(MapError::WrongTime { arc, ms: ms[arc], most: ARC_MS_MAX });
        }
        for ((mine, ms), base) in self.arcs.iter_mut().zip(ms).zip(&layout.network.ms) {
            *mine = if *base == 0 { 0 } else { *ms };
        }
        self.put_through(layout);
        Ok(())
    }

    fn put_through(&mut self, layout: &Layout) {
        self.steps = BothSteps::default();
        self.up.fill(FAR_MS);
        self.down.fill(FAR_MS);
        for (slot, edge) in &layout.edges {
            let ms = self.arcs[place(edge.arc)].cast_signed();
            let list = if slot & 1 == 0 { &mut self.up } else { &mut self.down };
            let least = &mut list[place(slot >> 1)];
            *least = ms.min(*least);
        }
        self.shortcuts(layout);
        self.rows(layout);
    }

    /// Takes the vertices out from the last to the first: what leads through one below becomes a shortcut.
    fn shortcuts(&mut self, layout: &Layout) {
        let hierarchy = &layout.hierarchy;
        let height = hierarchy.depth.iter().max().map_or(0, |depth| usize::from(*depth) + 1);
        let (mut up, mut down) = (vec![FAR_MS; height], vec![FAR_MS; height]);
        for vertex in (0..hierarchy.len()).rev() {
            let below = hierarchy.below(vertex);
            if below.is_empty() {
                continue;
            }
            let mine = place(hierarchy.first_up[vertex])..place(hierarchy.first_up[vertex + 1]);
            let depths = &hierarchy.up[mine.clone()];
            for ((depth, to), from) in depths.iter().zip(&self.up[mine.clone()]).zip(&self.down[mine.clone()]) {
                up[usize::from(*depth)] = *to;
                down[usize::from(*depth)] = *from;
            }
            for &[start, here] in below {
                let (to_me, from_me) = (self.up[place(here)], self.down[place(here)]);
                let others = place(start)..place(here);
                let others_ms = self.up[others.clone()].iter().zip(&self.down[others.clone()]);
                for (depth, (to, from)) in hierarchy.up[others].iter().zip(others_ms) {
                    let (up, down) = (&mut up[usize::from(*depth)], &mut down[usize::from(*depth)]);
                    *up = (from_me + to).min(*up);
                    *down = (from + to_me).min(*down);
                }
            }
            let mine_ms = self.up[mine.clone()].iter_mut().zip(&mut self.down[mine.clone()]);
            for (depth, (to, from)) in depths.iter().zip(mine_ms) {
                *to = up[usize::from(*depth)];
                *from = down[usize::from(*depth)];
            }
        }
    }

    /// Fills in the rows from the root down: a route to an ancestor begins with a connection.
    fn rows(&mut self, layout: &Layout) {
        let hierarchy = &layout.hierarchy;
        let mut line = Vec::new();
        self.is_rooted.iter_mut().for_each(Vec::clear);
        for (vertex, at) in (0..hierarchy.len()).zip(0_u32..) {
            // Ancestors have smaller numbers, so their rows are done and stand before this one.
            let depth = usize::from(hierarchy.depth[vertex]);
            line.truncate(depth);
            line.push(place(self.first[vertex]));
            let start = line[depth];
            let (done_to, to) = self.to.split_at_mut(start);
            let (done_from, from) = self.from.split_at_mut(start);
            let (to, from) = (&mut to[..=depth], &mut from[..=depth]);
            to.fill(FAR_MS);
            from.fill(FAR_MS);
            for connection in hierarchy.ups(at) {
                let other = usize::from(hierarchy.up[connection]);
                let row = line[other]..line[other] + other + 1;
                extend(to, self.up[connection], &done_to[row.clone()]);
                extend(from, self.down[connection], &done_from[row]);
            }
            to[depth] = 0;
            from[depth] = 0;
            let [is_root_reached, is_reached] = &mut self.is_rooted;
            is_root_reached.push(to[0] < FAR_MS);
            is_reached.push(from[0] < FAR_MS);
        }
    }

    /// Whether there is a way from a vertex to its root.
    pub(super) fn is_root_reached(&self, vertex: u32) -> bool {
        self.is_rooted[0][place(vertex)]
    }

    /// Whether there is a way to a vertex from its root.
    pub(super) fn is_reached(&self, vertex: u32) -> bool {
        self.is_rooted[1][place(vertex)]
    }

    /// How long it is from a vertex to its ancestors, from the root down.
    pub(super) fn to(&self, vertex: u32) -> &[i32] {
        &self.to[place(self.first[place(vertex)])..place(self.first[place(vertex) + 1])]
    }

    /// How long it is to a vertex from its ancestors, from the root down.
    pub(super) fn from(&self, vertex: u32) -> &[i32] {
        &self.from[place(self.first[place(vertex)])..place(self.first[place(vertex) + 1])]
    }
}

/// Makes `row` no longer than `by` and then `rest`, where that is shorter.
fn extend(row: &mut [i32], by: i32, rest: &[i32]) {
    for (ms, rest) in row.iter_mut().zip(rest) {
        *ms = (by + rest).min(*ms);
    }
}

/// The least sum of two rows, from the root down.
pub(super) fn least_sum(to: &[i32], from: &[i32]) -> i32 {
    to.iter().zip(from).map(|(to, from)| to + from).fold(2 * FAR_MS - 1, i32::min)
}
