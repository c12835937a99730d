//! What a city's graph looks like while its vertices are taken out one after the other: who is whose ancestor, and which
//! shortcuts there may be. It knows no travel times, so new ones never change it (customizable contraction hierarchies,
//! Dibbelt, Strasser and Wagner, 2016). Called by [`super::Roads`] when a map is opened.
//!
//! Vertices are renumbered so that ancestors come first and every subtree stands together. A vertex is connected only with
//! its ancestors, and those form one line to the root: an ancestor is named by its depth alone, 0 being the root.

#![expect(clippy::indexing_slicing, reason = "vertices and depths are places in lists made here for them")]

use super::{MapError, network::place, order::Neighbours};

/// The most connections, and the most connections a vertex on the whole: what an order made by `order` needs many times
/// over, so that a bad order in a small file cannot ask for much memory.
const UP_MAX: usize = 1 << 27;
const UP_EACH_MAX: usize = 64;
/// The deepest that a line of ancestors may be.
const DEPTH_MAX: usize = 1 << 14;

/// The tree of ancestors and the connections with them.
#[derive(Debug)]
pub(super) struct Hierarchy {
    /// The new number of each vertex of the graph.
    pub(super) number: Vec<u32>,
    /// How many ancestors each vertex has. A root has none.
    pub(super) depth: Vec<u16>,
    /// The parent of each vertex; a root is its own.
    pub(super) parent: Vec<u32>,
    /// Where each vertex's connections begin; one more at the end.
    pub(super) first_up: Vec<u32>,
    /// The depths of the ancestors that a vertex is connected with, rising.
    pub(super) up: Vec<u16>,
    /// The same ancestors by their numbers.
    pub(super) upper: Vec<u32>,
    /// By the ancestor, where its connections from below begin, one more at the end; and of each, where its owner's
    /// connections begin and where it stands among them.
    first_below: Vec<u32>,
    below: Vec<[u32; 2]>,
    /// The shallowest depth in each run of vertices of a power of two, run by run, power by power.
    shallowest: Vec<Vec<u16>>,
}

impl Hierarchy {
    /// The hierarchy of a graph for an order of its vertices, last one first, that is a permutation. Time and memory: the
    /// number of connections, which is bounded.
    pub(super) fn new(neighbours: &Neighbours, order: &[u32]) -> Result<Self, MapError> {
        let count = order.len();
        let mut rank = vec![0_u32; count];
        (0..).zip(order).for_each(|(at, vertex)| rank[place(*vertex)] = at);
        let (above, parent) = connections(neighbours, order, &rank)?;
        let (number, by_number) = ancestors_first(&parent);

        let mut this = Self {
            number: rank.iter().map(|rank| number[place(*rank)]).collect(),
            depth: Vec::with_capacity(count),
            parent: Vec::with_capacity(count),
            first_up: vec![0],
            up: Vec::new(),
            upper: Vec::new(),
            first_below: Vec::new(),
            below: Vec::new(),
            shallowest: Vec::new(),
        };
        for &old in &by_number {
            let me = number[place(old)];
            let parent = number[place(parent[place(old)])];
            let depth = if parent == me { 0 } else { usize::from(this.depth[place(parent)]) + 1 };
            if depth >= DEPTH_MAX {
                return Err(MapError::TooLarge { what: "roads between two halves of it", most: DEPTH_MAX });
            }
            this.parent.push(parent);
            this.depth.push(u16::try_from(depth).unwrap_or(u16::MAX));
            let start = this.up.len();
            this.up.extend(above[place(old)].iter().map(|other| this.depth[place(number[place(*other)])]));
            this.up[start..].sort_unstable();
            this.first_up.push(u32::try_from(this.up.len()).unwrap_or(u32::MAX));
        }
        this.gather_below();
        this.shallowest = shallowest(&this.depth);
        Ok(this)
    }

    fn gather_below(&mut self) {
        let mut owned = Vec::with_capacity(self.up.len());
        let mut line = Vec::new();
        for (vertex, at) in (0..self.len()).zip(0_u32..) {
            line.truncate(usize::from(self.depth[vertex]));
            line.push(vertex);
            for connection in self.ups(at) {
                owned.push((line[usize::from(self.up[connection])], self.first_up[vertex]));
            }
        }
        self.upper = owned.iter().map(|(above, _)| u32::try_from(*above).unwrap_or(u32::MAX)).collect();
        let mut first = vec![0_u32; self.len() + 1];
        owned.iter().for_each(|(above, _)| first[above + 1] += 1);
        (0..self.len()).for_each(|at| first[at + 1] += first[at]);
        let (mut next, mut list) = (first.clone(), vec![[0; 2]; owned.len()]);
        for (connection, (above, start)) in (0..).zip(owned) {
            list[place(next[above])] = [start, connection];
            next[above] += 1;
        }
        (self.first_below, self.below) = (first, list);
    }

