//! The peers on our graph: `fast_paths` and a plain search. Called by `roads`.

#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a bench: it may stop where something is not as it should be"
)]

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use fareway_matching::roads::{Roads, Snap};
use fast_paths::{FastGraph, InputGraph, PathCalculator};

use crate::row::Failed;

/// Both peers, prepared.
pub(crate) struct Peers {
    fast: FastGraph,
    calculator: PathCalculator,
    first: Vec<usize>,
    edges: Vec<(u32, u32)>,
    settled: Vec<u32>,
}

impl Peers {
    pub(crate) fn new(roads: &Roads) -> Self {
        let started = Instant::now();
        let fast = fast_paths::prepare(&input(roads));
        println!("roads: fast_paths prepared in {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
        let calculator = fast_paths::create_calculator(&fast);
        let (first, edges) = leaving(roads);
        Self { fast, calculator, first, edges, settled: vec![u32::MAX; roads.vertex_count()] }
    }

    /// Prepares `fast_paths` for new travel times in the order it has, and tells how long that took.
    pub(crate) fn again(&mut self, roads: &Roads) -> Result<Duration, Failed> {
        let order = fast_paths::get_node_ordering(&self.fast);
        let input = input(roads);
        let started = Instant::now();
        self.fast = fast_paths::prepare_with_order(&input, &order)?;
        let took = started.elapsed();
        self.calculator = fast_paths::create_calculator(&self.fast);
        (self.first, self.edges) = leaving(roads);
        Ok(took)
    }

    /// The time from place to place by `fast_paths`.
    pub(crate) fn fast(&mut self, roads: &Roads, from: &Snap, to: &Snap) -> Option<u32> {
        let weighted =
            |gates: Vec<(u32, u32)>| gates.into_iter().map(|(vertex, ms)| (vertex as usize, ms as usize)).collect();
        let (starts, ends) = (weighted(roads.ways_out(from)), weighted(roads.ways_in(to)));
        let path = self.calculator.calc_path_multiple_sources_and_targets(&self.fast, starts, ends);
        let around = path.map(|path| path.get_weight() as u32);
        around.into_iter().chain(roads.straight_ms(from, to)).min()
    }

    /// The least that `fast_paths` can do for a pair: from one vertex to one vertex.
    pub(crate) fn fast_bare(&mut self, start: usize, end: usize) -> Option<usize> {
        self.calculator.calc_path(&self.fast, start, end).map(|path| path.get_weight())
    }

    /// The time from place to place by Dijkstra's algorithm.
    pub(crate) fn plain(&mut self, roads: &Roads, from: &Snap, to: &Snap) -> Option<u32> {
        self.settled.fill(u32::MAX);
        let ends = roads.ways_in(to);
        let mut best = roads.straight_ms(from, to).unwrap_or(u32::MAX);
        let mut heap: BinaryHeap<_> =
            roads.ways_out(from).into_iter().map(|(vertex, ms)| Reverse((ms, vertex))).collect();
        while let Some(Reverse((ms, vertex))) = heap.pop() {
            if ms >= best {
                break;
            }
            let settled = &mut self.settled[vertex as usize];
            if *settled <= ms {
                continue;
            }
            *settled = ms;
            for (_, rest) in ends.iter().filter(|(end, _)| *end == vertex) {
                best = best.min(ms + rest);
            }
            for (head, step) in &self.edges[self.first[vertex as usize]..self.first[vertex as usize + 1]] {
                if self.settled[*head as usize] > ms + step {
                    heap.push(Reverse((ms + step, *head)));
                }
            }
        }
        Some(best).filter(|best| *best < u32::MAX)
    }
}

fn input(roads: &Roads) -> InputGraph {
    let mut input = InputGraph::new();
    for edge in roads.edges().filter(|edge| edge.tail != edge.head) {
        input.add_edge(edge.tail as usize, edge.head as usize, edge.ms as usize);
    }
    input.freeze();
    input
}

fn leaving(roads: &Roads) -> (Vec<usize>, Vec<(u32, u32)>) {
    let mut edges: Vec<_> = roads.edges().map(|edge| (edge.tail, edge.head, edge.ms)).collect();
    edges.sort_unstable();
    let first = (0..=roads.vertex_count() as u32).map(|at| edges.partition_point(|edge| edge.0 < at)).collect();
    (first, edges.into_iter().map(|(_, head, ms)| (head, ms)).collect())
}
