//! Steps from every vertex to its neighbours, each with its time, next to one another: what a search walks along. Made for a
//! city's travel times when the first batch asks, then shared. Called by [`super::meeting`].

use std::sync::{Arc, OnceLock};

use super::{Roads, meeting::by_key, network::place, spread::Way};

/// Steps one way: the next vertex and how long it takes, by the vertex that one is at.
#[derive(Debug)]
pub(super) struct Steps {
    first: Vec<u32>,
    steps: Vec<(u32, i32)>,
}

/// Those of both ways, as soon as somebody has asked.
#[derive(Debug, Clone, Default)]
pub(super) struct BothSteps([OnceLock<Arc<Steps>>; 2]);

impl Steps {
    /// From a vertex.
    #[inline]
    pub(super) fn of(&self, vertex: usize) -> &[(u32, i32)] {
        match (self.first.get(vertex), self.first.get(vertex + 1)) {
            (Some(start), Some(end)) => self.steps.get(place(*start)..place(*end)).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Steps against the traffic ([`Way::Out`]: the ways lead here), or with it.
    fn new(roads: &Roads, way: Way) -> Self {
        let layout = &roads.layout;
        let ms = |arc: u32| roads.times.arcs.get(place(arc)).map_or(0, |ms| ms.cast_signed());
        let (first, steps) = match way {
            Way::Out => {
                (layout.first_in.clone(), layout.edges_in.iter().map(|[tail, arc]| (*tail, ms(*arc))).collect())
            }
            Way::In => {
                let count = roads.vertex_count();
                let edges =
                    || (0..).take(count).flat_map(|head| layout.leading_to(head).iter().map(move |edge| (head, edge)));
                let steps = edges().map(|(head, [tail, arc])| (*tail, (head, ms(*arc))));
                by_key(count, edges().map(|(_, [tail, _])| *tail), steps)
            }
        };
        Self { first, steps }
    }
}

impl Roads {
    /// Steps away from where searches begin that look for what ways lead from, or to.
    pub(super) fn steps(&self, way: Way) -> Arc<Steps> {
        let BothSteps([out, back]) = &self.times.steps;
        let known = if way == Way::Out { out } else { back };
        Arc::clone(known.get_or_init(|| Arc::new(Steps::new(self, way))))
    }
}
