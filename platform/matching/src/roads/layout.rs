//! Everything about a city's roads that new travel times do not change: network, graph, hierarchy, grid. Made once when a
//! map is built or opened, then only read; any number of [`super::Roads`] may share it.

#![expect(clippy::indexing_slicing, reason = "arcs, vertices and edges are places in lists made here for them")]

use super::{
    MapError,
    grid::Grid,
    hierarchy::Hierarchy,
    network::{Network, place},
    order::{self, Neighbours},
    turns::{Edge, Turns},
};

/// A city's roads without travel times.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) network: Network,
    /// The order that `hierarchy` was made from: the graph's vertices, last one first.
    pub(super) order: Vec<u32>,
    pub(super) hierarchy: Hierarchy,
    pub(super) grid: Grid,
    /// Every edge that leads somewhere, in order of its slot: the connection that it is part of, twice, and one more if
    /// it leads away from the root.
    pub(super) edges: Vec<(u32, Edge)>,
    /// The vertex that each arc leads to for whoever begins on it.
    pub(super) entry: Vec<u32>,
    /// Where the vertices that each arc may be driven from begin; one more at the end.
    first_tail: Vec<u32>,
    tails: Vec<u32>,
    /// Edges by the vertex that they lead to: where they begin, one more at the end; and tail and arc of each.
    pub(super) first_in: Vec<u32>,
    pub(super) edges_in: Vec<[u32; 2]>,
}

impl Layout {
    /// The layout of a checked network, for an order that may come from a file; without one, a good one is found.
    pub(super) fn new(network: Network, order: Option<Vec<u32>>) -> Result<Self, MapError> {
        let turns = Turns::new(&network)?;
        let neighbours = Neighbours::new(&turns);
        let order = match order {
            Some(order) if is_permutation(&order, turns.junction.len()) => order,
            Some(_) => return Err(MapError::NotAMap { what: "its order does not fit its roads" }),
            None => {
                let places: Vec<[i32; 2]> = turns.junction.iter().map(|node| network.nodes[place(*node)]).collect();
                order::dissect(&neighbours, &places)
            }
        };
        let hierarchy = Hierarchy::new(&neighbours, &order)?;
        let number = |vertex: u32| hierarchy.number[place(vertex)];
        let numbered: Vec<Edge> = turns
            .edges
            .iter()
            .map(|edge| Edge { tail: number(edge.tail), head: number(edge.head), arc: edge.arc })
            .collect();
        let entry = turns.entry.iter().map(|vertex| number(*vertex)).collect();

        let (first_tail, tails) = gathered(network.ms.len(), &numbered, |edge| (edge.arc, edge.tail));
        let (first_in, edges_in) = gathered(hierarchy.len(), &numbered, |edge| (edge.head, [edge.tail, edge.arc]));
        let mut edges: Vec<(u32, Edge)> = Vec::with_capacity(numbered.len());
        for edge in numbered {
            let away = edge.tail < edge.head;
            let (low, high) = if away { (edge.head, edge.tail) } else { (edge.tail, edge.head) };
            if let Some(connection) = hierarchy.connection(low, hierarchy.depth[place(high)]).filter(|_| low != high) {
                let slot = connection * 2 + usize::from(away);
                edges.push((u32::try_from(slot).unwrap_or(u32::MAX), edge));
            }
        }
        edges.sort_unstable();
        let grid = Grid::new(&network)?;
        Ok(Self { network, order, hierarchy, grid, edges, entry, first_tail, tails, first_in, edges_in })
    }

    /// The vertices that an arc may be driven from.
    pub(super) fn tails(&self, arc: u32) -> &[u32] {
        &self.tails[place(self.first_tail[place(arc)])..place(self.first_tail[place(arc) + 1])]
    }

    /// The edges that lead to a vertex: tail and arc of each.
    pub(super) fn leading_to(&self, vertex: u32) -> &[[u32; 2]] {
        &self.edges_in[place(self.first_in[place(vertex)])..place(self.first_in[place(vertex) + 1])]
    }
}

fn is_permutation(order: &[u32], count: usize) -> bool {
    let mut seen = vec![false; count];
    order.len() == count
        && order.iter().all(|at| seen.get_mut(place(*at)).is_some_and(|seen| !std::mem::replace(seen, true)))
}

/// Edges sorted into `count` heaps: where each begins, and one more; and what is kept of each edge.
fn gathered<T: Copy + Default>(count: usize, edges: &[Edge], of: impl Fn(&Edge) -> (u32, T)) -> (Vec<u32>, Vec<T>) {
    let mut first = vec![0_u32; count + 1];
    edges.iter().for_each(|edge| first[place(of(edge).0) + 1] += 1);
    (0..count).for_each(|at| first[at + 1] += first[at]);
    let (mut next, mut list) = (first.clone(), vec![T::default(); edges.len()]);
    for edge in edges {
        let (heap, kept) = of(edge);
        list[place(next[place(heap)])] = kept;
        next[place(heap)] += 1;
    }
    (first, list)
}