    /// The connections from below to a vertex: where their owners' connections begin, and where they stand.
    pub(super) fn below(&self, vertex: usize) -> &[[u32; 2]] {
        &self.below[place(self.first_below[vertex])..place(self.first_below[vertex + 1])]
    }

    /// How many vertices there are.
    pub(super) fn len(&self) -> usize {
        self.depth.len()
    }

    /// Where a vertex's connections stand.
    pub(super) fn ups(&self, vertex: u32) -> std::ops::Range<usize> {
        place(self.first_up[place(vertex)])..place(self.first_up[place(vertex) + 1])
    }

    /// How many vertices are on both lines to the root, the two themselves counted.
    pub(super) fn common(&self, one: u32, other: u32) -> usize {
        let (first, last) = if one < other { (place(one), place(other)) } else { (place(other), place(one)) };
        if first == last {
            return usize::from(self.depth[first]) + 1;
        }
        // The shallowest vertex after the first one hangs on the lowest that both share.
        let power = (last - first).ilog2();
        let runs = &self.shallowest[place(power)];
        usize::from(runs[first + 1].min(runs[last + 1 - (1 << power)]))
    }

    /// The connection of a vertex with the ancestor at a depth.
    pub(super) fn connection(&self, vertex: u32, depth: u16) -> Option<usize> {
        let ups = self.ups(vertex);
        self.up[ups.clone()].binary_search(&depth).ok().map(|at| ups.start + at)
    }

    /// A vertex's line of ancestors from the root down, itself last.
    pub(super) fn line(&self, vertex: u32, line: &mut Vec<u32>) {
        line.clear();
        line.resize(usize::from(self.depth[place(vertex)]) + 1, 0);
        let mut at = vertex;
        for slot in line.iter_mut().rev() {
            *slot = at;
            at = self.parent[place(at)];
        }
    }
}

/// By rank: with which earlier ranks a vertex is connected when it is taken out, all later ones being gone; and the
/// nearest of those, its parent.
fn connections(neighbours: &Neighbours, order: &[u32], rank: &[u32]) -> Result<(Vec<Vec<u32>>, Vec<u32>), MapError> {
    let count = order.len();
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); count];
    let mut parent: Vec<u32> = (0..).take(count).collect();
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); count];
    let (mut seen, mut total) = (vec![u32::MAX; count], 0);
    for (me, &vertex) in (0..).zip(order).collect::<Vec<_>>().into_iter().rev() {
        let mut mine: Vec<u32> = Vec::new();
        let mut add = |other: u32| {
            if other < me && seen[place(other)] != me {
                seen[place(other)] = me;
                mine.push(other);
            }
        };
        neighbours.of(vertex).iter().for_each(|other| add(rank[place(*other)]));
        for &child in &children[place(me)] {
            above[place(child)].iter().for_each(|other| add(*other));
        }
        if let Some(nearest) = mine.iter().max() {
            parent[place(me)] = *nearest;
            children[place(*nearest)].push(me);
        }
        total += mine.len();
        if total > UP_MAX.min(count * UP_EACH_MAX) {
            return Err(MapError::TooLarge { what: "connections in its order", most: UP_MAX });
        }
        above[place(me)] = mine;
    }
    Ok((above, parent))
}

/// New numbers by which ancestors come first and subtrees stand together, and the old ones in that order.
fn ancestors_first(parent: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); parent.len()];
    let mut open = Vec::new();
    for (me, &parent) in (0..).zip(parent).collect::<Vec<_>>().into_iter().rev() {
        if parent == me { open.push(me) } else { children[place(parent)].push(me) }
    }
    let (mut number, mut order) = (vec![0; parent.len()], Vec::with_capacity(parent.len()));
    while let Some(me) = open.pop() {
        number[place(me)] = u32::try_from(order.len()).unwrap_or(u32::MAX);
        order.push(me);
        open.extend(&children[place(me)]);
    }
    (number, order)
}

fn shallowest(depth: &[u16]) -> Vec<Vec<u16>> {
    let mut powers = vec![depth.to_vec()];
    let mut half = 1;
    while let Some(last) = powers.last()
        && last.len() > half
    {
        let next = last.iter().zip(&last[half..]).map(|(one, other)| *one.min(other)).collect();
        powers.push(next);
        half *= 2;
    }
    powers
}
