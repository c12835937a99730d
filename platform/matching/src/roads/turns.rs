//! Forbidden turns made part of the graph, so that a plain shortest path obeys them. Called by `compile` and by
//! [`super::Roads`]. Exact for turns by way of other segments too.
//!
//! A forbidden turn is a word of arcs that no route may contain. The words' beginnings are the states of an automaton
//! (Aho and Corasick, 1975): where a route stands is its junction and the longest beginning that it has just driven.
//! Nearly always that is none, so a junction is nearly always one vertex; each beginning adds one more.

#![expect(
    clippy::indexing_slicing,
    reason = "places in lists come from a checked network and from these lists themselves"
)]

use std::collections::BTreeMap;

use super::{
    MapError,
    network::{COUNT_MAX, Network, place},
};

/// No state, no vertex.
const NONE: u32 = u32::MAX;

/// An edge of the graph: `arc`, driven from one vertex to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) tail: u32,
    pub(super) head: u32,
    pub(super) arc: u32,
}

/// The graph that obeys forbidden turns. Its first vertices are the junctions, with nothing driven yet.
#[derive(Debug)]
pub(super) struct Turns {
    /// The junction of each vertex.
    pub(super) junction: Vec<u32>,
    /// In order of their tails.
    pub(super) edges: Vec<Edge>,
    /// The vertex that an arc leads to when nothing was driven before it.
    pub(super) entry: Vec<u32>,
}

/// The beginnings of forbidden words.
struct Automaton {
    next: BTreeMap<(u32, u32), u32>,
    /// The state after one arc from the start, for each arc.
    from_start: Vec<u32>,
    /// The longest other beginning that a state ends in.
    fallback: Vec<u32>,
    last: Vec<u32>,
    forbidden: Vec<bool>,
}

impl Automaton {
    fn new(network: &Network) -> Self {
        let mut this = Self {
            next: BTreeMap::new(),
            from_start: vec![NONE; network.ms.len()],
            fallback: vec![0],
            last: vec![NONE],
            forbidden: vec![false],
        };
        // Breadth first: what a state falls back on is shorter, hence already there.
        let words: Vec<&[u32]> = network.forbidden().collect();
        let mut reached = vec![0_u32; words.len()];
        for length in 0..words.iter().map(|word| word.len()).max().unwrap_or(0) {
            for (word, at) in words.iter().zip(&mut reached) {
                let Some(&arc) = word.get(length) else { continue };
                *at = this.grow(*at, arc, length + 1 == word.len());
            }
        }
        this
    }

    fn grow(&mut self, from: u32, arc: u32, ends: bool) -> u32 {
        let state = match self.child(from, arc) {
            Some(state) => state,
            None => {
                let shorter = if from == 0 { 0 } else { self.step(self.fallback[place(from)], arc) };
                let state = u32::try_from(self.last.len()).unwrap_or(NONE);
                self.fallback.push(shorter);
                self.last.push(arc);
                self.forbidden.push(self.forbidden[place(shorter)]);
                self.next.insert((from, arc), state);
                if from == 0 {
                    self.from_start[place(arc)] = state;
                }
                state
            }
        };
        if ends {
            self.forbidden[place(state)] = true;
        }
        state
    }

    fn child(&self, state: u32, arc: u32) -> Option<u32> {
        if state == 0 {
            return Some(self.from_start[place(arc)]).filter(|state| *state != NONE);
        }
        self.next.get(&(state, arc)).copied()
    }

    /// The state after `arc`.
    fn step(&self, mut state: u32, arc: u32) -> u32 {
        loop {
            match self.child(state, arc) {
                Some(next) => return next,
                None if state == 0 => return 0,
                None => state = self.fallback[place(state)],
            }
        }
    }
}

