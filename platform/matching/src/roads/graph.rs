//! The graph behind the answers, for whoever wants to search it otherwise: another library, or a plain search that proves
//! the answers right. Called by tests and benches.

use super::{Roads, Snap, city::Gates, network::place};

/// An edge of the graph that forbidden turns are part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphEdge {
    /// The vertex that it leaves.
    pub tail: u32,
    /// The vertex that it leads to.
    pub head: u32,
    /// Travel time, ms, 1 or more.
    pub ms: u32,
}

impl Roads {
    /// How many vertices the graph has: junctions, and more where turns are forbidden.
    #[must_use]
    pub fn vertex_count(&self) -> usize {
        self.layout.hierarchy.len()
    }

    /// Every edge of the graph, by the vertex that it leads to.
    pub fn edges(&self) -> impl Iterator<Item = GraphEdge> {
        (0..).take(self.vertex_count()).flat_map(|head| {
            let ms = |arc: u32| self.times.arcs.get(place(arc)).copied().unwrap_or(0);
            self.layout.leading_to(head).iter().map(move |[tail, arc]| GraphEdge { tail: *tail, head, ms: ms(*arc) })
        })
    }

    /// The vertices that one comes to first from a place on a road, and how long that takes, ms.
    #[must_use]
    pub fn ways_out(&self, from: &Snap) -> Vec<(u32, u32)> {
        let mut gates = Gates::default();
        self.gates_from(from, &mut gates);
        pairs(&gates)
    }

    /// The vertices that one comes to a place on a road from, and how long that takes, ms.
    #[must_use]
    pub fn ways_in(&self, to: &Snap) -> Vec<(u32, u32)> {
        let mut gates = Gates::default();
        self.gates_to(to, &mut gates);
        pairs(&gates)
    }

    /// How long it is from one place to another on the same segment without leaving it, ms, where that can be driven.
    #[must_use]
    pub fn straight_ms(&self, from: &Snap, to: &Snap) -> Option<u32> {
        self.straight_on(from, to).and_then(|ms| u32::try_from(ms).ok())
    }
}

fn pairs(gates: &Gates) -> Vec<(u32, u32)> {
    gates.0.iter().map(|gate| (gate.vertex, gate.ms.cast_unsigned())).collect()
}