impl Turns {
    /// The graph of a network that passed [`Network::check`]. Time and memory: linear in the arcs and in the words.
    pub(super) fn new(network: &Network) -> Result<Self, MapError> {
        let automaton = Automaton::new(network);
        let nodes = network.nodes.len();
        let vertices = nodes + automaton.last.len() - 1;
        if vertices > COUNT_MAX {
            return Err(MapError::TooLarge { what: "junctions and turn restrictions", most: COUNT_MAX });
        }
        let vertex = |state: u32, arc: u32| match (state, network.arc_ends(arc)) {
            (0, Some([_, head])) => head,
            (state, _) => u32::try_from(nodes).unwrap_or(NONE) + state - 1,
        };
        let head = |arc: u32| network.arc_ends(arc).map_or(NONE, |[_, head]| head);
        let mut junction: Vec<u32> = (0..).take(nodes).collect();
        junction.extend(automaton.last.iter().skip(1).map(|arc| head(*arc)));

        let arcs = 0..u32::try_from(network.ms.len()).unwrap_or(0);
        let mut leaving = vec![Vec::new(); nodes];
        for arc in arcs.clone().filter(|arc| network.is_open(*arc)) {
            if let Some([tail, _]) = network.arc_ends(arc) {
                leaving[place(tail)].push(arc);
            }
        }
        let mut edges = Vec::new();
        for (tail, &junction) in (0..).zip(&junction) {
            let state = u32::try_from((place(tail) + 1).saturating_sub(nodes)).unwrap_or(0);
            if automaton.forbidden[place(state)] {
                continue;
            }
            for &arc in &leaving[place(junction)] {
                let next = automaton.step(state, arc);
                if !automaton.forbidden[place(next)] {
                    edges.push(Edge { tail, head: vertex(next, arc), arc });
                }
            }
        }
        let entry = arcs.map(|arc| vertex(automaton.step(0, arc), arc)).collect();
        Ok(Self { junction, edges, entry })
    }

    /// Which vertices are of the largest part where everything can be reached from everything. Of two equally large
    /// parts it is the one found first, from the first vertex on.
    pub(super) fn largest_part(&self) -> Vec<bool> {
        let part = strong_parts(self.junction.len(), &self.edges);
        let mut sizes = vec![0_u32; part.len()];
        part.iter().for_each(|part| sizes[place(*part)] += 1);
        let largest = (0..).zip(&sizes).max_by_key(|(at, size)| (**size, u32::MAX - *at)).map_or(0, |(at, _)| at);
        part.into_iter().map(|part| part == largest).collect()
    }
}

/// The strongly connected part of each vertex (Tarjan, 1972), without recursion. `edges` are in order of their tails.
fn strong_parts(vertices: usize, edges: &[Edge]) -> Vec<u32> {
    let mut first = vec![0_u32; vertices + 1];
    edges.iter().for_each(|edge| first[place(edge.tail) + 1] += 1);
    (0..vertices).for_each(|at| first[at + 1] += first[at]);
    let mut next = first.clone();
    let (mut part, mut low, mut seen) = (vec![NONE; vertices], vec![NONE; vertices], 0_u32);
    let (mut open, mut path, mut parts) = (Vec::new(), Vec::<(u32, u32)>::new(), 0);
    for root in (0..).take(vertices) {
        if low[place(root)] != NONE {
            continue;
        }
        path.push((root, seen));
        while let Some(&(vertex, number)) = path.last() {
            if low[place(vertex)] == NONE {
                low[place(vertex)] = number;
                seen += 1;
                open.push(vertex);
            }
            let at = place(next[place(vertex)]);
            if at < place(first[place(vertex) + 1]) {
                next[place(vertex)] += 1;
                let head = edges[at].head;
                if low[place(head)] == NONE {
                    path.push((head, seen));
                } else if part[place(head)] == NONE {
                    low[place(vertex)] = low[place(vertex)].min(low[place(head)]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[place(parent)] = low[place(parent)].min(low[place(vertex)]);
            }
            if low[place(vertex)] == number {
                while let Some(member) = open.pop() {
                    part[place(member)] = parts;
                    if member == vertex {
                        break;
                    }
                }
                parts += 1;
            }
        }
    }
    part
}
